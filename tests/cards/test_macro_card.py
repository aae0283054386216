from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards.face import Shown
from bot.cards.macro_card import FACE, macro_card, names_of
from bot.cards.picture import render
from bot.cards.plain import terminal_text
from bot.cards.table import PHONE_COLUMNS
from signals.facts import Appointment, Facts, Series
from signals.macro import MACRO
from signals.macro_series import NAMES
from signals.types import Event
from tests.cards.markets import closes_of, market
from tests.cards.readings import cross_reading
from tests.cards.test_card_limits import assert_within_limits
from tests.cards.test_tables_on_a_phone import widest

DEFAULTS = MACRO.thresholds_with()
FRED = [name for name in NAMES if name not in {"curve", "^VIX"}]


def known(count=300, *, names=FRED, appointments=()):
    close = closes_of(count, 3)
    close[:, 2] = 18.0
    found = market(count, symbols=("^RUT", "^GSPC", "^VIX"), close=close)
    days = np.busday_offset("1995-01-02", np.arange(count + 3910), roll="forward").astype("M8[D]")
    rng = np.random.default_rng(1)
    values = {name: np.round(4 + place / 4 + rng.normal(0, 0.04, len(days)), 2) for place, name in enumerate(names)}
    series = {name: Series(name, name, days, each) for name, each in values.items()}
    return replace(found, facts=Facts(series=series, appointments=appointments))


def shown(of=None, span="1y", **changed):
    history = MACRO.history(known() if of is None else of, DEFAULTS)
    reading = MACRO.reading(history, "market", DEFAULTS)
    return Shown(reading, history, "rates, spreads and volatility", DEFAULTS, span=span, **changed)


def test_every_level_and_change_is_on_it():
    asked = shown()
    text = terminal_text(macro_card(asked)).replace("\N{MINUS SIGN}", "-")
    for name in NAMES:
        level, day, *_ = names_of(name)
        assert f"{asked.reading.values[level]:.2f}" in text, name
        assert f"{asked.reading.values[day]:+.{1 if name == '^VIX' else 0}f}".replace("+0.0", "0.0") in text, name
    assert "VIX of " in text
    assert "of 252 sessions" in text


def test_what_is_missing_is_named_and_never_zero():
    asked = shown(known(names=["DGS10"]))
    text = terminal_text(macro_card(asked))
    assert "Missing\nFed funds: not there." in text
    assert "10y \N{MINUS SIGN} 2y: not there." in text
    assert "the 2-year is unknown" in text
    assert "Rank of VIX: fewer than ten years are known." in text
    assert "Dates ahead: rate decision of the Federal Reserve, consumer prices, jobs report." in text
    row = next(line for line in text.splitlines() if line.startswith("Fed funds "))
    assert not any(letter.isdigit() for letter in row)
    short = terminal_text(macro_card(shown(known(20))))
    assert "Unknown: it takes 252 sessions" in short


def test_a_series_that_has_ended_is_named_with_its_last_day():
    of = known()
    ended = of.facts.series["DGS2"]
    series = {**of.facts.series, "DGS2": Series("DGS2", "", ended.days[:-400], ended.values[:-400])}
    text = terminal_text(macro_card(shown(replace(of, facts=Facts(series=series)))))
    assert "2-year: no value since " in text


def test_nothing_at_all_is_told_as_nothing():
    bare = market(5, symbols=("STRL",))
    text = terminal_text(macro_card(shown(bare)))
    assert "No value is known." in text
    assert "0.00" not in text


def test_dates_ahead_say_in_how_many_days():
    day = known().prices.sessions[-1].item()
    dates = (
        Appointment("cpi", day.replace(day=day.day + 1), "Consumer Price Index", "published"),
        Appointment("fomc", day.replace(year=day.year + 1), "FOMC decision", "published"),
    )
    text = terminal_text(macro_card(shown(known(appointments=dates))))
    assert "(in 1 day)" in text
    assert "(in 365 days)" in text
    assert "Jobs report: none listed" in text


