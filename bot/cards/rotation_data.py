"""The rotation pictures' data and words: two sides over time, or everybody's place on the map."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.cards import style
from bot.cards.card import Chart
from bot.cards.face import Shown
from bot.cards.panels import Level, Line, Panel, Shade, panels_chart
from bot.cards.rotation_map import Track, map_chart
from bot.cards.span import SPAN_WORDS, drawn_rows
from bot.cards.words import decimal, percent, session_words, short_session
from signals.rotation_columns import BENCHMARKS, FAST, MAPS, PAIRS, SLOW
from signals.rotation_events import SUBJECTS, leads_of, names_on, weekly_quadrants
from signals.rotation_pairs import FIRST_LEADS, SECOND_LEADS
from signals.types import BoolArray, FloatArray, IntArray, Thresholds

TAIL_WEEKS = 8

PAIR_WORDS = {"small": "Russell 2000 / S&P 500", "equal": "Equal / cap weight: RSP / SPY"}
SECTOR_WORDS = {
    "XLB": "materials",
    "XLC": "communication",
    "XLE": "energy",
    "XLF": "financials",
    "XLI": "industrials",
    "XLK": "technology",
    "XLP": "staples",
    "XLRE": "real estate",
    "XLU": "utilities",
    "XLV": "health care",
    "XLY": "discretionary",
}
BESIDE = PAIRS[2]
"""The Nasdaq's pair, shown beside the S&P's."""

LONG_DASH = (0.0, (6.0, 1.5))


def rotation_chart(shown: Shown) -> Chart | None:
    """Return the picture of what was asked: a pair over `shown.span`, or a map; None before the first week."""
    return _map(shown) if shown.reading.subject in MAPS else _pair(shown)


def row_of(shown: Shown) -> int:
    """Return the row of the reading's session."""
    return int(np.searchsorted(shown.history.sessions, np.datetime64(shown.reading.session, "D")))


def _pair(shown: Shown) -> Chart:
    subject, history = shown.reading.subject, shown.history
    pair = SUBJECTS.index(subject)
    rows = drawn_rows(history.sessions, row_of(shown), shown.span)
    state = leads_of(history, shown.thresholds).state[rows, pair]
    first, second = PAIRS[pair]
    lines = [
        Line(history["ratio"][rows, pair], f"{first} / {second}", style.colour_of(first), width=2.6),
        Line(history["ratio_fast"][rows, pair], f"{FAST}-session average", style.FAST, LONG_DASH),
        Line(history["ratio_slow"][rows, pair], f"{SLOW}-session average", style.SLOW, ":"),
    ]
    shades = (
        *_shades(state == FIRST_LEADS, style.colour_of(first)),
        *_shades(state == SECOND_LEADS, style.colour_of(second)),
    )
    panels = [
        Panel("Ratio; shaded: a lead", tuple(lines), shades=shades, height=1.4),
        _returns(shown, rows, pair),
    ]
    beside = history["ratio"][rows, PAIRS.index(BESIDE)]
    if subject == "equal" and np.isfinite(beside).any():
        line = Line(beside, f"{BESIDE[0]} / {BESIDE[1]}", style.colour_of(BESIDE[0]), width=2.2)
        panels.append(Panel("The same among the Nasdaq 100", (line,), height=0.8))
    return panels_chart(
        history.market,
        history.sessions[rows],
        panels,
        title=f"{PAIR_WORDS[subject]} · {SPAN_WORDS[shown.span]}",
        alt=_pair_words(shown, rows, pair),
    )


def _returns(shown: Shown, rows: IntArray, pair: int) -> Panel:
    history, lead = shown.history, float(shown.thresholds["lead_pct"])
    colour = style.colour_of(PAIRS[pair][0])
    lines = (
        Line(history["relative_long_pct"][rows, pair], f"{shown.thresholds['long']} sessions", colour, width=2.4),
        Line(history["relative_short_pct"][rows, pair], f"{shown.thresholds['short']} sessions", style.FAST, LONG_DASH),
    )
    levels = (Level(lead, percent(lead, 1)), Level(0.0), Level(-lead, percent(-lead, 1)))
    return Panel("Change of the ratio", lines, unit="%", levels=levels)


def _pair_words(shown: Shown, rows: IntArray, pair: int) -> str:
    history, reading = shown.history, shown.reading
    first, second = PAIRS[pair]
    sessions: Thresholds = shown.thresholds
    said = [
        f"{first} divided by {second}, {decimal(history['ratio'][rows[-1], pair], 4)}",
        f"changed by {percent(reading.values.get('relative_short_pct'))} over {sessions['short']} sessions",
        f"and by {percent(reading.values.get('relative_long_pct'))} over {sessions['long']} sessions",
    ]
    start = session_words(history.sessions[rows[0]].item())
    return f"From {start} to {session_words(reading.session)}: {', '.join(said)}. State: {state_words(reading.state)}."


def state_words(state: str) -> str:
    """Return a state as people say it."""
    return {
        "small_leads": "small caps lead",
        "large_leads": "large caps lead",
        "equal_leads": "equal weight leads",
        "cap_leads": "cap weight leads",
        "neutral": "neither leads",
    }.get(state, "unknown who leads")


def _map(shown: Shown) -> Chart | None:
    subject, history = shown.reading.subject, shown.history
    names = names_on(history, subject)
    weeks, _ = weekly_quadrants(history, subject, int(shown.thresholds["hold_weeks"]))
    weeks = weeks[weeks <= row_of(shown)][-TAIL_WEEKS:]
    if not len(weeks) or not names:
        return None
    session = history.sessions[weeks[-1]].item()
    x, y = (history[f"{subject}.{measure}"][weeks] for measure in ("ratio", "momentum"))
    tracks = [Track(name, x[:, place], y[:, place]) for place, name in enumerate(names)]
    return map_chart(
        history.market,
        session,
        tracks,
        title=f"Rotation map, {len(weeks)} weeks to {short_session(session)}",
        names=(f"Ratio: strength against {BENCHMARKS[subject]}", "Momentum of the ratio"),
        alt=_map_words(names, x[-1], y[-1], session_words(session)),
    )


def _map_words(names: Sequence[str], x: FloatArray, y: FloatArray, when: str) -> str:
    places = [
        f"{name} {decimal(across, 1)} and {decimal(up, 1)}"
        for name, across, up in zip(names, x, y, strict=True)
        if np.isfinite(across) and np.isfinite(up)
    ]
    return f"Rotation map of {when}, ratio and momentum round 100: {', '.join(places) or 'nothing known'}."


def _shades(is_on: BoolArray, colour: str) -> tuple[Shade, ...]:
    """Return the stretches in which something is so."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_on, [False]]).astype(np.int8)))
    return tuple(Shade(int(first), int(end) - 1, colour) for first, end in edges.reshape(-1, 2))
