"""The valuation picture's data and words: P/E of small and large companies, the discount, the premium, loss-makers."""

from __future__ import annotations

import numpy as np

from bot.cards import style
from bot.cards.card import Chart
from bot.cards.face import Shown
from bot.cards.panels import Level, Line, Panel, Stroke, panels_chart
from bot.cards.span import SPAN_WORDS, drawn_rows
from bot.cards.words import UNKNOWN, decimal, number_of, session_words, share, signed
from signals.types import FloatArray, IntArray
from signals.valuation_columns import WITHOUT
from signals.valuation_events import EARNINGS
from signals.valuation_multiples import NOT_MEANINGFUL

NAMES = ("Russell 2000", "S&P 500")
_COLOURS = (style.SMALL, style.LARGE)
_DISCOUNTS: dict[str, tuple[str, str, Stroke]] = {
    "forward": ("of expected earnings", style.FAST, "-"),
    "trailing": ("of past earnings", style.SLOW, "--"),
}


def valuation_chart(shown: Shown) -> Chart | None:
    """Return the picture of `shown` over its span, up to the reading's session; None where nothing of it is known."""
    history = shown.history
    last = int(np.searchsorted(history.sessions, np.datetime64(shown.reading.session, "D")))
    rows = drawn_rows(history.sessions, last, shown.span)
    panels = (_multiples(shown, rows), _discounts(shown, rows), _premium(shown, rows), _losing(shown, rows))
    known = [panel for panel in panels if any(np.isfinite(line.values).any() for line in panel.lines)]
    if not known:
        return None
    title = f"What small companies cost · {SPAN_WORDS[shown.span]}"
    return panels_chart(history.market, history.sessions[rows], known, title=title, alt=_alt(shown))


def multiple_words(value: object) -> str:
    """Return a multiple such as ``21.4``; ``n.m.`` where it is not meaningful."""
    return NOT_MEANINGFUL if value == NOT_MEANINGFUL else decimal(value, 1)


def _multiples(shown: Shown, rows: IntArray) -> Panel:
    """Return both sides' P/E of the earnings that events are about."""
    which = str(shown.thresholds["earnings"])
    whose = {"forward": "expected earnings", "trailing": "the last twelve months' earnings"}[which]
    return Panel(
        f"Price over {whose}, without loss-makers",
        _both_sides(shown.history[f"{which}_pe{WITHOUT}"][rows]),
        height=1.3,
    )


def _discounts(shown: Shown, rows: IntArray) -> Panel:
    lines = tuple(
        Line(shown.history[f"{which}_discount{WITHOUT}_pct"][rows, 0], *_DISCOUNTS[which])
        for which in sorted(EARNINGS, key=lambda each: each != shown.thresholds["earnings"])
    )
    level = Level(float(shown.thresholds["discount_pct"]))
    return Panel("Discount of small companies, without loss-makers", lines, unit="%", levels=(level,))


def _premium(shown: Shown, rows: IntArray) -> Panel:
    premium = Line(shown.history["risk_premium_points"][rows, 0], "Equity risk premium", style.SMALL)
    return Panel("Small: expected earnings yield \N{MINUS SIGN} 10-year yield", (premium,), "pt", (Level(0.0),))


def _losing(shown: Shown, rows: IntArray) -> Panel:
    return Panel(
        "Market value in companies that lost money", _both_sides(shown.history["losing_weight_pct"][rows]), unit="%"
    )


def _both_sides(values: FloatArray) -> tuple[Line, ...]:
    return tuple(
        Line(values[:, place], name, colour) for place, (name, colour) in enumerate(zip(NAMES, _COLOURS, strict=True))
    )


def _alt(shown: Shown) -> str:
    values = shown.reading.values
    told = [
        f"{name}: {multiple_words(values.get(f'{prefix}forward_pe{WITHOUT}'))} times expected and "
        f"{multiple_words(values.get(f'{prefix}trailing_pe{WITHOUT}'))} times past earnings without loss-makers, "
        f"{multiple_words(values.get(f'{prefix}forward_pe'))} and {multiple_words(values.get(f'{prefix}trailing_pe'))} "
        f"with them, {share(values.get(f'{prefix}losing_weight_pct'))} of market value in companies that lost money"
        for prefix, name in zip(("", "largecap."), NAMES, strict=True)
    ]
    discounts = ", ".join(share(values.get(f"{which}_discount{WITHOUT}_pct"), 1) for which in ("forward", "trailing"))
    premium = values.get("risk_premium_points")
    points = UNKNOWN if number_of(premium) is None else f"{signed(premium)} points"
    return (
        f"On {session_words(shown.reading.session)}. {'. '.join(told)}. Discount of small companies without "
        f"loss-makers, on expected and past earnings: {discounts}. Equity risk premium: {points}."
    )
