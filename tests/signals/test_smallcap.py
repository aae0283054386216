"""The dashboard: where a return starts, what is missing, and that nothing later is looked at."""

from __future__ import annotations

import csv
import gzip
import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.catalog import SIGNALS, whole_history
from signals.errors import InsufficientHistory, UnknownSubject
from signals.recon_facts import Reconstitution
from signals.smallcap import AHEAD, GATHERED, INDICES, SMALLCAP
from signals.types import Calendar, Market, Prices, Reading

ANSWERS = tomllib.loads((Path(__file__).parents[1] / "answers" / "smallcap.toml").read_text())["answer"]
WEEKDAYS = np.arange("2023-01-02", "2025-07-01", dtype="M8[D]")
WEEKDAYS = WEEKDAYS[np.is_busday(WEEKDAYS)]


def market_of(days: np.ndarray, closes: dict[str, np.ndarray], **changed) -> Market:
    closed_at = (days + np.timedelta64(20, "h")).astype("M8[s]")
    prices = Prices(days, tuple(closes), np.column_stack(list(closes.values())))
    as_of = (
        datetime.fromtimestamp(int(closed_at[-1].astype(int)), UTC) if len(days) else datetime(2025, 1, 1, tzinfo=UTC)
    )
    return Market(prices, as_of, "test", Calendar(days, closed_at), **changed)


def walk(seed: int, count: int = len(WEEKDAYS)) -> np.ndarray:
    return 100 * np.cumprod(1 + np.random.default_rng(seed).normal(0, 0.01, count))


def all_indices(days: np.ndarray = WEEKDAYS) -> dict[str, np.ndarray]:
    return {symbol: walk(seed, len(days)) for seed, symbol in enumerate(INDICES)}


def read(market: Market, t: int = -1) -> Reading:
    return SMALLCAP.reading(SMALLCAP.history(market, {}), "market", {}, t)


@pytest.fixture(scope="module")
def real(market_data: Path) -> Market:
    bars = {}
    for symbol in ("^RUT", "^GSPC", "^IXIC", "RSP"):
        with gzip.open(market_data / "prices" / f"{symbol}.csv.gz", "rt") as file:
            bars[symbol] = {bar["Date"]: float(bar["Close"]) for bar in csv.DictReader(file)}
    days = sorted(bars["^GSPC"])
    closes = {symbol: np.array([known.get(day, np.nan) for day in days]) for symbol, known in bars.items()}
    return market_of(np.array(days, dtype="M8[D]"), closes)


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: str(answer["session"]))
def test_known_answers(real, answer):
    row = int(np.searchsorted(real.prices.sessions, np.datetime64(answer["session"])))
    values = read(real, row).values
    assert {name: round(values[name], 2) for name in answer["values"]} == answer["values"]


def test_an_index_the_source_lacks_is_missing_and_counted(real):
    reading = read(real)
    assert (reading.coverage.n, reading.coverage.of, reading.state) == (4, 5, "partial")
    assert {value for name, value in reading.values.items() if name.startswith("^DJI.")} == {None}


def test_it_is_in_the_catalog_and_reads_what_it_declares():
    assert SMALLCAP in SIGNALS
    assert list(read(market_of(WEEKDAYS, all_indices())).values) == list(SMALLCAP.values)


def test_returns_start_from_the_last_close_before_the_period():
    closes = all_indices()
    day = {str(session): close for session, close in zip(WEEKDAYS, closes["^RUT"], strict=True)}
    row = int(np.searchsorted(WEEKDAYS, np.datetime64("2025-06-18")))
    reading = read(market_of(WEEKDAYS, closes), row)
    starts = {
        "d1_pct": "2025-06-17",
        "d5_pct": "2025-06-11",
        "mtd_pct": "2025-05-30",
        "qtd_pct": "2025-03-31",
        "ytd_pct": "2024-12-31",
        "y1_pct": "2024-06-18",
    }
    expected = {name: 100 * (day["2025-06-18"] / day[start] - 1) for name, start in starts.items()}
    assert {name: reading.values[f"^RUT.{name}"] for name in starts} == pytest.approx(expected)
    large = reading.values["^GSPC.ytd_pct"]
    assert reading.values["small_minus_large.ytd_pct"] == pytest.approx(expected["ytd_pct"] - large)


def test_one_year_ago_on_a_weekend_is_the_friday_before():
    closes = all_indices()
    row = int(np.searchsorted(WEEKDAYS, np.datetime64("2025-06-16")))  # 2024-06-16 was a Sunday
    start = int(np.searchsorted(WEEKDAYS, np.datetime64("2024-06-14")))
    reading = read(market_of(WEEKDAYS, closes), row)
    assert reading.values["^RUT.y1_pct"] == pytest.approx(100 * (closes["^RUT"][row] / closes["^RUT"][start] - 1))


def test_a_return_whose_start_is_missing_is_missing_and_nothing_older_stands_in():
    closes = all_indices()
    closes["^RUT"][int(np.searchsorted(WEEKDAYS, np.datetime64("2024-12-31")))] = np.nan
    values = read(market_of(WEEKDAYS, closes)).values
    assert values["^RUT.ytd_pct"] is None
    assert values["small_minus_large.ytd_pct"] is None
    assert values["^RUT.from_high_pct"] is None
    assert values["^RUT.qtd_pct"] is not None
    assert values["^GSPC.ytd_pct"] is not None


