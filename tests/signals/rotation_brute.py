"""Rotation computed once more in plain Python, one cell at a time, with nothing of the room's own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from statistics import fmean, pstdev

Closes = dict[date, float]


def ratio(first: Closes, second: Closes) -> Closes:
    return {day: first[day] / second[day] for day in sorted(first) if day in second}


def change_pct(values: Closes, day: date, back: int) -> float:
    days = sorted(values)
    return 100 * (values[day] / values[days[days.index(day) - back]] - 1)


def states(values: Closes, *, lead: float = 1.0, hold: int = 5) -> dict[date, str]:
    """Tell the state of every day: first, second or neutral; days before the first decision are left out."""
    days = sorted(values)
    told: dict[date, str] = {}
    state, above, below = "neutral", 0, 0
    for place, day in enumerate(days):
        if place < 63:
            continue
        month, quarter = (100 * (values[day] / values[days[place - back]] - 1) for back in (20, 63))
        above = above + 1 if min(month, quarter) > lead else 0
        below = below + 1 if max(month, quarter) < -lead else 0
        if (state == "first" and quarter < 0) or (state == "second" and quarter > 0):
            state = "neutral"
        if above >= hold:
            state = "first"
        if below >= hold:
            state = "second"
        if place >= 63 + hold - 1:
            told[day] = state
    return told


def percentile(values: Closes, day: date, window: int = 2520) -> float:
    days = sorted(values)
    end = days.index(day) + 1
    others = [values[other] for other in days[end - window : end - 1]]
    lower = sum(other < values[day] for other in others)
    equal = sum(other == values[day] for other in others)
    return 100 * (lower + equal / 2) / (window - 1)


def week_ends(sessions: Sequence[date]) -> list[date]:
    """Return the last session of each week; the sessions run beyond the last week asked about."""
    last = {day.isocalendar()[:2]: day for day in sessions}
    return sorted(last.values())


def score(values: Sequence[float], window: int) -> list[float | None]:
    smooth: list[float] = []
    for value in values:
        smooth.append(value if not smooth else value / 3 + 2 * smooth[-1] / 3)
    scores: list[float | None] = []
    for end in range(1, len(smooth) + 1):
        if end < window:
            scores.append(None)
            continue
        looked_at = smooth[end - window : end]
        z = (looked_at[-1] - fmean(looked_at)) / pstdev(looked_at)
        scores.append(min(120.0, max(80.0, 100 + 10 * z)))
    return scores


def map_places(price: Closes, benchmark: Closes, weeks: Sequence[date]) -> dict[date, tuple[float, float, str]]:
    """Return ratio, momentum and quadrant of every week that has them; a change of quadrant holds 2 weeks."""
    known = [day for day in weeks if day in price and day in benchmark]
    strength = score([math.log(price[day] / benchmark[day]) for day in known], 52)
    moves = [
        (place, now - strength[place - 4])
        for place, now in enumerate(strength)
        if place >= 4 and now is not None and strength[place - 4] is not None
    ]
    momentum = {place: value for (place, _), value in zip(moves, score([m for _, m in moves], 26), strict=True)}
    places: dict[date, tuple[float, float, str]] = {}
    counted, before = "", ""
    for place, day in enumerate(known):
        up = momentum.get(place)
        if up is None or strength[place] is None:
            continue
        across = strength[place]
        seen = (("lagging", "improving"), ("weakening", "leading"))[across >= 100][up >= 100]
        if seen == before or not before:
            counted = seen
        places[day] = (across, up, counted)
        before = seen
    return places
