"""What a reading of leadership says: its values by name, and the checks beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from signals.facts import in_force
from signals.leadership_books import BACKED_OUT, FROM_FILE, sector_names
from signals.leadership_columns import BANKS, INDEX, LEAST_TOTAL_PCT, MOST_SHARE_PCT, SUBJECTS, UNIVERSE
from signals.leadership_events import LEAST_WEIGHT_PCT
from signals.periods import period_starts
from signals.telling import scalar
from signals.types import Check, History, Market, Result, Scalar, Thresholds

MOST_SECTORS = 12
ADDS_UP_WITHIN = 0.01
SOURCES: Mapping[int, str | None] = {FROM_FILE: "file", BACKED_OUT: "backed_out", 0: None}

_SECTOR = {
    "name": "name of the sector, as the fund's provider gives it",
    "contribution_pct": "points it added to the covered basket's return",
    "share_pct": "share of that return, per cent; missing where it is below 1 % in size or the share above 100 %",
    "weight_pct": "its weight at the start, per cent of the covered basket",
}
VALUES: Mapping[str, str] = {
    "basket_pct": "return of the covered basket since the start, per cent",
    "index_pct": f"return of {INDEX} since the start, per cent",
    "residual_points": f"{INDEX} minus the covered basket, points",
    "contributions_pct": "sum of the sectors' contributions, points",
    "top_two_share_pct": "share of the return that the two sectors made which added most in its direction, per cent",
    "effective_names": "1 / sum of the squared start weights",
    "covered_weight_pct": "share of the file's weight that is covered, per cent",
    "start": "session of the close from which the return is measured",
    "weights": "where start weights come from: file (dated at or before the start) or backed_out (of a later one)",
    "weights_date": "date of that holdings file",
    "members_date": "date of the newest holdings file known by the session",
    f"{BANKS}.change_pct": f"{BANKS}: change over `banks_sessions` sessions, per cent",
    f"{INDEX}.change_pct": f"{INDEX}: change over `banks_sessions` sessions, per cent",
    "banks_minus_index.change_pct": f"{BANKS} minus {INDEX} over `banks_sessions` sessions, points",
    **{
        f"sector_{rank}.{name}": f"sector {rank} by contribution: {text}"
        for rank in range(1, MOST_SECTORS + 1)
        for name, text in _SECTOR.items()
    },
}


def sectors_of(market: Market) -> tuple[str, ...]:
    """Return the sectors of the small-cap universe, in the order of a history's last axis.

    Examples
    --------
    >>> from signals.leadership import _example
    >>> sectors_of(_example())
    ('Energy', 'Financials')
    """
    return sector_names(market.facts.of_universe(UNIVERSE))


def values_of(history: History, row: int, subject: str) -> dict[str, Scalar]:
    """Return what row `row` knows of `subject`: all of `VALUES`, None where missing or of another subject.

    Parameters
    ----------
    history : History
        Of leadership.
    row : int
        Counted from the start.
    subject : str
        ``ytd``, ``mtd`` or ``banks``.

    Examples
    --------
    >>> from signals.leadership import LEADERSHIP, _example
    >>> history = LEADERSHIP.history(_example(), LEADERSHIP.thresholds_with())
    >>> values = values_of(history, 4, "mtd")
    >>> values["sector_1.name"], values["start"], values["weights_date"], values["sector_3.name"]
    ('Financials', '2025-06-30', '2025-06-30', None)
    """
    values = dict.fromkeys(VALUES) | _banks(history, row)
    if subject == "banks":
        return values
    place = SUBJECTS.index(subject)
    return values | _whole(history, row, place) | _by_sector(history, row, place) | _files_used(history, row, place)


def checks_of(values: Mapping[str, Scalar], thresholds: Thresholds) -> tuple[Check, ...]:
    """Return what to look at before believing `values`, and whether the gain is broad.

    Parameters
    ----------
    values : mapping
        Of a reading of ``ytd`` or ``mtd``.
    thresholds : mapping
        All of them.

    Examples
    --------
    >>> from signals.leadership import LEADERSHIP
    >>> [check.result.value for check in checks_of(dict.fromkeys(VALUES), LEADERSHIP.thresholds_with())]
    ['unknown', 'unknown', 'unknown', 'unknown', 'unknown']
    """
    total, summed = (values[name] for name in ("basket_pct", "contributions_pct"))
    off = None if total is None or summed is None else abs(float(summed) - float(total))
    size = None if total is None else abs(float(total))
    share, weight = values["top_two_share_pct"], values["covered_weight_pct"]
    weights = values["weights"]
    return (
        Check("adds_up", _verdict(off, most=ADDS_UP_WITHIN), off, ADDS_UP_WITHIN, "contributions add up, points off"),
        Check("covered", _verdict(weight, least=LEAST_WEIGHT_PCT), weight, LEAST_WEIGHT_PCT, "weight covered, %"),
        Check(
            "weights_from_before",
            Result.UNKNOWN if weights is None else Result.PASS if weights == "file" else Result.FAIL,
            weights,
            "file",
            "start weights from a file dated at or before the start",
        ),
        Check(
            "shares_mean_something",
            _verdict(size, least=LEAST_TOTAL_PCT),
            size,
            LEAST_TOTAL_PCT,
            "size of the return, %",
        ),
        Check(
            "broad",
            _verdict(share, most=float(thresholds["top_two_pct"])),
            share,
            thresholds["top_two_pct"],
            "share of the top two sectors, %",
        ),
    )


def _whole(history: History, row: int, place: int) -> dict[str, Scalar]:
    names = ("basket_pct", "index_pct", "top_two_share_pct", "effective_names", "covered_weight_pct")
    values: dict[str, Scalar] = {name: scalar(history[name][row, place]) for name in names}
    contributions = history["contribution_pct"][row, place]
    known = contributions[np.isfinite(contributions)]
    values["residual_points"] = scalar(history["index_pct"][row, place] - history["basket_pct"][row, place])
    values["contributions_pct"] = float(known.sum()) if len(known) else None
    return values


def _by_sector(history: History, row: int, place: int) -> dict[str, Scalar]:
    contributions = history["contribution_pct"][row, place]
    weights = history["weight_pct"][row, place]
    total = float(history["basket_pct"][row, place])
    names = sectors_of(history.market)
    values: dict[str, Scalar] = {}
    for rank, sector in enumerate(_by_contribution(contributions)[:MOST_SECTORS], start=1):
        values |= {
            f"sector_{rank}.name": names[sector],
            f"sector_{rank}.contribution_pct": float(contributions[sector]),
            f"sector_{rank}.share_pct": _share(float(contributions[sector]), total),
            f"sector_{rank}.weight_pct": float(weights[sector]),
        }
    return values


def _by_contribution(contributions: np.ndarray[Any, Any]) -> Sequence[int]:
    """Return the places of the covered sectors, the one that added most first."""
    order = np.argsort(-contributions, kind="stable")
    return [int(place) for place in order if np.isfinite(contributions[place])]


def _share(contribution: float, total: float) -> float | None:
    if abs(total) < LEAST_TOTAL_PCT:
        return None
    share = 100.0 * contribution / total
    return share if abs(share) <= MOST_SHARE_PCT else None


def _files_used(history: History, row: int, place: int) -> dict[str, Scalar]:
    files = history.market.facts.of_universe(UNIVERSE)
    used = int(history["file"][row, place])
    newest = int(in_force(files, history.sessions[row : row + 1])[0])
    start = int(period_starts(history.sessions)[f"{SUBJECTS[place]}_pct"][row])
    return {
        "start": str(history.sessions[start]) if start >= 0 else None,
        "weights": SOURCES[int(history["source"][row, place])],
        "weights_date": files[used].effective_date.isoformat() if used >= 0 else None,
        "members_date": files[newest].effective_date.isoformat() if newest >= 0 else None,
    }


def _banks(history: History, row: int) -> dict[str, Scalar]:
    return {
        f"{BANKS}.change_pct": scalar(history["banks_pct"][row, 0]),
        f"{INDEX}.change_pct": scalar(history["banks_index_pct"][row, 0]),
        "banks_minus_index.change_pct": scalar(history["banks_lead"][row, 0]),
    }


def _verdict(value: Scalar, *, least: float = -np.inf, most: float = np.inf) -> Result:
    if value is None:
        return Result.UNKNOWN
    return Result.PASS if least <= float(value) <= most else Result.FAIL
