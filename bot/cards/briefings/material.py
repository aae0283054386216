"""The material of a briefing: readings, histories and events of one session, gathered by whoever knows the market."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from bot.cards.face import Shown
from bot.cards.provenance import Grounds
from signals.types import Coverage, Event, Reading, Thresholds

Named = tuple[Event, str]
"""An event and what people call its subject."""


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """What the crosses of a universe's members are about to do, and did.

    Attributes
    ----------
    place : str
        What people call the universe.
    near : tuple of (Reading, str)
        Those whose averages would cross within `within` flat closes, the soonest first; the text is their name.
    fresh : tuple of (Event, str)
        Their golden and death crosses of the last sessions, the latest first.
    coverage : Coverage
        Whose averages are known, of all.
    within : int
        Flat closes.
    """

    place: str
    near: tuple[tuple[Reading, str], ...]
    fresh: tuple[Named, ...]
    coverage: Coverage
    within: int


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What one briefing is made of.

    Attributes
    ----------
    sessions : tuple of date
        The last ones, the session itself at the end.
    shown : mapping of (str, str) to Shown
        Signal and subject to what is shown of them; what could not be read is not there.
    events : tuple of (Event, str)
        What the signals of the whole market raised in those sessions, and those of the indices.
    members : Members
        The crosses of single shares.
    thresholds : mapping of str to mapping
        Signal to all of its thresholds.
    followed : mapping of str to Reading
        Kind of event to what followed it in the past.
    absent : tuple of str
        What could not be read, and why, a sentence each.
    """

    grounds: Grounds
    sessions: tuple[date, ...]
    shown: Mapping[tuple[str, str], Shown]
    events: tuple[Named, ...]
    members: Members
    thresholds: Mapping[str, Thresholds]
    followed: Mapping[str, Reading] = field(default_factory=dict)
    absent: tuple[str, ...] = ()

    @property
    def session(self) -> date:
        """The session it is of."""
        return self.grounds.session

    def of(self, signal: str, subject: str) -> Shown | None:
        """Return what is shown of `subject`; None where it could not be read."""
        return self.shown.get((signal, subject))

    def every(self, signal: str) -> Iterator[Shown]:
        """Yield what is shown of each subject of `signal`."""
        for (name, _), shown in self.shown.items():
            if name == signal:
                yield shown
