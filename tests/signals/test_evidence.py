"""The event study: what is counted, what is missing, what may be claimed, and that nothing later is looked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.definition import EventKind
from signals.errors import InsufficientHistory, UnalignedInput, UnknownSubject
from signals.evidence import happened_in, reading, study, study_events
from signals.findings import Evidence
from signals.forward import HORIZONS, Horizon
from signals.types import Basis, BoolArray, Calendar, Coverage, Event, FloatArray, Market, Prices
from signals.windows import is_new_high

WEEKDAYS = np.arange("2015-01-01", "2025-01-01", dtype="M8[D]")
WEEKDAYS = WEEKDAYS[np.is_busday(WEEKDAYS)]
RISE = EventKind("rise", "Rise", "the close rose", (), 1)


def walk(seed: int, count: int, symbols: int = 1) -> FloatArray:
    steps = np.random.default_rng(seed).normal(0.0003, 0.01, (count, symbols))
    return 100 * np.cumprod(1 + steps, axis=0)


def prices_of(closes: FloatArray) -> Prices:
    return Prices(WEEKDAYS[: len(closes)], tuple(f"S{place}" for place in range(closes.shape[1])), closes)


def every(step: int, shape: tuple[int, int]) -> BoolArray:
    happened = np.zeros(shape, dtype=bool)
    happened[::step] = True
    return happened


def look(closes: FloatArray, happened: BoolArray, **options) -> Evidence:
    return study(prices_of(closes), happened, **{"title": "Rise", "subject": "S0"} | options)


def rise(day: date, subject: str = "S0", kind: str = "rise") -> Event:
    return Event("cross", kind, subject, day, 1, {}, {})


def market_of(closes: FloatArray, **changed) -> Market:
    prices = prices_of(closes)
    closed_at = (WEEKDAYS + np.timedelta64(20, "h")).astype("M8[s]")
    as_of = datetime(*prices.sessions[-1].item().timetuple()[:3], 20, tzinfo=UTC)
    return Market(prices, as_of, "test", Calendar(WEEKDAYS, closed_at), **changed)


def test_mean_median_share_and_extremes_follow_from_the_returns_after_events():
    closes = np.array([[100.0], [110.0], [100.0], [90.0], [100.0], [130.0], [130.0]])
    happened = np.array([[True], [False], [True], [False], [True], [False], [False]])
    one = look(closes, happened, horizons=[Horizon(1, "sessions")])["1s"]
    assert one.n == 3
    assert (one.mean_pct, one.median_pct, one.positive_pct) == pytest.approx((10.0, 10.0, 200 / 3))
    assert (one.worst.return_pct, one.worst.session) == (pytest.approx(-10.0), date(2015, 1, 5))
    assert (one.best.return_pct, one.best.symbol) == (pytest.approx(30.0), "S0")
    base = 100 * (closes[1:] / closes[:-1] - 1)
    assert (one.base_n, one.base_mean_pct) == (6, pytest.approx(base.mean()))
    assert one.base_positive_pct == pytest.approx(50.0)
    assert one.diff_pct == pytest.approx(10.0 - base.mean())


def test_a_month_ends_at_the_last_close_on_or_before_that_day():
    closes = walk(1, 80)
    happened = np.zeros(closes.shape, dtype=bool)
    happened[int(np.searchsorted(WEEKDAYS, np.datetime64("2015-01-22")))] = True  # 2015-02-22 was a Sunday
    one = look(closes, happened)["1m"]
    day = {str(session): close for session, close in zip(WEEKDAYS[:80], closes[:, 0], strict=True)}
    assert one.mean_pct == pytest.approx(100 * (day["2015-02-20"] / day["2015-01-22"] - 1))


@pytest.mark.parametrize(("as_of", "n"), [(date(2015, 2, 21), 0), (date(2015, 2, 22), 1)])
def test_a_month_counts_once_its_day_has_come(as_of, n):
    closes = walk(1, 80)
    happened = np.zeros(closes.shape, dtype=bool)
    happened[int(np.searchsorted(WEEKDAYS, np.datetime64("2015-01-22")))] = True
    assert look(closes, happened, as_of=as_of)["1m"].n == n


def test_missing_closes_are_not_counted():
    closes = walk(2, 40)
    whole = look(closes, every(5, closes.shape), horizons=[Horizon(2, "sessions")])["2s"]
    closes[12] = np.nan  # the end of the return from row 10, an event
    holed = look(closes, every(5, closes.shape), horizons=[Horizon(2, "sessions")])["2s"]
    assert (whole.n - holed.n, whole.base_n - holed.base_n) == (1, 2)


def test_without_events_the_base_rate_stands_alone():
    closes = walk(3, 400)
    known = look(closes, np.zeros(closes.shape, dtype=bool))
    assert (known.state, known.events) == ("unknown", 0)
    assert known.claim == "No past “Rise” of S0 since 2015-01-01: nothing to compare."
    one = known["21s"]
    assert (one.n, one.mean_pct, one.median_pct, one.positive_pct, one.diff_pct) == (0, None, None, None, None)
    assert (one.diff_low_pct, one.worst, one.best) == (None, None, None)
    assert one.base_n == 379
    assert one.values()["21s.worst_on"] is None


def test_two_events_are_too_few_for_an_interval():
    closes = walk(3, 400)
    known = look(closes, every(200, closes.shape))
    assert (known["21s"].n, known["21s"].diff_low_pct, known.state) == (2, None, "unknown")
    assert known.claim == "Too few past “Rise” of S0 (2) to compare with the base rate."


def test_a_sample_shorter_than_three_horizons_has_no_interval():
    closes = walk(3, 400)
    known = look(closes, every(20, closes.shape))
    assert known["252s"].n > 3
    assert known["252s"].diff_low_pct is None
    assert known["63s"].diff_low_pct is not None


def test_a_sample_shorter_than_a_horizon_knows_nothing_of_it():
    closes = walk(3, 40)
    one = look(closes, every(5, closes.shape))["63s"]
    assert (one.n, one.base_n, one.base_mean_pct, one.base_positive_pct, one.diff_pct) == (0, 0, None, None, None)


def test_a_flat_price_gives_no_interval_and_no_claim():
    closes = np.full((400, 1), 0.1)
    known = look(closes, every(20, closes.shape))
    assert (known["21s"].mean_pct, known["21s"].diff_pct, known["21s"].diff_low_pct) == (0.0, 0.0, None)
    assert known.state == "unknown"


@pytest.mark.parametrize(("sign", "side"), [(1, "higher"), (-1, "lower")])
def test_a_strong_edge_is_claimed_with_its_side(sign, side):
    happened = every(40, (2000, 1))
    steps = np.random.default_rng(4).normal(0, 0.005, (2000, 1))
    steps[1:] += sign * 0.02 * happened[:-1]
    known = look(100 * np.cumprod(1 + steps, axis=0), happened, horizons=[Horizon(n, "sessions") for n in (1, 2, 40)])
    assert known.state == "edge"
    assert known.claim == (
        f"Returns over 1 session and 2 sessions after “Rise” of S0 were {side} than the base rate "
        "(95 %, corrected for 3 horizons)."
    )
    assert not known["40s"].is_edge


def test_no_edge_is_claimed_where_there_is_none():
    closes = walk(5, 2000)
    known = look(closes, every(40, closes.shape))
    assert known.state == "no_edge"
    assert known.claim == (
        "No edge to claim: returns after “Rise” of S0 differ from the base rate by no more than chance explains "
        "(95 %, corrected for 8 horizons)."
    )


def test_the_same_question_has_the_same_answer():
    closes = walk(6, 1000)
    assert look(closes, every(30, closes.shape)) == look(closes, every(30, closes.shape))


def test_pooled_symbols_count_together_and_one_twice_tells_no_more_than_once():
    closes = walk(7, 1500)
    once = look(closes, every(30, closes.shape))["21s"]
    copies = np.repeat(closes, 70, axis=1)
    many = look(copies, every(30, copies.shape))
    assert (many["21s"].n, many.coverage) == (70 * once.n, Coverage(70, 70))
    assert many["21s"].mean_pct == pytest.approx(once.mean_pct)
    assert many["21s"].diff_low_pct == pytest.approx(once.diff_low_pct)
    assert many["21s"].diff_high_pct == pytest.approx(once.diff_high_pct)


def test_the_sample_begins_with_the_first_close():
    closes = np.vstack([np.full((100, 1), np.nan), walk(8, 900)])
    late = look(closes, every(30, closes.shape))
    assert late.first == WEEKDAYS[100].item()
    early = study(
        Prices(WEEKDAYS[100:1000], ("S0",), closes[100:]), every(30, closes.shape)[100:], title="Rise", subject="S0"
    )
    assert late["21s"] == early["21s"]


def test_the_other_basis_is_used_where_asked():
    closes = walk(9, 300)
    prices = replace(prices_of(closes), adj_close=closes * np.linspace(0.5, 1, 300)[:, None])
    happened = every(10, closes.shape)
    price, total = (study(prices, happened, title="Rise", subject="S0", basis=basis)["21s"] for basis in Basis)
    assert total.base_mean_pct > price.base_mean_pct


def test_bad_input_is_refused():
    closes = walk(9, 30)
    with pytest.raises(UnalignedInput, match="must have the shape of the prices"):
        look(closes, np.zeros((29, 1), dtype=bool))
    with pytest.raises(InsufficientHistory, match="as_of is 2014-12-31: there is no close on or before that day"):
        look(closes, every(5, closes.shape), as_of=date(2014, 12, 31))
    with pytest.raises(InsufficientHistory, match="there is no close"):
        look(np.full((3, 1), np.nan), every(2, (3, 1)))


def test_events_are_marked_at_their_session_and_symbol():
    prices = prices_of(walk(1, 5, symbols=2))
    events = [
        rise(date(2015, 1, 2)),
        rise(date(2015, 1, 5), "S1"),
        rise(date(2015, 1, 6), kind="fall"),
        rise(date(2015, 1, 6), "elsewhere"),
        rise(date(2015, 1, 3)),  # a Saturday
        rise(date(2016, 1, 4)),  # beyond the prices
    ]
    assert np.argwhere(happened_in(prices, events, kind="rise")).tolist() == [[1, 0], [2, 1]]


def test_a_reading_carries_every_figure_and_its_provenance():
    market = market_of(walk(5, 2000), labels=("simulated",))
    events = [rise(day.item()) for day in WEEKDAYS[:2000:40]]
    known = study_events(market, events, kind=RISE, subject="S0")
    now = reading(market, known)
    assert (now.signal, now.subject, now.state, now.session) == ("evidence", "S0", "no_edge", WEEKDAYS[1999].item())
    assert (now.coverage, now.stale_sessions, now.labels, now.as_of) == (
        Coverage(1, 1),
        0,
        ("simulated",),
        market.as_of,
    )
    assert (now.values["event"], now.values["events"], now.values["claim"]) == ("Rise", 50, known.claim)
    for horizon in HORIZONS:
        names = ("n", "mean_pct", "median_pct", "positive_pct", "base_mean_pct", "base_positive_pct")
        for name in (*names, "diff_low_pct", "diff_high_pct"):
            assert isinstance(now.values[f"{horizon.name}.{name}"], int | float)


def test_an_open_session_is_left_out():
    closes = walk(5, 500)
    market = market_of(closes, open_session=WEEKDAYS[499].item())
    market = replace(market, as_of=market.as_of - timedelta(hours=2))
    known = study_events(market, [rise(day.item()) for day in WEEKDAYS[:500:20]], kind=RISE, subject="S0")
    now = reading(market, known)
    assert (now.session, now.as_of, now.stale_sessions) == (WEEKDAYS[498].item(), market.as_of, 0)


def test_a_reading_of_an_earlier_day_was_known_at_its_close():
    market = market_of(walk(5, 500))
    day = WEEKDAYS[400].item()
    known = study_events(market, [rise(day.item()) for day in WEEKDAYS[:500:20]], kind=RISE, subject="S0", as_of=day)
    now = reading(market, known)
    assert (now.session, now.as_of, now.stale_sessions) == (day, datetime(2016, 7, 14, 20, tzinfo=UTC), 0)


def test_events_of_several_symbols_are_pooled_under_one_name():
    market = market_of(walk(5, 500, symbols=3))
    events = [rise(day.item(), f"S{place}") for day in WEEKDAYS[:500:20] for place in (0, 2)]
    known = study_events(market, events, kind=RISE, subject="two of them", symbols=("S0", "S2"))
    assert (known.subject, known.events, known.coverage) == ("two of them", 50, Coverage(2, 2))
    with pytest.raises(UnknownSubject):
        study_events(market, events, kind=RISE, subject="S9")


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10_000), step=st.integers(3, 120), edge=st.floats(-0.05, 0.05))
def test_the_difference_lies_within_its_interval(seed, step, edge):
    happened = every(step, (700, 1))
    steps = np.random.default_rng(seed).normal(0, 0.01, happened.shape)
    steps[1:] += edge * happened[:-1]
    for one in look(100 * np.cumprod(1 + steps, axis=0), happened).horizons:
        assert one.diff_low_pct is None or one.diff_low_pct < one.diff_pct < one.diff_high_pct


def test_the_interval_allows_for_gains_that_bring_about_their_own_events():
    generator = np.random.default_rng(1)
    middles, differences = [], []
    for _ in range(40):
        closes = 100 * np.cumprod(1 + generator.normal(0.0003, 0.01, (2000, 1)), axis=0)
        one = look(closes, is_new_high(closes), horizons=[Horizon(252, "sessions")])["252s"]
        differences.append(one.diff_pct)
        middles.append((one.diff_low_pct + one.diff_high_pct) / 2)
    assert np.mean(differences) < np.mean(middles) < 0


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10_000), cut=st.integers(2, 400), holes=st.integers(0, 30))
def test_what_is_known_on_a_day_never_depends_on_later_closes(seed, cut, holes):
    generator = np.random.default_rng(seed)
    closes = walk(seed, 401, symbols=2)
    closes[generator.integers(1, 401, holes), generator.integers(0, 2, holes)] = np.nan
    happened = generator.random(closes.shape) < 0.05
    day = WEEKDAYS[cut - 1].item()
    assert look(closes, happened, as_of=day) == look(closes[:cut], happened[:cut], as_of=day)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10_000), scale=st.floats(1e-3, 1e3))
def test_the_level_of_the_prices_does_not_matter(seed, scale):
    closes = walk(seed, 400)
    happened = np.random.default_rng(seed).random(closes.shape) < 0.05
    for before, after in zip(look(closes, happened).horizons, look(closes * scale, happened).horizons, strict=True):
        for name in ("n", "mean_pct", "base_mean_pct", "diff_low_pct", "diff_high_pct"):
            expected = getattr(before, name)
            assert getattr(after, name) == (expected if expected is None else pytest.approx(expected, abs=1e-7))
