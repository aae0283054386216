"""The evidence picture's data and words: how prices went on after past events, beside after any session."""

from __future__ import annotations

from typing import Any

import numpy as np

from bot.cards import style
from bot.cards.card import Chart
from bot.cards.evidence_data import after
from bot.cards.provenance import label_words, picture_line
from bot.cards.words import percent, plain_titled, session_words, short_session
from signals.paths import Paths
from signals.types import FloatArray, Reading

HORIZON = 63
"""Sessions at which the events are spread out where none is still running."""
EARLY = 5
"""An event younger than this has not gone anywhere yet."""
LEAST = 3
"""Fewer paths than this have no middle half to speak of."""
MOST_PATHS = 60
"""More paths than this are a grey ground: the youngest are drawn."""
BINS = 28
TAIL_PCT = 0.5
"""Share of any session's changes left out at each end of the scale, in per cent."""


def fan_chart(reading: Reading, paths: Paths, *, name: str, event: str = "") -> Chart | None:
    """Return the picture of every past event's path, their median and that of any session, and today's among them.

    `reading` is the event study it belongs to. None where no event has been followed by a close.
    """
    past = paths.after[:-1] if paths.running is not None else paths.after
    if not np.isfinite(past[:, 1:]).any():
        return None
    title = f"{plain_titled(name, reading.subject)}: {after(event)}"
    label = " · ".join(label_words(reading.labels))
    distance = _distance(paths)
    spread = _spread(paths, distance)
    data = {
        "title": title,
        "as_of": picture_line(reading),
        "label": label,
        "colour": style.colour_of(reading.subject),
        "count": len(past),
        "paths": past[-MOST_PATHS:],
        "median": _quantile(past, 50),
        "low": _quantile(past, 25) if len(past) >= LEAST else None,
        "high": _quantile(past, 75) if len(past) >= LEAST else None,
        "base": np.array([np.median(changes) if len(changes) else np.nan for changes in paths.base]),
        "running": None if paths.running is None else paths.after[-1, : paths.running + 1],
        "running_day": short_session(paths.days[-1]),
        "spread": spread,
    }
    alt = _alt(title, paths, data)
    return Chart("fan", data, f"{label}. {alt}" if label else alt)


def _distance(paths: Paths) -> int:
    """Return over how many sessions the events are spread out: as long as the latest one has been running."""
    running = paths.running
    return HORIZON if running is None or running < EARLY else running


def _spread(paths: Paths, distance: int) -> dict[str, Any]:
    """Return the changes over `distance` after events, how any session's are spread, and today's."""
    changes, base = paths.at(distance), paths.base[distance]
    running = paths.running
    now = float(paths.after[-1, distance]) if running == distance else None
    ends = [*changes, *([now] if now is not None else []), *np.percentile(base, [TAIL_PCT, 100 - TAIL_PCT])]
    edges = np.linspace(min(ends), max(ends) + 1e-9, BINS + 1)
    counts = np.histogram(base, edges)[0]
    return {
        "sessions": distance,
        "changes": changes,
        "edges": edges,
        "base": counts / max(int(counts.sum()), 1),
        "now": now,
    }


def _quantile(past: FloatArray, q: float) -> FloatArray:
    """Return a quantile of each distance's known changes, NaN where fewer than half of the events have come so far."""
    known = np.isfinite(past)
    found = [
        np.percentile(past[known[:, column], column], q) if 2 * known[:, column].sum() >= len(past) else np.nan
        for column in range(past.shape[1])
    ]
    return np.array(found)


def _alt(title: str, paths: Paths, data: dict[str, Any]) -> str:
    median, base = data["median"], data["base"]
    length = len(median) - 1
    ends = "; ".join(
        f"after {distance} sessions {percent(median[distance], 1)} against {percent(base[distance], 1)}"
        for distance in sorted({21, HORIZON, length})
        if distance <= length
    )
    spread = data["spread"]
    told = f"{title}: {_times(data['count'], 'past event')}. Median change, against that after any session: {ends}."
    if data["low"] is not None and np.isfinite(data["low"][-1]):
        told += (
            f" Half of them lay between {percent(data['low'][-1], 1)} and {percent(data['high'][-1], 1)} in the end."
        )
    if spread["now"] is None:
        return told
    lower = int((spread["changes"] < spread["now"]).sum())
    return (
        f"{told} Today, {spread['sessions']} sessions after {session_words(paths.days[-1])}: "
        f"{percent(spread['now'], 1)}, more than {lower} of {len(spread['changes'])} at that distance."
    )


def _times(count: int, words: str) -> str:
    return f"{count:,} {words}" if count == 1 else f"{count:,} {words}s"
