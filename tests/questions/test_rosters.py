"""Lists by financials: what words mean, who is on them, what each says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bot.cards.plain import plain_text
from bot.cards.quality_list import Only, Sort, Wanted
from bot.questions.desk import Desk
from bot.questions.parse import QuestionError, parse
from bot.questions.ports import NoGuildThresholds
from bot.questions.rosters import Rosters, roster_of, wanted_of
from signals.activity import ACTIVITY
from signals.quality import QUALITY
from signals.themes import THEMES
from tests.signals.whole_world import MEMBERS, a_world, first_rows


@pytest.fixture(scope="module")
def market():
    return replace(a_world(holes=False), names={"M05": "Five Rivers"})


class Known:
    def __init__(self, market) -> None:
        self.known = market

    def market(self):
        return self.known


class Nothing:
    def market(self):
        raise QuestionError("the prices are still being loaded")


@pytest.fixture
def rosters(market) -> Rosters:
    return Rosters(Known(market))


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("", Wanted()),
        ("chips", Wanted("theme:chips")),
        ("theme:Chips by RSI", Wanted("theme:chips", Sort.RSI)),
        ("banks rising by month", Wanted("theme:banks", Sort.MONTH, Only.RISING)),
        ("smallcap scored", Wanted("universe:smallcap", Sort.SCORE, Only.SCORED)),
        ("by symbol", Wanted("", Sort.SYMBOL)),
        ("known", Wanted("", Sort.KNOWN)),
        ("watchlist by passed", Wanted("watchlist", Sort.PASSED)),
        ('"sector:energy"', Wanted("sector:Energy")),
        ("M05", None),
        ("five rivers", None),
        ("RUT", None),
    ],
)
def test_words_name_a_symbol_or_a_list_with_an_order_behind_it(market, typed, wanted):
    assert wanted_of(typed, market) == wanted


@pytest.mark.parametrize(
    ("typed", "hint"), [("chpis", "did you mean chips"), ("M5", "did you mean"), ("@@@@@@", "choose a symbol")]
)
def test_what_is_neither_is_refused_with_what_may_have_been_meant(market, typed, hint):
    with pytest.raises(QuestionError, match=hint):
        wanted_of(typed, market)


async def test_a_list_says_what_each_symbol_s_own_answers_say(market, rosters):
    roster = await rosters.of("theme:chips")
    assert roster.place == "Chips"
    assert [each.symbol for each in roster.companies] == list(MEMBERS[:5])
    quality = QUALITY.history(market, {})
    limits = ACTIVITY.thresholds_with()
    activity = ACTIVITY.history(market, limits)
    themes = THEMES.history(market, THEMES.thresholds_with())
    for each in roster.companies:
        own = QUALITY.reading(quality, each.symbol, {})
        assert (each.passed, each.known, each.score) == tuple(own.values[name] for name in ("passed", "known", "score"))
        rsi = ACTIVITY.reading(activity, each.symbol, limits).values["rsi14"]
        assert each.rsi == pytest.approx(rsi, nan_ok=True)
    mean = np.mean([each.month_pct for each in roster.companies])
    assert abs(mean - float(themes["m1_pct"][-1, 0])) < 3.0  # a basket is weighted anew each month


async def test_without_a_name_the_small_caps_are_listed_or_else_everything(market, rosters):
    assert (await rosters.of("")).place == "smallcap"
    everything = await Rosters(Known(replace(market, universes={}))).of("")
    assert everything.place == "everything followed"
    assert len(everything.companies) == sum(not symbol.startswith("^") for symbol in market.prices.symbols)


async def test_ones_own_list_holds_what_is_watched_and_has_prices(rosters):
    roster = await rosters.of("watchlist", watched=("M07", "M05", "GONE_LONG_AGO"))
    assert [each.symbol for each in roster.companies] == ["M05", "M07"]
    with pytest.raises(QuestionError, match="your watchlist is empty"):
        await rosters.of("watchlist")


async def test_a_place_that_is_none_any_more_and_one_without_prices_are_refused(market, rosters):
    with pytest.raises(QuestionError, match="theme:gone"):
        await rosters.of("theme:gone")
    with pytest.raises(QuestionError, match="no prices"):
        roster_of(market, "nobody", ["UNPRICED"])
    with pytest.raises(QuestionError, match="no prices"):
        roster_of(first_rows(market, 0), "chips", MEMBERS[:5])


def test_a_young_market_has_no_month_yet(market):
    young = roster_of(first_rows(market, 10), "chips", MEMBERS[:5])
    assert {each.month_pct for each in young.companies} == {None}
    assert {each.rsi for each in young.companies} == {None}


async def test_a_list_is_made_once_as_long_as_the_market_stays(market):
    known = Known(market)
    rosters = Rosters(known)
    first = await rosters.of("theme:chips")
    assert await rosters.of("theme:chips") is first
    known.known = replace(market)
    assert await rosters.of("theme:chips") is not first


def test_places_are_themes_the_watchlist_universes_and_sectors(rosters):
    values = [value for value, _ in rosters.places()]
    assert values[:3] == ["theme:chips", "theme:banks", "theme:ghosts"]
    assert {"watchlist", "universe:smallcap", "sector:Energy"} <= set(values)
    assert Rosters(Nothing()).places() == []


async def test_the_question_is_answered_with_a_list_and_its_numbers_in_order(market):
    desk = Desk(Known(market), NoGuildThresholds(), office=None)
    answer = await desk.answer(parse("quality chips by symbol"))
    assert answer.reading.subject == "theme:chips"
    assert list(answer.reading.values)[:3] == ["M00.passed", "M00.known", "M00.score"]
    assert "Quality of Chips" in plain_text(answer.card)
    single = await desk.answer(parse("quality M05"))
    assert single.reading.subject == "M05"
    assert "Five Rivers" in plain_text(single.card)
    await desk.close()


async def test_a_list_of_whom_nothing_is_known_is_unknown(market):
    facts = replace(market.facts, fundamentals=None, estimates=(), insiders=None)
    desk = Desk(Known(replace(market, facts=facts)), NoGuildThresholds(), office=None)
    chips = await desk.answer(parse("quality chips"))
    assert chips.reading.state == "unknown"
    await desk.close()
