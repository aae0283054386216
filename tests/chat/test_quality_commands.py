"""`quality`: of a symbol, of a list; pages, orders, who is listed, one's own list."""

from __future__ import annotations

import pytest

from bot.cards.quality_list import Only, Sort
from bot.chat.press import LONGEST_PLACE, Action, press
from bot.people import WATCHLIST, Preferences, Subscriber
from tests.chat.listing import companies


@pytest.fixture
def listed(behind):
    behind.rosters.kept = companies(40)


def symbols_on(message) -> list[str]:
    return [line.split()[0] for line in message.embeds[0].description.split("\n") if line.startswith("S")]


def labels(components) -> list[str]:
    return [part["label"] for row in components for part in row["components"] if "label" in part]


def custom_id(message, action: str) -> str:
    return next(part.custom_id for row in message.components for part in row.children if action in part.custom_id)


async def test_a_symbol_is_asked_in_both_forms(place):
    await place.member.send(place.channel, "!quality strl")
    assert place.last().embeds[0].footer.text == "not advice"
    await place.member.slash(place.channel, "quality", which="STRL")
    assert place.behind.desk.asked[-2:] == [("quality", "strl", place.guild.id), ("quality", "STRL", place.guild.id)]
    assert place.behind.rosters.asked == []


async def test_a_list_is_asked_in_both_forms_and_sorted_in_the_question(place, listed):
    await place.member.send(place.channel, "!quality")
    assert symbols_on(place.last())[:2] == ["S39", "S38"]
    result = await place.member.slash(place.channel, "quality", which="theme:optical by month")
    assert symbols_on(result.response)[:2] == ["S00", "S01"]
    assert not result.response.ephemeral
    assert place.behind.rosters.asked == [("", ()), ("theme:optical", ())]


async def test_what_is_neither_symbol_nor_list_gets_one_line(place):
    await place.member.send(place.channel, "!quality moon")
    assert place.last().content == "There is no symbol, theme or universe 'moon' here: choose a symbol."


async def test_pages_turn_in_place_and_keep_order_and_who_is_listed_even_after_a_restart(place, listed):
    await place.member.send(place.channel, "!quality theme:optical")
    shown = place.last()
    await place.member.select(shown, ["month"], custom_id=custom_id(shown, "rank"))
    assert symbols_on(place.last())[0] == "S00"
    await place.member.select(place.last(), ["rising"], custom_id=custom_id(place.last(), "narrow"))
    assert len(symbols_on(place.last())) == 15
    await place.restart(message_content=False)
    await place.member.click(place.last(), label="More")
    assert symbols_on(place.last()) == ["S15", "S16", "S17", "S18", "S19"]
    assert "page 2 of 2 · sorted by month" in place.last().embeds[0].footer.text
    await place.member.click(place.last(), label="Back")
    assert symbols_on(place.last())[0] == "S00"
    assert {asked for asked, _ in place.behind.rosters.asked} == {"theme:optical"}
    assert place.last().id == shown.id


async def test_the_watchlist_is_the_askers_own_and_shown_to_them_alone(place, listed):
    place.behind.members.kept[place.member.id] = Subscriber(Preferences(place.member.id), watched=("IWM",))
    result = await place.member.slash(place.channel, "quality", which=WATCHLIST)
    assert result.response.ephemeral
    assert place.behind.rosters.asked == [(WATCHLIST, ("IWM",))]


async def test_an_empty_watchlist_says_how_to_fill_it(place):
    await place.member.send(place.channel, "!quality watchlist")
    assert "add symbols with watch add" in place.last().content


async def test_one_company_needs_neither_pages_nor_an_order(place):
    place.behind.rosters.kept = companies(1)
    result = await place.member.slash(place.channel, "quality")
    assert result.response.components == []


async def test_somebody_elses_list_is_not_turned(place, listed):
    await place.member.send(place.channel, "!quality")
    result = await place.moderator.click(place.last(), label="More")
    assert result.response.content == "That belongs to somebody else: ask for your own."


@pytest.mark.parametrize("tail", ["0:upside:all:", "0:score:some:", "x:score:all:", "0:score:all:" + "y" * 41])
async def test_a_forged_page_is_refused(place, listed, tail):
    message = await place.with_button(f"sc:1:roster:{place.member.id}:{tail}")
    result = await place.member.click(message, label="?")
    assert result.ephemeral
    assert "any more: ask again" in result.response.content
    assert place.behind.rosters.asked == []


@pytest.mark.parametrize(("action", "chosen"), [("rank", "upside"), ("narrow", "some")])
async def test_a_forged_choice_is_refused(place, listed, action, chosen):
    middle = {"rank": "all", "narrow": "score"}[action]
    message = await place.with_select(f"sc:1:{action}:{place.member.id}:{middle}:", chosen)
    result = await place.member.select(message, [chosen])
    assert "I do not know that list any more" in result.response.content


async def test_lists_and_symbols_complete(place):
    offered = await place.member.autocomplete(place.channel, "quality", "which", "opt")
    assert "theme:optical" in [choice["value"] for choice in offered]
    offered = await place.member.autocomplete(place.channel, "quality", "which", "STR")
    assert offered[0]["value"] == "STRL"


def test_the_longest_press_fits():
    longest = press(Action.ROSTER, "8" * 19, 999, max(Sort, key=len), max(Only, key=len), "p" * LONGEST_PLACE)
    assert len(longest.custom_id) <= 100


async def test_alerts_are_narrowed_to_symbols_groups_and_a_watchlist_as_those_of_a_cross(place):
    await place.moderator.send(place.channel, "!route add quality STRL")
    assert "STRL" in place.last().content
    await place.member.send(place.channel, "!watch add STRL")
    for subject in ("watchlist", "universe:smallcap", "STRL"):
        await place.member.send(place.channel, f"!subscribe quality {subject} dm")
        assert place.last().content.startswith("Stored: **quality** of ")
