"""How far the bars of a session have come in: of the core, without which nothing is said, and of each universe.

The core is what belongs to no universe: the indices, the funds, what the operator named. A universe of thousands may
come in part; its own signals are then withheld, and the others go on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.market.types import Outcome, Reference, Status
from bot.market.universe import universes_at
from signals.types import BoolArray, Coverage, Prices

ACTIVE_SESSIONS = 5
"""A symbol without a bar for longer is not waited for."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came of one session, of what was expected: symbols that had a bar of late or never yet came."""

    core: Coverage
    universes: Mapping[str, Coverage]

    @property
    def has_core(self) -> bool:
        """Whether the session counts as come in."""
        return is_covered(self.core.n, self.core.of)

    @property
    def thin(self) -> Mapping[str, Coverage]:
        """The universes of which too little has come."""
        return {name: each for name, each in self.universes.items() if each.of and not is_covered(each.n, each.of)}

    @property
    def words(self) -> str:
        """What is thin, such as ``2,100 of 3,012 of smallcap``."""
        return ", ".join(f"{each.n:,} of {each.of:,} of {name}" for name, each in self.thin.items())


def arrival(prices: Prices, row: int, reference: Reference, outcomes: Iterable[Outcome] = ()) -> Arrival:
    """Return how far the session of `row` has come in."""
    came, expected = _came_and_expected(prices, row)
    awaited = {outcome.symbol for outcome in unfetched(prices.symbols, outcomes)}

    def of(symbols: Collection[str]) -> Coverage:
        columns = [prices.column(symbol) for symbol in symbols if symbol in prices]
        total = int(np.count_nonzero(expected[columns])) + len(awaited.intersection(symbols))
        return Coverage(n=int(np.count_nonzero(came[columns])), of=total)

    core = core_of((*prices.symbols, *awaited), reference)
    session = prices.sessions[row].item()
    universes = {**reference.universes, **universes_at(reference.facts, session)}
    return Arrival(of(core), {name: of(members) for name, members in universes.items()})


def _came_and_expected(prices: Prices, row: int) -> tuple[BoolArray, BoolArray]:
    before = prices.close[max(0, row - ACTIVE_SESSIONS) : row]
    has_bar: BoolArray = np.isfinite(prices.close[row])
    expected: BoolArray = np.asarray(np.isfinite(before).any(axis=0)) if len(before) else has_bar
    return has_bar & expected, expected


def core_of(symbols: Sequence[str], reference: Reference) -> frozenset[str]:
    """Return those of `symbols` that are and were in no universe; all of them where none is left."""
    members = {symbol for each in reference.universes.values() for symbol in each}
    members.update(symbol for file in reference.facts.holdings for symbol in file.symbols)
    return frozenset(symbols) - members or frozenset(symbols)


def unfetched(symbols: Collection[str], outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Return the outcomes of what may well have bars, and is not among the `symbols` of which some ever came."""
    known = set(symbols)
    return [o for o in outcomes if o.status in {Status.FAILED, Status.THROTTLED} and o.symbol not in known]


def is_covered(came: int, expected: int) -> bool:
    """Tell whether enough has come: nine symbols in ten, two stragglers allowed in a small list."""
    return came > 0 and (came >= 0.9 * expected or expected - came <= 2)  # noqa: PLR2004 - both said in the summary
