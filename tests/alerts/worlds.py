"""A small made-up market, and fakes for the ports of the alerts; importable by a worker process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

import numpy as np

from bot.alerts.ports import CannotLook, Composed, Receipt, Scope, SendFailed
from bot.records import Attachment, Outbound
from signals.types import Calendar, Market, Prices

SIZE = 330
TURN = 260
"""The row at which the falling series begins to rise and the rising one to fall."""


def calendar(size: int = SIZE) -> Calendar:
    """Build an exchange open on weekdays until 20:00 UTC; it goes on for a few weeks after the last bar."""
    sessions = np.busday_offset("2024-01-02", np.arange(size + 30), roll="forward").astype("datetime64[D]")
    return Calendar(sessions, sessions.astype("datetime64[s]") + np.timedelta64(20, "h"))


def session_at(row: int) -> date:
    """Return the session of `row`."""
    found: date = calendar().sessions[row].item()
    return found


def closes(size: int = SIZE) -> dict[str, np.ndarray]:
    """Return a falling series that turns up, its mirror, a flat one and a restless one."""
    rows = np.arange(size, dtype=np.float64)
    turning = np.where(rows < TURN, 300.0 - rows * 0.5, 300.0 - TURN * 0.5 + (rows - TURN) * 3.0)
    restless = 100.0 + 20.0 * np.sin(rows / 40.0) + 5.0 * np.sin(rows / 3.0)
    return {"VEE": turning, "PEAK": 500.0 - turning, "FLAT": np.full(size, 50.0), "WAVE": restless}


def market(holes: Mapping[str, slice] | None = None, revised: Mapping[str, np.ndarray] | None = None) -> Market:
    """Build the market with `holes` in it, the rows of a symbol that have no close, and `revised` closes."""
    series = closes() | dict(revised or {})
    for symbol, rows in (holes or {}).items():
        series[symbol] = series[symbol].copy()
        series[symbol][rows] = np.nan
    close = np.column_stack(list(series.values()))
    days = calendar()
    prices = Prices(days.sessions[:SIZE], tuple(series), close=close, volume=np.full_like(close, 1e6))
    return Market(prices, datetime(2025, 12, 1, tzinfo=UTC), "made up", days)


def golden_row(symbol: str = "VEE") -> int:
    """Return the row on which the averages of `symbol` turn, found here by hand."""
    close = market().prices.close[:, market().prices.column(symbol)]
    fast, slow = (np.convolve(close, np.ones(n) / n, "full")[:SIZE] for n in (50, 200))
    above = (fast > slow)[199:]
    return 200 + int(np.flatnonzero(above[1:] != above[:-1])[0])


@dataclass(frozen=True)
class WorldView:
    """A view that ends at a session; what it opens may have holes."""

    session: date
    holes: Mapping[str, slice] = field(default_factory=dict)
    released: Mapping[str, date] = field(default_factory=dict)
    revised: Mapping[str, np.ndarray] = field(default_factory=dict)

    def open(self) -> Market:
        whole = market(self.holes, self.revised)
        return replace(whole, prices=whole.prices.upto(self.session))


@dataclass
class FakeBook:
    """Brings any session, unless told why not."""

    problems: dict[date, str] = field(default_factory=dict)
    holes: Mapping[str, slice] = field(default_factory=dict)
    brought: list[date] = field(default_factory=list)
    revised: Mapping[str, np.ndarray] = field(default_factory=dict)

    async def bring(self, session: date) -> WorldView:
        if session in self.problems:
            raise OSError(self.problems[session])
        self.brought.append(session)
        return WorldView(session, self.holes, revised=self.revised)


class FakeComposer:
    """Says which events a message speaks of."""

    def __init__(self) -> None:
        self.composed: list[int] = []

    async def compose(self, message: Outbound) -> Composed:
        self.composed.append(message.id)
        text = ", ".join(f"{stored.event.subject} {stored.event.kind}" for stored in message.events)
        return Composed({"content": text}, (Attachment("chart.png", b"png of " + text.encode(), text),))


class FakeDiscord:
    """Remembers nonces as Discord does; fails as told, before or after it stored the message."""

    def __init__(self) -> None:
        self.posted: dict[str, Outbound] = {}
        self.calls: list[str] = []
        self.refuse: list[Exception] = []
        self.lose_answers: list[Exception] = []
        self.revoked: set[int] = set()
        self.looked_for: list[str] = []
        self.may_look = True

    async def find(self, message: Outbound) -> int | None:
        self.looked_for.append(message.nonce)
        if not self.may_look:
            raise CannotLook
        return 1000 + list(self.posted).index(message.nonce) if message.nonce in self.posted else None

    async def send(self, message: Outbound) -> Receipt:
        self.calls.append(message.nonce)
        if message.channel_id in self.revoked:
            raise SendFailed("the bot may not speak there", permanent=True, scope=Scope.DESTINATION)
        if self.refuse:
            raise self.refuse.pop(0)
        self.posted.setdefault(message.nonce, message)
        if self.lose_answers:
            raise self.lose_answers.pop(0)
        return Receipt(1000 + list(self.posted).index(message.nonce))