def test_a_new_high_is_no_distance_and_a_rising_index_is_golden():
    closes = dict.fromkeys(INDICES, np.linspace(100, 200, len(WEEKDAYS)))
    values = read(market_of(WEEKDAYS, closes)).values
    assert (values["^RUT.from_high_pct"], values["^RUT.cross"], values["^RUT.rsi14"]) == (0.0, "golden", 100.0)
    falling = {symbol: close[::-1] for symbol, close in closes.items()}
    assert read(market_of(WEEKDAYS, falling)).values["RSP.cross"] == "death"


def test_a_session_without_any_index_is_read_at_the_last_one_with_one():
    closes = {symbol: np.append(close[:-1], np.nan) for symbol, close in all_indices().items()}
    reading = read(market_of(WEEKDAYS, closes))
    assert (reading.session, reading.stale_sessions, reading.state) == (date(2025, 6, 27), 1, "known")


def test_without_any_index_everything_is_unknown():
    reading = read(market_of(WEEKDAYS[:3], {"STRL": np.ones(3)}))
    assert reading.state == "unknown"
    assert set(reading.values.values()) == {None}


def test_an_earlier_row_was_known_at_its_close():
    reading = read(market_of(WEEKDAYS, all_indices()), -2)
    assert reading.as_of == datetime(2025, 6, 27, 20, tzinfo=UTC)
    assert reading.stale_sessions == 0


def test_an_open_session_is_provisional():
    reading = read(market_of(WEEKDAYS, all_indices(), open_session=date(2025, 6, 30)))
    assert reading.is_provisional


def test_the_dashboard_has_one_subject_and_no_row_beyond_its_prices():
    history = SMALLCAP.history(market_of(WEEKDAYS[:5], all_indices(WEEKDAYS[:5])), {})
    with pytest.raises(UnknownSubject, match="one subject, market"):
        SMALLCAP.reading(history, "^RUT", {})
    with pytest.raises(InsufficientHistory, match="there are 5 sessions"):
        SMALLCAP.reading(history, "market", {}, 5)
    with pytest.raises(InsufficientHistory, match="there are 0 sessions"):
        read(market_of(WEEKDAYS[:0], all_indices(WEEKDAYS[:0])))


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 1000), cut=st.integers(1, 640), holes=st.integers(0, 20))
def test_a_row_never_depends_on_later_rows(seed, cut, holes):
    generator = np.random.default_rng(seed)
    closes = np.column_stack([walk(seed + place) for place in range(5)])
    closes[generator.integers(0, len(closes), holes), generator.integers(0, 5, holes)] = np.nan
    whole = SMALLCAP.history(market_of(WEEKDAYS, dict(zip(INDICES, closes.T, strict=True))), {})
    part = SMALLCAP.history(market_of(WEEKDAYS[:cut], dict(zip(INDICES, closes[:cut].T, strict=True))), {})
    for name, column in part.columns.items():
        np.testing.assert_array_equal(column, whole[name][:cut], err_msg=name)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 1000), scale=st.floats(1e-3, 1e3))
def test_the_level_of_an_index_does_not_matter(seed, scale):
    closes = {symbol: walk(seed + place) for place, symbol in enumerate(INDICES)}
    before = read(market_of(WEEKDAYS, closes)).values
    after = read(market_of(WEEKDAYS, {symbol: close * scale for symbol, close in closes.items()})).values
    for name, value in before.items():
        expected = pytest.approx(value, rel=1e-9, abs=1e-9) if isinstance(value, float) else value
        assert after[name] == expected


def test_the_high_of_52_weeks_is_that_of_252_sessions_today_included():
    closes = np.concatenate([[200.0], np.full(252, 100.0)])
    market = market_of(WEEKDAYS[:253], {"^RUT": closes})
    assert [read(market, t).values["^RUT.from_high_pct"] for t in (250, 251, 252)] == [None, -50.0, 0.0]


def test_what_other_signals_say_stands_beside_and_is_missing_where_they_were_not_handed_on():
    market = market_of(WEEKDAYS, all_indices())
    alone = read(market).values
    assert all(alone[name] is None for name in (*GATHERED, "rotation.long_sessions"))
    history = whole_history(SMALLCAP, market, {})
    values = SMALLCAP.reading(history, "market", {}, 300).values
    rotation = history.read["rotation"].says("small", 300)
    assert values["rotation.state"] == rotation.state
    assert values["rotation.relative_long_pct"] == pytest.approx(rotation.values["relative_long_pct"])
    assert values["breadth.above_200_pct"] is None
    assert values["rotation.long_sessions"] == 63


def test_the_next_date_of_the_reconstitution_is_told_as_it_was_known():
    days = np.array(["2026-10-29", "2026-10-30", "2026-11-20"], dtype="datetime64[D]")
    market = market_of(days, {"^RUT": np.full(3, 100.0)})
    published = Reconstitution(
        date(2026, 10, 30), date(2026, 11, 13), date(2026, 12, 1), date(2026, 12, 11), "a page", date(2026, 10, 30)
    )
    market = replace(market, facts=replace(market.facts, reconstitutions=(published,)))
    told = [[read(market, t).values[name] for name in AHEAD] for t in range(3)]
    assert told == [
        ["rank day", "2026-10-30", 1, "by rule"],
        ["first preliminary lists", "2026-11-13", 14, "published"],
        ["lock-down", "2026-12-01", 11, "published"],
    ]


def test_before_the_first_reconstitution_known_its_next_date_is_missing():
    assert all(read(market_of(WEEKDAYS, all_indices()), 3).values[name] is None for name in AHEAD)
