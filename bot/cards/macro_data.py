"""The macro picture's data and words: yields, the curve, the target, the high-yield spread, the VIX."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bot.cards.card import Chart
from bot.cards.face import Shown
from bot.cards.multiples import Multiple, multiples_chart
from bot.cards.panels import Level
from bot.cards.span import SPAN_WORDS, drawn_rows
from bot.cards.words import UNKNOWN, brief, decimal, number_of, session_words, share, signed
from signals.types import IntArray, Scalar

SERIES = (
    ("DGS10", "10-year yield"),
    ("DGS2", "2-year yield"),
    ("curve", "10-year \N{MINUS SIGN} 2-year"),
    ("DFEDTARU", "Fed funds target"),
    ("BAMLH0A0HYM2", "High-yield spread"),
    ("^VIX", "VIX"),
)
"""What is shown, in this order, and what it is called."""


def macro_chart(shown: Shown) -> Chart:
    """Return the picture of rates, spreads and volatility over `shown.span`, a small panel each."""
    history = shown.history
    last = int(np.searchsorted(history.sessions, np.datetime64(shown.reading.session, "D")))
    rows = drawn_rows(history.sessions, last, shown.span)
    multiples = [_multiple(shown, rows, name, title) for name, title in SERIES]
    title = f"Rates, spreads, volatility · {SPAN_WORDS[shown.span]}"
    return multiples_chart(history.market, history.sessions[rows], multiples, title=title, alt=_alt(shown, title))


def _multiple(shown: Shown, rows: IntArray, name: str, title: str) -> Multiple:
    values = shown.reading.values
    series = shown.history["level"][rows, shown.history.subjects.index(name)]
    if name == "^VIX":
        level = Level(float(shown.thresholds["vix_high"]))
        title = f"{title} (dashed: {brief(level.value)})"
        note = _change(values, name, "points")
        return Multiple(title, series, decimal(values.get("^VIX.level_points"), 1), note, levels=(level,))
    is_curve = name == "curve"
    level_pct = values.get(f"{name}.level_pct")
    now = _points(level_pct) if is_curve else share(level_pct, 2)
    unit, levels = ("pt", (Level(0.0),)) if is_curve else ("%", ())
    return Multiple(title, series, now, _change(values, name, "bp"), unit, levels)


def _change(values: Mapping[str, Scalar], name: str, unit: str) -> str:
    """Return the change over a month of sessions in words."""
    change = values.get(f"{name}.change_21d_{unit}")
    if number_of(change) is None:
        return "its change is unknown"
    return f"{signed(change, 0 if unit == 'bp' else 1)} {unit} in 21 sessions"


def _points(value: Scalar) -> str:
    return UNKNOWN if number_of(value) is None else f"{signed(value)} pt"


def _alt(shown: Shown, title: str) -> str:
    values = shown.reading.values
    return (
        f"{title}, as known on {session_words(shown.reading.session)}: 10-year yield "
        f"{share(values.get('DGS10.level_pct'), 2)}, 2-year {share(values.get('DGS2.level_pct'), 2)}, Fed funds target "
        f"{share(values.get('DFEDTARU.level_pct'), 2)}. 10-year minus 2-year "
        f"{_points(values.get('curve.level_pct'))}, high-yield spread "
        f"{share(values.get('BAMLH0A0HYM2.level_pct'), 2)}, VIX {decimal(values.get('^VIX.level_points'), 1)}."
    )
