from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards.face import Shown
from bot.cards.picture import render
from bot.cards.plain import terminal_text
from bot.cards.table import PHONE_COLUMNS
from bot.cards.valuation_card import FACE, valuation_card
from bot.cards.words import UNKNOWN
from signals.facts import Facts
from signals.valuation import VALUATION
from signals.valuation_columns import MULTIPLES, WITHOUT
from tests.cards.test_card_limits import assert_within_limits
from tests.cards.test_tables_on_a_phone import widest
from tests.signals.whole_world import a_world

DEFAULTS = VALUATION.thresholds_with()


@pytest.fixture(scope="module")
def world():
    return a_world(holes=False)


def shown(market, t=-1, span="1y", **changed):
    history = VALUATION.history(market, DEFAULTS)
    reading = VALUATION.reading(history, "smallcap", DEFAULTS, t)
    values = {**reading.values, **changed}
    return Shown(replace(reading, values=values), history, "Russell 2000", DEFAULTS, span=span)


def text_of(asked):
    return terminal_text(valuation_card(asked)).replace("\N{MINUS SIGN}", "-")


def test_both_ways_stand_side_by_side_for_both_indices(world):
    asked = shown(world)
    lines = text_of(asked).splitlines()
    table = lines[lines.index("Price over earnings, sales and book value") :]
    rows = [next(line for line in table if line.startswith(name)) for name in ("R2000", " w/o", "S&P500")]
    for row, prefix, way in ((rows[0], "", ""), (rows[1], "", WITHOUT), (rows[2], "largecap.", "")):
        assert row.split()[1:] == [f"{asked.reading.values[f'{prefix}{name}{way}']:.1f}" for name in MULTIPLES]


def test_the_lead_says_what_small_ones_cost_and_by_how_much_less_or_more(world):
    without = {f"{prefix}forward_pe{WITHOUT}": value for prefix, value in (("", 18.0), ("largecap.", 24.0))}
    discount = f"forward_discount{WITHOUT}_pct"
    for value, words in ((25.0, "25.0% less"), (-5.0, "5.0% more"), (0.01, "the same")):
        text = text_of(shown(world, **without, **{discount: value}))
        assert f"small companies cost 18.0 times expected earnings, large ones 24.0 times: {words}." in text
    text = text_of(shown(world, **{discount: None}))
    assert "times the last twelve months' earnings" in text
    text = text_of(shown(world, **{discount: None, f"trailing_discount{WITHOUT}_pct": None}))
    assert "What small companies cost beside large ones is unknown." in text


def test_a_sum_that_is_not_above_zero_is_not_meaningful_and_not_zero(world):
    text = text_of(shown(world, trailing_pe="n.m.", trailing_discount_pct=None))
    row = next(line for line in text.splitlines() if line.startswith("R2000"))
    assert row.split()[1] == "n.m."
    assert "not meaningful" in text


def test_the_rank_says_since_when_and_the_premium_on_which_side(world):
    asked = shown(world, risk_premium_points=-0.4)
    text = text_of(asked)
    assert asked.reading.values["forward_ranked_since"].startswith("2019")
    assert "2019 (P/E) and" in text
    assert "0.40 points below the 10-year Treasury yield" in text
    assert "0.25 points above" in text_of(shown(world, risk_premium_points=0.25))


def test_coverage_and_how_new_the_figures_are_are_said(world):
    asked = shown(world)
    text = text_of(asked)
    assert "Russell 2000: 18 with earnings, 18 with estimates, of 18 companies" in text
    assert "Last report known: " in text
    assert "Last estimates known: " in text
    assert "lost money over twelve months" in text.lower()


def test_hindsight_is_said(world):
    assert "18 companies, by a list that came later or has no date (hindsight)" not in text_of(shown(world))
    assert "16 companies, by a list that came later or has no date (hindsight)" in text_of(shown(world, 20))


