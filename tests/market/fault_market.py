"""A small market, the ways to hand it over broken, and what the bot makes of it: events raised, reasons told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from aiohttp import web

from bot.alerts.late import first_looked_at
from bot.alerts.scan import Request, ScanError, scan_session
from bot.market.book import Book, Habits, SessionUnavailable
from bot.market.calendar import exchange_calendar
from bot.market.folder import FolderSource
from bot.market.merge import merged
from bot.market.sample import SampleSource
from bot.market.store import BarStore
from bot.market.types import Bars, Outcome, Reference, Source, SourceError, Status
from bot.market.yahoo import YahooSource
from signals.catalog import SIGNALS
from signals.facts import Facts
from signals.sessions import close_of
from signals.types import Event, FloatArray, Prices
from tests.market.yahoo_server import Reply, YahooServer, chart

CALENDAR = exchange_calendar(date(2026, 10, 1))
SESSIONS = 420
EARLIER = date(2000, 1, 1)
"""The bot's first start: long ago, so that late events are looked for as far back as they ever are."""
FOLLOWING = 5
"""Sessions after the fault that are scanned too."""
SMALL, LARGE = 12, 8
PRICES = ("open", "high", "low", "close", "adj_close")
LABELS = {"open": "Open", "high": "High", "low": "Low", "close": "Close", "adj_close": "Adj Close", "volume": "Volume"}
REQUESTS = [Request(signal.name, signal.thresholds_with()) for signal in SIGNALS]


class AnyDay:
    """A clock for many faults after one another: it goes back where the next one begins."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def set(self, instant: datetime) -> None:
        self._now = instant


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """One symbol's rows as a provider hands them over, in its order; days may be none of the exchange's."""

    days: tuple[date, ...]
    fields: Mapping[str, FloatArray]
    meta: Mapping[str, str] = field(default_factory=dict)
    """What Yahoo says about them beside, such as their currency."""
    splits: Mapping[date, tuple[int, int]] = field(default_factory=dict)

    def at(self, day: date) -> int:
        return self.days.index(day)

    def change(self, where: int | slice, **fields: Any) -> Rows:
        """Return the rows with some fields of some of them replaced."""
        changed = {name: values.copy() for name, values in self.fields.items()}
        for name, value in fields.items():
            changed[name][where] = value
        return replace(self, fields=changed)

    def times(self, where: int | slice, factor: float) -> Rows:
        """Return the rows with some prices multiplied."""
        return self.change(where, **{name: self.fields[name][where] * factor for name in PRICES})

    def without(self, *places: int) -> Rows:
        kept = [n for n in range(len(self.days)) if n not in places]
        return self.taken(kept)

    def taken(self, places: Sequence[int]) -> Rows:
        """Return the rows at `places`, in that order; a place may come twice."""
        days = tuple(self.days[n] for n in places)
        return replace(self, days=days, fields={name: values[list(places)] for name, values in self.fields.items()})

    def dated(self, change: Callable[[date], date]) -> Rows:
        return replace(self, days=tuple(change(day) for day in self.days))

    def inserted(self, day: date, copy_of: int, factor: float = 1.0) -> Rows:
        """Return the rows with one more, after that which it is a copy of, its prices multiplied."""
        more = self.taken([*range(copy_of + 1), copy_of, *range(copy_of + 1, len(self.days))])
        days = (*self.days[: copy_of + 1], day, *self.days[copy_of + 1 :])
        return replace(more, days=days).times(copy_of + 1, factor)


@dataclass(frozen=True, slots=True)
class Now:
    """What a fault may look at: the session that has just closed, that of the fault, and all true bars up to now."""

    session: date
    fault: date
    truth: Prices

    @property
    def since(self) -> int:
        """Sessions since that of the fault; negative before it."""
        days = self.truth.sessions
        return int(np.searchsorted(days, np.datetime64(self.session))) - int(
            np.searchsorted(days, np.datetime64(self.fault))
        )

    def rows(self, symbol: str) -> Rows:
        """Return the true rows of `symbol` up to now."""
        known = self.truth.upto(self.session)
        column = known.column(symbol)
        has_bar = np.isfinite(known.close[:, column])
        days = tuple(known.sessions[has_bar].tolist())
        return Rows(days, {name: values[has_bar, column].copy() for name, values in known.fields()})


class Feed(Protocol):
    """The way by which a provider's rows reach the bot."""

    source: Source

    def give(self, symbol: str, rows: Rows | Reply) -> None:
        """Have the provider say `rows` of `symbol` from now on."""
        ...


