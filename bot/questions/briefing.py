"""A briefing of the market: what it needs is read, counted and studied here, and becomes a paper."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from bot.alerts.past import closed_part, grounds_of, recent
from bot.alerts.scan import plain
from bot.cards.briefings import NAMES, ROTATION, SMALLCAP
from bot.cards.briefings.material import Material, Members, Named
from bot.cards.briefings.paper import Paper
from bot.cards.briefings.rotation_paper import rotation_paper
from bot.cards.briefings.smallcap_paper import smallcap_paper
from bot.cards.face import Shown
from bot.questions.parse import QuestionError
from bot.questions.symbols import name_of
from signals.catalog import by_name, kind_by_name
from signals.cross import CROSS
from signals.cross_columns import flat_sessions
from signals.definition import Signal
from signals.errors import SignalError
from signals.inquiry import coverage_at, followed, history_of, studied_of
from signals.types import BoolArray, Coverage, Event, History, Market, Reading, Thresholds

LATELY_SESSIONS = 5
INDEX = "^RUT"
UNIVERSE, PLACE = "smallcap", "the Russell 2000"
CROSSED = ("golden_cross", "death_cross")
SHOWN_CHARACTERS = 40

Sets = Mapping[str, Thresholds]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What one briefing reads.

    Attributes
    ----------
    subjects : mapping of str to tuple of str
        Signal to the subjects read; all there are where none is named.
    studied : tuple of str
        Kinds of event whose past is looked at.
    crossing : tuple of str
        Indices and funds whose crosses are told of.
    """

    subjects: Mapping[str, tuple[str, ...]]
    studied: tuple[str, ...]
    compose: Callable[[Material], Paper]
    crossing: tuple[str, ...] = (INDEX,)


_PLANS: Mapping[str, _Plan] = {
    SMALLCAP: _Plan(
        subjects={
            "cross": (INDEX,),
            "smallcap": ("market",),
            "breadth": ("smallcap",),
            "rotation": ("small",),
            "themes": (),
        },
        studied=CROSSED,
        compose=smallcap_paper,
        crossing=(INDEX, "^GSPC", "^IXIC", "^DJI", "RSP", "IWM"),
    ),
    ROTATION: _Plan(
        subjects={
            "rotation": ("small", "equal", "sectors", "themes"),
            "leadership": ("ytd", "mtd", "banks"),
            "themes": (),
            "breadth": ("smallcap",),
            "catchup": (),
            "macro": ("market",),
        },
        studied=("small_leads", "large_leads"),
        compose=rotation_paper,
    ),
}


def paper_of(name: str, market: Market, thresholds: Sets | None = None) -> Paper:
    """Return the briefing called `name` of the last closed session of `market`: seconds of computing, for a thread.

    Parameters
    ----------
    name : str
        One of `NAMES`.
    thresholds : mapping of str to mapping, optional
        All thresholds of signals that are not to be read with the defaults, by their names.

    Raises
    ------
    QuestionError
        If there is no such briefing, or the market has no closed session.
    """
    return _PLANS[briefing_name(name)].compose(material_of(name, market, thresholds))


def briefing_name(typed: str) -> str:
    """Return the name of the briefing that `typed` means; raise `QuestionError` where there is none."""
    name = " ".join(typed.lower().split())
    if name in NAMES:
        return name
    near = difflib.get_close_matches(name[:SHOWN_CHARACTERS], NAMES, n=1)
    hint = f"did you mean {near[0]}?" if near else f"choose {' or '.join(NAMES)}"
    raise QuestionError(f"there is no briefing {typed[:SHOWN_CHARACTERS]!r}: {hint}")


def material_of(name: str, market: Market, thresholds: Sets | None = None) -> Material:
    """Return what the briefing called `name` is made of; see `paper_of`."""
    closed = closed_part(market)
    if not len(closed.prices.sessions):
        raise QuestionError("there is no closed session to brief on yet")
    return _Gathering(closed, _PLANS[briefing_name(name)], thresholds or {}).material()


