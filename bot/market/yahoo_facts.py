"""Estimates and option chains from Yahoo, fetched slowly in the background, a few symbols at a time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Protocol

import numpy as np
import structlog

from bot.clock import Clock
from bot.market.durable import write_durably
from bot.market.option_csv import csv_of, read_chains
from bot.market.splits import FILE as SPLITS
from bot.market.splits import read_splits
from bot.market.types import SourceError, Status
from bot.market.yahoo_estimates import EstimateAnswer, estimate_of
from bot.market.yahoo_journal import CARRIED, Journal, Told, estimates_in
from bot.market.yahoo_json import NEW_YORK
from bot.market.yahoo_options import ChainAnswer, chain_of
from bot.market.yahoo_wire import Answer, Asks
from signals.facts import Facts, OptionChain
from signals.sessions import close_of, last_closed
from signals.types import Calendar

log = structlog.get_logger(__name__)

OPENING = time(9, 30)
ANSWERED = {Status.OK, Status.EMPTY}
KEPT_LONG, KEPT_SHORT = timedelta(days=35), timedelta(days=6)
"""How long chains are kept: of what comes first, so that its last weeks can be looked at; of others the last one."""


class Yahoo(Protocol):
    """What is asked of the source."""

    async def pages(self, symbols: Sequence[str], asks: Asks, *, session: date) -> tuple[Answer, ...]:
        """Return the pages that tell estimates or options of a few symbols."""
        ...


@dataclass(frozen=True, slots=True)
class Habits:
    """How Yahoo is asked for what is no bar.

    Attributes
    ----------
    handful : int
        Symbols that are asked for at once; what came of them is then written down.
    rest_s : float
        Rest after each of them: nobody waits for these.
    again : timedelta
        After a failure, a symbol is left alone for this long.
    settle : timedelta
        How long after a close its option quotes are taken for those of the close.
    give_up_after : int
        After so many handfuls in a row without any answer, the rest waits as well.
    """

    handful: int = 5
    rest_s: float = 2.0
    again: timedelta = timedelta(hours=1)
    settle: timedelta = timedelta(minutes=5)
    give_up_after: int = 3


@dataclass(frozen=True, slots=True)
class _Errand:
    """What is asked for of some symbols, and whether they are those that come first."""

    asks: Asks
    symbols: Sequence[str]
    is_first: bool

    @property
    def kept(self) -> timedelta:
        return KEPT_LONG if self.is_first else KEPT_SHORT


class YahooFacts:
    """Keeps estimates and option chains of the symbols followed; what Yahoo does not give leaves what there is.

    What members watch, and what the settings name, comes first: its chains after every session, its estimates once a
    week. Of the members of universes both come once a week.

    Parameters
    ----------
    yahoo : Yahoo or None
        None where nothing is to be asked for: what is kept is read nevertheless.
    folder : Path
        Where the journal and the chains are kept.
    first : collection of str
        The symbols that come first beside those that are `watched`.
    """

    name = "Yahoo's estimates and options"

    def __init__(
        self,
        yahoo: Yahoo | None,
        folder: Path,
        clock: Clock,
        calendar: Calendar,
        *,
        first: Collection[str] = (),
        habits: Habits | None = None,
    ) -> None:
        self.folder = folder
        self.tidings = 0
        self.watched: Callable[[], Awaitable[Collection[str]]] | None = None
        """Tells what members have on their lists, once there is a database."""
        self._yahoo, self._clock, self._calendar, self._first = yahoo, clock, calendar, tuple(first)
        self._habits = habits or Habits()
        self._journal = Journal(folder / "asked.jsonl")
        self._symbols: tuple[str, ...] = ()
        self._told: tuple[Told, ...] | None = None
        self._reading = threading.Lock()
        self._last: dict[tuple[Asks, str], Told] = {}
        self._failed: dict[tuple[Asks, str], datetime] = {}
        self._fault = ""
        self._left = 0
        self._told_of = 0
        self._unread: tuple[str, ...] = ()

    def follow(self, symbols: Iterable[str]) -> None:
        """Name the symbols that are kept up to date."""
        self._symbols = tuple(dict.fromkeys(symbols))

    def faults(self) -> tuple[str, ...]:
        """Return what went wrong when Yahoo was asked last, and which files of chains cannot be read, a line each."""
        return (*((f"{self.name}: {self._fault}",) if self._fault else ()), *self._unread)

    @property
    def words(self) -> str:
        """How many symbols something is known of, how old the oldest is, and how many are still to be asked for."""
        now, followed = self._clock.now(), set(_companies(self._symbols))
        told = []
        for asks in (Asks.ESTIMATES, Asks.OPTIONS):
            last = [one for (what, _), one in self._last.items() if what is asks and one.symbol in followed]
            ages = [now - one.at for one in last if one.status is Status.OK]
            known = [age for age in ages if age <= CARRIED]
            oldest = f", the oldest {max(known).days} days old" if known else ""
            told.append(f"{asks.value} of {len(known):,} of {len(followed):,} symbols{oldest}")
        left = f"; {self._left:,} are still asked for" if self._left else ""
        left = "; nothing is asked for" if self._yahoo is None else left
        return f"Yahoo's {'; '.join(told)}{left}"

    def beside(self, facts: Facts) -> Facts:
        """Return `facts` with the estimates and chains that are kept; those of a day that are there already stay."""
        splits, _ = read_splits(self.folder.parent / SPLITS, str)  # what is wrong with the file is told by who reads it
        estimates = {each.day: each for each in estimates_in(self._read(), splits)}
        estimates |= {each.day: each for each in facts.estimates}
        own, self._unread = _chains(self.folder / "options")
        chains = {**own, **facts.chains}
        for symbol in own.keys() & facts.chains.keys():
            by_day = {each.day: each for each in (*own[symbol], *facts.chains[symbol])}
            chains[symbol] = tuple(by_day[day] for day in sorted(by_day))
        return replace(facts, estimates=tuple(estimates[day] for day in sorted(estimates)), chains=chains)

    async def refresh(self) -> tuple[str, ...]:
        """Ask for what is due, a handful at a time, until all is there or Yahoo gives nothing; return what failed."""
        if self._yahoo is None:
            return ()
        await asyncio.to_thread(self._read)
        watched = await self.watched() if self.watched is not None else ()
        first = tuple(dict.fromkeys(_companies((*watched, *self._first))))
        rest = tuple(symbol for symbol in dict.fromkeys(_companies(self._symbols)) if symbol not in set(first))
        errands = (
            _Errand(Asks.OPTIONS, first, is_first=True),
            _Errand(Asks.ESTIMATES, first, is_first=True),
            _Errand(Asks.ESTIMATES, rest, is_first=False),
            _Errand(Asks.OPTIONS, rest, is_first=False),
        )
        try:
            await self._go_through(self._yahoo, errands)
        finally:
            self._tell()
        self._left = sum(len(self._old(errand)) for errand in errands)
        return self.faults()

    async def _go_through(self, yahoo: Yahoo, errands: Sequence[_Errand]) -> None:
        """Ask for what is due, of the first errand that has any: a close in between makes the first ones due again."""
        unanswered, before = 0, errands[0]
        while (errand := next(filter(self._due, errands), None)) is not None:
            if errand is not before:
                self._tell()
            before, self._left = errand, sum(len(self._old(each)) for each in errands)
            handful = self._due(errand)[: self._habits.handful]
            told = await self._ask(yahoo, errand, handful)
            unanswered = 0 if any(one.status in ANSWERED for one in told) else unanswered + 1
            if unanswered >= self._habits.give_up_after or any(one.status is Status.THROTTLED for one in told):
                return
            await asyncio.sleep(self._habits.rest_s * len(handful))

    def _tell(self) -> None:
        """Let `tidings` grow where something has come since they last did."""
        count = len(self._told or ())
        self.tidings += count > self._told_of
        self._told_of = count

    def _due(self, errand: _Errand) -> list[str]:
        """Return the symbols that are to be asked for now, those of which nothing is known first."""
        now = self._clock.now()

        def is_rested(symbol: str) -> bool:
            failed = self._failed.get((errand.asks, symbol))
            return failed is None or now - failed >= self._habits.again

        rested = filter(is_rested, self._old(errand))
        return sorted(rested, key=lambda symbol: (errand.asks, symbol) in self._last)

    def _old(self, errand: _Errand) -> list[str]:
        """Return the symbols of which nothing new enough is known; none while it is no time to ask."""
        since = self._since(errand.asks, self._clock.now(), is_first=errand.is_first)
        if since is None:
            return []
        known = {symbol: last.at for (what, symbol), last in self._last.items() if what is errand.asks}
        return [symbol for symbol in errand.symbols if symbol not in known or known[symbol] < since]

    def _since(self, asks: Asks, now: datetime, *, is_first: bool) -> datetime | None:
        """Return what an answer must be younger than not to be asked for again; None where now is no time to ask.

        While the exchange trades, quotes are of an open session; those are never asked for.
        """
        session = last_closed(self._calendar, now)
        monday = session - timedelta(days=session.weekday())
        if asks is Asks.OPTIONS and (
            now < close_of(self._calendar, session) + self._habits.settle or self._trades(now)
        ):
            return None
        if asks is Asks.OPTIONS and is_first:
            return close_of(self._calendar, session)
        first = int(np.searchsorted(self._calendar.sessions, np.datetime64(monday, "D")))
        return close_of(self._calendar, self._calendar.sessions[first].item())

    def _trades(self, now: datetime) -> bool:
        there = now.astimezone(NEW_YORK)
        place = int(np.searchsorted(self._calendar.sessions, np.datetime64(there.date(), "D")))
        is_session = place < len(self._calendar.sessions) and self._calendar.sessions[place].item() == there.date()
        return is_session and there.time() >= OPENING and now < close_of(self._calendar, there.date())

    async def _ask(self, yahoo: Yahoo, errand: _Errand, handful: Sequence[str]) -> list[Told]:
        """Ask for a handful, write down what came, and return it."""
        asks = errand.asks
        session = last_closed(self._calendar, self._clock.now())
        try:
            answers = await yahoo.pages(handful, asks, session=session)
            now = self._clock.now()
            told = await asyncio.to_thread(self._heard, errand, answers, now)
        except (SourceError, OSError) as error:
            self._fault = f"{error}; what there is stays"
            self._failed |= {(asks, symbol): self._clock.now() for symbol in handful}
            log.warning("yahoo_facts_failed", asks=asks, reason=str(error))
            return []
        self._last |= {(asks, one.symbol): one for one in told if one.status in ANSWERED}
        self._failed |= {(asks, one.symbol): now for one in told if one.status is Status.FAILED}
        wrong = next((one for one in told if one.status not in ANSWERED), None)
        self._fault = "" if wrong is None else f"{wrong.symbol}: {wrong.detail} ({now:%Y-%m-%d %H:%M} UTC)"
        return told

    def _heard(self, errand: _Errand, answers: Sequence[Answer], now: datetime) -> list[Told]:
        """Read the answers and write down, durably, what they say."""
        told = [self._read_answer(errand, answer, now) for answer in answers]
        answered = [one for one in told if one.status in ANSWERED]
        if answered:
            self._journal.add(answered)
            self._told = (*(self._told or ()), *answered)
        return told

    def _read_answer(self, errand: _Errand, answer: Answer, now: datetime) -> Told:
        asks, symbol = errand.asks, answer.symbol
        if answer.status is not Status.OK:
            return Told(asks, symbol, now, answer.status, answer.detail)
        if asks is Asks.ESTIMATES:
            found = estimate_of(symbol, answer.pages[0], day=now.astimezone(NEW_YORK).date())
            return Told(asks, symbol, now, _status(found.expected, found), found.detail, found.expected)
        said = chain_of(symbol, answer.pages, known=now.astimezone(NEW_YORK).date())
        if said.chain is not None:
            self._keep(said.chain, errand.kept)
        return Told(asks, symbol, now, _status(said.chain, said), said.detail)

    def _keep(self, chain: OptionChain, kept: timedelta) -> None:
        """Write a chain down under the day of its quotes, and let go of those that are too old."""
        folder = self.folder / "options" / chain.symbol
        folder.mkdir(parents=True, exist_ok=True)
        write_durably(folder / f"{chain.day}.csv", csv_of(chain).encode())
        oldest = f"{chain.day - kept}.csv"
        for path in folder.glob("????-??-??.csv"):
            if path.name < oldest:
                path.unlink(missing_ok=True)

    def _read(self) -> tuple[Told, ...]:
        """Return the journal, read from disk once."""
        with self._reading:
            if self._told is None:
                told = self._journal.read()
                self._last = {(one.asks, one.symbol): one for one in told}
                self._told_of = len(told)
                self._told = told
            return self._told


def _status(found: object, answer: EstimateAnswer | ChainAnswer) -> Status:
    if found is not None:
        return Status.OK
    return Status.FAILED if answer.is_broken else Status.EMPTY


def _chains(folder: Path) -> tuple[dict[str, tuple[OptionChain, ...]], tuple[str, ...]]:
    found, faults = read_chains(folder, lambda error: f"cannot be read ({error.strerror})")
    return found, tuple(faults)


def _companies(symbols: Iterable[str]) -> Iterator[str]:
    """Yield what may have analysts and options: no index, future or currency."""
    return (symbol for symbol in symbols if not symbol.startswith("^") and "=" not in symbol)
