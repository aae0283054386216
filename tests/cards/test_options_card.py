from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards.face import Shown
from bot.cards.options_card import FACE, options_card
from bot.cards.picture import render
from bot.cards.plain import terminal_text
from bot.cards.table import PHONE_COLUMNS
from signals.options import OPTIONS
from tests.cards.markets import market
from tests.cards.readings import cross_reading
from tests.cards.test_card_limits import assert_within_limits
from tests.cards.test_tables_on_a_phone import widest
from tests.signals.chains import World, a_chain, on_day, parabola

DEFAULTS = OPTIONS.thresholds_with()
SMILE = parabola(World(), 30, 0.3, -0.2, 0.5)


def known(count=60, *, back=0, traded=1.0, **columns):
    """Return a market whose IWM has chains of two sessions, and `traded` times its volume in the last."""
    made = market(count)
    days = made.prices.sessions[[-2 - back, -1 - back]].tolist()
    chains = (on_day(a_chain(SMILE), days[0]), on_day(a_chain(SMILE, **columns), days[1]))
    volume = made.prices.volume.copy()
    volume[-1, 4] *= traded
    prices = replace(made.prices, volume=volume)
    return replace(made, prices=prices, facts=replace(made.facts, chains={"IWM": chains}))


def shown(of=None, subject="IWM", name="iShares Russell 2000 ETF", span="1y", **changed):
    of = known() if of is None else of
    history = OPTIONS.history(of, DEFAULTS)
    return Shown(OPTIONS.reading(history, subject, DEFAULTS), history, name, DEFAULTS, span=span, **changed)


def crowded():
    return known(traded=4.0, volume=np.repeat([90.0, 10.0], 13))


def test_it_tells_what_is_priced_in_and_who_trades():
    text = terminal_text(options_card(shown()))
    assert "price in a volatility of 30.0% a year, ±8.6% until the expiry; risk reversal \N{MINUS SIGN}2.4 pt." in text
    assert "Calls traded" in text
    assert "Puts for each call" in text
    assert "Call volume against put volume: 1.00 (needs at least 3)" in text
    assert "Missing" not in text


def test_what_is_missing_is_named_and_never_zero():
    text = terminal_text(options_card(shown(known(bid=np.zeros(26), volume=np.full(26, np.nan)))))
    assert "tell no volatility" in text
    assert "Volatility and skew: 0 calls and 0 puts can be used, 3 of each are needed" in text
    assert "Calls traded: the source gives no volumes." in text
    assert "0.0%" not in text
    without = terminal_text(options_card(shown(market(60))))
    assert "There are no option quotes of it in the five sessions up to" in without
    assert "Volatility and skew: no option quotes of the last five sessions are known." in without
    assert "There is no close" in terminal_text(options_card(shown(market(5, close=np.full((5, 5), np.nan)))))


def test_a_crowded_symbol_is_said_to_be_in_the_title():
    card = options_card(shown(crowded()))
    assert (card.title, card.tone) == ("iShares Russell 2000 ETF (IWM): crowded", "warning")
    calls = options_card(shown(known(traded=4.0, volume=np.repeat([9.0, 0.0], 13))))
    assert calls.tone == "warning"
    assert "Call volume against put volume\n" in terminal_text(calls)


def test_what_followed_stands_on_it_where_it_is_given():
    assert "What followed in the past\nNothing to claim." in terminal_text(
        options_card(shown(evidence="Nothing to claim."))
    )


@given(st.floats(0.01, 1e6), st.floats(0, 1e9), st.floats(-99, 999))
@settings(deadline=None, max_examples=40)
def test_its_tables_fit_a_phone_whatever_the_numbers(price, volume, change):
    values = dict.fromkeys(OPTIONS.values, change) | {"close": price, "call_volume": volume, "put_volume": volume}
    words = {"quotes": "2025-07-16", "expiry": "2025-08-15", "expiry_days": 1, "why_unknown": None}
    base = shown()
    reading = cross_reading(signal="options", values=values | words, checks=())
    card = options_card(Shown(reading, base.history, base.name, DEFAULTS))
    assert widest(card) <= PHONE_COLUMNS
    assert_within_limits(card)


@pytest.mark.parametrize("span", ["6m", "all"])
def test_its_picture_is_drawn_and_says_the_same_in_words(span):
    asked = shown(known(200), span=span)
    chart = FACE.chart(asked)
    assert render(chart).startswith(b"\x89PNG")
    assert (
        "volatility at the money 30.0%, risk reversal \N{MINUS SIGN}2.4 points, puts for each call 1.00." in chart.alt
    )
    assert [panel["title"] for panel in chart.data["panels"]][1:] == [
        "Volatility at the money, a year",
        "Risk reversal, 25-delta call \N{MINUS SIGN} put",
        "Volume against usual",
    ]


def test_without_a_single_quote_there_is_no_picture():
    assert FACE.chart(shown(market(60))) is None


def test_its_event_is_told_with_numbers_and_bounds():
    history = OPTIONS.history(crowded(), DEFAULTS)
    (event,) = OPTIONS.events(history, DEFAULTS)
    assert FACE.phrases["options_crowded"].sentence.format_map(FACE.facts(event, DEFAULTS)) == (
        "1,170 calls and 130 puts were traded at 4.00\N{MULTIPLICATION SIGN} the usual volume "
        "(crowded: 3 calls for each put, 3 times the volume)"
    )
    assert FACE.brief(event) == "1,170 calls, 130 puts, volume 4.00\N{MULTIPLICATION SIGN} usual, volatility 30.0%"
    bare = replace(event, values={**event.values, "atm_iv_pct": None})
    assert FACE.brief(bare).endswith("usual")
    assert [field.title for field in FACE.numbers(shown(crowded()), event)][1] == "Trading"
