"""The macro picture's data and words: yields, the curve and the high-yield spread, the VIX."""

from __future__ import annotations

import numpy as np

from bot.cards import style
from bot.cards.card import Chart
from bot.cards.face import Shown
from bot.cards.panels import Dash, Level, Line, Panel, panels_chart
from bot.cards.span import SPAN_WORDS, drawn_rows
from bot.cards.words import UNKNOWN, decimal, number_of, session_words, share, signed

DASHED = (0.0, (6.0, 1.5))


def macro_chart(shown: Shown) -> Chart:
    """Return the picture of rates, spreads and volatility over `shown.span`."""
    history = shown.history
    last = int(np.searchsorted(history.sessions, np.datetime64(shown.reading.session, "D")))
    rows = drawn_rows(history.sessions, last, shown.span)

    def line(name: str, words: str, colour: str, dash: Dash = "-") -> Line:
        return Line(history["level"][rows, history.subjects.index(name)], words, colour, dash, 2.2)

    panels = (
        Panel(
            "Yields",
            (
                line("DGS10", "10-year", style.SMALL),
                line("DGS2", "2-year", style.LARGE, DASHED),
                line("DFEDTARU", "Fed funds target", style.SLOW, ":"),
            ),
            "%",
            height=1.3,
        ),
        Panel(
            "Spreads",
            (
                line("BAMLH0A0HYM2", "high yield", style.DEATH),
                line("curve", "10-year minus 2-year", style.NASDAQ, DASHED),
            ),
            "%",
            (Level(0.0),),
        ),
        Panel("VIX", (line("^VIX", "", style.GOLDEN),), levels=(Level(float(shown.thresholds["vix_high"]), "high"),)),
    )
    title = f"Rates, spreads, volatility · {SPAN_WORDS[shown.span]}"
    return panels_chart(history.market, history.sessions[rows], panels, title=title, alt=_alt(shown, title))


def _alt(shown: Shown, title: str) -> str:
    values = shown.reading.values
    spread = signed(values.get("curve.level_pct"))
    return (
        f"{title}, as known on {session_words(shown.reading.session)}: 10-year yield "
        f"{share(values.get('DGS10.level_pct'), 2)}, 2-year {share(values.get('DGS2.level_pct'), 2)}, Fed funds target "
        f"{share(values.get('DFEDTARU.level_pct'), 2)}. 10-year minus 2-year "
        f"{UNKNOWN if number_of(values.get('curve.level_pct')) is None else f'{spread} pt'}, high-yield spread "
        f"{share(values.get('BAMLH0A0HYM2.level_pct'), 2)}, VIX {decimal(values.get('^VIX.level_points'), 1)}."
    )
