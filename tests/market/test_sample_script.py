from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from bot.alerts.past import past_of_market
from bot.alerts.scan import Request
from bot.demo.stage import UNDERNEATH
from bot.market.calendar import exchange_calendar
from bot.market.sample import SampleSource
from bot.market.sample_market import simulate_market
from signals.catalog import by_name
from signals.cross import CROSS
from signals.types import Event, FloatArray, Market, Prices

CALENDAR = exchange_calendar(date(2026, 9, 30))
WINDOW = 42
AUGUST = date(2026, 8, 3)


@pytest.fixture(scope="module")
def prices() -> Prices:
    return simulate_market(CALENDAR).prices


@pytest.fixture(scope="module")
def events(prices: Prices) -> list[Event]:
    market = Market(prices, datetime(2026, 9, 30, 20, tzinfo=UTC), "simulated market", CALENDAR)
    thresholds = CROSS.thresholds_with({})
    return CROSS.events(CROSS.history(market, thresholds), thresholds)


@pytest.fixture(scope="module")
def underneath() -> list[tuple[str, str, str]]:
    """Return what the demo hears of the market as a whole: session, subject, kind."""
    source = SampleSource(CALENDAR)
    facts, as_of = source.reference().facts, datetime(2026, 9, 30, 20, tzinfo=UTC)
    market = Market(source.market().prices, as_of, "simulated market", CALENDAR, facts=facts)
    *names, least = UNDERNEATH.split()
    importance = {kind.name: kind.importance for name in names for kind in by_name(name).kinds}
    requests = [Request(name, by_name(name).thresholds_with({})) for name in names]
    raised = [event for past in past_of_market(market, requests, WINDOW) for event in past.events]
    told = [event for event in raised if importance[event.kind] >= int(least.removeprefix("importance:"))]
    return sorted((str(event.session), event.subject, event.kind) for event in told)


def told(events: list[Event], subject: str, *, since: date = AUGUST) -> list[tuple[str, str]]:
    return [(str(e.session), e.kind) for e in events if e.subject == subject and e.session >= since]


def change(prices: Prices, symbol: str, sessions: int = 1) -> FloatArray:
    close = prices.close[:, prices.column(symbol)]
    return close[sessions:] / close[:-sessions] - 1


def relative(prices: Prices, sessions: int) -> FloatArray:
    small, large = change(prices, "^RUT", sessions), change(prices, "^GSPC", sessions)
    return ((1 + small) / (1 + large) - 1)[-WINDOW:]


def test_the_last_two_months_are_august_and_september(prices):
    assert prices.sessions[-WINDOW].item() == AUGUST


def test_small_caps_approach_make_and_confirm_a_golden_cross(events):
    assert told(events, "^RUT") == [
        ("2026-08-06", "approaching_golden"),
        ("2026-08-17", "golden_cross"),
        ("2026-09-02", "confirmed"),
    ]
    assert ("2026-03-31", "death_cross") in told(events, "^RUT", since=date(2026, 1, 1))


def test_the_dow_falls_into_a_death_cross_while_small_caps_lead(events):
    assert ("2026-09-22", "death_cross") in told(events, "^DJI")


def test_small_caps_cross_once_or_twice_a_year(events):
    crosses = [e for e in events if e.subject == "^RUT" and e.kind in {"golden_cross", "death_cross"}]
    assert 11 <= len(crosses) <= 24


def test_stocks_cross_a_handful_of_times_a_session_both_ways(events, prices):
    stocks = set(prices.symbols[prices.column("^VIX") + 1 :])
    crosses = [e for e in events if e.subject in stocks and e.session >= AUGUST and e.kind.endswith("_cross")]
    by_kind = Counter(e.kind for e in crosses)
    assert 60 <= by_kind["golden_cross"] <= 120
    assert 15 <= by_kind["death_cross"] <= 60
    assert max(Counter(e.session for e in crosses).values()) <= 8


def test_the_lead_turns_from_large_to_small(prices):
    month, quarter = relative(prices, 20), relative(prices, 63)
    assert (month[0], quarter[0]) < (0.05, 0.01)
    leads = (month > 0.01) & (quarter > 0.01)
    held = np.convolve(leads, np.ones(5), "valid") == 5
    assert str(prices.sessions[-WINDOW:][4:][held.argmax()]) == "2026-08-21"
    before = ((1 + change(prices, "^RUT", 63)) / (1 + change(prices, "^GSPC", 63)) - 1)[-70:-WINDOW]
    assert before.min() < -0.03


def test_two_sessions_broaden(prices):
    small, large, equal, weighted = (change(prices, symbol)[-WINDOW:] for symbol in ("^RUT", "^GSPC", "RSP", "SPY"))
    is_broad = (small > 0) & (equal > 0) & (small - large >= 0.005) & (equal - weighted >= 0.005)
    assert [str(day) for day in prices.sessions[-WINDOW:][is_broad]] == ["2026-08-14", "2026-09-15"]


def test_a_rotation_broadening_days_and_breakouts_happen_and_no_more_than_a_handful(underneath):
    assert underneath == [
        ("2026-08-03", "datacenter", "breakout"),
        ("2026-08-14", "small", "broadening_day"),
        ("2026-08-21", "small", "small_leads"),
        ("2026-09-09", "industrial", "breakout"),
        ("2026-09-15", "small", "broadening_day"),
    ]


def test_the_page_for_operators_tells_the_script_as_it_happens(events, underneath):
    page = (Path(__file__).parents[2] / "docs" / "operators" / "sample.md").read_text()
    words = {"breakout": "break out", "broadening_day": "broadening day", "small_leads": "have led"}
    for session, _, kind in underneath:
        line = next(line for line in page.splitlines() if line.startswith(f"| {session}"))
        assert words[kind] in line
    for session, kind in told(events, "^RUT"):
        line = next(line for line in page.splitlines() if line.startswith(f"| {session}"))
        assert kind.split("_")[0] in line
    assert "| 2026-08-14 | a broadening day" in page
    assert "| 2026-09-15 | a second broadening day" in page


def test_the_script_keeps_to_moves_that_happen(prices):
    for symbol in ("^RUT", "^GSPC", "^IXIC", "^DJI"):
        assert np.abs(change(prices, symbol)[-240:]).max() < 0.04
