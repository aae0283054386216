from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards.face import Shown
from bot.cards.leverage_card import FACE, leverage_card
from bot.cards.picture import render
from bot.cards.plain import terminal_text
from bot.cards.table import PHONE_COLUMNS
from bot.cards.words import UNKNOWN
from signals.facts import Facts
from signals.leverage import LEVERAGE
from tests.cards.test_card_limits import assert_within_limits
from tests.cards.test_tables_on_a_phone import widest
from tests.signals.whole_world import a_world

DEFAULTS = LEVERAGE.thresholds_with()


@pytest.fixture(scope="module")
def world():
    return a_world(holes=False)


def shown(market, t=-1, **changed):
    history = LEVERAGE.history(market, DEFAULTS)
    reading = LEVERAGE.reading(history, "smallcap", DEFAULTS, t)
    values = {**reading.values, **changed}
    return Shown(replace(reading, values=values), history, "Russell 2000", DEFAULTS, span="all")


def text_of(asked):
    return terminal_text(leverage_card(asked)).replace("\N{MINUS SIGN}", "-")


def test_both_medians_and_who_is_counted_apart_stand_side_by_side(world):
    asked = shown(world, meaningless=7)
    lines = text_of(asked).splitlines()
    values = asked.reading.values
    assert next(line for line in lines if line.startswith("Median ")).split()[1:] == [
        f"{values['median_ratio']:.2f}",
        f"{values['largecap.median_ratio']:.2f}",
    ]
    assert next(line for line in lines if line.startswith("n.m. ")).split() == ["n.m.", "7", "0"]
    assert next(line for line in lines if line.startswith("Financials ")).split() == ["Financials", "9", "4"]
    assert any("debt is their trade" in line for line in lines)


@pytest.mark.parametrize(
    ("small", "large", "told"),
    [
        (3.85, 1.47, "is 3.85 times a year's EBITDA; of the median large one 1.47 times a year's EBITDA."),
        (-0.4, None, "is -0.40 times a year's EBITDA (more cash than debt); of the median large one it is unknown."),
        (None, 1.47, "What the median small company owes against what it earns is unknown."),
    ],
)
def test_the_lead_says_what_is_owed(world, small, large, told):
    assert told in text_of(shown(world, median_ratio=small, **{"largecap.median_ratio": large}))


def test_checks_say_on_which_side_a_number_has_to_be(world):
    text = text_of(shown(world))
    assert "(needs below 4)" in text
    assert "Median net debt/EBITDA, against that of large companies" in text
    assert "(needs at most 1." in text


def test_hindsight_and_how_new_the_reports_are_are_said(world):
    assert "hindsight" not in text_of(shown(world))
    assert "16 companies, by a list that came later or has no date (hindsight)" in text_of(shown(world, 20))
    assert "Last report known: " in text_of(shown(world))


def test_what_is_missing_is_named_with_what_to_do(world):
    bare = text_of(shown(replace(world, universes={}, facts=Facts())))
    assert "S&P 500: there is no list of members: holdings files in `holdings/` tell them." in bare
    assert "fundamentals" not in bare
    listed = text_of(shown(replace(world, facts=Facts(holdings=world.facts.holdings))))
    assert "Debt, cash and EBITDA: what companies filed is not known: files in `fundamentals/`" in listed
    begun = text_of(shown(world, **{f"{prefix}unknown": 99 for prefix in ("", "largecap.")}))
    assert "what companies filed is not known" not in begun, "something was filed, though not a year of it"
    assert "Russell 2000: debt, cash or EBITDA of 99 companies." in begun
    some = text_of(shown(world, unknown=2))
    assert "Russell 2000: debt, cash or EBITDA of 2 companies." in some


@given(st.floats(-9999, 99999), st.integers(0, 9999))
@settings(deadline=None, max_examples=30)
def test_its_table_fits_a_phone_whatever_the_numbers(ratio, count):
    changed = {f"{prefix}median_ratio": ratio for prefix in ("", "largecap.")}
    changed |= {f"{prefix}{name}": count for prefix in ("", "largecap.") for name in ("counted", "meaningless")}
    card = leverage_card(replace(SMALL, reading=replace(SMALL.reading, values={**SMALL.reading.values, **changed})))
    assert widest(card) <= PHONE_COLUMNS
    assert_within_limits(card)


SMALL = shown(a_world(120, holes=False))


def test_its_picture_is_drawn_and_says_the_same_in_words(world):
    asked = shown(world)
    chart = FACE.chart(asked)
    assert render(chart).startswith(b"\x89PNG")
    assert f"median net debt/EBITDA {asked.reading.values['median_ratio']:.2f} of 9 companies" in chart.alt
    assert FACE.chart(shown(replace(world, facts=Facts()))) is None


def test_every_event_is_told_with_its_numbers(world):
    thresholds = LEVERAGE.thresholds_with({"median_limit": 1.1, "hysteresis": 0.05})
    found = LEVERAGE.events(LEVERAGE.history(world, thresholds), thresholds)
    assert {event.kind for event in found} == set(FACE.phrases) == {kind.name for kind in LEVERAGE.kinds}
    for event in found:
        told = FACE.phrases[event.kind].sentence.format_map(FACE.facts(event, thresholds))
        assert UNKNOWN not in told
        assert "past 1.1 (large ones: " in told
        assert "companies" in FACE.brief(event)
        assert len(FACE.numbers(shown(world), event)) == 1
