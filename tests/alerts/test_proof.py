from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.alerts import proof
from bot.alerts.proof import Packer, ProofDamaged, proofs_of, recompute, unpack
from bot.alerts.replay import replay
from bot.alerts.scan import Request, market_upto, scan_market
from bot.market.calendar import exchange_calendar
from bot.market.folder import FolderSource
from bot.market.sample import SampleSource
from bot.market.sample_market import END
from bot.market.types import Source
from bot.records import Proof
from signals.catalog import SIGNALS
from signals.cross import CROSS
from signals.sessions import close_of
from signals.types import Basis, Calendar, Event, Market, Prices
from tests.alerts.worlds import SIZE, calendar, golden_row, market, session_at

THRESHOLDS = CROSS.thresholds_with()
REQUESTS = [
    Request("cross", THRESHOLDS),
    Request("cross", CROSS.thresholds_with({"fast": 20, "slow": 100, "hold_sessions": 5})),
]
DAYS = calendar()
KNOWN = market_upto(market(), session_at(golden_row()))


def proved(events: Sequence[Event], known: Market) -> list[tuple[Event, Proof]]:
    by_identity = {event.identity: event for event in events}
    found = [(by_identity[kept.identity], kept) for kept in proofs_of(events, known)]
    assert len(found) == len(by_identity)
    return found


def proved_by_session(
    known: Market, start: date, end: date, requests: Sequence[Request] = REQUESTS
) -> list[tuple[Event, Proof]]:
    """Keep, session by session, what scans of the market as it was then would have kept."""
    events = replay(known, requests, start=start, end=end)
    found: list[tuple[Event, Proof]] = []
    for session, theirs in groupby(events, key=lambda event: event.session):
        as_of = close_of(known.calendar, session) + timedelta(minutes=20, microseconds=7)
        found += proved(list(theirs), replace(market_upto(known, session), as_of=as_of))
    return found


async def market_of(source: Source, days: Calendar, start: date, end: date) -> Market:
    bars = await source.fetch(None, start=start, end=end)
    return Market(bars.prices, datetime(2026, 1, 1, tzinfo=UTC), bars.source, days, labels=tuple(source.labels))


def restated(known: Market) -> Market:
    """Split every share in two, as a source does to all of the past."""
    prices = known.prices
    volume = None if prices.volume is None else prices.volume * 2
    return replace(known, prices=Prices(prices.sessions, prices.symbols, prices.close / 2, volume=volume))


async def test_every_event_of_real_months_is_computed_again_to_the_byte(market_data: Path):
    known = await market_of(
        FolderSource(market_data), exchange_calendar(date(2025, 10, 1)), date(2013, 10, 1), date(2025, 9, 30)
    )
    found = proved_by_session(known, date(2025, 8, 1), date(2025, 9, 30), REQUESTS[:1])
    assert len(found) > 300
    assert {event.kind for event, _ in found} == {kind.name for kind in CROSS.kinds}
    assert any(event.subject == "^RUT" for event, _ in found)
    assert [
        event.identity for event, kept in found if recompute(event, kept.bars, known.calendar) != kept.reading
    ] == []
    assert max(len(kept.bars) for _, kept in found) < 60_000
    _the_card_shows_what_the_event_says(found)


async def test_every_event_of_the_sample_market_is_computed_again_to_the_byte():
    days = exchange_calendar(END)
    known = await market_of(SampleSource(days), days, date(2000, 1, 3), END)
    found = proved_by_session(known, END - timedelta(days=10), END)
    assert len(found) > 50
    assert [event.identity for event, kept in found if recompute(event, kept.bars, days) != kept.reading] == []
    assert all(json.loads(kept.reading)["labels"] == ["simulated"] for _, kept in found)
    _the_card_shows_what_the_event_says(found)


def _the_card_shows_what_the_event_says(found: Sequence[tuple[Event, Proof]]) -> None:
    for event, kept in found:
        values = json.loads(kept.reading)["values"]
        told = {name: value for name, value in event.values.items() if name in values and name != "sessions_since"}
        assert told == {name: values[name] for name in told}


