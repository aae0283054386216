"""The newsstand: every paper of a session is made once, whoever asks for it and however often."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Sequence
from datetime import date
from typing import Any, Protocol

import structlog

from bot.alerts.ports import View
from bot.cards.briefings.paper import Paper
from bot.cards.card import Card
from bot.cards.digest_card import LINES, digest_card
from bot.cards.face import Shown
from bot.cards.printed import Printed, printed
from bot.cards.studio import PictureUnavailable
from bot.people import BRIEFINGS
from bot.questions.once import Once
from bot.questions.parse import QuestionError
from bot.questions.ports import Knowledge
from bot.questions.symbols import name_of
from signals.catalog import by_name
from signals.inquiry import history_of
from signals.sessions import last_closed
from signals.types import Market

log = structlog.get_logger(__name__)

MOST_KEPT, MOST_WAITING = 8, 8


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

    Parameters
    ----------
    write : callable
        ``write(name, market)``: the briefing of the market's last session, as data.
    """

    def __init__(
        self, knowledge: Knowledge, library: Library, printer: Printer, write: Callable[[str, Market], Paper]
    ) -> None:
        self._knowledge = knowledge
        self._library = library
        self._printer = printer
        self._write = write
        self._present: Once[Hashable, Any] = Once(most_kept=MOST_KEPT, most_waiting=MOST_WAITING)
        self._earlier: Once[Hashable, Any] = Once(most_kept=MOST_KEPT, most_waiting=MOST_WAITING)

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

        async def made(market: Market) -> Printed:
            paper = await asyncio.to_thread(self._write, name, market)
            try:
                return printed(paper, await self._printer.pdf(paper))
            except PictureUnavailable as unavailable:
                log.warning("no briefing", paper=name, reason=str(unavailable))
                raise QuestionError("the briefing cannot be printed just now: try again in a minute") from unavailable

        made_once: Printed = await self._once(name, session, made)
        return made_once

    async def digest(self, session: date) -> Card:
        """Return the card of `session` in three lines."""

        async def made(market: Market) -> Card:
            return await asyncio.to_thread(digest_of, market)

        made_once: Card = await self._once("digest", session, made)
        return made_once

    async def _once(self, name: str, session: date | None, make: Callable[[Market], Any]) -> Any:
        present = self._knowledge.market()
        if session is None or last_closed(present.calendar, present.as_of) == session == _last(present):

            async def now(_missing: Sequence[Hashable]) -> dict[Hashable, Any]:
                return {name: await make(present)}

            (found,) = await self._present.answers(present, [name], now)
            return found

        async def then(_missing: Sequence[Hashable]) -> dict[Hashable, Any]:
            view = await self._library.at(session)
            return {(name, session): await make(await asyncio.to_thread(view.open))}

        (found,) = await self._earlier.answers(None, [(name, session)], then)
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