@dataclass(slots=True)
class YahooFeed:
    """A real YahooSource, and the Yahoo on loopback that it asks."""

    server: YahooServer
    source: YahooSource

    def give(self, symbol: str, rows: Rows | Reply) -> None:
        if not isinstance(rows, Rows):
            self.server.replies[symbol] = rows
            return

        async def reply(request: web.Request) -> web.StreamResponse:
            asked = datetime.fromtimestamp(int(request.query["period1"]), UTC).date()
            first = next((n for n, day in enumerate(rows.days) if day >= asked), len(rows.days))
            return web.json_response(_answer(symbol, rows.taken(range(first, len(rows.days)))))

        self.server.replies[symbol] = reply


def _answer(symbol: str, rows: Rows) -> dict[str, Any]:
    answer = chart(symbol, rows.days, [1.0] * len(rows.days), splits=rows.splits)
    result = answer["chart"]["result"][0]
    result["meta"] |= rows.meta
    quote = {name: _plain(rows.fields[name]) for name in ("open", "high", "low", "close", "volume")}
    result["indicators"] = {"quote": [quote], "adjclose": [{"adjclose": _plain(rows.fields["adj_close"])}]}
    return answer


def _plain(values: FloatArray) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]


@dataclass(slots=True)
class FolderFeed:
    """A real FolderSource, and the files it reads."""

    folder: Path
    source: FolderSource

    def give(self, symbol: str, rows: Rows | Reply) -> None:
        assert isinstance(rows, Rows)
        path = self.folder / "prices" / f"{symbol}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        names = list(LABELS)
        lines = [",".join(["Date", *LABELS.values()])]
        for n, day in enumerate(rows.days):
            lines.append(",".join([day.isoformat(), *(_cell(rows.fields[name][n]) for name in names)]))
        path.write_text("\n".join(lines), encoding="utf-8")


def _cell(value: float) -> str:
    return "" if np.isnan(value) else repr(float(value))


class Plain:
    """A source that has what it is given, for what neither Yahoo nor a file can say; and the second source."""

    labels: tuple[str, ...] = ()

    def __init__(self, name: str = "provider") -> None:
        self.name = name
        self.rows: dict[str, Rows] = {}

    def give(self, symbol: str, rows: Rows | Reply) -> None:
        assert isinstance(rows, Rows)
        self.rows[symbol] = rows

    @property
    def source(self) -> Source:
        return self

    def reference(self) -> Reference:
        return Reference()

    async def fetch(self, symbols: Sequence[str] | None, *, start: date, end: date) -> Bars:
        wanted = [symbol for symbol in (symbols or tuple(self.rows)) if symbol in self.rows]
        layers = [_one(symbol, self.rows[symbol], start, end) for symbol in wanted]
        if not layers:
            raise SourceError(f"{self.name} was asked for nothing it has")
        return Bars(merged(*layers), self.name, close_of(CALENDAR, end), tuple(Outcome(s, Status.OK) for s in wanted))


def _one(symbol: str, rows: Rows, start: date, end: date) -> Prices:
    inside = [n for n, day in enumerate(rows.days) if start <= day <= end]
    sessions = np.array([rows.days[n] for n in inside], dtype="datetime64[D]")
    return Prices(sessions, (symbol,), **{name: values[inside][:, None] for name, values in rows.fields.items()})


class Market:
    """A source whose broken symbols come by a feed, and all others as they are."""

    labels: tuple[str, ...] = ()

    def __init__(self, truth: Prices, feed: Feed, broken: Sequence[str]) -> None:
        self._truth, self._feed, self._broken = truth, feed, tuple(broken)
        self.name = feed.source.name

    def reference(self) -> Reference:
        return small_reference()

    async def fetch(self, symbols: Sequence[str] | None, *, start: date, end: date) -> Bars:
        wanted = dict.fromkeys((*self._truth.symbols, *self._broken)) if symbols is None else dict.fromkeys(symbols)
        whole = [symbol for symbol in wanted if symbol in self._truth and symbol not in self._broken]
        rows = (self._truth.sessions >= np.datetime64(start)) & (self._truth.sessions <= np.datetime64(end))
        cut = {name: values[rows] for name, values in self._truth.only(whole).fields()}
        base = Prices(self._truth.sessions[rows], tuple(whole), **cut)
        told = tuple(Outcome(symbol, Status.OK) for symbol in whole)
        asked = [symbol for symbol in wanted if symbol in self._broken]
        if not asked:
            return Bars(base, self.name, close_of(CALENDAR, end), told)
        came = await self._feed.source.fetch(asked, start=start, end=end)
        prices = merged(base, came.prices) if whole else came.prices
        return Bars(prices, self.name, came.fetched_at, (*told, *came.outcomes))