class _Gathering:
    """Reads what one plan names from one market; what cannot be read is noted and left out."""

    def __init__(self, market: Market, plan: _Plan, thresholds: Sets) -> None:
        self._market = market
        self._plan = plan
        self._chosen = thresholds
        self._absent: dict[str, None] = {}
        self._histories: dict[str, History] = {}
        self._first = max(0, len(market.prices.sessions) - LATELY_SESSIONS)

    def material(self) -> Material:
        """Return everything."""
        sessions: list[date] = self._market.prices.sessions[self._first :].tolist()
        shown = {(each.reading.signal, each.reading.subject): each for each in self._shown()}
        return Material(
            grounds=grounds_of(self._market),
            sessions=tuple(sessions),
            shown=shown,
            events=tuple(sorted(self._events(), key=lambda named: named[0].session, reverse=True)),
            members=self._members(),
            thresholds={name: self._thresholds(by_name(name)) for name in {*self._plan.subjects, CROSS.name}},
            followed=dict(self._followed()),
            absent=tuple(self._absent),
        )

    def _thresholds(self, signal: Signal) -> Thresholds:
        return self._chosen.get(signal.name) or signal.thresholds_with()

    def _history(self, signal: Signal, subject: str) -> History:
        """Return the history that speaks of `subject`; one for all where it is of the whole market."""
        key = f"{signal.name} {subject}" if signal.choices is None else signal.name
        if key not in self._histories:
            self._histories[key] = self._computed(signal, subject)
        return self._histories[key]

    def _computed(self, signal: Signal, subject: str) -> History:
        if not signal.reads:
            return history_of(signal, self._market, subject, self._thresholds(signal))
        read = {name: self._handed(by_name(name)) for name in signal.reads}
        history: History = signal.history(self._market, self._thresholds(signal), read)
        return history

    def _handed(self, signal: Signal) -> History:
        """Return the one history of `signal`, ready to be asked for readings by the signal that reads it."""
        history, thresholds = self._history(signal, ""), self._thresholds(signal)

        def says(subject: str, t: int) -> Reading:
            reading: Reading = signal.reading(history, subject, thresholds, t)
            return reading

        return replace(history, says=says)

    def _shown(self) -> Iterator[Shown]:
        for name, subjects in self._plan.subjects.items():
            signal = by_name(name)
            for subject in subjects or (signal.choices(self._market) if signal.choices else ()):
                shown = self._read(signal, subject)
                if shown is not None:
                    yield shown

    def _read(self, signal: Signal, subject: str) -> Shown | None:
        called = name_of(subject, self._market, signal.name)
        try:
            history = self._history(signal, subject)
            reading = signal.reading(history, subject, self._thresholds(signal))
        except SignalError as error:
            self._absent[f"{signal.title}, {called}: {error}."] = None
            return None
        return Shown(reading, history, called, self._thresholds(signal))

    def _events(self) -> Iterator[Named]:
        """Yield what the last sessions brought the market as a whole, and the indices."""
        for name in self._plan.subjects:
            signal = by_name(name)
            for subject in self._plan.crossing if signal.choices is None else ("",):
                if subject and subject not in self._market.prices:
                    self._absent[f"Crosses of the {name_of(subject, self._market)}: there are no prices of it."] = None
                    continue
                try:
                    yield from self._raised(signal, subject)
                except SignalError as error:
                    self._absent[f"Events of {signal.title.lower()}: {error}."] = None

    def _raised(self, signal: Signal, subject: str) -> Iterator[Named]:
        history, thresholds = self._history(signal, subject), self._thresholds(signal)
        for event in signal.events(history, thresholds, since=self._first):
            is_meant = not subject or event.subject == subject
            if is_meant and not coverage_at(signal, history, thresholds, event).is_partial:
                yield plain(event), name_of(event.subject, self._market, signal.name)

    def _followed(self) -> Iterator[tuple[str, Reading]]:
        for event in self._plan.studied:
            signal, kind = kind_by_name(event)
            subject = studied_of(signal, INDEX)
            try:
                history = self._history(signal, subject)
                yield event, followed(signal, history, subject, event, self._thresholds(signal))
            except SignalError as error:
                self._absent[f"What followed “{kind.title.lower()}”: {error}."] = None

    def _members(self) -> Members:
        """Return the crosses of the universe's members, near and fresh."""
        thresholds = self._thresholds(CROSS)
        within = int(thresholds["approach_sessions"])
        listed = self._listed()
        priced = [symbol for symbol in listed if symbol in self._market.prices]
        if not priced:
            return Members(PLACE, (), (), Coverage(0, len(listed)), within)
        known = recent(self._market, CROSS, thresholds, LATELY_SESSIONS).only(priced)
        history = CROSS.history(known, thresholds)
        near = sorted(_near(history, thresholds, within), key=_soonest)
        told = _crossings(history, thresholds)
        return Members(
            place=PLACE,
            near=tuple((reading, self._name(reading.subject)) for reading in near),
            fresh=tuple((event, name_of(event.subject, self._market)) for event in told),
            coverage=Coverage(int(np.count_nonzero(_has_state(history))), len(listed)),
            within=within,
        )

    def _listed(self) -> tuple[str, ...]:
        """Return the universe's members by the list in force then; where none has a date, by the one there is."""
        last = self._market.prices.sessions[-1].item()
        files = [file for file in self._market.facts.of_universe(UNIVERSE) if file.effective_date <= last]
        return files[-1].symbols if files else tuple(self._market.universes.get(UNIVERSE, ()))

    def _name(self, symbol: str) -> str:
        return name_of(symbol, self._market)


def _has_state(history: History) -> BoolArray:
    """Return whose averages stand on a side in the last session."""
    has_state: BoolArray = np.isfinite(history["close"][-1]) & (history["state"][-1] != 0)
    return has_state


def _near(history: History, thresholds: Thresholds, within: int) -> Iterator[Reading]:
    """Yield the readings of those whose averages would cross within so many flat closes."""
    columns = tuple(history[name] for name in ("close", "fast", "slow", "state"))
    windows = (int(thresholds["fast"]), int(thresholds["slow"]))
    last = len(history.sessions) - 1
    flat = flat_sessions((columns[0], columns[1], columns[2], columns[3]), windows=windows, first_row=last)[-1]
    for place in np.flatnonzero((flat > 0) & (flat <= within) & _has_state(history)).tolist():
        yield CROSS.reading(history, history.subjects[place], thresholds)


def _soonest(reading: Reading) -> tuple[float, str]:
    return float(reading.values["flat_sessions"] or 0), reading.subject


def _crossings(history: History, thresholds: Thresholds) -> list[Event]:
    since = max(0, len(history.sessions) - LATELY_SESSIONS)
    found = [event for event in CROSS.events(history, thresholds, since=since) if event.kind in CROSSED]
    return sorted((plain(event) for event in found), key=lambda event: (-event.session.toordinal(), event.subject))
