"""From an order to its message: composed once for all channels that get the paper of a session."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Protocol

from bot.alerts.compose import PICTURE, Components
from bot.alerts.ports import Composed, Composer
from bot.cards.card import Card
from bot.cards.embed import embed_payload
from bot.cards.plain import plain_text
from bot.cards.printed import Printed
from bot.people import PaperName
from bot.records import Attachment, MessageKind, Outbound

WHY = "ordered for this channel (/paper list)"
DRAFTS_KEPT = 8


class Others(Composer, Protocol):
    """Composes every other message, and gives cards their pictures."""

    async def picture_of(self, card: Card) -> tuple[Attachment, ...]:
        """Return the picture of a card; nothing where there is none now."""
        ...


class Newsstand(Protocol):
    """Makes the papers of a session, each once."""

    async def briefing(self, name: str, session: date | None = None) -> Printed:
        """Return the briefing of `session` with its card."""
        ...

    async def digest(self, session: date) -> Card:
        """Return the card of `session` in three lines."""
        ...


class Buttons(Protocol):
    """The JSON of what can be pressed below a paper."""

    def of_paper(self, name: str) -> Components:
        """Return what leads to its details."""
        ...


class PaperComposer:
    """Composes papers, and hands every other message on to `others`."""

    def __init__(self, others: Others, newsstand: Newsstand, buttons: Buttons) -> None:
        self._others = others
        self._newsstand = newsstand
        self._buttons = buttons
        self._drafts: OrderedDict[tuple[str, date], asyncio.Task[Composed]] = OrderedDict()

    async def compose(self, message: Outbound) -> Composed:
        """Return the content of `message`, the same for every channel that gets the same paper.

        A briefing that cannot be printed now is tried again until its message expires. A digest whose picture cannot
        be drawn now goes without; the next one asked for tries again.
        """
        if message.kind is not MessageKind.PAPER:
            return await self._others.compose(message)
        key = (message.paper, message.session)
        drafting = self._drafts.get(key)
        if drafting is None or (drafting.done() and (drafting.cancelled() or drafting.exception())):
            self._drafts[key] = drafting = asyncio.create_task(self._composed(*key))
        self._drafts.move_to_end(key)
        while len(self._drafts) > DRAFTS_KEPT:
            self._drafts.popitem(last=False)
        return await asyncio.shield(drafting)

    async def _composed(self, name: str, session: date) -> Composed:
        if name == PaperName.DIGEST:
            card = await self._newsstand.digest(session)
            files = await self._others.picture_of(card)
            if card.chart is not None and not files:
                self._drafts.pop((name, session), None)
        else:
            brief = await self._newsstand.briefing(name, session)
            card, files = brief.card, (Attachment(brief.file_name, brief.content, brief.alt),)
        return Composed(self._payload(name, card, files), files)

    def _payload(self, name: str, card: Card, files: tuple[Attachment, ...]) -> Mapping[str, Any]:
        signed = replace(card, footer=" · ".join(part for part in (WHY, card.footer) if part))
        picture = next((file.name for file in files if file.name == PICTURE), None)
        payload: dict[str, Any] = {
            "embeds": [embed_payload(signed, picture_name=picture)],
            "plain": plain_text(signed),
        }
        components = self._buttons.of_paper(name)
        return {**payload, "components": components} if components else payload
