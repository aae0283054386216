"""From the events of one message to its content: a card, its picture, its buttons, frozen before the first attempt."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Protocol, TypeVar

import numpy as np
import structlog

from bot.alerts.ports import Composed, View
from bot.cards.card import Card, Chart
from bot.cards.embed import embed_payload, picture_description
from bot.cards.event_card import MOST_LISTED, day_card, event_card, events_card, missed_card, retraction_card
from bot.cards.evidence_card import evidence_line
from bot.cards.face import Shown
from bot.cards.faces import face_of
from bot.cards.plain import CONTENT, plain_text
from bot.cards.studio import PictureUnavailable
from bot.cards.words import length
from bot.records import Attachment, MessageKind, Outbound
from signals.catalog import by_name
from signals.cross import CROSS
from signals.definition import Signal
from signals.errors import SignalError
from signals.inquiry import followed, history_of, studied_of
from signals.types import Event, History, Market, Reading, Thresholds

PICTURE = "chart.png"
DRAFTS_KEPT = 256
MARKETS_KEPT = 2
"""So many sessions' markets stay open, with the histories of all of it that were read: messages come in crowds."""
DRAWN_AT_ONCE = 4
"""So many pictures are asked for at once: whoever draws them turns away a crowd, and a message would go without."""
MOST_PINGED = 50
"""So many members are pinged by one message; with them its words must stay within Discord's limit."""
NEWS = (MessageKind.ALERT, MessageKind.DAILY)
"""What says why the channel gets it."""

Components = list[dict[str, Any]]

_K = TypeVar("_K", bound=Hashable)
_T = TypeVar("_T")

log = structlog.get_logger(__name__)


class Library(Protocol):
    """Where the market of a session, and the names of its symbols, are looked up."""

    async def at(self, session: date) -> View:
        """Return a view of what was known as of `session`."""
        ...


class Pictures(Protocol):
    """Draws charts away from the event loop."""

    async def png(self, chart: Chart) -> bytes:
        """Return the picture; raise `PictureUnavailable` where there is none now."""
        ...


class Buttons(Protocol):
    """The JSON of what can be pressed below a message."""

    def of_subject(self, event: Event) -> Components:
        """Return what belongs below the events of one subject, of which `event` is one."""
        ...

    def of_list(self, message_id: int) -> Components:
        """Return what shows all events of a message that lists the most important alone."""
        ...


@dataclass(frozen=True, slots=True)
class _Draft:
    """What all messages about the same events share: the card without the reason, its picture, its JSON by reason."""

    card: Card
    attachments: tuple[Attachment, ...]
    payloads: dict[str, dict[str, Any]] = field(default_factory=dict)

    def payload(self, why: str) -> dict[str, Any]:
        """Return the JSON for a channel that gets it for this reason; thousands share it."""
        if why not in self.payloads:
            card = self._card_with(why)
            picture = self.attachments[0].name if self.attachments else None
            embeds = [embed_payload(card, picture_name=picture)]
            self.payloads[why] = {"embeds": embeds, "plain": plain_text(card)}
        return self.payloads[why]

    def pinging(self, why: str, message: Outbound) -> dict[str, Any]:
        """Return what the JSON of a message that pings somebody has instead: its words begin with them."""
        users = message.mentions[:MOST_PINGED]
        roles = [] if message.role_id is None else [f"<@&{message.role_id}>"]
        content = " ".join([*roles, *(f"<@{user}>" for user in users)])
        plain = plain_text(self._card_with(why), limit=CONTENT - length(content) - 1)
        return {
            "content": content,
            "plain": f"{content}\n{plain}",
            "pings": {"role": message.role_id, "users": list(users)},
        }

    def _card_with(self, why: str) -> Card:
        return replace(self.card, footer=" · ".join(part for part in (why, self.card.footer) if part))


