"""The newsstand: every paper of a session is made once, whoever asks for it and however often."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Protocol, TypeVar

import structlog

from bot.alerts.ports import View
from bot.cards.briefings.paper import Paper
from bot.cards.card import Card
from bot.cards.digest_card import LINES, digest_card
from bot.cards.face import Shown
from bot.cards.printed import Printed, printed
from bot.cards.studio import PictureUnavailable
from bot.clock import Clock
from bot.people import BRIEFINGS
from bot.questions.once import Once
from bot.questions.parse import QuestionError
from bot.questions.ports import Knowledge
from bot.questions.symbols import name_of
from signals.catalog import by_name
from signals.errors import SignalError
from signals.inquiry import history_of
from signals.sessions import last_closed
from signals.types import Market

log = structlog.get_logger(__name__)

MOST_KEPT, MOST_WAITING = 8, 8
A_WHILE = timedelta(minutes=1)
"""So long a failure stands for everybody who asks: a crowd of channels waits for the same paper."""

_T = TypeVar("_T")


class Library(Protocol):
    """Where the market of a session is looked up."""

    async def at(self, session: date) -> View:
        """Return a view of what was known as of `session`."""
        ...


class Printer(Protocol):
    """Prints papers away from the event loop."""

    async def pdf(self, paper: Paper) -> bytes:
        """Return the paper as PDF; raise `PictureUnavailable` where there is none now."""
        ...


class Newsstand:
    """Hands out papers; they follow the default thresholds, so that one is the same for everybody.

    What was written is kept apart from what was printed: where printing fails, it is not written again.

    Parameters
    ----------
    write : callable
        ``write(name, market)``: the briefing of the market's last session, as data.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        library: Library,
        printer: Printer,
        write: Callable[[str, Market], Paper],
        clock: Clock,
    ) -> None:
        self._knowledge = knowledge
        self._library = library
        self._printer = printer
        self._write = write
        self._clock = clock
        self._written, self._printed = _Shelf(), _Shelf()
        self._failed: OrderedDict[tuple[str, date | None], _Failure] = OrderedDict()
        self._writing = asyncio.Semaphore(1)

    async def briefing(self, name: str, session: date | None = None) -> Printed:
        """Return a briefing with its card: of `session`, or of the last one there is.

        Raises
        ------
        QuestionError
            If there is no such briefing, there are no prices yet, or it cannot be printed now.
        SignalError
            If too little is known to write it.
        """
        if name not in BRIEFINGS:
            raise QuestionError(f"there is no briefing {name[:40]!r}: there are {' and '.join(BRIEFINGS)}")
        edition = self._edition(name, session)

        async def made() -> Printed:
            paper = await self._once(edition, partial(self._write, name))
            return await self._unless_failed(edition, lambda: self._on_paper(paper))

        return await self._printed.once(edition, made)

    async def digest(self, session: date) -> Card:
        """Return the card of `session` in three lines."""
        edition = self._edition("digest", session)
        return await self._once(edition, digest_of)

    def _edition(self, name: str, session: date | None) -> _Edition:
        present = self._knowledge.market()
        if session is None or last_closed(present.calendar, present.as_of) == session == _last(present):
            return _Edition(name, present)
        return _Edition(name, session)

    async def _once(self, edition: _Edition, make: Callable[[Market], _T]) -> _T:
        return await self._written.once(edition, lambda: self._unless_failed(edition, lambda: self._of(edition, make)))

    async def _of(self, edition: _Edition, make: Callable[[Market], _T]) -> _T:
        """Return what `make` makes of the edition's market, one at a time: two at once would need twice the memory."""
        async with self._writing:
            market = edition.market
            if not isinstance(market, Market):
                view = await self._library.at(market)
                market = await asyncio.to_thread(view.open)
            return await asyncio.to_thread(make, market)

    async def _on_paper(self, paper: Paper) -> Printed:
        try:
            return printed(paper, await self._printer.pdf(paper))
        except PictureUnavailable as unavailable:
            log.warning("no briefing", paper=paper.name, reason=str(unavailable))
            raise QuestionError("the briefing cannot be printed just now: try again in a minute") from unavailable

    async def _unless_failed(self, edition: _Edition, make: Callable[[], Awaitable[_T]]) -> _T:
        """Return what `make` makes; where that has failed within the last minute, raise the same again."""
        failure = self._failed.get(edition.key)
        if failure is not None and self._clock.now() < failure.until:
            raise failure.kind(failure.words)
        try:
            return await make()
        except Exception as error:
            kind = QuestionError if isinstance(error, QuestionError | SignalError) else RuntimeError
            self._failed[edition.key] = _Failure(self._clock.now() + A_WHILE, kind, str(error))
            while len(self._failed) > MOST_KEPT:
                self._failed.popitem(last=False)
            raise


@dataclass(frozen=True, slots=True)
class _Edition:
    """A paper of the present market, or of an earlier session."""

    name: str
    market: Market | date

    @property
    def key(self) -> tuple[str, date | None]:
        return self.name, None if isinstance(self.market, Market) else self.market


@dataclass(frozen=True, slots=True)
class _Failure:
    """What went wrong, in words: the error itself would keep the market that it was raised over."""

    until: datetime
    kind: type[Exception]
    words: str


class _Shelf:
    """What was made of editions, each once."""

    def __init__(self) -> None:
        self._present: Once[Hashable, Any] = Once(most_kept=MOST_KEPT, most_waiting=MOST_WAITING)
        self._earlier: Once[Hashable, Any] = Once(most_kept=MOST_KEPT, most_waiting=MOST_WAITING)

    async def once(self, edition: _Edition, make: Callable[[], Awaitable[_T]]) -> _T:
        async def made(_missing: Sequence[Hashable]) -> dict[Hashable, _T]:
            return {edition.key: await make()}

        is_present = isinstance(edition.market, Market)
        shelf, market = (self._present, edition.market) if is_present else (self._earlier, None)
        found: _T
        (found,) = await shelf.answers(market, [edition.key], made)
        return found


def digest_of(market: Market) -> Card:
    """Return the card of the market's last session in three lines."""
    return digest_card({name: _shown(name, subject, market) for name, (_, subject) in LINES.items()})


def _shown(name: str, subject: str, market: Market) -> Shown:
    signal = by_name(name)
    thresholds = signal.thresholds_with()
    history = history_of(signal, market, subject, thresholds)
    reading = signal.reading(history, subject, thresholds)
    return Shown(reading, history, name_of(subject, market, name), thresholds)


def _last(market: Market) -> date:
    last: date = market.prices.sessions[-1].item()
    return last
