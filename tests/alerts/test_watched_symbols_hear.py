"""Who watches a symbol hears what its options and the ranking of the reconstitution change: from session to message."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pytest

from bot.alerts.deliver import Deliverer
from bot.alerts.scanner import ThreadScanner
from bot.alerts.schedule import run_instant
from bot.alerts.watch import Timing, Watch
from bot.clock import SetClock
from bot.people import DIRECT, WATCHLIST, Subscription
from bot.records import MessageKind
from bot.store.store import Store
from signals.facts import Facts, Holdings
from signals.options import OPTIONS
from signals.recon import RECON
from signals.recon_facts import Caps
from signals.types import Market
from tests.alerts.deliveries import deliverer, states
from tests.alerts.worlds import FakeBook, FakeDiscord, WorldView, calendar, session_at
from tests.signals.chains import a_chain

TIMING = Timing(calendar())
ROW = 320
BUSY = 5e6
"""Five times the usual volume."""
SIZES = np.geomspace(2e12, 4e7, 3100)
PLACES = {"VEE": 2000, "PEAK": 2100, "FLAT": 2200}
"""Ranks of the members."""


def caps(day: date, **ranks: int) -> Caps:
    """Return a file in which the members have their places but for `ranks`."""
    named = {f"C{n:04}": float(size) for n, size in enumerate(SIZES)}
    named |= {symbol: float(SIZES[rank]) for symbol, rank in (PLACES | ranks).items()}
    return Caps(day, tuple(named), np.array(list(named.values())), np.full(len(named), 0.8), ("NYSE",) * len(named))


def chain(row: int, calls: float, puts: float):
    made = a_chain()
    volume = np.where(made.is_call, calls, puts)
    day = session_at(row)
    ahead = np.datetime64(day) + np.timedelta64(30, "D")
    full = np.full(len(made.strike), np.datetime64(day))
    expiry = np.full(len(made.strike), ahead)
    return replace(made, symbol="VEE", day=day, known=day, volume=volume, expiry=expiry, traded=full)


def facts() -> Facts:
    """Return members, caps by which VEE falls out and PEAK moves up on `ROW`, and calls of VEE that crowd then."""
    members = Holdings("smallcap", "IWM", session_at(250), tuple(PLACES), np.full(len(PLACES), 0.3), ("",) * 3)
    files = (caps(session_at(ROW - 20)), caps(session_at(ROW), VEE=3090, PEAK=10))
    chains = {"VEE": (chain(ROW - 1, 10, 10), chain(ROW, 900, 10))}
    return Facts(holdings=(members,), caps=files, chains=chains)


@dataclass(frozen=True)
class Furnished(WorldView):
    """The made-up market with these facts, and much volume on `ROW`."""

    def open(self) -> Market:
        market = super().open()
        volume = market.prices.volume.copy()
        volume[ROW:, market.prices.column("VEE")] = BUSY
        return replace(market, prices=replace(market.prices, volume=volume), facts=facts())


class FurnishedBook(FakeBook):
    async def bring(self, session: date) -> WorldView:
        return Furnished(session)


@dataclass
class World:
    store: Store
    watch: Watch
    clock: SetClock
    discord: FakeDiscord
    delivers: Deliverer

    async def play(self, row: int) -> None:
        self.clock.set(due_at(row))
        await self.watch.run_due()
        await self.delivers.drain()

    def arrived(self) -> list[tuple[int, MessageKind, list[tuple[str, str]]]]:
        return [
            (message.channel_id, message.kind, [(each.event.subject, each.event.kind) for each in message.events])
            for message in self.discord.posted.values()
        ]


def due_at(row: int):
    return run_instant(TIMING.calendar, session_at(row), TIMING.delay)


@pytest.fixture
async def world(store: Store) -> World:
    clock, discord = SetClock(due_at(ROW - 1)), FakeDiscord()
    watch = Watch(FurnishedBook(), store, ThreadScanner(), (OPTIONS, RECON), TIMING, clock)
    await watch.run_due()
    return World(store, watch, clock, discord, deliverer(store, discord, clock))


async def watches(world: World, user_id: int, signal: str, *symbols: str) -> None:
    asked = due_at(ROW - 5)
    await world.store.members.watch(user_id, symbols, asked)
    await world.store.members.subscribe(Subscription(0, user_id, 1, signal, WATCHLIST, DIRECT, 90, asked))


async def test_a_watched_symbol_whose_options_become_crowded_is_told_to_who_watches_it_alone(world: World):
    await watches(world, 5, "options", "VEE", "FLAT")
    await watches(world, 6, "options", "PEAK")
    await world.play(ROW)
    assert world.arrived() == [(5, MessageKind.ALERT, [("VEE", "options_crowded")])]
    assert await states(world.store) == {"sent": 1}
    await world.play(ROW + 1)
    assert len(world.arrived()) == 1, "it was told"


async def test_a_changed_projection_is_told_to_who_watches_the_symbol_and_dates_are_not(world: World):
    await watches(world, 5, "recon", "VEE", "FLAT")
    await watches(world, 6, "recon", "PEAK")
    await watches(world, 7, "recon", "FLAT")
    await world.play(ROW)
    assert sorted(world.arrived()) == [
        (5, MessageKind.ALERT, [("VEE", "recon_projection")]),
        (6, MessageKind.ALERT, [("PEAK", "recon_projection")]),
    ]
    told = next(iter(world.discord.posted.values())).events[0].event.values
    assert (told["before"], told["then"]) == ("Russell 2000", "neither")


async def test_a_chain_that_comes_after_the_scan_of_its_session_is_told_with_the_next(world: World, monkeypatch):
    await watches(world, 5, "options", "VEE")
    late = replace(facts(), chains={"VEE": facts().chains["VEE"][:1]})
    with monkeypatch.context() as patch:
        patch.setattr("tests.alerts.test_watched_symbols_hear.facts", lambda: late)
        await world.play(ROW)
    assert world.arrived() == []
    await world.play(ROW + 1)
    ((_, _, told),) = world.arrived()
    assert told == [("VEE", "options_crowded")]
