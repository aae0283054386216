"""The picture of all themes: what each returned this year, ranked, with the Russell 2000 among them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bot.cards import style
from bot.cards.bars import Bar, bars_chart
from bot.cards.card import Chart
from bot.cards.words import number_of, percent, session_words
from signals.telling import HINDSIGHT
from signals.themes import THEMES, choices
from signals.themes_columns import INDEX
from signals.types import History, Reading, Thresholds

INDEX_NAME = "Russell 2000"


def ranking_chart(history: History, thresholds: Thresholds, t: int = -1, *, asked: str = "") -> Chart | None:
    """Return the bars of every theme's return since the year began, the best first; None without any theme.

    `asked` is the theme that is looked at among them.
    """
    names = choices(history.market)
    readings = {theme: THEMES.reading(history, theme, thresholds, t) for theme in history.subjects}
    if not readings:
        return None
    last = max(reading.session for reading in readings.values())
    bars = [_bar(names, theme, reading, is_asked=theme == asked) for theme, reading in readings.items()]
    index = next((number_of(reading.values.get(f"{INDEX}.ytd_pct")) for reading in readings.values()), None)
    if index is not None:
        bars.append(Bar(INDEX_NAME, index, "the index", is_whole=True))
    bars.sort(key=lambda bar: -bar.value if np.isfinite(bar.value) else np.inf)
    told = ", ".join(f"{bar.name} {percent(bar.value, 1)}" for bar in bars if np.isfinite(bar.value))
    alt = f"Themes by their return since the year began, as of {session_words(last)}: {told or 'nothing known'}."
    title = f"Themes, return since the start of {last.year}"
    return bars_chart(history.market, last, bars, title=title, unit="%", alt=alt, is_signed=True)


def _bar(names: Mapping[str, str], theme: str, reading: Reading, *, is_asked: bool) -> Bar:
    returned = number_of(reading.values.get("ytd_pct"))
    note = "hindsight" if HINDSIGHT in reading.labels else ""
    value = float("nan") if returned is None else returned
    colour = style.FAST if is_asked else style.SLOW
    return Bar(names.get(theme, theme), value, note, colour=colour, is_whole=is_asked)
