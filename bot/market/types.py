"""What a source of market data hands over: bars, reference facts, and how each symbol ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from signals.facts import Facts
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
    """What a source knows beside bars.

    Attributes
    ----------
    universes, sectors : mapping
        Members and sectors that have no date; those of `facts` stand above them, as of the session.
    names : mapping of str to str
        What symbols are called.
    facts : Facts
        Holdings, themes, series and dates ahead, each with the day from which it was known.
    faults : tuple of str
        What is wrong with the files of these, a line each.
    """

    universes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sectors: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    facts: Facts = field(default_factory=Facts)
    faults: tuple[str, ...] = ()


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


@runtime_checkable
class Renewing(Protocol):
    """A source that renews facts in the background; `tidings` grows whenever some have come."""

    @property
    def tidings(self) -> int:
        """Grows whenever something has come."""
        ...

    @property
    def renewing(self) -> tuple[str, ...]:
        """How far it is, a line for each thing that is renewed."""
        ...

    def renew(self) -> None:
        """Start what is due; return at once."""
        ...


class SourceError(Exception):
    """The source as a whole failed: one line that says what is wrong and what to do next."""
