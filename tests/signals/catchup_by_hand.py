"""Catch-up found with plain loops over lists."""

from __future__ import annotations

import math


def fallen(ratios: list[float], window: int) -> list[dict[str, float] | None]:
    """Return peak, trough and what was made good for every row, None where unknown."""
    known = [row for row, ratio in enumerate(ratios) if not math.isnan(ratio)]
    found: list[dict[str, float] | None] = []
    for row, ratio in enumerate(ratios):
        if math.isnan(ratio) or row - window + 1 < known[0]:
            found.append(None)
            continue
        inside = [each for each in known if row - window < each <= row]
        peak_row = max(inside, key=lambda each: (ratios[each], each))
        trough_row = min((each for each in inside if each >= peak_row), key=lambda each: (ratios[each], each))
        peak, trough = ratios[peak_row], ratios[trough_row]
        best = max((ratios[each] for each in inside if trough_row <= each < row), default=-math.inf)
        found.append(
            {
                "peak": peak,
                "peak_row": peak_row,
                "trough": trough,
                "trough_row": trough_row,
                "fall_pct": 100 * (trough / peak - 1),
                "recovered_frac": (ratio - trough) / (peak - trough) if peak > trough else math.nan,
                "best_frac": (best - trough) / (peak - trough) if peak > trough else math.nan,
                "known_sessions": len(inside),
            }
        )
    return found


def happened(found: list[dict[str, float] | None], least_fall: float, rearm: int) -> list[tuple[int, str]]:
    """Return row and kind of every event."""
    events, last = [], -1000
    first = next((row for row, fall in enumerate(found) if fall is not None), 0)
    for row, fall in enumerate(found):
        if fall is None or fall["fall_pct"] > -least_fall:
            continue
        events += [
            (row, f"recovered_{level}")
            for level in (25, 50, 75)
            if fall["recovered_frac"] >= level / 100 > fall["best_frac"]
        ]
        if fall["trough_row"] == row:
            if row - last > rearm and row > first:
                events.append((row, "new_trough"))
            last = row
    return events
