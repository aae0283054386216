"""The command line's answers: `ask`, `briefing`, `replay` and `held`, for people and for machines."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from bot.alerts.replay import replay
from bot.alerts.scan import Request as ScanRequest
from bot.alerts.schedule import run_instant
from bot.app import Ground, desk_of, open_ground
from bot.cards.briefings.pdf import printed
from bot.cards.event_card import event_line
from bot.cards.picture import render
from bot.cards.plain import terminal_text, without_markup
from bot.cards.reading_json import answer_json, event_json
from bot.cards.words import session_words
from bot.errors import CannotRun
from bot.market.book import Book
from bot.market.durable import write_durably
from bot.market.types import Status
from bot.questions.briefing import briefing_name, paper_of
from bot.questions.parse import QuestionError, parse
from bot.questions.ports import NoGuildThresholds
from bot.questions.symbols import name_of, resolve
from bot.settings import Settings
from signals.catalog import SIGNALS, by_name
from signals.cross import VOLUME_FROM
from signals.definition import Signal
from signals.sessions import is_session, previous_session
from signals.types import Event, Market, Reading


@dataclass(frozen=True, slots=True)
class Request:
    """What ``smallcap ask`` was given."""

    question: str
    as_of: date | None = None
    changed: Mapping[str, str] | None = None
    period: str = "1y"
    png: Path | None = None
    is_json: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """What ``smallcap briefing`` was given."""

    briefing: str
    out: Path
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """What ``smallcap replay`` was given."""

    first: date
    last: date
    signals: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    changed: Mapping[str, str] | None = None
    is_json: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What the desk knows on the command line: one market, looked at once."""

    known: Market

    def market(self) -> Market:
        """Return it."""
        return self.known


async def answer(settings: Settings, request: Request) -> None:
    """Print what the bot would answer."""
    import asyncio

    question = parse(request.question)
    if request.png is not None and not request.png.absolute().parent.is_dir():
        raise CannotRun(f"there is no folder {request.png.parent} for the picture: make it first")
    with _patience("Reading prices"):
        async with open_ground(settings, default="sample") as ground:
            known = Known(await _market(ground, request.as_of))
            desk = desk_of(ground, known, NoGuildThresholds(request.changed))
            found = await desk.answer(question, period=request.period)
            _tell_troubles(ground.book, found.reading)
        if request.png is not None:
            if found.card.chart is None:
                raise QuestionError(f"{question.topic} has no picture: leave --png out")
            request.png.write_bytes(await asyncio.to_thread(render, found.card.chart))
    if request.is_json:
        _print_json(answer_json(found.reading, found.card))
    else:
        sys.stdout.write(terminal_text(found.card) + "\n")


async def brief(settings: Settings, order: Order) -> None:
    """Write a briefing as PDF, whole or not at all, and say so."""
    import asyncio

    name = briefing_name(order.briefing)
    _check_place(order.out)
    with _patience("Reading prices"):
        async with open_ground(settings, default="sample") as ground:
            market = await _market(ground, order.as_of)
    with _patience("Printing"):
        paper = await asyncio.to_thread(paper_of, name, market)
        await asyncio.to_thread(write_durably, order.out, await asyncio.to_thread(printed, paper))
    sys.stdout.write(f"{paper.title}, {session_words(paper.session)}: {order.out}\n")


async def list_events(settings: Settings, span: Span) -> None:
    """Print every event of a span of sessions."""
    if span.last < span.first:
        raise QuestionError(f"--to {span.last} lies before --from {span.first}: swap them")
    chosen = [by_name(name) for name in span.signals] or [signal for signal in SIGNALS if signal.kinds]
    requests = [ScanRequest(signal.name, signal.thresholds_with(own)) for signal, own in _changed(chosen, span.changed)]
    async with open_ground(settings, default="sample") as ground:
        with _patience("Replaying sessions"):
            market = await _market(ground, span.last)
            subjects = {resolve(subject, market) for subject in span.subjects}
            market = _only(market, subjects)
            found = list(replay(market, requests, start=span.first, end=span.last))
        _print_events((event for event in found if not subjects or event.subject in subjects), market, span)


async def list_held(settings: Settings, *, is_json: bool) -> None:
    """Print the bars that are held back, each with its reason."""
    async with open_ground(settings, default="yahoo") as ground:
        with _patience("Reading prices"):
            await _market(ground, None)
        held = sorted(ground.book.held(), key=lambda bar: (bar.session, bar.symbol))
    for bar in held:
        if is_json:
            _print_json({"symbol": bar.symbol, "session": bar.session.isoformat(), "reason": bar.reason})
        else:
            sys.stdout.write(f"{bar.symbol}  {bar.session.isoformat()}  {bar.reason}\n")
    if not held and not is_json:
        sys.stdout.write("nothing is held back\n")


