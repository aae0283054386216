"""The bundled source: a simulated US market, the same on every machine, that needs no network."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

import numpy as np

from bot.market.sample_facts import facts_of
from bot.market.sample_market import END, SampleMarket, reference, simulate_market
from bot.market.types import Bars, Outcome, Reference, Status
from signals.types import Calendar, Prices


class SampleSource:
    """Invented companies, and indices and funds made of them, over twelve years that end on a fixed date."""

    name = "simulated market"
    labels: tuple[str, ...] = ("simulated",)

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar

    def market(self) -> SampleMarket:
        """Return all of it, simulated at the first call of a process (about a second: not on the event loop)."""
        return _made(self._calendar).market

    def fingerprint(self) -> str:
        """Return a line that changes whenever the simulation does: the bars made from it can be kept until then."""
        simulation = sorted(Path(__file__).parent.glob("sample*.py"))
        return hashlib.sha256(b"".join(path.read_bytes() for path in simulation)).hexdigest()

    def reference(self) -> Reference:
        """Return universes, sectors, names and facts; the first call simulates the market."""
        return _made(self._calendar).reference

    async def fetch(self, symbols: Sequence[str] | None, *, start: date, end: date) -> Bars:
        """Return the bars of `symbols` (None: all) for sessions from `start` to `end`, both included."""
        return await asyncio.to_thread(self._fetch, symbols, start=start, end=end)

    def _fetch(self, symbols: Sequence[str] | None, *, start: date, end: date) -> Bars:
        everything = self.market().prices
        wanted = everything.symbols if symbols is None else tuple(dict.fromkeys(symbols))
        known = [symbol for symbol in wanted if symbol in everything]
        prices = _between(everything if symbols is None else everything.only(known), start, end)
        outcomes = tuple(self._outcome(symbol, prices, end) for symbol in wanted)
        return Bars(prices, self.name, self._closed_at(min(end, END)), outcomes)

    def _outcome(self, symbol: str, prices: Prices, end: date) -> Outcome:
        if symbol not in prices:
            return Outcome(symbol, Status.EMPTY, "not part of the simulated market")
        if not len(prices.sessions):
            return Outcome(symbol, Status.EMPTY, "the simulated market has no session in that span")
        last: date = prices.sessions[-1].item()
        if self._calendar.sessions[self._position(end)] > np.datetime64(END, "D"):
            return Outcome(symbol, Status.STALE, f"the simulated market ends on {END}", last)
        return Outcome(symbol, Status.OK, last_session=last)

    def _closed_at(self, day: date) -> datetime:
        # As if fetched at that close: nothing about this market depends on when it is looked at.
        instant: datetime = self._calendar.closes[self._position(day)].astype("datetime64[s]").item()
        return instant.replace(tzinfo=UTC)

    def _position(self, day: date) -> int:
        after = int(np.searchsorted(self._calendar.sessions, np.datetime64(day, "D"), side="right"))
        return max(after - 1, 0)


class _Made:
    """The market and what is known of it, each made when it is asked for first."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._making = threading.RLock()

    @cached_property
    def _market(self) -> SampleMarket:
        return simulate_market(self._calendar)

    @cached_property
    def _reference(self) -> Reference:
        return replace(reference(), facts=facts_of(self._market))

    @property
    def market(self) -> SampleMarket:
        with self._making:
            return self._market

    @property
    def reference(self) -> Reference:
        with self._making:
            return self._reference


_kept: dict[bytes, _Made] = {}


def _made(calendar: Calendar) -> _Made:
    """Return what is the same for every source of a process whose calendar is the same."""
    return _kept.setdefault(calendar.closes.tobytes(), _Made(calendar))


def _between(prices: Prices, start: date, end: date) -> Prices:
    rows = (prices.sessions >= np.datetime64(start, "D")) & (prices.sessions <= np.datetime64(end, "D"))
    return Prices(prices.sessions[rows], prices.symbols, **{name: values[rows] for name, values in prices.fields()})
