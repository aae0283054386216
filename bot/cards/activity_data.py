"""The activity picture's data and words: close between its 52-week extremes, RSI, volume against usual."""

from __future__ import annotations

from typing import cast

import numpy as np

from bot.cards import style
from bot.cards.card import Chart
from bot.cards.face import Shown
from bot.cards.panels import Level, Line, Panel, panels_chart
from bot.cards.span import SPAN_WORDS, drawn_rows
from bot.cards.words import decimal, percent, plain_titled, price, session_words, times
from signals.activity_columns import ActivityColumns
from signals.volumes import volume_symbol

DASHED = (0.0, (6.0, 1.5))


def activity_chart(shown: Shown) -> Chart:
    """Return the picture of a symbol over `shown.span`, up to its last close."""
    reading, history = shown.reading, shown.history
    prices = history.market.prices
    columns = cast("ActivityColumns", history.columns).only(np.array([prices.column(reading.subject)]))
    last = int(np.searchsorted(history.sessions, np.datetime64(reading.session, "D")))
    rows = drawn_rows(history.sessions, last, shown.span)
    close, high, low, rsi, volume = (
        columns[name][rows, 0] for name in ("close", "high_52w", "low_52w", "rsi14", "rvol20")
    )
    crowded, rearm = (float(shown.thresholds[name]) for name in ("crowded_rsi", "crowded_rsi_rearm"))
    colour = style.colour_of(reading.subject)
    lines = (
        Line(close, "close", colour, width=2.4),
        Line(high, "52-week high", style.FAST, DASHED, 1.5),
        Line(low, "52-week low", style.SLOW, ":"),
    )
    speaks = volume_symbol(prices, reading.subject)
    whose = "" if speaks in (None, reading.subject) else f" of {speaks}"
    panels = (
        Panel("Close", lines, height=1.5),
        Panel("RSI 14", (Line(rsi, "", style.FAST, width=1.5),), levels=(Level(crowded, "crowded"), Level(rearm))),
        Panel(
            f"Volume{whose} against usual",
            (),
            "\N{MULTIPLICATION SIGN}",
            (Level(1.0),),
            bars=volume,
            bar_colour=style.VOLUME,
            height=0.8,
        ),
    )
    title = f"{plain_titled(shown.name, reading.subject)} · {SPAN_WORDS[shown.span]}"
    return panels_chart(history.market, history.sessions[rows], panels, title=title, alt=_alt(shown, title))


def _alt(shown: Shown, title: str) -> str:
    values = shown.reading.values
    return (
        f"{title}: close {price(values.get('close'))} on {session_words(shown.reading.session)}, "
        f"{percent(values.get('from_high_pct'))} from the 52-week high of {price(values.get('high_52w'))} and "
        f"{percent(values.get('from_low_pct'))} from the low of {price(values.get('low_52w'))}. "
        f"RSI 14 {decimal(values.get('rsi14'), 1)}, volume against usual {times(values.get('rvol20'))}."
    )