async def release_held(settings: Settings, symbol: str, session: date) -> None:
    """Let a held bar go."""
    async with open_ground(settings, default="yahoo") as ground:
        subject = resolve(symbol, await _market(ground, None))
        if not any(bar.symbol == subject and bar.session == session for bar in ground.book.held()):
            raise QuestionError(f"{subject} has no held bar on {session}: see smallcap held list")
        ground.book.releases.release(subject, session, at=ground.clock.now())
    sys.stdout.write(f"{subject} {session.isoformat()} is released; the bot uses it from its next session on\n")


def _check_place(out: Path) -> None:
    """Refuse a file that cannot be written before anything is computed for it."""
    folder = out.absolute().parent
    if not folder.is_dir():
        raise CannotRun(f"there is no folder {out.parent} for the briefing: make it first")
    if out.is_dir():
        raise CannotRun(f"{out} is a folder: name the file to write, for example {out / 'briefing.pdf'}")
    if not os.access(folder, os.W_OK):
        raise CannotRun(f"the folder {out.parent} cannot be written to: name another one")


async def _market(ground: Ground, as_of: date | None) -> Market:
    """Return the market as it was known after the close of `as_of`; None: as it is known now, however old that is."""
    now = ground.clock.now()
    if as_of is not None and as_of > now.date():
        raise QuestionError(f"{as_of} is in the future: name a day up to {now.date()}")
    await ground.book.bring(await ground.session_of(as_of))
    market = ground.book.market()
    if "simulated" in market.labels:
        return market  # invented prices do not grow old
    instant = now if as_of is None else min(now, _after_close(ground, as_of))
    return replace(market, as_of=max(market.as_of, instant))


def _changed(chosen: Sequence[Signal], changed: Mapping[str, str] | None) -> Iterator[tuple[Signal, dict[str, str]]]:
    """Yield each signal with those of the thresholds that it has; one that none of them has is left to the first."""
    names = {threshold.name for signal in chosen for threshold in signal.thresholds}
    unknown = {name: value for name, value in (changed or {}).items() if name not in names}
    for signal in chosen:
        own = {threshold.name for threshold in signal.thresholds}
        yield signal, unknown | {name: value for name, value in (changed or {}).items() if name in own}


def _after_close(ground: Ground, day: date) -> datetime:
    session = day if is_session(ground.calendar, day) else previous_session(ground.calendar, day)
    return run_instant(ground.calendar, session, ground.timing.delay)


def _only(market: Market, subjects: Iterable[str]) -> Market:
    """Return the market of `subjects` and of what signals read beside them."""
    wanted = set(subjects)
    if not wanted:
        return market
    beside = {VOLUME_FROM[subject] for subject in wanted if subject in VOLUME_FROM}
    return market.only([symbol for symbol in market.prices.symbols if symbol in wanted | beside])


def _print_events(events: Iterable[Event], market: Market, span: Span) -> None:
    for event in events:
        if span.is_json:
            _print_json(event_json(event))
        else:
            line = event_line(event, name_of(event.subject, market, event.signal), has_session=False)
            sys.stdout.write(f"{session_words(event.session)}  {without_markup(line)}\n")


def _tell_troubles(book: Book, reading: Reading) -> None:
    """Say on stderr what is wrong with the prices that the answer stands on."""
    named = {name.partition(".")[0] for name in reading.values if "." in name}
    stands_on = {reading.subject, VOLUME_FROM.get(reading.subject), *named}
    for outcome in book.outcomes():
        if outcome.symbol in stands_on and outcome.status not in {Status.OK, Status.STALE}:
            sys.stderr.write(f"smallcap: note: {outcome.symbol} is {outcome.status.value}: {outcome.detail}\n")
    held = [bar for bar in book.held() if bar.symbol in stands_on and bar.session > reading.session]
    for symbol in dict.fromkeys(bar.symbol for bar in held):
        bars = sorted((bar for bar in held if bar.symbol == symbol), key=lambda bar: bar.session)
        more = f" (and {len(bars) - 1} before: smallcap held list)" if len(bars) > 1 else ""
        sys.stderr.write(f"smallcap: note: {symbol} is held on {bars[-1].session}: {bars[-1].reason}{more}\n")


@contextmanager
def _patience(text: str) -> Iterator[None]:
    """Show people at a terminal that work is going on; a first load takes seconds."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        progress.add_task(text, total=None)
        yield


def _print_json(value: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")
