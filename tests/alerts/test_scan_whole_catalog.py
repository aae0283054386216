"""A scan of every signal: smaller histories decide what whole ones would have told, late and released bars too."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pytest

from bot.alerts import scan as scanning
from bot.alerts.scan import Request, ScanResult, scan_market, scan_session
from signals.catalog import SIGNALS, by_name, whole_history
from signals.types import Market
from tests.signals.test_catalog_properties import used
from tests.signals.whole_world import SYMBOLS, a_world, first_rows, with_closes

REQUESTS = [Request(signal.name, own) for signal in SIGNALS if signal.kinds for own in used(signal)]


@dataclass(frozen=True)
class Opened:
    """A view of a market that is at hand."""

    market: Market
    released: dict[str, date] = field(default_factory=dict)

    @property
    def session(self) -> date:
        last: date = self.market.prices.sessions[-1].item()
        return last

    def open(self) -> Market:
        return self.market


@pytest.fixture(scope="module")
def world() -> Market:
    return a_world()


def both_ways(market: Market, monkeypatch: pytest.MonkeyPatch, **more) -> tuple[ScanResult, ScanResult]:
    """Scan the last session as the bot does, and with whole histories alone."""
    session = market.prices.sessions[-1].item()
    smaller = scan_market(market, session, REQUESTS, **more)
    with monkeypatch.context() as patched:
        patched.setattr(scanning, "by_name", lambda name: replace(by_name(name), deciding=None))
        whole = scan_market(market, session, REQUESTS, **more)
    return smaller, whole


def told(found: ScanResult) -> dict[str, object]:
    return {event.identity: event for event in found.events}


@pytest.mark.parametrize("count", [2, 30, 220, 300, 431, 432, 433, 434, 612, 899, 900])
def test_the_events_are_those_of_whole_histories(count, world, monkeypatch):
    smaller, whole = both_ways(first_rows(world, count), monkeypatch)
    assert told(smaller) == told(whole)
    assert smaller.withheld == whole.withheld
    assert {kept.identity: kept for kept in smaller.proofs} == {kept.identity: kept for kept in whole.proofs}


@pytest.mark.parametrize("count", [4, 433, 612, 899])
def test_the_events_of_the_sessions_before_are_those_that_scans_of_their_own_found(count, world, monkeypatch):
    known = first_rows(world, count)
    earliest = max(0, count - 5)
    smaller, whole = both_ways(known, monkeypatch, since=known.prices.sessions[earliest].item())
    assert told(smaller) == told(whole)
    by_themselves = {}
    for upto in range(max(2, earliest + 1), count + 1):
        cut = first_rows(world, upto)
        found = told(scan_market(cut, cut.prices.sessions[-1].item(), REQUESTS))
        by_themselves |= {
            each: event
            for each, event in found.items()
            if by_name(event.signal).choices or by_name(event.signal).beside or upto == count
        }
    assert told(smaller) == by_themselves


def test_events_of_symbols_whose_bars_came_late_are_those_of_whole_histories(world, monkeypatch):
    late = {symbol: world.prices.sessions[-9].item() for symbol in ("M00", "M07", "^RUT", "^VIX", "NOT_THERE")}
    smaller, whole = both_ways(world, monkeypatch, late=late)
    assert told(smaller) == told(whole)
    earlier = [event for event in smaller.events if event.session != world.prices.sessions[-1].item()]
    assert earlier
    assert {event.subject for event in earlier} <= set(late)


def test_a_released_bar_brings_the_events_it_would_have_brought(world, monkeypatch):
    """Held when its session was scanned, let go nine sessions later."""
    column = SYMBOLS.index("M07")
    events = scan_session(Opened(world, {"M07": world.prices.sessions[-60].item()}), Opened(world).session, REQUESTS)
    missed = [event for event in events.events if event.subject == "M07" and event.session < Opened(world).session]
    assert missed
    row = int(np.searchsorted(world.prices.sessions, np.datetime64(missed[0].session)))
    closes = world.prices.close.copy()
    closes[row, column] = np.nan
    held = scan_market(first_rows(with_closes(world, closes), row + 1), missed[0].session, REQUESTS)
    assert missed[0].identity not in told(held)
    now = first_rows(world, row + 9)
    released, whole = (each for each in both_ways(now, monkeypatch, late={"M07": missed[0].session}))
    assert told(released) == told(whole)
    assert told(released)[missed[0].identity] == missed[0]


def test_what_comes_into_leading_on_the_map_of_themes_is_found(world):
    """The map of themes is read off another signal's history: a scan hands it over."""
    known = replace(world, facts=replace(world.facts, themes=world.facts.themes[:2]))
    rotation = by_name("rotation")
    thresholds = rotation.thresholds_with()
    events = rotation.events(whole_history(rotation, known, thresholds), thresholds)
    entered = next(event for event in events if event.subject == "themes")
    row = int(np.searchsorted(known.prices.sessions, np.datetime64(entered.session)))
    found = scan_market(first_rows(known, row + 1), entered.session, [Request("rotation", thresholds)])
    assert entered.identity in told(found)