class AlertComposer:
    """Composes messages as the market stood at the session of their events.

    A card and its picture are made once per set of events, however many channels get them; the market of a session is
    opened once for all of them, and so is every history of the whole of it made.

    Parameters
    ----------
    name_of : callable
        ``name_of(subject, market, signal)``: what people call the subject of an event.
    """

    def __init__(
        self,
        library: Library,
        pictures: Pictures,
        *,
        name_of: Callable[[str, Market, str], str],
        buttons: Buttons,
    ) -> None:
        self._library = library
        self._pictures = pictures
        self._name_of = name_of
        self._buttons = buttons
        self._drafts: OrderedDict[tuple[Any, ...], asyncio.Task[_Draft]] = OrderedDict()
        self._markets: OrderedDict[date, asyncio.Task[_Known]] = OrderedDict()
        self._drawing = asyncio.Semaphore(DRAWN_AT_ONCE)

    async def compose(self, message: Outbound) -> Composed:
        """Return the content of `message`; a picture that cannot be drawn now is left out, the words still go."""
        draft = await self._draft(message)
        reason = _why(message.whys) if message.kind in NEWS else ""
        own: dict[str, Any] = {}
        if message.role_id is not None or message.mentions:
            own |= draft.pinging(reason, message)
        components = self._components(message)
        if components:
            own["components"] = components
        return Composed(draft.payload(reason) | own, draft.attachments)

    def _components(self, message: Outbound) -> Components:
        events = [stored.event for stored in message.events]
        if message.kind is MessageKind.RETRACTION:
            return []
        below: Components = []
        if len(events) <= MOST_LISTED and len({(event.signal, event.subject) for event in events}) == 1:
            below += self._buttons.of_subject(events[0])
        if len(events) > MOST_LISTED or message.folded:
            below += self._buttons.of_list(message.id)
        return below

    async def _draft(self, message: Outbound) -> _Draft:
        """Return the draft for these events, the one that others are waiting for where there is one."""
        is_own = message.is_direct and message.kind is MessageKind.DAILY  # no other card says to whom it speaks
        key = (message.kind, is_own, message.session, tuple(stored.id for stored in message.events))
        return await _shared(self._drafts, key, lambda: self._drafted(message), kept=DRAFTS_KEPT)

    async def _drafted(self, message: Outbound) -> _Draft:
        events = [stored.event for stored in message.events]
        # As of the session that brought them: an event of a bar held until then would not be seen at its own.
        session = message.session
        known = await _shared(self._markets, session, lambda: self._opened(session), kept=MARKETS_KEPT)
        card = await asyncio.to_thread(self._card, message, events, known)
        return _Draft(card, await self.picture_of(card))

    async def _opened(self, session: date) -> _Known:
        view = await self._library.at(session)
        return _Known(await asyncio.to_thread(view.open))

    async def picture_of(self, card: Card) -> tuple[Attachment, ...]:
        """Return the picture of a card, in its turn; nothing where the card has none, or it cannot be drawn now."""
        if card.chart is None:
            return ()
        try:
            async with self._drawing:
                content = await self._pictures.png(card.chart)
        except PictureUnavailable as error:
            log.warning("message goes without its picture", reason=str(error))
            return ()
        return (Attachment(PICTURE, content, picture_description(card) or ""),)

    def _card(self, message: Outbound, events: Sequence[Event], known: _Known) -> Card:
        kind = message.kind
        named = [(event, self._name_of(event.subject, known.market, event.signal)) for event in events]
        if kind is MessageKind.RETRACTION:
            return retraction_card(named)
        if kind is MessageKind.DIGEST:
            return missed_card(named, reading=_any_reading(events, known))
        if kind is MessageKind.DAILY:
            return day_card(named, reading=_any_reading(events, known), is_own=message.is_direct)
        if len(events) == 1:
            return self._single(events[0], known)
        return events_card(named, reading=_any_reading(events, known))

    def _single(self, event: Event, known: _Known) -> Card:
        read = _Read(event, known)
        shown = Shown(
            read.reading,
            read.history,
            self._name_of(event.subject, known.market, event.signal),
            read.thresholds,
            evidence=read.evidence_line(),
        )
        return replace(event_card(event, shown), chart=face_of(event.signal).chart(shown))


class _Known:
    """The market of one session, and what was read off it: many messages tell of the same events."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self._made: dict[Hashable, Future[Any]] = {}

    def history(self, signal: Signal, subject: str, thresholds: Thresholds) -> History:
        """Return the history that speaks of `subject`; one of the whole market is made once."""

        def made() -> History:
            return history_of(signal, self.market, subject, thresholds)

        if signal.choices is None:
            return made()  # it is small, and other symbols have others
        return self._once((signal.name, tuple(sorted(signal.windows_of(thresholds).items()))), made)

    def reading(self, event: Event) -> Reading:
        """Return the reading of the session of `event`."""
        return self._once(event.identity, lambda: _Read(event, self).reading)

    def _once(self, key: Hashable, make: Callable[[], _T]) -> _T:
        """Return `make()`, made by the thread that asks first; the others wait for it. A failure is not kept."""
        own: Future[_T] = Future()
        made: Future[_T] = self._made.setdefault(key, own)
        if made is own:
            try:
                own.set_result(make())
            except BaseException as error:
                del self._made[key]
                own.set_exception(error)
                raise
        return made.result()


class _Read:
    """One event with the history it was found in and the reading of its session."""

    def __init__(self, event: Event, known: _Known) -> None:
        self.event = event
        self.signal = by_name(event.signal)
        self.thresholds: Thresholds = self.signal.thresholds_with(dict(event.thresholds))
        self.history: History = known.history(self.signal, event.subject, self.thresholds)
        row = int(np.searchsorted(self.history.sessions, np.datetime64(event.session, "D")))
        self.reading: Reading = self.signal.reading(self.history, event.subject, self.thresholds, row)

    def evidence_line(self) -> str | None:
        """Return what followed past events of this kind in one line; of the cross itself where it is about one.

        None where nothing is studied, or no prices of what is are known.
        """
        kind, about = self.event.kind, studied_of(self.signal, self.event.subject)
        if self.signal is CROSS:
            side = self.event.values.get("state") or ("death" if "death" in kind else "golden")
            kind = f"{side}_cross"
        if about not in self.history.market.prices:
            return None
        past = followed(self.signal, self.history, about, kind, self.thresholds, of=self.event.subject)
        return evidence_line(past, kind)


def _any_reading(events: Sequence[Event], known: _Known) -> Reading | None:
    """Return the reading of one of the events, for source and labels; None where no symbol of theirs is left."""
    for event in events:
        with suppress(SignalError):
            return known.reading(event)
    return None


async def _shared(
    tasks: OrderedDict[_K, asyncio.Task[_T]], key: _K, make: Callable[[], Coroutine[Any, Any, _T]], *, kept: int
) -> _T:
    """Return what `make` gives: the one that others are waiting for, or have got, where there is one."""
    making = tasks.get(key)
    if making is None or (making.done() and (making.cancelled() or making.exception())):
        tasks[key] = making = asyncio.create_task(make())
    tasks.move_to_end(key)
    done = [each for each, task in tasks.items() if task.done()]
    for each in done[: max(0, len(tasks) - kept)]:  # never one that is being made, or it would be made twice
        del tasks[each]
    return await asyncio.shield(making)


def _why(whys: Sequence[str]) -> str:
    """Return why this channel gets the message: each reason once, and not again what a longer one says already."""
    told = list(dict.fromkeys(why for why in whys if why))
    return "; ".join(why for why in told if not any(other != why and other.startswith(why) for other in told))
