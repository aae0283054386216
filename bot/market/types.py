"""What a source of market data hands over: bars, reference facts, and how each symbol ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from signals.types import Prices


class Status(StrEnum):
    """How the fetch of one symbol ended; a symbol is never silently missing."""

    OK = "ok"
    EMPTY = "empty"  # the source answered and has no bars
    STALE = "stale"  # bars end before the session that was asked for
    THROTTLED = "throttled"  # the source asked us to slow down
    FAILED = "failed"  # network, server or format error
    SUSPECT = "suspect"  # bars came, and something about them is wrong


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one symbol ended, in words a moderator can read."""

    symbol: str
    status: Status
    detail: str = ""
    last_session: date | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """Facts beside the bars: who belongs to which universe and sector, and what symbols are called."""

    universes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sectors: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Bars as a source handed them over, before the gate: where from, when, and how each symbol ended."""

    prices: Prices
    source: str
    fetched_at: datetime
    outcomes: tuple[Outcome, ...]


class Source(Protocol):
    """Where bars come from. One file per implementation."""

    name: str
    """As printed on cards, e.g. ``Yahoo``."""
    labels: tuple[str, ...]
    """What a reader must know, e.g. ``("simulated",)``."""

    def reference(self) -> Reference:
        """Return what the source knows beside bars."""
        ...

    async def fetch(self, symbols: Sequence[str] | None, *, start: date, end: date) -> Bars:
        """Return the bars of `symbols` (None: all it has) for sessions from `start` to `end`, both included.

        Raises
        ------
        SourceError
            If nothing at all can be had; the message says what to do.
        """
        ...


class SourceError(Exception):
    """The source as a whole failed: one line that says what is wrong and what to do next."""
