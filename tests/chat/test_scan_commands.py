"""`scan`: words in any order, pages, orders, one's own list."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.cards.findings_card import Finding, Sort
from bot.chat.members.scans import KIND_WORDS, Scan, place_named, scan_named
from bot.chat.press import GRAMMAR, LONGEST_PLACE, Action, press
from bot.people import WATCHLIST, Preferences, Subscriber
from bot.questions.findings import KINDS
from tests.chat.people import FakeFindings


def findings(count: int) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            symbol=f"S{n:02d}",
            name=f"S{n:02d}",
            kind="golden_cross",
            title="golden cross",
            since=date(2025, 8, 6) - timedelta(days=n),
            close=10.0,
            gap_pct=float(n),
        )
        for n in range(count)
    )


@pytest.fixture
def found(behind):
    behind.findings.kept = findings(45)


def symbols_on(message) -> list[str]:
    lines = message.embeds[0].description.split("\n")
    return [line.split("**")[1] for line in lines if line.startswith("▲")]


def labels(components) -> list[str]:
    return [part["label"] for row in components for part in row["components"] if "label" in part]


async def test_everything_is_scanned_in_both_forms(place, found):
    await place.member.send(place.channel, "!scan")
    assert place.last().embeds[0].title == "Scan of everything followed, Wed 6 Aug 2025"
    result = await place.member.slash(place.channel, "scan", where="smallcap", kind="crosses")
    assert not result.response.ephemeral
    assert place.behind.findings.asked == [("", "all", place.guild.id, ()), ("smallcap", "crosses", place.guild.id, ())]


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("highs", ("", "highs")),
        ("HIGH", ("", "highs")),
        ("smallcap", ("smallcap", "all")),
        ("all crosses", ("", "crosses")),
        ("approaching smallcap", ("smallcap", "approaches")),
        ("Smallcap crosses", ("smallcap", "crosses")),
        ("energy cross", ("sector:Energy", "crosses")),
        ("sector:energy", ("sector:Energy", "all")),
        ("", ("", "all")),
    ],
)
def test_place_and_kind_are_understood_in_any_order(words, asked):
    first, _, rest = words.partition(" ")
    scan = scan_named(FakeFindings(), first, rest)
    assert (scan.where, scan.kind) == asked


async def test_two_kinds_and_an_unknown_place_are_refused_with_what_to_say(place):
    await place.member.send(place.channel, "!scan highs crosses")
    assert place.last().content == "Look for one kind at a time, or leave it out to see them all."
    result = await place.member.slash(place.channel, "scan", where="moon")
    assert result.followups[0].ephemeral
    assert "nothing called 'moon' to scan: choose watchlist, smallcap" in result.followups[0].content


async def test_the_watchlist_is_the_askers_own_and_shown_to_them_alone(place):
    place.behind.members.kept[place.member.id] = Subscriber(Preferences(place.member.id), watched=("IWM",))
    result = await place.member.slash(place.channel, "scan", where="watchlist")
    assert result.ephemeral
    await place.member.user.send_dm("scan crosses watchlist")
    assert [asked[3] for asked in place.behind.findings.asked] == [("IWM",), ("IWM",)]


async def test_an_empty_watchlist_says_how_to_fill_it(place):
    await place.member.send(place.channel, "!scan watchlist")
    assert "add symbols with watch add" in place.last().content


async def test_pages_turn_in_place_and_keep_the_order_even_after_a_restart(place, found):
    await place.member.send(place.channel, "!scan crosses")
    shown = place.last()
    await place.member.select(shown, ["size"])
    assert symbols_on(place.last())[:2] == ["S44", "S43"]
    await place.restart(message_content=False)
    await place.member.click(place.last(), label="More")
    await place.member.click(place.last(), label="More")
    assert symbols_on(place.last()) == ["S04", "S03", "S02", "S01", "S00"]
    assert "page 3 of 3 · sorted by size" in place.last().embeds[0].footer.text
    await place.member.click(place.last(), label="Back")
    assert "page 2 of 3" in place.last().embeds[0].footer.text
    assert {asked[1] for asked in place.behind.findings.asked} == {"crosses"}
    assert place.last().id == shown.id


async def test_an_order_begins_at_its_first_page_and_is_marked(place, found):
    shown = (await place.member.slash(place.channel, "scan")).response
    assert labels(shown.components) == ["More"]
    result = await place.member.click(shown, label="More")
    result = await place.member.select(result.response, ["day"])
    assert symbols_on(result.response)[0] == "S00"
    marked = [o["value"] for o in result.response.components[0]["components"][0]["options"] if o.get("default")]
    assert marked == ["day"]
    assert labels(result.response.components) == ["More"]


async def test_one_finding_needs_neither_pages_nor_an_order(place):
    place.behind.findings.kept = findings(1)
    result = await place.member.slash(place.channel, "scan")
    assert result.response.components == []


async def test_somebody_elses_scan_is_not_turned(place, found):
    await place.member.send(place.channel, "!scan")
    result = await place.moderator.click(place.last(), label="More")
    assert result.response.content == "That belongs to somebody else: ask for your own."


@pytest.mark.parametrize(
    "tail", ["0:upside:all:", "0:size:all", "x:size:all:", "0:size:all:" + "y" * 41, "0:SIZE:all:"]
)
async def test_a_forged_page_is_refused(place, found, tail):
    result = await pressed(place, f"sc:1:scan:{place.member.id}:{tail}")
    assert result.ephemeral
    assert "any more: ask again" in result.response.content
    assert place.behind.findings.asked == []


async def test_a_page_of_a_kind_or_place_that_is_none_is_told_as_findings_tell_it(place):
    result = await pressed(place, f"sc:1:scan:{place.member.id}:0:size:all:moon")
    assert "nothing called" in result.followups[0].content


async def test_a_forged_order_is_refused(place, found):
    message = await place.with_select(f"sc:1:sort:{place.member.id}:all:", "upside")
    result = await place.member.select(message, ["upside"])
    assert "I do not know that order any more" in result.response.content


async def pressed(place, custom_id: str):
    return await place.member.click(await place.with_button(custom_id), label="?")


async def test_places_and_kinds_complete(place):
    offered = await place.member.autocomplete(place.channel, "scan", "where", "e")
    assert [choice["value"] for choice in offered] == ["sector:Energy"]
    offered = await place.member.autocomplete(place.channel, "scan", "kind", "52")
    assert [choice["value"] for choice in offered] == ["highs"]


def test_a_long_name_of_a_place_is_found_again_by_its_beginning(monkeypatch):
    fake, name = FakeFindings(), "sector:" + "Very long indeed " * 5
    monkeypatch.setattr(fake, "places", lambda: [(WATCHLIST, ""), (name, "")])
    assert place_named(fake, name[:LONGEST_PLACE]) == name
    assert place_named(fake, "sector:Ver") == "sector:Ver"


def test_kinds_and_orders_are_those_of_the_findings_and_the_longest_press_fits():
    assert set(KIND_WORDS.values()) == set(KINDS)
    longest = max(Sort, key=len)
    says = press(Action.SCAN, "8" * 19, 999, longest, "approaches", "p" * LONGEST_PLACE)
    assert len(says.custom_id) <= 100
    assert all(GRAMMAR[Action.SCAN].arguments[2].fullmatch(sort) for sort in Sort)
    assert Scan(WATCHLIST).is_personal
