"""The catch-up picture's data and words: both ratios with the peak and the trough of their last fall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bot.cards import style
from bot.cards.card import Chart
from bot.cards.face import Shown
from bot.cards.panels import Level, Line, Mark, Panel, panels_chart
from bot.cards.span import SPAN_WORDS, first_row
from bot.cards.words import number_of, session_words, share, short_session


@dataclass(frozen=True, slots=True)
class Pair:
    """One of the two pairs: the fund whose values are shown, its name, a short one for tables, its colour."""

    fund: str
    name: str
    short: str
    colour: str


PAIRS = (
    Pair("QQQJ", "Nasdaq next 100", "Next 100", style.NASDAQ),
    Pair("QQQE", "Nasdaq-100 equal weight", "Equal", style.EQUAL),
)
SUBJECTS = {"next100": PAIRS[0], "equal": PAIRS[1]}
PEAK_SPAN = "5y"
"""A fall from a three-year peak is not seen in one year."""


def catchup_chart(shown: Shown) -> Chart | None:
    """Return the picture of both ratios, each in per cent of its peak, over five years or all where that is wanted.

    There is none where neither peak is known.
    """
    span = "all" if shown.span == "all" else PEAK_SPAN
    history, reading = shown.history, shown.reading
    end = int(np.searchsorted(history.sessions, np.datetime64(reading.session, "D"), side="right"))
    rows = slice(first_row(end - 1, span), end)
    if all(number_of(reading.values.get(f"{pair.fund}.peak")) is None for pair in PAIRS):
        return None
    panels = []
    for place, pair in enumerate(PAIRS):
        peak = number_of(reading.values.get(f"{pair.fund}.peak"))
        ratio = history["ratio"][rows, place] * (100 / peak if peak else np.nan)
        marks = [
            _mark(shown, rows.start, pair, name=name, sign=sign)
            for name, sign in (
                ("peak", "\N{BLACK DOWN-POINTING TRIANGLE}"),
                ("trough", "\N{BLACK UP-POINTING TRIANGLE}"),
            )
            if number_of(reading.values.get(f"{pair.fund}.{name}")) is not None
        ]
        panels.append(
            Panel(
                f"{pair.name}, {pair.fund}/QQQ in % of its peak: {_recovered(shown, pair)}",
                (Line(ratio, pair.name, pair.colour),),
                unit="%",
                levels=(Level(100.0), *_half_back(shown, pair)),
                marks=tuple(marks),
            )
        )
    title = f"Smaller Nasdaq names against QQQ · {SPAN_WORDS[span]}"
    return panels_chart(history.market, history.sessions[rows], panels, title=title, alt=_alt(shown))


def _mark(shown: Shown, start: int, pair: Pair, *, name: str, sign: str) -> Mark:
    values = shown.reading.values
    day = np.datetime64(str(values[f"{pair.fund}.{name}_session"]), "D")
    row = int(np.searchsorted(shown.history.sessions, day)) - start
    level = 100 * float(values[f"{pair.fund}.{name}"] or 0) / float(values[f"{pair.fund}.peak"] or 1)
    return Mark(row, level, sign, style.FAST, f"{name} {short_session(day.item())}")


def _recovered(shown: Shown, pair: Pair) -> str:
    """Return in few words how much of the fall is made good."""
    fraction = number_of(shown.reading.values.get(f"{pair.fund}.recovered_frac"))
    return f"{share(100 * fraction)} made good" if fraction is not None else state_words(shown, pair)


def _half_back(shown: Shown, pair: Pair) -> tuple[Level, ...]:
    """Return the level at which half of a fall is made good, where there is a fall to recover from."""
    values = shown.reading.values
    peak, trough, fraction = (
        number_of(values.get(f"{pair.fund}.{name}")) for name in ("peak", "trough", "recovered_frac")
    )
    if not peak or trough is None or fraction is None:
        return ()
    return (Level(50 * (1 + trough / peak), "half"),)


def _alt(shown: Shown) -> str:
    told = "; ".join(f"{pair.fund}/QQQ: {state_words(shown, pair)}" for pair in PAIRS)
    return f"As of {session_words(shown.reading.session)}, {told}."


def state_words(shown: Shown, pair: Pair) -> str:
    """Return in words how much of a pair's fall is made good."""
    values = shown.reading.values
    state = values.get(f"{pair.fund}.state")
    if state is None:
        return "unknown"
    fall = share(abs(number_of(values.get(f"{pair.fund}.fall_pct")) or 0), 1)
    if state == "no_fall":
        return f"no fall to recover from (down {fall} at most)"
    since = short_session(values.get(f"{pair.fund}.peak_session"))
    if state == "at_trough":
        return f"at its trough, {fall} below its peak of {since}"
    recovered = share(100 * (number_of(values.get(f"{pair.fund}.recovered_frac")) or 0))
    return f"{recovered} of a fall of {fall} from its peak of {since} made good"
