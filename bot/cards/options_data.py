"""The options picture's data and words: close, volatility at the money, risk reversal, volume against usual."""

from __future__ import annotations

from typing import cast

import numpy as np

from bot.cards import style
from bot.cards.card import Chart
from bot.cards.face import Shown
from bot.cards.panels import Level, Line, Panel, panels_chart
from bot.cards.span import SPAN_WORDS, drawn_rows
from bot.cards.words import decimal, plain_titled, price, session_words, share, signed, times
from signals.option_columns import OptionColumns
from signals.volumes import volume_symbol

MINUS_CALL_PUT = "Risk reversal, 25-delta call \N{MINUS SIGN} put"


def options_chart(shown: Shown) -> Chart | None:
    """Return the picture of what a symbol's options said over `shown.span`, up to its last close; None without any."""
    reading, history = shown.reading, shown.history
    prices = history.market.prices
    n = prices.column(reading.subject)
    columns = cast("OptionColumns", history.columns)
    last = int(np.searchsorted(history.sessions, np.datetime64(reading.session, "D")))
    rows = drawn_rows(history.sessions, last, shown.span)
    volume = columns.activity.only(np.array([n]))["rvol20"][rows, 0]
    close, money, skew = (columns[name][rows, n] for name in ("close", "atm_iv_pct", "rr25_points"))
    if not (np.isfinite(money).any() or np.isfinite(skew).any()):
        return None
    speaks = volume_symbol(prices, reading.subject)
    whose = "" if speaks in (None, reading.subject) else f" of {speaks}"
    panels = (
        Panel("Close", (Line(close, "", style.colour_of(reading.subject), width=2.4),), height=1.4),
        Panel("Volatility at the money, a year", (), "%", bars=money, bar_colour=style.FAST),
        Panel(MINUS_CALL_PUT, (), "pt", (Level(0.0),), bars=skew, bar_colour=style.SLOW),
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
    title = f"{plain_titled(shown.name, reading.subject)} · options · {SPAN_WORDS[shown.span]}"
    return panels_chart(history.market, history.sessions[rows], panels, title=title, alt=_alt(shown, title))


def _alt(shown: Shown, title: str) -> str:
    values = shown.reading.values
    quotes = values.get("quotes")
    of = session_words(quotes) if isinstance(quotes, str) else "no session near"
    return (
        f"{title}: close {price(values.get('close'))} on {session_words(shown.reading.session)}; quotes of {of}: "
        f"volatility at the money {share(values.get('atm_iv_pct'), 1)}, risk reversal "
        f"{signed(values.get('rr25_points'), 1)} points, puts for each call {decimal(values.get('put_call'))}. "
        f"Volume against usual {times(values.get('rvol20'))}."
    )