@cache
def small_market() -> Prices:
    """Return the last sessions of the simulated market's indices and funds, and of a few companies."""
    everything = _sample().market().prices
    known = _sample().reference()
    companies = (*known.universes["smallcap"][:SMALL], *known.universes["largecap"][:LARGE])
    baskets = [symbol for symbol in everything.symbols if symbol not in known.sectors]
    cut = everything.only([*baskets, *companies])
    rows = {name: np.ascontiguousarray(values[-SESSIONS:]) for name, values in cut.fields()}
    return Prices(cut.sessions[-SESSIONS:], cut.symbols, **rows)


@cache
def _sample() -> SampleSource:
    return SampleSource(CALENDAR)


@cache
def small_reference() -> Reference:
    """Return the sample's facts of those that are in the small market."""
    known, symbols = _sample().reference(), small_market().symbols
    return Reference(
        universes={name: _kept(members, symbols) for name, members in known.universes.items()},
        sectors={symbol: sector for symbol, sector in known.sectors.items() if symbol in symbols},
        facts=_small_facts(known.facts, symbols),
    )


def _kept(members: Sequence[str], symbols: Sequence[str]) -> tuple[str, ...]:
    return tuple(symbol for symbol in members if symbol in symbols)


def _small_facts(facts: Facts, symbols: Sequence[str]) -> Facts:
    holdings = []
    for file in facts.holdings:
        places = [n for n, symbol in enumerate(file.symbols) if symbol in symbols]
        holdings.append(
            replace(
                file,
                symbols=tuple(file.symbols[n] for n in places),
                weights_frac=file.weights_frac[places],
                sectors=tuple(file.sectors[n] for n in places),
            )
        )
    themes = tuple(
        replace(theme, members=tuple(member for member in theme.members if member.symbol in symbols))
        for theme in facts.themes
    )
    return replace(facts, holdings=tuple(holdings), themes=themes)


@dataclass(slots=True)
class Told:
    """What came of a fault: events, and everything a moderator could read about it."""

    events: dict[str, Event] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)


def spanned(fault: date, further: int = 0) -> list[date]:
    """Return the session before that of the fault, that one, and those that follow."""
    sessions = small_market().sessions.tolist()
    at = sessions.index(fault)
    return sessions[at - 1 : at + 1 + FOLLOWING + further]


async def brought(book: Book, clock: AnyDay, sessions: Sequence[date], prepare: Callable[[date], None]) -> Told:
    """Bring `sessions` in, one after the other, as the bot does, and scan each but the first with every signal."""
    told, absent = Told(), dict[str, date]()
    for session in sessions:
        clock.set(close_of(CALENDAR, session) + timedelta(minutes=20))
        prepare(session)
        try:
            view = await book.bring(session)
            if session == sessions[0]:
                continue
            found = scan_session(view, session, REQUESTS, absent, since=first_looked_at(CALENDAR, session, EARLIER))
        except (SessionUnavailable, ScanError) as error:
            told.reasons.append(f"the session of {session} waits: {error}")
        else:
            told.events |= {event.identity: event for event in found.events}
            absent = {symbol: absent.get(symbol, session) for symbol in found.absent}
        told.reasons += [f"{bar.symbol}, {bar.session}: {bar.reason}" for bar in book.held()]
        told.reasons += [f"{each.symbol}: {each.detail}" for each in book.outcomes() if each.status is not Status.OK]
        told.reasons += book.faults()
    return told


@cache
def _true_events() -> dict[tuple[date, ...], dict[str, Event]]:
    return {}


async def true_events(truth: Prices, sessions: Sequence[date], folder: Path) -> Mapping[str, Event]:
    """Return the events of the unbroken market, the same for every fault of the same sessions."""
    known = _true_events()
    key = tuple(sessions)
    if truth is not small_market() or key not in known:
        clock = AnyDay(close_of(CALENDAR, sessions[0]))
        source = Market(truth, Plain(), ())
        book = Book(source, BarStore(folder), CALENDAR, clock, habits=Habits(start=truth.sessions[0].item()))
        told = await brought(book, clock, sessions, lambda _: None)
        if truth is not small_market():
            return told.events
        assert not told.reasons, told.reasons
        known[key] = told.events
    return known[key]
