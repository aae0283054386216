"""The leverage picture's data and words: the median net debt/EBITDA of small and large companies, and who has none."""

from __future__ import annotations

import numpy as np

from bot.cards import style
from bot.cards.card import Chart
from bot.cards.face import Shown
from bot.cards.panels import Level, Line, Panel, panels_chart
from bot.cards.span import SPAN_WORDS, drawn_rows
from bot.cards.words import decimal, number_of, session_words
from signals.types import FloatArray, History, IntArray

NAMES = ("Russell 2000", "S&P 500")
_COLOURS = (style.SMALL, style.LARGE)


def leverage_chart(shown: Shown) -> Chart | None:
    """Return the picture of `shown` over its span, up to the reading's session; None where nothing of it is known."""
    history = shown.history
    last = int(np.searchsorted(history.sessions, np.datetime64(shown.reading.session, "D")))
    rows = drawn_rows(history.sessions, last, shown.span)
    if not np.isfinite(history["median_ratio"][rows]).any():
        return None
    limit = Level(float(shown.thresholds["median_limit"]))
    panels = (
        Panel("Median net debt / EBITDA", _both(history["median_ratio"][rows]), levels=(limit,), height=1.4),
        Panel("Companies whose EBITDA is 0 or less (n.m.)", _both(_shares(history, "meaningless", rows)), unit="%"),
        Panel("Companies that are not known", _both(_shares(history, "unknown", rows)), unit="%"),
    )
    title = f"Debt of small companies · {SPAN_WORDS[shown.span]}"
    return panels_chart(history.market, history.sessions[rows], panels, title=title, alt=_alt(shown))


def _shares(history: History, name: str, rows: IntArray) -> FloatArray:
    """Return how many of the companies that are no financials are counted under `name`, per cent, shape (T, 2)."""
    asked = (history["members"][rows] - history["financials"][rows]).astype(np.float64)
    return np.asarray(100.0 * history[name][rows] / np.where(asked > 0, asked, np.nan))


def _both(values: FloatArray) -> tuple[Line, ...]:
    return tuple(
        Line(values[:, place], name, colour) for place, (name, colour) in enumerate(zip(NAMES, _COLOURS, strict=True))
    )


def _alt(shown: Shown) -> str:
    values = shown.reading.values
    told = [
        f"{name}: median net debt/EBITDA {decimal(values.get(f'{prefix}median_ratio'))} of "
        f"{decimal(values.get(f'{prefix}counted'), 0)} companies, {decimal(values.get(f'{prefix}meaningless'), 0)} "
        f"with an EBITDA of 0 or less, {decimal(values.get(f'{prefix}unknown'), 0)} unknown, "
        f"{decimal(values.get(f'{prefix}financials'), 0)} financials left out"
        for prefix, name in zip(("", "largecap."), NAMES, strict=True)
        if number_of(values.get(f"{prefix}members"))
    ]
    return f"On {session_words(shown.reading.session)}. {'. '.join(told)}."
