from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards.activity_card import FACE, activity_card
from bot.cards.face import Shown
from bot.cards.picture import render
from bot.cards.plain import terminal_text
from bot.cards.table import PHONE_COLUMNS
from signals.activity import ACTIVITY
from tests.cards.markets import closes_of, market
from tests.cards.readings import cross_reading
from tests.cards.test_card_limits import assert_within_limits
from tests.cards.test_tables_on_a_phone import widest

DEFAULTS = ACTIVITY.thresholds_with()


def shown(known=None, subject="^RUT", name="Russell 2000", span="1y", **changed):
    known = market(400) if known is None else known
    history = ACTIVITY.history(known, DEFAULTS)
    return Shown(ACTIVITY.reading(history, subject, DEFAULTS), history, name, DEFAULTS, span=span, **changed)


def rising(count=300):
    close = closes_of(count, 5)
    close[:, 4] = np.linspace(50, 100, count)
    return market(count, close=close)


def test_it_tells_the_numbers_and_both_halves_of_the_flag():
    asked = shown()
    text, values = terminal_text(activity_card(asked)), asked.reading.values
    assert f"{values['rsi14']:.1f}" in text
    assert f"{values['volatility20_pct']:.1f}%" in text
    assert "1.00\N{MULTIPLICATION SIGN}" in text
    assert "Relative volume (IWM): 1.00 (needs at least 3)" in text
    assert "? Call volume against put volume (no option chain is given): unknown" in text
    assert "Option chain: none is given" in text


def test_crowded_and_a_new_high_stand_in_the_title():
    card = activity_card(shown(rising(), "IWM", "IWM"))
    assert card.title == "IWM: crowded"
    assert card.tone == "warning"
    assert "Last new high: this session. Last new low: none seen." in terminal_text(card)
    calm = rising().prices.close.copy()
    calm[270:299, 4] = np.tile([99.0, 98.0], 15)[:29]
    assert activity_card(shown(market(300, close=calm), "IWM", "IWM")).title == "IWM: at a 52-week high"


def test_what_is_missing_is_named_and_never_zero():
    text = terminal_text(activity_card(shown(market(5), "RSP", "Equal")))
    for words in ("RSI of", "0.00%"):
        assert words not in text
    assert "52-week high and low: they need 252 closes in a row." in text
    assert "Volatility: it needs 21 closes in a row." in text
    assert "Volume against usual: it needs 21 sessions with volume." in text
    nothing = market(5, close=np.full((5, 5), np.nan))
    assert "There is no close of it." in terminal_text(activity_card(shown(nothing)))


def test_what_followed_stands_on_it_where_it_is_given():
    assert "What followed in the past\nNothing to claim." in terminal_text(
        activity_card(shown(evidence="Nothing to claim."))
    )


@given(st.floats(0.01, 1e6), st.floats(0, 1e12), st.floats(-99, 9999))
@settings(deadline=None, max_examples=40)
def test_its_tables_fit_a_phone_whatever_the_numbers(price, volume, change):
    values = dict.fromkeys(ACTIVITY.values, change) | {
        "close": price,
        "high_52w": price,
        "low_52w": price,
        "volume": volume,
    }
    base = shown()
    reading = cross_reading(signal="activity", values=values | {"new_52w": "high", "rsi14": 50.0}, checks=())
    card = activity_card(Shown(reading, base.history, base.name, DEFAULTS))
    assert widest(card) <= PHONE_COLUMNS
    assert_within_limits(card)


@pytest.mark.parametrize("span", ["6m", "all"])
def test_its_picture_is_drawn_and_says_the_same_in_words(span):
    asked = shown(span=span)
    chart = FACE.chart(asked)
    assert render(chart).startswith(b"\x89PNG")
    assert f"RSI 14 {asked.reading.values['rsi14']:.1f}" in chart.alt
    assert "Volume of IWM against usual" in [panel["title"] for panel in chart.data["panels"]]
    assert len(chart.data["sessions"]) == (126 if span == "6m" else 400)


def test_a_picture_of_all_years_shows_the_last_session_of_each_week():
    chart = FACE.chart(shown(market(3000), span="all"))
    assert len(chart.data["sessions"]) == 600


def test_its_event_is_told_with_number_and_bound():
    close = closes_of(60, 5)
    close[:, 4] = [*np.tile([100.0, 99.0], 20), *np.linspace(100, 140, 20)]
    known = market(60, close=close)
    history = ACTIVITY.history(known, DEFAULTS)
    (event,) = [each for each in ACTIVITY.events(history, DEFAULTS) if each.subject == "IWM"]
    sentence = FACE.phrases["crowded"].sentence.format_map(FACE.facts(event, DEFAULTS))
    assert sentence.startswith("RSI 14 reached 8")
    assert sentence.endswith("at or above the 80 that counts as crowded")
    assert FACE.brief(event).startswith("RSI 14 8")
    assert "usual" in FACE.brief(event)
    assert [field.title for field in FACE.numbers(shown(known, "IWM"), event)] == ["Numbers", "52 weeks, closes"]
