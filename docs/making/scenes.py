# ruff: noqa: INP001 - beside the pages, not a package
"""A market as it stood after one session's close, and the desk that answers about it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path

from bot.app import desk_of, open_ground
from bot.cards.card import Card
from bot.cards.event_card import event_card
from bot.cards.face import Shown
from bot.cards.faces import face_of
from bot.clock import SetClock
from bot.questions.desk import Desk
from bot.questions.ports import NoGuildThresholds
from bot.questions.symbols import name_of
from bot.settings import Settings
from bot.terminal import Known
from signals.catalog import by_name
from signals.definition import Signal
from signals.inquiry import history_of
from signals.known import known_at
from signals.types import Event, Market

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / ".smallcap" / "docs"
"""Where bars and finished pictures are kept between two builds; nothing in it is committed."""
LAST_OF_THE_SAMPLE = date(2026, 9, 30)
EXAMPLE_SYMBOL = "STRL"
_AFTER_THE_CLOSE = time(22, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Scene:
    """What is known, and who answers."""

    market: Market
    desk: Desk


@asynccontextmanager
async def scene(session: date = LAST_OF_THE_SAMPLE, *, data: Path | None = None) -> AsyncIterator[Scene]:
    """Open the simulated market, or the folder `data`, as of the evening of `session`.

    The operator's own settings have no say, so that pages look the same wherever they are built.
    """
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    own = {"state": STATE / ("folder" if data else "sample"), "data": data, "source": "folder" if data else "sample"}
    clock = SetClock(datetime.combine(session, _AFTER_THE_CLOSE))
    async with open_ground(Settings(**{**defaults, **own}), default="sample", clock=clock) as ground:
        await ground.book.bring(await ground.session_of(session))
        known = Known(ground.book.market())
        yield Scene(known.known, desk_of(ground, known, NoGuildThresholds(None)))


def question_of(signal: Signal) -> str:
    """Return the words that ask `signal`; with a symbol where it needs one."""
    return f"{signal.command} {EXAMPLE_SYMBOL}" if signal.takes.startswith("<") else signal.command


def shown_of(market: Market, signal: Signal, subject: str) -> Shown:
    """Return what `signal` says of `subject` at the last session of `market`, as it is shown."""
    thresholds = signal.thresholds_with()
    history = history_of(signal, market, subject, thresholds)
    reading = signal.reading(history, subject, thresholds)
    return Shown(reading, history, name_of(subject, market, signal.name), thresholds)


def alert_of(market: Market, event: Event) -> Card:
    """Return the alert of `event` as a channel got it that evening."""
    then = known_at(market, event.session)
    known = replace(market, prices=market.prices.upto(event.session), as_of=then)
    shown = shown_of(known, by_name(event.signal), event.subject)
    return replace(event_card(event, shown), chart=face_of(event.signal).chart(shown))
