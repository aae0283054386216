"""What a room declares: its thresholds, the kinds of event it raises, what it needs, and the signal they make."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from signals.errors import InvalidThreshold, UnknownSubject
from signals.types import Event, History, Market, Reading, Thresholds


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number a moderator may set.

    Parameters
    ----------
    role : {"window", "limit"}
        A window changes the arrays; a limit only changes the events.
    unit : str
        ``sessions``, ``pct``, ``ratio`` or ``points``.
    choices : tuple of str
        For a threshold that is a word: the words allowed. Bounds are ignored then.
    """

    name: str
    role: Literal["window", "limit"]
    unit: str
    default: float | int | str
    lower: float
    upper: float
    description: str
    choices: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers are allowed."""
        return isinstance(self.default, int)

    def parse(self, value: float | str) -> float | int | str:
        """Return `value` in this threshold's type; raise `InvalidThreshold` where it does not fit."""
        if self.choices:
            if str(value) not in self.choices:
                raise InvalidThreshold(self.name, value, f"must be one of {', '.join(self.choices)}")
            return str(value)
        try:
            number = float(value)
        except ValueError:
            raise InvalidThreshold(self.name, value, "must be a number") from None
        if self.is_whole and number != np.floor(number):
            raise InvalidThreshold(self.name, value, "must be a whole number")
        if not self.lower <= number <= self.upper:
            raise InvalidThreshold(self.name, value, f"must be between {self.lower:g} and {self.upper:g} {self.unit}")
        return int(number) if self.is_whole else number


@dataclass(frozen=True, slots=True)
class EventKind:
    """A kind of event a signal can raise.

    Parameters
    ----------
    thresholds : tuple of str
        The thresholds the event's identity depends on.
    importance : int
        1 (worth a line in a digest) to 5 (the reason to subscribe).
    """

    name: str
    title: str
    description: str
    thresholds: tuple[str, ...]
    importance: int


@dataclass(frozen=True, slots=True)
class Needs:
    """What a signal needs from the market: fields, sessions before its first value, and a universe."""

    fields: tuple[str, ...] = ("close",)
    lookback_sessions: int = 1
    universe: str | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """One room: a name, its thresholds and kinds, and three pure functions.

    Parameters
    ----------
    history : callable
        ``history(market, thresholds) -> History``: everything over all sessions; reads windows only.
    reading : callable
        ``reading(history, subject, thresholds, t=-1) -> Reading``: what row `t` says of `subject`.
    events : callable
        ``events(history, thresholds, since=0) -> list of Event``: changes on rows ``since`` and later, by session.
    """

    name: str
    title: str
    summary: str
    subject_kind: Literal["symbol", "pair", "sector", "theme", "series", "index", "market", "date"]
    version: int
    needs: Needs
    thresholds: tuple[Threshold, ...]
    kinds: tuple[EventKind, ...]
    history: Callable[..., History]
    reading: Callable[..., Reading]
    events: Callable[..., list[Event]]
    values: Mapping[str, str] = field(default_factory=dict)
    """Name of each value of a reading and what it is, unit included."""
    validate: Callable[[Thresholds], None] = lambda _thresholds: None
    """Raises `InvalidThreshold` where thresholds contradict each other."""
    reads: tuple[str, ...] = ()
    """Signals whose histories `history` is handed by name, as its third argument."""
    word: str = ""
    """What people type to ask for it, where that is not its name."""
    choices: Callable[[Market], Mapping[str, str]] | None = None
    """The subjects there are, each with its title, the one meant where none is named first; None: any symbol."""

    beside: str = ""
    """What events about symbols rest on beside prices, in words: bars do not tell them again, and it may come later."""
    rests_on: str = ""
    """The part of `Facts` without which it knows nothing of its subjects, such as ``deals``; empty for prices."""
    takes: str = ""
    """What may follow that word, as a help text writes it: ``[mtd|ytd]``."""
    studied: str = ""
    """Whose closes tell what followed an event, where subjects are no symbols; empty where nothing is to be told."""
    deciding: Callable[[Market, Sequence[Thresholds], int], History] | None = None
    """``deciding(market, sets, since) -> History``: a smaller history whose events on rows `since` and later, under any
    of some thresholds with equal windows, are those of the whole one; None where there is none."""
    append: Callable[[History, Market, Thresholds], History] | None = None
    """``append(before, market, thresholds) -> History``: the rows that `market` has beyond `before`, made without the
    years before them (see `signals.appending`); None where the whole is made anew."""
    alone: Callable[[Market, Thresholds, int], History] | None = None
    """``alone(market, thresholds, t) -> History``: row `t` by itself, at a small part of the cost of all of them, for
    signals that read this one; None where rows are told by those before them."""

    @property
    def command(self) -> str:
        """The word that asks for it."""
        return self.word or self.name

    @property
    def names_symbols(self) -> bool:
        """Whether its events may be about single symbols: any of them, or some beside other subjects."""
        return self.subject_kind == "symbol" or "symbol" in self.takes.strip("[]<>").split("|")

    def thresholds_with(self, changed: Mapping[str, float | int | str] | None = None) -> Thresholds:
        """Return all thresholds, defaults where `changed` says nothing.

        Raises
        ------
        InvalidThreshold
            If a name is unknown, a value breaks its bounds, or two contradict each other.
        """
        given = dict(changed or {})
        complete = {t.name: t.parse(given.pop(t.name, t.default)) for t in self.thresholds}
        if given:
            name = min(given)
            known = ", ".join(t.name for t in self.thresholds) or "none"
            raise InvalidThreshold(name, given[name], f"{self.name} has no such threshold (it has: {known})")
        self.validate(complete)
        return complete

    def windows_of(self, thresholds: Thresholds) -> Thresholds:
        """Return those of `thresholds` that change the arrays."""
        return {t.name: thresholds[t.name] for t in self.thresholds if t.role == "window"}

    def kind(self, name: str) -> EventKind:
        """Return the kind of event called `name`; raise `UnknownSubject` where there is none."""
        for kind in self.kinds:
            if kind.name == name:
                return kind
        known = ", ".join(kind.name for kind in self.kinds) or "none"
        raise UnknownSubject("event", name, f"{self.name} has: {known}")
