"""What the bot may do where, and where a server's moderators can be told something."""

from __future__ import annotations

from datetime import timedelta

import discord
import pytest

from bot.alerts.ports import SendFailed
from bot.chat.whereabouts import GuildModerators, Means, means_at
from bot.records import Address


def at(place, channel) -> Means | None:
    return means_at(place.env.bot, place.guild.id, channel.id)


def appoint(place, channel) -> None:
    """Make a channel the one where Discord's own notices go."""
    place.env.backend.edit_guild(place.guild.id, {"system_channel_id": channel.id})


async def addresses(place) -> list[Address]:
    await place.env.settle()
    return list(await GuildModerators(place.env.bot).addresses(place.guild.id))


@pytest.mark.parametrize(
    ("lacking", "means"),
    [
        ((), Means()),
        (("embed_links",), Means(embeds=False)),
        (("attach_files",), Means(files=False)),
        (("read_message_history",), Means(history=False)),
        (("send_messages",), Means(words=False, embeds=False, files=False)),
        (("view_channel",), Means(words=False, embeds=False, files=False, history=False)),
    ],
)
async def test_what_the_channel_denies_the_bot_is_known(place, lacking, means):
    assert at(place, place.channel_without(*lacking)) == means


async def test_a_thread_goes_by_the_permission_to_write_in_threads(place):
    for lacking, may_write in ((("send_messages",), True), (("send_messages_in_threads",), False)):
        parent = place.env.bot.get_channel(place.channel_without(*lacking).id)
        thread = await parent.create_thread(name="t", type=discord.ChannelType.public_thread)
        known = at(place, thread)
        assert (known.words, known.embeds) == (may_write, may_write)


async def test_a_thread_whose_channel_the_gateway_has_not_told_of_is_unknown(place):
    parent = place.env.bot.get_channel(place.channel.id)
    thread = await parent.create_thread(name="t", type=discord.ChannelType.public_thread)
    parent.guild._remove_channel(parent)
    assert at(place, thread) is None


async def test_nothing_is_known_of_other_channels_other_servers_and_direct_messages(place):
    client = place.env.bot
    assert means_at(client, place.guild.id, 12345) is None
    assert means_at(client, 12345, place.channel.id) is None
    assert means_at(client, 0, place.member.user.id) is None
    assert means_at(client, place.guild.id, place.member.user.id) is None


async def test_nothing_is_known_before_the_gateway_is_connected(place):
    client = discord.Client(intents=discord.Intents.none())
    assert means_at(client, place.guild.id, place.channel.id) is None


async def test_a_bot_in_time_out_may_read_but_not_write(place):
    me = place.guild.me
    me.timed_out_until = discord.utils.utcnow() + timedelta(days=365)
    assert at(place, place.channel) == Means(words=False, embeds=False, files=False)


async def test_moderators_are_told_in_the_system_channel_and_else_their_owner_is(place):
    appoint(place, place.channel)
    owner = Address(place.guild.owner.id, is_direct=True)
    assert await addresses(place) == [Address(place.channel.id), owner]


@pytest.mark.parametrize("lacking", ["send_messages", "view_channel"])
async def test_where_the_system_channel_takes_no_words_the_owner_is_told(place, lacking):
    appoint(place, place.channel_without(lacking))
    assert await addresses(place) == [Address(place.guild.owner.id, is_direct=True)]


async def test_a_system_channel_without_embeds_will_do_for_words(place):
    strict = place.channel_without("embed_links", "attach_files")
    appoint(place, strict)
    assert (await addresses(place))[0] == Address(strict.id)


async def test_without_a_system_channel_the_owner_is_told(place):
    assert await addresses(place) == [Address(place.guild.owner.id, is_direct=True)]


async def test_a_server_the_bot_has_left_has_nobody_to_tell(place):
    place.env.backend.remove_guild(place.guild.id)
    assert await addresses(place) == []


async def test_before_the_gateway_is_ready_nobody_is_given_up(place):
    client = discord.Client(intents=discord.Intents.none())
    with pytest.raises(SendFailed, match="has not told of the server yet") as failed:
        await GuildModerators(client).addresses(place.guild.id)
    assert not failed.value.permanent


async def test_a_server_known_by_its_number_alone_is_asked_about_again_later(place):
    guild = place.env.bot.get_guild(place.guild.id)
    guild.unavailable, guild.owner_id, guild._system_channel_id = True, None, None
    with pytest.raises(SendFailed, match="not available yet") as failed:
        await GuildModerators(place.env.bot).addresses(place.guild.id)
    assert not failed.value.permanent
