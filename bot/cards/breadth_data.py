"""The breadth picture's data and words: the index, the shares above their averages, and who advances."""

from __future__ import annotations

import numpy as np

from bot.cards import style
from bot.cards.card import Chart
from bot.cards.face import Shown
from bot.cards.panels import Level, Line, Mark, Panel, panels_chart
from bot.cards.span import SPAN_WORDS, first_row
from bot.cards.words import number_of, percent, session_words, share, signed
from signals.types import FloatArray, History

INDEX, INDEX_NAME = "^RUT", "Russell 2000"


def breadth_chart(shown: Shown) -> Chart:
    """Return the picture of `shown` over its span, up to the reading's session."""
    rows = _visible(shown)
    history, limits = shown.history, shown.thresholds
    level = _index(history)[rows]
    highs = np.flatnonzero(history["is_index_high"][rows, 0])
    above_200, above_50, advancing, difference = (
        history[name][rows, 0] for name in ("above_200_pct", "above_50_pct", "advancing_ema_frac", "highs_minus_lows")
    )
    panels = (
        Panel(
            f"{INDEX_NAME}; \N{BLACK UP-POINTING TRIANGLE} 52-week highs",
            (Line(level, INDEX_NAME, style.SMALL),),
            marks=tuple(
                Mark(int(row), float(level[row]), "\N{BLACK UP-POINTING TRIANGLE}", style.FAST) for row in highs
            ),
        ),
        Panel(
            "Members above their average of",
            (
                Line(above_200, "200 sessions", style.SMALL, width=2.2),
                Line(above_50, "50 sessions", style.FAST, "--", 1.3),
            ),
            unit="%",
            levels=(Level(float(limits["above_pct"])),),
            height=1.2,
        ),
        Panel("Their new 52-week highs minus new lows", (), bars=difference),
        Panel(
            "Advancing among those that moved, average of 10 sessions",
            (Line(100 * advancing, "Advancing", style.SMALL, width=1.6),),
            unit="%",
            levels=tuple(Level(100 * float(limits[name])) for name in ("thrust_low", "thrust_high")),
        ),
    )
    title = f"Breadth of the {INDEX_NAME} · {SPAN_WORDS[shown.span]}"
    return panels_chart(history.market, history.sessions[rows], panels, title=title, alt=_alt(shown, above_200))


def _visible(shown: Shown) -> slice:
    end = int(np.searchsorted(shown.history.sessions, np.datetime64(shown.reading.session, "D"), side="right"))
    return slice(first_row(end - 1, shown.span), end)


def _index(history: History) -> FloatArray:
    prices = history.market.prices
    if INDEX not in prices:
        return np.full(len(history.sessions), np.nan)
    return prices.closes(history.market.basis)[:, prices.column(INDEX)]


def _alt(shown: Shown, above_200: FloatArray) -> str:
    values, known = shown.reading.values, above_200[np.isfinite(above_200)]
    spread = (
        f", between {share(float(known.min()))} and {share(float(known.max()))} over the time shown"
        if len(known)
        else ""
    )
    advancing = number_of(values.get("advancing_ema_frac"))
    return (
        f"On {session_words(shown.reading.session)} {share(values.get('above_200_pct'))} of the members of the "
        f"{INDEX_NAME} stood above their 200-session average{spread}, {share(values.get('above_50_pct'))} above their "
        f"50-session average; new 52-week highs minus lows {signed(values.get('highs_minus_lows'), 0)}; "
        f"{share(None if advancing is None else 100 * advancing)} advancing on average over 10 sessions; "
        f"the index {percent(values.get('index_from_high_pct'), 1)} from its 52-week high."
    )