def test_every_check_stands_on_it_with_the_side_it_has_to_be_on():
    asked = shown()
    text = terminal_text(macro_card(asked))
    assert [check.name for check in asked.reading.checks] == [
        "ten_year_move",
        "curve_sign",
        "credit_widening",
        "vix_high",
        "fresh",
    ]
    assert "✓ VIX: 18.00 (needs below 25)" in text
    assert "(needs above 0)" in text
    days = (asked.reading.session - date.fromisoformat(asked.reading.values["DFF.observed"])).days
    assert f" Days since the oldest input: {days} (needs at most 10)" in text
    bare = terminal_text(macro_card(shown(market(5, symbols=("STRL",)))))
    assert "? VIX: unknown (needs below 25)" in bare
    assert "? Days since the oldest input: unknown (needs at most 10)" in bare


def test_what_followed_stands_on_it_where_it_is_given():
    text = terminal_text(macro_card(shown(evidence="Nothing to claim.")))
    assert "What followed in the past\nNothing to claim." in text


@given(st.floats(-99.99, 99.99), st.floats(-999, 999))
@settings(deadline=None, max_examples=40)
def test_its_table_fits_a_phone_whatever_the_numbers(level, change):
    values = dict.fromkeys(MACRO.values, change) | {names_of(name)[0]: level for name in NAMES}
    values |= {names_of(name)[3]: 100.0 for name in NAMES}
    values |= {name: "2025-09-29" for name in values if name.endswith((".observed", ".date"))}
    base = shown()
    card = macro_card(replace(base, reading=cross_reading(signal="macro", values=values, checks=())))
    assert widest(card) <= PHONE_COLUMNS
    assert_within_limits(card)


def test_a_slope_is_told_from_chance_only_from_a_t_of_2_on():
    base = shown()
    for t_value, words in (
        (2.1, "(t 2.1, told from chance"),
        (-1.9, "1.9, not told from chance"),
        (None, "unknown, unknown"),
    ):
        values = {**base.reading.values, "sensitivity.slope_10bp_pct": 0.4, "sensitivity.t_value": t_value}
        text = terminal_text(macro_card(replace(base, reading=replace(base.reading, values=values))))
        assert words in text, words


@pytest.mark.parametrize("span", ["6m", "all"])
def test_its_picture_is_drawn_and_says_the_same_in_words(span):
    asked = shown(span=span)
    chart = FACE.chart(asked)
    assert render(chart).startswith(b"\x89PNG")
    assert f"10-year yield {asked.reading.values['DGS10.level_pct']:.2f}%" in chart.alt
    assert "VIX 18.0" in chart.alt


def event(kind, subject, **values):
    thresholds = {name: DEFAULTS[name] for name in MACRO.kind(kind).thresholds}
    return Event("macro", kind, subject, shown().reading.session, 1, thresholds, values)


@pytest.mark.parametrize(
    ("told", "sentence", "brief"),
    [
        (
            event("ten_year_move", "DGS10", level_pct=2.51, change_1d_bp=-51.0, observed="2009-03-18"),
            "it became known that the 10-year Treasury yield fell by 51 bp to 2.51% on 18 Mar 2009",
            "2.51%, -51 bp",
        ),
        (
            event("curve_sign", "curve", level_pct=-0.05, change_1d_bp=-9.0, state="inverted", observed="2022-04-01"),
            "it became known that the 10-year yield stood below the 2-year yield (-0.05 points) on 1 Apr 2022",
            "inverted, -0.05 points",
        ),
        (
            event("credit_widening", "BAMLH0A0HYM2", level_pct=3.93, change_21d_bp=66.0, observed="2024-08-05"),
            "the high-yield spread, 3.93% on 5 Aug 2024, had widened by 66 bp within 21 sessions",
            "3.93%, +66 bp",
        ),
        (
            event("vix_high", "^VIX", level_points=38.57, change_1d_points=15.18),
            "the VIX closed at 38.57, at or above 25",
            "38.57, +15.18 on the day",
        ),
    ],
    ids=lambda value: getattr(value, "kind", None),
)
def test_every_event_is_told_with_its_numbers(told, sentence, brief):
    words = FACE.phrases[told.kind].sentence.format_map(FACE.facts(told, DEFAULTS))
    assert words.replace("\N{MINUS SIGN}", "-") == sentence
    assert FACE.brief(told).replace("\N{MINUS SIGN}", "-") == brief
    assert len(FACE.numbers(shown(), told)) == 2


def test_every_kind_has_words_of_its_own():
    assert set(FACE.phrases) == {kind.name for kind in MACRO.kinds}
