"""`alerts list`: which channel gets what, and which of them reach nobody."""

from __future__ import annotations

import re

import discord
import pytest

from bot.cards.embed import DESCRIPTION
from bot.cards.plain import CONTENT
from bot.chat.moderators.route_cards import routes_card
from bot.chat.whereabouts import CHANNEL_GONE
from bot.records import Destination, Route
from tests.chat.conftest import NOW

SINCE = f"<t:{int(NOW.timestamp())}:R>"
LACKS = "the bot lacks a permission in the channel: it needs Send Messages, Embed Links and Attach Files"


def ailing(place, channel_id: int, **given) -> Destination:
    facts = {"is_direct": False, "off_since": NOW, "reason": LACKS, "is_plain": False, **given}
    return Destination(channel_id, place.guild.id, **facts)


def route(place, channel_id: int, *subjects: str, signal: str = "cross") -> Route:
    return Route(1, place.guild.id, channel_id, signal, subjects, place.moderator.id, NOW)


async def listed(place, channel=None) -> discord.Embed:
    result = await place.moderator.slash(channel or place.channel, "alerts list")
    assert result.ephemeral
    return result.response.embeds[0]


@pytest.mark.parametrize("form", ["prefix", "slash"])
async def test_a_switched_off_channel_comes_first_with_the_reason_and_the_way_to_mend_it(place, form):
    await place.moderator.send(place.channel, "!alerts here cross iwm")
    place.behind.destinations.kept.append(ailing(place, 99))
    if form == "slash":
        shown = await listed(place)
    else:
        await place.moderator.send(place.channel, "!alerts list")
        shown = place.last().embeds[0]
    assert shown.title == "Alerts in this server"
    assert shown.description == (
        "**Switched off**\n"
        f"✗ <#99>, {SINCE}: {LACKS}. Once that is mended, say `alerts here` in it.\n\n"
        "**Who gets what**\n"
        f"• <#{place.channel.id}> gets **cross** of IWM, set by <@{place.moderator.id}>"
    )


async def test_trouble_is_shown_even_where_no_channel_gets_alerts(place):
    place.behind.destinations.kept.append(ailing(place, 99))
    shown = (await listed(place)).description
    assert "✗ <#99>" in shown
    assert "No channel gets alerts yet. Say `alerts here` in the channel that shall." in shown


async def test_a_channel_that_is_gone_is_not_to_be_spoken_in(place):
    place.behind.destinations.kept.append(ailing(place, 99, reason=CHANNEL_GONE))
    assert (
        f"✗ <#99>, {SINCE}: the channel is gone. Say `alerts here` in another.\n" in (await listed(place)).description
    )


async def test_a_channel_that_takes_plain_words_alone_is_named_and_is_no_alarm(place):
    place.behind.destinations.kept.append(ailing(place, 99, off_since=None, reason="", is_plain=True))
    shown = await listed(place)
    assert shown.description.startswith(
        "**In plain words only**\n• <#99>: the bot lacks Embed Links. Give it that, then say `alerts here` in it.\n\n"
    )
    warned = routes_card([], [ailing(place, 1)])
    assert (warned.tone, routes_card([], place.behind.destinations.kept).tone) == ("warning", "neutral")


async def test_a_switched_off_channel_is_not_named_twice_for_taking_plain_words(place):
    place.behind.destinations.kept.append(ailing(place, 99, is_plain=True))
    assert (await listed(place)).description.count("<#99>") == 1


async def test_other_servers_are_not_shown(place):
    place.behind.destinations.kept.append(Destination(99, 12345, False, NOW, LACKS, is_plain=False))  # noqa: FBT003
    place.behind.routes.given[98, "cross"] = Route(1, 12345, 98, "cross", (), 1, NOW)
    assert (await listed(place)).description.startswith("No channel gets alerts yet.")


async def test_a_member_learns_nothing_of_routes_and_trouble(place):
    place.behind.destinations.kept.append(ailing(place, 99))
    await place.member.send(place.channel, "!alerts list")
    assert place.last().content == "Only members with Manage Server may do that: ask one of them."
    assert place.last().embeds == []


