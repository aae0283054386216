"""Replays of the real market, held against scans of a market cut at each session and against published crosses."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from bot.alerts.replay import replay
from bot.alerts.scan import Request, scan_market
from bot.market.calendar import exchange_calendar
from bot.market.folder import FolderSource
from signals.cross import CROSS
from signals.types import Market

REQUESTS = [Request("cross", CROSS.thresholds_with()), Request("cross", CROSS.thresholds_with({"fast": 20}))]
END = date(2025, 9, 30)


@pytest.fixture
async def real(market_data: Path) -> Market:
    symbols = ["^RUT", "IWM", "^GSPC", "STRL", "LITE", "QQQJ"]
    bars = await FolderSource(market_data).fetch(symbols, start=date(1987, 9, 10), end=END)
    calendar = exchange_calendar(date(2025, 10, 1))
    return Market(bars.prices, datetime(2025, 9, 30, 21, tzinfo=UTC), bars.source, calendar)


async def test_the_known_crosses_of_the_russell_2000_are_found(real: Market):
    events = [
        event
        for event in replay(real, REQUESTS[:1], start=date(1987, 9, 10), end=END)
        if event.subject == "^RUT" and event.kind in {"golden_cross", "death_cross"}
    ]
    kinds = [event.kind for event in events]
    assert (kinds.count("golden_cross"), kinds.count("death_cross")) == (28, 28)
    assert [f"{event.kind[0].upper()} {event.session}" for event in events if event.session.year >= 2023] == [
        "G 2023-01-25",
        "D 2023-04-21",
        "G 2023-07-11",
        "D 2023-10-13",
        "G 2024-01-02",
        "D 2025-03-20",
        "G 2025-08-06",
    ]


async def test_sampled_sessions_scanned_on_a_cut_market_bring_the_same_events(real: Market):
    found = list(replay(real, REQUESTS, start=date(1987, 9, 10), end=END))
    sessions = real.prices.sessions
    eventful = {event.session for event in found}
    dice = np.random.default_rng(20250806)
    sample = {*dice.choice(sorted(eventful), 25), *dice.choice(sessions[1:], 15).tolist()}
    for session in sorted(sample):
        live = scan_market(real, session, REQUESTS).events
        replayed = [event for event in found if event.session == session]
        assert {event.identity: event for event in live} == {event.identity: event for event in replayed}
