"""`alerts doctor`: what the bot may do in every routed channel, what is switched off, and the way to mend it."""

from __future__ import annotations

import re

import discord
import pytest

from bot.chat.moderators.invite import invite_url, permissions_asked
from bot.chat.press import Action, press
from bot.chat.whereabouts import CHANNEL_GONE
from bot.records import Destination, Route
from tests.chat.conftest import NOW
from tests.chat.test_chat_buttons import forged

REFUSED = "Only members with Manage Server may do that: ask one of them."
LACKS = "the bot lacks a permission in the channel"


def off(place, channel_id: int, **given) -> Destination:
    facts = {"is_direct": False, "off_since": NOW, "reason": LACKS, "is_plain": False, **given}
    return Destination(channel_id, place.guild.id, **facts)


def given(place, channel_id: int, **sides) -> None:
    route = Route(1, place.guild.id, channel_id, "cross", (), 1, NOW, **sides)
    place.behind.routes.given[channel_id, "cross"] = route


async def examined(place):
    result = await place.moderator.slash(place.channel, "alerts doctor")
    assert result.ephemeral
    return result


def text(result) -> str:
    return result.response.embeds[0].description


def labels(result) -> list[str]:
    return [part["label"] for row in result.response.components for part in row["components"]]


@pytest.mark.parametrize("form", ["prefix", "slash"])
async def test_a_member_is_refused(place, form):
    if form == "prefix":
        await place.member.send(place.channel, "!alerts doctor")
        assert place.last().content == REFUSED
    else:
        result = await place.member.slash(place.channel, "alerts doctor")
        assert result.ephemeral
        assert result.response.content == REFUSED


@pytest.mark.parametrize("form", ["prefix", "slash"])
async def test_where_all_is_well_it_shows_what_the_bot_may_do(place, form):
    await place.moderator.send(place.channel, "!alerts here")
    if form == "slash":
        shown = text(await examined(place))
    else:
        await place.moderator.send(place.channel, "!alerts doctor")
        shown = place.last().embeds[0].description
    assert shown == (
        "Everything is well: the bot has what it needs in every channel that gets alerts.\n\n"
        f"✓ **<#{place.channel.id}>**\n"
        "✓ View Channel · ✓ Send Messages · ✓ Embed Links · ✓ Attach Files · ✓ Read Message History"
    )


async def test_more_words_than_it_takes_are_answered_with_an_example(place):
    await place.moderator.send(place.channel, "!alerts doctor please")
    assert "For example: `!alerts doctor`" in place.last().content


async def test_where_nothing_is_routed_it_says_how_to_begin(place):
    result = await examined(place)
    assert text(result) == "No channel gets alerts yet. Say `setup`, or `alerts here` in the channel that shall."
    assert labels(result) == ["Look again", "Invite link"]


async def test_missing_permissions_are_marked_with_the_fix_and_come_first(place):
    strict = place.channel_without("embed_links", "read_message_history")
    given(place, place.channel.id)
    given(place, strict.id)
    shown = text(await examined(place))
    assert shown.startswith("1 of 2 channels need mending.\n\n")
    assert (
        f"✗ **<#{strict.id}>**\n"
        "✓ View Channel · ✓ Send Messages · ✗ Embed Links · ✓ Attach Files · ✗ Read Message History\n"
        "→ In the channel's settings, under Permissions, allow my role Embed Links and Read Message History.\n\n"
        f"✓ **<#{place.channel.id}>**" in shown
    )


async def test_in_a_thread_it_is_sending_in_threads_that_counts(place):
    strict = place.channel_without("send_messages_in_threads")
    thread = await place.env.bot.get_channel(strict.id).create_thread(
        name="small caps", type=discord.ChannelType.public_thread
    )
    given(place, thread.id)
    assert "✗ Send Messages in Threads" in text(await examined(place))


async def test_a_switched_off_channel_is_tried_again_once_its_permissions_are_right(place):
    strict = place.channel_without("embed_links")
    await place.moderator.send(place.channel, "!alerts here")
    given(place, strict.id)
    place.behind.destinations.kept += [off(place, place.channel.id), off(place, strict.id)]
    result = await examined(place)
    assert f"✗ Switched off <t:{int(NOW.timestamp())}:R>: {LACKS}. Mend that, then press “Try again”." in text(result)
    assert "It can be mended now: press “Try again”." in text(result)
    before = list(place.behind.configuration.changes)
    result = await place.moderator.click(result.response, label="Try again")
    assert text(result).startswith(f"Stored: <#{place.channel.id}> will be tried again with the next alert.")
    assert [found.channel_id for found in place.behind.destinations.kept] == [strict.id]
    assert place.behind.configuration.changes == before
    result = await place.moderator.click(result.response, label="Try again")
    assert text(result).startswith("Nothing could be switched on: allow what is missing first.")


async def test_plain_words_alone_are_no_reason_to_stay_so(place):
    await place.moderator.send(place.channel, "!alerts here")
    place.behind.destinations.kept.append(off(place, place.channel.id, off_since=None, reason="", is_plain=True))
    result = await examined(place)
    assert "✗ It gets plain words only. It can be mended now" in text(result)
    await place.moderator.click(result.response, label="Try again")
    assert place.behind.destinations.kept == []


