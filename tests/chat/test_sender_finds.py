"""Whether a message is in its destination already: looked for after an attempt whose end nobody knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import discord
import pytest

from bot.alerts.ports import CannotLook, Scope, SendFailed
from bot.chat.sender import DiscordSender
from bot.records import Outbound


@pytest.fixture
def sender(place) -> DiscordSender:
    return DiscordSender(place.env.bot)


@pytest.fixture
def unclear(place, alert) -> Outbound:
    """The alert, after an attempt that may have arrived."""
    return replace(alert, maybe_sent_at=place.env.now())


@pytest.mark.parametrize("lacking", [(), ("embed_links",), ("attach_files",), ("embed_links", "attach_files")])
async def test_a_message_that_arrived_is_found_in_whatever_shape_it_had_to_be_sent(place, sender, unclear, lacking):
    there = replace(unclear, channel_id=place.channel_without(*lacking).id)
    receipt = await sender.send(there)
    assert await sender.find(there) == receipt.discord_id


async def test_a_direct_message_that_arrived_is_found_and_one_that_did_not_is_not(place, sender, unclear):
    direct = replace(unclear, channel_id=place.member.user.id, is_direct=True)
    assert await sender.find(direct) is None
    receipt = await sender.send(direct)
    assert await sender.find(direct) == receipt.discord_id


@pytest.mark.parametrize("is_plain", [False, True])
async def test_a_message_that_pings_is_found(place, sender, unclear, *, is_plain):
    own = {"content": "<@5>", "plain": f"<@5>\n{unclear.payload['plain']}", "pings": {"role": None, "users": [5]}}
    pinging = replace(unclear, payload=unclear.payload | own, is_plain=is_plain)
    assert await sender.find(pinging) is None
    receipt = await sender.send(pinging)
    assert await sender.find(pinging) == receipt.discord_id


async def test_a_message_in_a_thread_is_found(place, sender, unclear):
    parent = place.env.bot.get_channel(place.channel.id)
    thread = await parent.create_thread(name="alerts", type=discord.ChannelType.public_thread)
    there = replace(unclear, channel_id=thread.id)
    assert await sender.find(there) is None
    receipt = await sender.send(there)
    assert await sender.find(there) == receipt.discord_id


async def test_a_message_that_did_not_arrive_is_not_found_among_others(place, sender, unclear):
    await sender.send(replace(unclear, payload={"content": "another"}, attachments=()))
    one_word_else = {**unclear.payload, "embeds": [{**unclear.payload["embeds"][0], "description": "else"}]}
    await sender.send(replace(unclear, payload=one_word_else))
    assert await sender.find(unclear) is None


async def test_the_same_words_of_somebody_else_are_not_ours(place, sender, unclear):
    await place.member.send(place.channel, unclear.payload["plain"])
    assert await sender.find(unclear) is None


async def test_white_space_that_discord_trims_does_not_hide_a_message(place, sender, unclear):
    notice = replace(unclear, payload={"content": "  told \n\n once "}, attachments=())
    await sender.send(replace(notice, payload={"content": "told\nonce"}))
    assert await sender.find(notice) == place.last().id


async def test_the_same_words_from_long_before_the_attempt_are_another_message(place, sender, unclear):
    await sender.send(unclear)
    later = replace(unclear, maybe_sent_at=place.env.now() + timedelta(hours=1))
    assert await sender.find(later) is None


async def test_a_message_is_found_behind_dozens_of_later_ones(place, sender, unclear):
    receipt = await sender.send(unclear)
    for number in range(60):
        await place.env.bot.get_partial_messageable(place.channel.id).send(str(number))
    assert await sender.find(unclear) == receipt.discord_id


@pytest.mark.parametrize(("nonce", "found"), [("smallcap-7", 99), ("smallcap-8", None)])
async def test_where_discord_shows_the_nonce_that_alone_decides(place, sender, unclear, monkeypatch, nonce, found):
    async def history(*_args: object, **_kwargs: object):
        embeds = [discord.Embed.from_dict(embed) for embed in unclear.payload["embeds"]]
        yield SimpleNamespace(id=99, author=place.env.bot.user, nonce=nonce, embeds=embeds, content="")

    monkeypatch.setattr(discord.abc.Messageable, "history", history)
    assert await sender.find(unclear) == found


@pytest.mark.parametrize("lacking", ["read_message_history", "view_channel"])
async def test_where_the_bot_may_not_read_it_says_that_it_cannot_look(place, sender, unclear, lacking):
    with pytest.raises(CannotLook):
        await sender.find(replace(unclear, channel_id=place.channel_without(lacking).id))


async def test_a_refusal_to_show_the_channel_means_that_nobody_can_look(place, sender, unclear):
    place.env.inject_error("GET", "/channels/*/messages", status=403, code=50001)
    with pytest.raises(CannotLook):
        await sender.find(unclear)


async def test_an_empty_channel_is_no_proof_where_nobody_knows_what_the_bot_may_read(
    place, sender, unclear, monkeypatch
):
    monkeypatch.setattr(place.env.bot, "get_guild", lambda _id: None)
    with pytest.raises(CannotLook):
        await sender.find(unclear)
    await place.member.send(place.channel, "hello")
    assert await sender.find(unclear) is None
    receipt = await sender.send(unclear)
    assert await sender.find(unclear) == receipt.discord_id


async def test_looking_into_a_channel_that_is_gone_concerns_the_destination(place, sender, unclear):
    doomed = place.guild.create_text_channel("doomed")
    await place.env.bot.get_channel(doomed.id).delete()
    with pytest.raises(SendFailed, match="the channel is gone") as failed:
        await sender.find(replace(unclear, channel_id=doomed.id))
    assert (failed.value.scope, failed.value.permanent) == (Scope.DESTINATION, True)


async def test_where_discord_does_not_answer_the_search_is_tried_again(place, sender, unclear):
    place.env.inject_error("GET", "/channels/*/messages", status=503, times=None)
    with pytest.raises(SendFailed) as failed:
        await sender.find(unclear)
    assert not failed.value.permanent