def test_what_is_missing_is_named_with_what_to_do(world):
    bare = text_of(shown(replace(world, universes={}, facts=Facts())))
    assert "Russell 2000: there is no list of members: holdings files in `holdings/` tell them." in bare
    assert "0.0" not in bare
    listed = Facts(holdings=world.facts.holdings)
    text = text_of(shown(replace(world, facts=listed)))
    assert "Market values and earnings: what companies filed is not known: files in `fundamentals/`" in text
    assert "`edgar_contact`" in text
    unexpected = text_of(shown(replace(world, facts=replace(world.facts, estimates=()))))
    assert "Expected earnings: no estimates of the last 120 days are known: files in `estimates/`" in unexpected
    no_rates = text_of(shown(replace(world, facts=replace(world.facts, series={}))))
    assert "Equity risk premium: the 10-year yield is not known" in no_rates
    fewer = text_of(shown(world, covered=15))
    assert "Russell 2000: no shares, earnings or price of 3 companies; past P/E leaves them out." in fewer
    begun = text_of(shown(world, **{f"{prefix}covered": 0 for prefix in ("", "largecap.")}))
    assert "Last report known: " in begun
    assert "what companies filed is not known" not in begun, "a year of it is not"
    assert "Russell 2000: no shares, earnings or price of 18 companies; past P/E leaves them out." in begun


@given(st.lists(st.one_of(st.none(), st.just("n.m."), st.floats(0.0, 9.9e6)), min_size=16, max_size=16))
@settings(deadline=None, max_examples=40)
def test_its_tables_fit_a_phone_whatever_the_numbers(cells):
    names = [f"{prefix}{name}{way}" for prefix in ("", "largecap.") for name in MULTIPLES for way in ("", WITHOUT)]
    changed = dict(zip(names, cells, strict=True)) | {
        f"{which}_discount{way}_pct": -123456.0 for which in ("forward", "trailing") for way in ("", WITHOUT)
    }
    card = valuation_card(replace(SMALL, reading=replace(SMALL.reading, values={**SMALL.reading.values, **changed})))
    assert widest(card) <= PHONE_COLUMNS
    assert_within_limits(card)


SMALL = shown(a_world(120, holes=False))


@pytest.mark.parametrize("span", ["6m", "all"])
def test_its_picture_is_drawn_and_says_the_same_in_words(world, span):
    asked = shown(world, span=span)
    chart = FACE.chart(asked)
    assert render(chart).startswith(b"\x89PNG")
    assert f"{asked.reading.values[f'forward_pe{WITHOUT}']:.1f} times expected" in chart.alt
    assert "n.m. and" in FACE.chart(shown(world, forward_pe="n.m.")).alt
    assert "Equity risk premium: unknown" in FACE.chart(shown(world, risk_premium_points=None)).alt


def test_a_picture_of_nothing_is_none_and_unknown_lines_are_left_out(world):
    assert FACE.chart(shown(replace(world, facts=Facts()))) is None
    without = FACE.chart(shown(replace(world, facts=replace(world.facts, estimates=()))))
    assert len(without.data["panels"]) == 2


@pytest.mark.parametrize("which", ["forward", "trailing"])
def test_every_event_is_told_with_its_numbers(world, which):
    thresholds = VALUATION.thresholds_with({"discount_pct": -20.0, "earnings": which})
    found = VALUATION.events(VALUATION.history(world, thresholds), thresholds)
    assert {event.kind for event in found} == set(FACE.phrases) == {kind.name for kind in VALUATION.kinds}
    for event in found:
        told = FACE.phrases[event.kind].sentence.format_map(FACE.facts(event, thresholds))
        assert UNKNOWN not in told
        assert "past \N{MINUS SIGN}20%" in told
        assert ("expected earnings" if which == "forward" else "last twelve months") in told
        assert "(Russell 2000) against" in FACE.brief(event)
        assert len(FACE.numbers(shown(world), event)) == 2


def test_it_never_shows_a_number_for_what_is_unknown(world):
    closes = np.full_like(world.prices.close, np.nan)
    silent = replace(world, prices=replace(world.prices, close=closes))
    row = next(line for line in text_of(shown(silent)).splitlines() if line.startswith("R2000"))
    assert not any(letter.isdigit() for letter in row.removeprefix("R2000"))