def test_bars_restated_since_change_nothing_of_what_was_kept():
    events = scan_market(market(), session_at(golden_row()), REQUESTS).events
    before = proved(events, KNOWN)
    after = proved(events, restated(KNOWN))
    for (event, kept), (_, now) in zip(before, after, strict=True):
        assert recompute(event, kept.bars, DAYS) == kept.reading
        assert now.reading != kept.reading


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32), st.integers(210, SIZE))
def test_whatever_the_bars_the_reading_is_computed_again_to_the_byte(seed: int, size: int):
    draws = np.random.default_rng(seed)
    close = np.exp(np.cumsum(draws.normal(0, 0.03, (size, 5)), axis=0)) * 50
    close[draws.random(close.shape) < draws.choice([0.0, 0.002])] = np.nan
    volume = np.where(draws.random(close.shape) < 0.01, np.nan, draws.integers(0, 10**6, close.shape)).astype(float)
    prices = Prices(DAYS.sessions[:size], ("A", "^RUT", "B", "IWM", "^DJI"), close, volume=volume)
    known = Market(prices, datetime(2025, 12, 1, 3, 4, 5, 6, tzinfo=UTC), "made up", DAYS)
    quick = Request("cross", CROSS.thresholds_with({"fast": 5, "slow": 20}))
    events = [*replay(known, [quick], start=session_at(size - 40), end=session_at(size - 1))]
    for event, kept in proved(events, known):
        assert recompute(event, kept.bars, DAYS) == kept.reading


def test_what_is_packed_comes_out_again_and_always_as_the_same_bytes():
    holed = market({"VEE": slice(3, 9)})
    known = replace(holed, labels=("simulated", "replay"), basis=Basis.TOTAL_RETURN, source="Börse, made up")
    bars = {"close": holed.prices.close, "adj_close": holed.prices.close * 0.9, "volume": holed.prices.volume}
    adjusted = replace(known, prices=Prices(holed.prices.sessions, holed.prices.symbols, **bars))
    kept = Packer(CROSS, adjusted).pack("VEE", THRESHOLDS)
    assert kept == Packer(CROSS, adjusted).pack("VEE", dict(reversed(THRESHOLDS.items())))
    out = unpack(kept, DAYS)
    assert (out.source, out.basis, out.labels, out.as_of) == (known.source, known.basis, known.labels, known.as_of)
    assert out.prices.symbols == ("VEE",)
    assert np.array_equal(out.prices.sessions, adjusted.prices.sessions)
    for name, values in adjusted.prices.only(["VEE"]).fields():
        assert getattr(out.prices, name).tobytes() == values.tobytes()


def test_an_index_is_packed_with_the_fund_whose_volume_speaks_for_it_and_with_needed_fields_alone():
    close = market().prices.close[:, :3]
    prices = Prices(DAYS.sessions[:SIZE], ("^RUT", "IWM", "A"), close, open=close, high=close, volume=close)
    out = unpack(Packer(CROSS, replace(market(), prices=prices)).pack("^RUT", THRESHOLDS), DAYS).prices
    assert out.symbols == ("^RUT", "IWM")
    assert [name for name, _ in out.fields()] == ["close", "volume"]


def test_events_of_one_symbol_share_their_bars():
    events = scan_market(market(), session_at(golden_row()), REQUESTS[:1]).events
    again = replace(events[0], kind="approaching_golden")
    first, second = proofs_of([events[0], again], KNOWN)
    assert first.bars is second.bars


def test_a_subject_that_is_no_symbol_has_no_bars_of_its_own(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(proof, "by_name", lambda _name: replace(CROSS, subject_kind="market"))
    events = scan_market(market(), session_at(golden_row()), REQUESTS[:1]).events
    assert list(proofs_of(events, KNOWN)) == []


def test_what_rests_on_reports_has_no_bars_that_would_tell_it_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(proof, "by_name", lambda _name: replace(CROSS, beside="reports"))
    events = scan_market(market(), session_at(golden_row()), REQUESTS[:1]).events
    assert list(proofs_of(events, KNOWN)) == []


def test_the_thresholds_of_every_kind_of_event_make_a_complete_set():
    for signal in SIGNALS:
        for kind in signal.kinds:
            told = {name: signal.thresholds_with()[name] for name in kind.thresholds}
            assert signal.thresholds_with(told) == signal.thresholds_with()


KEPT = Packer(CROSS, KNOWN).pack("VEE", THRESHOLDS)


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.integers(0, len(KEPT) - 1).map(lambda cut: KEPT[:cut])))
def test_damaged_bars_are_said_to_be_damaged(bars: bytes):
    event = scan_market(market(), session_at(golden_row()), REQUESTS[:1]).events[0]
    for damaged in (bars, proof.MAGIC + zlib.compress(bars)):
        with pytest.raises(ProofDamaged, match="kept bars"):
            recompute(event, damaged, DAYS)