async def test_after_a_slash_in_a_channel_without_embeds_the_moderator_alone_sees_the_embed(place):
    channel = place.channel_without("embed_links")
    place.behind.destinations.kept.append(ailing(place, 99))
    assert "✗ <#99>" in (await listed(place, channel)).description


def crowd(place, routes: int, off: int, plain: int) -> None:
    for number in range(routes):
        place.behind.routes.given[10**18 + number, "cross"] = route(place, 10**18 + number)
    place.behind.destinations.kept += [ailing(place, 2 * 10**18 + number) for number in range(off)]
    place.behind.destinations.kept += [
        ailing(place, 3 * 10**18 + number, off_since=None, reason="", is_plain=True) for number in range(plain)
    ]


def counted(text: str) -> list[int]:
    """How many of each part are shown or counted as left out."""
    return [
        len(re.findall(r"^[✗•]", part, re.MULTILINE)) + sum(map(int, re.findall(r"… and (\d+) more$", part)))
        for part in text.split("\n\n")
    ]


async def test_three_hundred_routes_and_a_hundred_switched_off_channels_fit_and_what_is_left_out_is_counted(place):
    crowd(place, 300, 100, 40)
    shown = await listed(place)
    assert len(shown) <= 6000
    assert len(shown.description) <= DESCRIPTION
    assert counted(shown.description) == [100, 40, 300]
    assert shown.description.count("✗") >= 5


async def test_without_embeds_a_crowd_is_shown_in_plain_words_and_counted_too(place):
    crowd(place, 300, 100, 40)
    channel = place.channel_without("embed_links")
    await place.moderator.send(channel, "!alerts list")
    shown = channel.last_message
    assert shown.embeds == []
    assert len(shown.content) <= CONTENT
    head, _, text = shown.content.partition("\n\n")
    assert head == "**Alerts in this server**"
    assert counted(text) == [100, 40, 300]


@pytest.mark.parametrize("count", [0, 1, 25, 300])
@pytest.mark.parametrize("room", [DESCRIPTION, 1900, 400])
async def test_no_number_of_routes_and_troubles_exceeds_the_room_or_goes_uncounted(place, count, room):
    crowd(place, count, count, count)
    card = routes_card(list(place.behind.routes.kept.values()), place.behind.destinations.kept, room=room)
    assert len(card.text) <= room
    if count and room > 400:
        assert counted(card.text) == [count] * 3


async def test_hostile_names_and_reasons_neither_ping_nor_link_nor_format(place):
    hostile = "@everyone <@&1> [x](https://b.example) **`|>#\u202e"
    place.behind.routes.given[99, "cross"] = route(place, 99, hostile, signal=hostile)
    place.behind.destinations.kept.append(ailing(place, 98, reason=hostile))
    shown = (await listed(place)).description
    for live in ("@everyone", "<@&1>", "https://", "[x](", "\u202e", " **`"):
        assert live not in shown
    await place.moderator.send(place.channel, "!alerts list")
    assert not place.last().mention_everyone
    assert place.last().raw_role_mentions == []


async def test_many_symbols_of_one_route_are_cut_at_a_whole_symbol_and_counted(place):
    symbols = [f"SYMB{number:02d}" for number in range(50)]
    place.behind.routes.given[99, "cross"] = route(place, 99, *symbols)
    shown = (await listed(place)).description
    names = re.findall(r"SYMB\d\d\b", shown)
    assert names == symbols[: len(names)]
    assert f"{names[-1]} and {50 - len(names)} more, set by" in shown


async def test_a_route_that_completes_after_a_slash_fits_discord_however_many_symbols_it_has(place):
    place.behind.routes.given[place.channel.id, "cross"] = route(place, place.channel.id, *["LONGEST"] * 50)
    [offered] = await place.moderator.autocomplete(place.channel, "alerts off", "signal", "")
    assert len(offered["name"]) <= 100
    assert offered["name"].endswith("…")
