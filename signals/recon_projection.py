"""Who would join and leave the Russell 2000 if the ranking were made from these capitalisations."""

from __future__ import annotations

import math
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from signals.recon_facts import Caps
from signals.recon_ranks import RUSSELL, UNKNOWN_CAP, Bounds, Breakpoint, Ranking, ranking
from signals.types import Coverage

R1000, R2000, NEITHER, UNKNOWN = "Russell 1000", "Russell 2000", "neither", "unknown"
ADDITION, DELETION, MOVE_UP, MOVE_DOWN = "addition", "deletion", "move_up", "move_down"
JOINS_1000, LEAVES_1000, STAYS = "joins_1000", "leaves_1000", "stays"
_CHANGES = {
    (NEITHER, R2000): ADDITION,
    (R2000, NEITHER): DELETION,
    (R2000, R1000): MOVE_UP,
    (R1000, R2000): MOVE_DOWN,
    (NEITHER, R1000): JOINS_1000,
    (R1000, NEITHER): LEAVES_1000,
}
FEW = "too few companies are ranked"
IN_THE_BAND = "within the band, and members of the Russell 1000 are not known"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a company is and where the ranking would put it.

    Attributes
    ----------
    now, then : str
        `R1000`, `R2000`, `NEITHER` or `UNKNOWN`.
    change : str
        `ADDITION`, `DELETION`, `MOVE_UP` and `MOVE_DOWN` of the Russell 2000; `JOINS_1000` and `LEAVES_1000` do not
        touch it; `STAYS` where nothing changes that is known of, or `UNKNOWN`.
    rank : int or None
        None where it is not ranked.
    cap_usd : float or None
        None where unknown.
    distance_pct : float or None
        By how much its capitalisation exceeds the nearest one at which its place would change, per cent of that;
        negative below it, None where there is none or size does not decide.
    reason : str
        Why size does not decide: what makes it ineligible, or what is not known. Empty where it does.
    """

    symbol: str
    now: str
    then: str
    change: str
    rank: int | None
    cap_usd: float | None
    distance_pct: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """The placements of all companies, by symbol, the breakpoints, and how many members could be placed."""

    placements: Mapping[str, Placement]
    ranking: Ranking
    coverage: Coverage

    def of_change(self, *changes: str) -> tuple[Placement, ...]:
        """Return the placements of these changes, the largest capitalisation first, unknown ones last, then by name."""
        found = (each for each in self.placements.values() if each.change in changes)
        return tuple(sorted(found, key=lambda each: (-(each.cap_usd or 0.0), each.symbol)))

    def joining(self) -> frozenset[str]:
        """Return who would join the Russell 2000: additions, and moves from the Russell 1000."""
        return frozenset(each.symbol for each in self.of_change(ADDITION, MOVE_DOWN))

    def leaving(self) -> frozenset[str]:
        """Return who would leave the Russell 2000: deletions, and moves to the Russell 1000."""
        return frozenset(each.symbol for each in self.of_change(DELETION, MOVE_UP))


def projected(
    caps: Caps,
    closes: Mapping[str, float],
    *,
    small: AbstractSet[str],
    large: AbstractSet[str] | None,
    bounds: Bounds = RUSSELL,
) -> Projection:
    """Place every company by its rank: who has none yet at the breakpoints, members at the edges of the bands.

    Parameters
    ----------
    caps : Caps
        Of N companies.
    closes : mapping of str to float
        Closes of that day in dollars; absent or NaN where unknown.
    small : set of str
        Members of the Russell 2000.
    large : set of str or None
        Members of the Russell 1000, without those of the Russell 2000; None where they are not known: who is in
        neither list then may be one of them, and cannot be placed within the band.
    bounds : Bounds
        Ranks and bands; those of the Russell indices.

    Returns
    -------
    Projection
        A placement for each company with a capitalisation in the file and for each member. Its coverage counts the
        members whose place is known.

    Notes
    -----
    A member of the Russell 1000 stays above the lower edge of the band round rank 1000, one of the Russell 2000 moves
    up above the upper edge. At rank 3000 there is no band. The band round rank 2000 moves nobody between the two.
    Nobody is placed where fewer than 1,000 companies are ranked; where fewer than 3,000 are, nobody falls out by size.
    What is missing leaves a place `UNKNOWN`; what makes a company ineligible does so whatever else is missing.

    Examples
    --------
    >>> import numpy as np
    >>> from datetime import date
    >>> caps = Caps(date(2026, 10, 30), ("A", "B", "C"), np.array([9e9, 5e9, 4e9]), np.ones(3), ("NYSE",) * 3)
    >>> closes = dict.fromkeys("ABC", 10.0)
    >>> found = projected(caps, closes, small={"C"}, large={"A"}, bounds=Bounds(1, 1, 2, 3))
    >>> {each.symbol: (each.change, round(each.distance_pct, 1)) for each in found.placements.values()}
    {'A': ('stays', 0.0), 'B': ('addition', 0.0), 'C': ('deletion', -20.0)}
    """
    ranks = ranking(caps, closes, bounds)
    members = small | (large or frozenset())
    symbols = dict.fromkeys((*caps.symbols, *sorted(members)))
    placements = {symbol: _placed(symbol, _now(symbol, small, large), ranks) for symbol in symbols}
    known = sum(placements[symbol].then != UNKNOWN for symbol in members)
    return Projection(placements, ranks, Coverage(known, len(members)))


def _now(symbol: str, small: AbstractSet[str], large: AbstractSet[str] | None) -> str:
    if symbol in small:
        return R2000
    if large is None:
        return UNKNOWN
    return R1000 if symbol in large else NEITHER


def _placed(symbol: str, now: str, ranks: Ranking) -> Placement:
    cap, rank = ranks.caps_usd.get(symbol), ranks.ranks.get(symbol)
    if why := ranks.failed.get(symbol):
        return Placement(symbol, now, NEITHER, _change(now, NEITHER), rank, cap, None, why)
    if cap is None or ranks.large is None:
        return Placement(symbol, now, UNKNOWN, UNKNOWN, rank, cap, None, UNKNOWN_CAP if cap is None else FEW)
    edge = _edge(now, ranks.large)
    distance = _distance(cap, edge, ranks.small)
    if why := ranks.unknown.get(symbol):
        return Placement(symbol, now, UNKNOWN, UNKNOWN, rank, cap, distance, why)
    is_small = ranks.small is None or cap >= ranks.small.cap_usd
    then = R1000 if edge is not None and cap >= edge else R2000 if is_small else NEITHER
    if now == UNKNOWN and then == R2000 and cap >= ranks.large.lower_usd:
        return Placement(symbol, now, UNKNOWN, UNKNOWN, rank, cap, distance, IN_THE_BAND)
    return Placement(symbol, now, then, _change(now, then), rank, cap, distance)


def _edge(now: str, point: Breakpoint) -> float | None:
    """Return the least capitalisation that puts a company into the Russell 1000; None where none does."""
    return {R1000: point.lower_usd, R2000: point.upper_usd}.get(now, point.cap_usd)


def _distance(cap: float, edge: float | None, small: Breakpoint | None) -> float | None:
    edges = [each for each in (edge, None if small is None else small.cap_usd) if each is not None]
    if not edges:
        return None
    nearest = min(edges, key=lambda each: abs(math.log(cap / each)))
    return 100.0 * (cap / nearest - 1.0)


def _change(now: str, then: str) -> str:
    """Return what a move is called; of who may be in the Russell 1000 it is only told whether it joins the 2000."""
    if now == UNKNOWN:
        return ADDITION if then == R2000 else STAYS
    return _CHANGES.get((now, then), STAYS)