async def test_the_routes_of_channels_that_are_gone_are_removed_by_a_button_alone(place):
    await place.moderator.send(place.channel, "!alerts here")
    await place.behind.routes.follow(place.guild.id, 99)
    place.behind.destinations.kept.append(off(place, 99, reason=CHANNEL_GONE))
    result = await examined(place)
    assert "✗ **<#99>**\n✗ The channel is gone: press “Remove routes of gone channels”." in text(result)
    result = await place.moderator.click(result.response, label="Remove routes of gone channels")
    assert text(result).startswith("Stored: the routes of 1 channel that are gone have ended.")
    assert [route.channel_id for route in place.behind.routes.kept.values()] == [place.channel.id]
    assert place.behind.configuration.changes[-1].by == place.moderator.id
    assert "Remove routes of gone channels" not in labels(result)


async def test_a_channel_that_cannot_be_asked_after_is_not_taken_for_gone(place):
    given(place, 99)
    place.env.inject_error("GET", "/channels/*", status=403, code=50001)
    result = await examined(place)
    assert "✗ The bot cannot see it: give it View Channel." in text(result)
    assert "Remove routes of gone channels" not in labels(result)


async def test_a_role_that_is_gone_powerful_or_deaf_is_named(place):
    gone, staff, quiet = (place.guild.create_text_channel(name) for name in ("a", "b", "c"))
    power = place.guild.create_role("Staff", permissions=discord.Permissions(kick_members=True), mentionable=True)
    deaf = place.guild.create_role("Quiet", mentionable=False)
    here = place.env.bot.get_channel(quiet.id)
    await here.set_permissions(here.guild.me, mention_everyone=False)
    for channel, role_id in ((gone, 99), (staff, power.id), (quiet, deaf.id)):
        given(place, channel.id, role_id=role_id)
    result = await examined(place)
    assert "✓ Manage Roles" in text(result)
    assert "✗ Its role is gone: say `route edit role:none`, or `alerts role` for a new one." in text(result)
    assert f"✗ Members cannot take its role by a button: <@&{power.id}> allows more than everybody may" in text(result)
    assert f"✗ <@&{deaf.id}> cannot be pinged: in the role's settings allow anyone to mention it." in text(result)


async def test_without_manage_roles_a_channel_whose_role_needs_it_can_still_be_tried_again(place):
    role = place.guild.create_role("Crosses", mentionable=True)
    await place.moderator.send(place.channel, f"!route add role:<@&{role.id}>")
    mine = place.env.bot.get_guild(place.guild.id).me.top_role
    mine._permissions &= ~discord.Permissions(manage_roles=True).value
    place.behind.destinations.kept.append(off(place, place.channel.id))
    result = await examined(place)
    assert "✗ Manage Roles" in text(result)
    assert "I need Manage Roles in this server" in text(result)
    await place.moderator.click(result.response, label="Try again")
    assert place.behind.destinations.kept == []


async def test_the_invite_link_asks_for_exactly_what_is_needed(place):
    await place.moderator.send(place.channel, "!alerts here")
    result = await examined(place)
    [url] = [part["url"] for row in result.response.components for part in row["components"] if "url" in part]
    assert url == invite_url(place.env.bot.application_id, guild_id=place.guild.id)
    assert "permissions=274878024704" in url
    assert "scope=bot+applications.commands" in url
    await place.moderator.slash(place.channel, "alerts role")
    result = await examined(place)
    [url] = [part["url"] for row in result.response.components for part in row["components"] if "url" in part]
    assert f"permissions={274878024704 + discord.Permissions(manage_roles=True).value}" in url


def test_no_more_is_asked_for_than_is_needed():
    assert permissions_asked().value == 274878024704
    assert not permissions_asked().manage_roles
    assert permissions_asked(with_roles=True).manage_roles


async def test_many_channels_are_paged_and_each_stands_on_one_page(place):
    for number in range(40):
        given(place, 10**18 + number)
    result = await examined(place)
    seen: list[str] = []
    for _ in range(20):
        assert len(result.response.embeds[0]) <= 6000
        seen += re.findall(r"\*\*<#(\d+)>\*\*", text(result))
        if "More" not in labels(result):
            break
        result = await place.moderator.click(result.response, label="More")
    assert sorted(seen) == sorted(str(10**18 + number) for number in range(40))


@pytest.mark.parametrize(
    "action", [press(Action.EXAMINE, 0), press(Action.DOCTOR, 7), press(Action.REVIVE), press(Action.PRUNE)]
)
async def test_its_buttons_are_for_moderators_whoever_forges_them(place, action):
    await place.moderator.send(place.channel, "!alerts here")
    before = dict(place.behind.configuration.of(place.guild.id))
    message = await forged(place, action.custom_id)
    result = await place.member.click(message, custom_id=action.custom_id)
    assert result.ephemeral
    assert result.response.content == REFUSED
    assert place.behind.configuration.of(place.guild.id) == before
    result = await place.moderator.click(message, custom_id=action.custom_id)
    assert place.last().embeds[0].title == "Check-up of alerts"


async def test_its_buttons_work_after_a_restart(place):
    await place.moderator.send(place.channel, "!alerts here")
    await place.moderator.send(place.channel, "!alerts doctor")
    shown = place.last()
    await place.restart()
    await place.moderator.click(shown, label="Look again")
    assert place.last().embeds[0].title == "Check-up of alerts"
