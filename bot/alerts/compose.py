"""From the events of one message to its content: a card, its picture, its buttons, frozen before the first attempt."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Protocol

import numpy as np
import structlog

from bot.alerts.ports import Composed, View
from bot.cards.card import Card, Chart
from bot.cards.cross_data import cross_chart
from bot.cards.embed import embed_payload, picture_description
from bot.cards.event_card import event_card, events_card
from bot.cards.evidence_card import evidence_line
from bot.cards.studio import PictureUnavailable
from bot.records import Attachment, Outbound
from signals.catalog import by_name
from signals.inquiry import followed, history_of
from signals.types import Event, History, Market, Reading, Thresholds

PICTURE = "chart.png"

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


class AlertComposer:
    """Composes alert messages as the market stood at the session of their events.

    Parameters
    ----------
    name_of : callable
        ``name_of(symbol, market)``: what people call a symbol.
    buttons : callable
        ``buttons(symbol, kind)``: the components under alerts of one symbol.
    """

    def __init__(
        self,
        library: Library,
        pictures: Pictures,
        *,
        name_of: Callable[[str, Market], str],
        buttons: Callable[[str, str], list[dict[str, Any]]],
    ) -> None:
        self._library = library
        self._pictures = pictures
        self._name_of = name_of
        self._buttons = buttons

    async def compose(self, message: Outbound) -> Composed:
        """Return the content of `message`; a picture that cannot be drawn now is left out, the words still go."""
        events = [stored.event for stored in message.events]
        # As of the session that brought them: an event of a bar held until then would not be seen at its own.
        view = await self._library.at(message.session)
        market = await asyncio.to_thread(view.open)
        card = await asyncio.to_thread(self._card, events, market)
        card = replace(card, footer=" · ".join(part for part in (_why(message.whys), card.footer) if part))
        attachments = await self._attachments(card)
        picture = attachments[0].name if attachments else None
        payload: dict[str, Any] = {"embeds": [embed_payload(card, picture_name=picture)]}
        if len({event.subject for event in events}) == 1:
            payload["components"] = self._buttons(events[0].subject, events[0].kind)
        return Composed(payload, attachments)

    async def _attachments(self, card: Card) -> tuple[Attachment, ...]:
        if card.chart is None:
            return ()
        try:
            content = await self._pictures.png(card.chart)
        except PictureUnavailable as error:
            log.warning("alert goes without its picture", reason=str(error))
            return ()
        return (Attachment(PICTURE, content, picture_description(card) or ""),)

    def _card(self, events: Sequence[Event], market: Market) -> Card:
        first = _Read(events[0], market)
        if len(events) == 1:
            return self._single(first, market)
        named = [(event, self._name_of(event.subject, market)) for event in events]
        return events_card(named, reading=first.reading)

    def _single(self, read: _Read, market: Market) -> Card:
        name = self._name_of(read.event.subject, market)
        return event_card(
            read.event,
            read.reading,
            name=name,
            evidence=read.evidence_line(),
            chart=cross_chart(read.history, read.event.subject, name=name),
            windows=read.windows,
        )


class _Read:
    """One event with the history it was found in and the reading of its session."""

    def __init__(self, event: Event, market: Market) -> None:
        self.event = event
        self.signal = by_name(event.signal)
        self.thresholds: Thresholds = self.signal.thresholds_with(dict(event.thresholds))
        self.history: History = history_of(self.signal, market, event.subject, self.thresholds)
        row = int(np.searchsorted(self.history.sessions, np.datetime64(event.session, "D")))
        self.reading: Reading = self.signal.reading(self.history, event.subject, self.thresholds, row)

    @property
    def windows(self) -> tuple[int, int]:
        return int(self.thresholds["fast"]), int(self.thresholds["slow"])

    def evidence_line(self) -> str:
        """Return what followed past crosses of this event's side, in one line."""
        side = self.event.values.get("state") or ("death" if "death" in self.event.kind else "golden")
        cross = f"{side}_cross"
        past = followed(self.signal, self.history, self.event.subject, cross, self.thresholds)
        return evidence_line(past, cross)


def _why(whys: Sequence[str]) -> str:
    """Return why this channel gets the message, once where all its events share the reason."""
    return "; ".join(dict.fromkeys(why for why in whys if why))
