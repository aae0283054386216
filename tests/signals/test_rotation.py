"""Rotation of two sides: when a lead begins and ends, what a broadening day is, what is missing, nothing foreseen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.errors import InsufficientHistory, InvalidThreshold, UnknownSubject
from signals.rotation import CHOICES, ROTATION, VALUES
from signals.rotation_columns import LEGS, SECTORS
from signals.rotation_events import SUBJECTS, broadening, leads_of
from signals.rotation_pairs import FIRST_LEADS, NEUTRAL, SECOND_LEADS, UNKNOWN, leads, percentile_rank
from signals.types import Event, History, Market, Result
from tests.signals.made_up import a_market, cut, random_walk, some_sessions

THRESHOLDS = ROTATION.thresholds_with()
QUICK = ROTATION.thresholds_with({"short": 2, "long": 3, "hold_sessions": 2})
EVERYBODY = (*LEGS, "IWM", *SECTORS)


def pair_market(ratio: list[float], **more: object) -> Market:
    small = np.array(ratio)
    return a_market(np.column_stack([small, np.ones(len(small))]), ("^RUT", "^GSPC"), **more)


def state_of(market: Market, thresholds=QUICK) -> list[int]:
    return leads_of(ROTATION.history(market, thresholds), thresholds).state[:, 0].tolist()


def events_of(market: Market, thresholds=QUICK, since: int = 0) -> list[Event]:
    return ROTATION.events(ROTATION.history(market, thresholds), thresholds, since)


def kinds_of(market: Market, **more) -> list[tuple[str, int]]:
    days = market.prices.sessions.tolist()
    return [(event.kind, days.index(event.session)) for event in events_of(market, **more)]


FLAT_THEN_UP = [100.0] * 6 + [110.0, 120.0, 130.0, 130.0, 130.0, 130.0, 120.0]


def test_a_lead_begins_after_the_hold_and_ends_once_the_longer_return_crosses_zero():
    market = pair_market(FLAT_THEN_UP)
    assert state_of(market) == [UNKNOWN] * 4 + [NEUTRAL] * 3 + [FIRST_LEADS] * 5 + [NEUTRAL]
    assert kinds_of(market) == [("small_leads", 7), ("lead_over", 12)]
    begun, over = events_of(market)
    assert begun.values["relative_short_pct"] == pytest.approx(20.0)
    assert begun.values["relative_long_pct"] == pytest.approx(20.0)
    assert (over.values["lead"], over.values["lead_sessions"]) == ("small_leads", 5)
    assert begun.thresholds == {"short": 2, "long": 3, "lead_pct": 1.0, "hold_sessions": 2}


def test_a_change_of_exactly_zero_ends_nothing():
    assert state_of(pair_market([*FLAT_THEN_UP[:-1], 130.0]))[-1] == FIRST_LEADS


def test_the_other_side_leads_the_other_way_round():
    upside_down = [1e4 / value for value in FLAT_THEN_UP]
    assert kinds_of(pair_market(upside_down)) == [("large_leads", 7), ("lead_over", 12)]


def test_a_lead_needs_more_than_the_bound():
    quick = {"short": 2, "long": 3, "hold_sessions": 1}
    quarter_up = pair_market([64.0] * 4 + [80.0] * 4)
    assert kinds_of(quarter_up, thresholds=ROTATION.thresholds_with(quick | {"lead_pct": 20.0})) == [("small_leads", 4)]
    exactly = leads(np.full((3, 1), 1.0), np.full((3, 1), 1.0), lead_pct=1.0, hold_sessions=1)
    assert exactly.state.ravel().tolist() == [NEUTRAL] * 3


def test_with_no_hold_and_no_bound_one_lead_may_follow_the_other_at_once():
    change = np.array([[0.0], [5.0], [-5.0]])
    told = leads(change, change, lead_pct=0.0, hold_sessions=1)
    assert told.state.ravel().tolist() == [NEUTRAL, FIRST_LEADS, SECOND_LEADS]
    assert told.run_sessions.ravel().tolist() == [0, 1, 1]


def test_a_lead_that_is_there_from_the_first_known_row_is_no_event_and_has_no_start():
    market = pair_market([100.0 * 1.02**n for n in range(12)])
    assert kinds_of(market) == []
    reading = ROTATION.reading(ROTATION.history(market, QUICK), "small", QUICK)
    assert reading.state == "small_leads"
    assert (reading.values["state_since"], reading.values["state_sessions"]) == (None, None)


def test_a_lead_without_a_seen_start_ends_without_a_length():
    falling = [100.0 * 1.02**n for n in range(8)] + [90.0]
    (over,) = events_of(pair_market(falling))
    assert (over.kind, over.values["lead"], over.values["lead_sessions"]) == ("lead_over", "small_leads", None)


def test_a_lead_outlasts_a_hole_and_no_event_falls_on_an_unknown_row():
    holed = [100.0] * 6 + [110.0, 120.0, 130.0, 140.0, np.nan, 150.0, 160.0, 170.0, 180.0]
    market = pair_market(holed)
    assert state_of(market)[10:14] == [UNKNOWN, FIRST_LEADS, UNKNOWN, UNKNOWN]
    assert state_of(market)[14] == FIRST_LEADS
    assert kinds_of(market) == [("small_leads", 7)]
    back = pair_market([*holed[:-1], 100.0])
    assert kinds_of(back) == [("small_leads", 7), ("lead_over", 14)]
    unknown = ROTATION.reading(ROTATION.history(market, QUICK), "small", QUICK, 12)
    assert (unknown.state, unknown.values["state_since"], unknown.values["relative_short_pct"]) == (
        "unknown",
        None,
        None,
    )


def test_a_pair_that_moves_in_step_never_leads():
    walk = random_walk(400)[:, 0]
    market = a_market(np.column_stack([walk, walk * 3.7]), ("^RUT", "^GSPC"))
    nothing = ROTATION.thresholds_with({"lead_pct": 0.0, "hold_sessions": 1})
    assert set(state_of(market, nothing)) == {UNKNOWN, NEUTRAL}
    assert events_of(market, nothing) == []


def broad_market(small: float, large: float, equal: float, cap: float) -> Market:
    day = 100.0 * (1 + np.array([small, large, equal, cap]) / 100)
    return a_market(np.vstack([np.full(4, 100.0), day]), ("^RUT", "^GSPC", "RSP", "SPY"))


@pytest.mark.parametrize(
    ("day", "is_broad"),
    [
        ((1.0, 0.5, 0.9, 0.4), True),
        ((1.0, 0.51, 0.9, 0.4), False),
        ((1.0, 0.5, 0.9, 0.41), False),
        ((-0.1, -1.0, 0.9, 0.4), False),
        ((1.0, 0.2, 0.0, -1.0), False),
        ((1.0, 0.2, np.nan, 0.1), False),
    ],
)
def test_on_a_broadening_day_both_rise_and_both_beat_theirs_by_half_a_point(day, is_broad):
    market = broad_market(*day)
    found = events_of(market, THRESHOLDS)
    assert [event.kind for event in found] == ["broadening_day"] * is_broad
    reading = ROTATION.reading(ROTATION.history(market, THRESHOLDS), "small", THRESHOLDS)
    checks = {check.name: check.result for check in reading.checks[3:]}
    assert all(result is Result.PASS for result in checks.values()) is is_broad
    if is_broad:
        assert found[0].subject == "small"
        assert found[0].values["small_minus_large.d1_pct"] == pytest.approx(0.5)
        assert found[0].thresholds == {"broadening_points": 0.5}
    if np.isnan(day[2]):
        assert checks["equal_rose"] is checks["equal_beat_cap"] is Result.UNKNOWN


def test_a_wider_margin_makes_fewer_broadening_days():
    days = np.array([[1.0, 0.5, 0.9, 0.4], [2.0, 0.5, 1.9, 0.4]])
    assert [broadening(days, margin).sum() for margin in (0.5, 1.0, 2.0)] == [2, 1, 0]


def test_checks_ask_to_the_side_of_the_longer_return():
    reading = ROTATION.reading(ROTATION.history(pair_market(FLAT_THEN_UP[:9]), QUICK), "small", QUICK)
    short, long, run = reading.checks[:3]
    assert (short.bound, long.bound, run.value, run.bound) == (1.0, 1.0, 3, 2)
    assert {check.result for check in reading.checks[:3]} == {Result.PASS}
    down = [1e4 / value for value in FLAT_THEN_UP[:8]]
    short, long, run = ROTATION.reading(ROTATION.history(pair_market(down), QUICK), "small", QUICK).checks[:3]
    assert (short.bound, long.bound, short.result, run.result) == (-1.0, -1.0, Result.PASS, Result.PASS)
    short, _, run = ROTATION.reading(ROTATION.history(pair_market([1.0, 1.0]), QUICK), "small", QUICK).checks[:3]
    assert (short.result, run.result, run.value) == (Result.UNKNOWN, Result.UNKNOWN, None)
    flat = ROTATION.reading(ROTATION.history(pair_market([1.0] * 9), QUICK), "small", QUICK).checks
    assert [check.result for check in flat[:3]] == [Result.FAIL] * 3


def test_the_percentile_counts_the_lower_ones_and_half_the_ties():
    assert percentile_rank(np.arange(2520.0)[:, None])[-1, 0] == 100.0
    assert percentile_rank(-np.arange(2520.0)[:, None])[-1, 0] == 0.0
    assert percentile_rank(np.ones((2600, 1)))[[2518, 2519, 2599], 0].tolist()[1:] == [50.0, 50.0]
    assert np.isnan(percentile_rank(np.ones((2519, 1)))).all()
    holed = np.ones((2530, 1))
    holed[5] = np.nan
    assert np.flatnonzero(np.isfinite(percentile_rank(holed)[:, 0])).tolist() == list(range(2525, 2530))


def test_an_open_session_is_provisional_and_raises_no_event():
    last = some_sessions(8)[-1].item()
    market = pair_market(FLAT_THEN_UP[:8], open_session=last)
    assert kinds_of(market) == []
    assert kinds_of(pair_market(FLAT_THEN_UP[:8])) == [("small_leads", 7)]
    assert ROTATION.reading(ROTATION.history(market, QUICK), "small", QUICK).is_provisional


def test_only_rows_since_are_looked_at():
    market = pair_market(FLAT_THEN_UP)
    assert kinds_of(market, since=8) == [("lead_over", 12)]
    assert kinds_of(market, since=-1) == [("lead_over", 12)]
    assert kinds_of(market, since=13) == []
    assert kinds_of(market, since=-99) == kinds_of(market)


def test_a_session_without_the_ratio_is_read_at_the_last_one_with_it():
    reading = ROTATION.reading(ROTATION.history(pair_market([*FLAT_THEN_UP, np.nan]), QUICK), "small", QUICK)
    assert (reading.session, reading.stale_sessions) == (some_sessions(13)[-1].item(), 1)


def test_prices_of_zero_are_no_prices():
    reading = ROTATION.reading(ROTATION.history(pair_market([0.0, 0.0]), QUICK), "small", QUICK)
    assert (reading.values["ratio"], reading.state, reading.coverage.n) == (None, "unknown", 0)


def test_the_nasdaqs_pair_stands_beside_and_its_absence_makes_the_answer_partial():
    names = ("RSP", "SPY", "QQQE", "QQQ")
    walk = random_walk(300, 4)
    full = ROTATION.reading(ROTATION.history(a_market(walk, names), THRESHOLDS), "equal", THRESHOLDS)
    assert (full.coverage.n, full.coverage.of) == (4, 4)
    assert full.values["QQQE.ratio"] == pytest.approx(walk[-1, 2] / walk[-1, 3])
    assert full.values["QQQE.state"] in {"equal_leads", "cap_leads", "neutral"}
    part = ROTATION.reading(ROTATION.history(a_market(walk[:, :2], names[:2]), THRESHOLDS), "equal", THRESHOLDS)
    assert (part.coverage.n, part.coverage.of, part.values["QQQE.state"]) == (2, 4, "unknown")
    assert (part.values["ratio"], part.state) == (full.values["ratio"], full.state)


def test_every_value_is_declared():
    market = a_market(random_walk(30, len(EVERYBODY)), EVERYBODY)
    history = ROTATION.history(market, THRESHOLDS)
    told = {name for subject in SUBJECTS for name in ROTATION.reading(history, subject, THRESHOLDS).values}
    assert told == {name for name in VALUES if not name.startswith("<theme>")}


def test_subjects_and_rows_that_are_not_there_are_refused():
    history = ROTATION.history(pair_market([1.0] * 5), THRESHOLDS)
    with pytest.raises(UnknownSubject, match="rotation has: small, equal, sectors, themes"):
        ROTATION.reading(history, "XLK", THRESHOLDS)
    for subject in CHOICES:
        with pytest.raises(InsufficientHistory, match="there are 5 sessions"):
            ROTATION.reading(history, subject, THRESHOLDS, 5)
    assert tuple(ROTATION.choices(history.market)) == SUBJECTS == history.subjects


def test_a_market_without_anything_is_unknown_and_silent():
    history = ROTATION.history(a_market(np.empty((0, 1)), ("ABC",)), THRESHOLDS)
    assert ROTATION.events(history, THRESHOLDS) == []
    other = ROTATION.history(a_market(np.ones((300, 1)), ("ABC",)), THRESHOLDS)
    assert ROTATION.events(other, THRESHOLDS) == []
    assert {ROTATION.reading(other, subject, THRESHOLDS).state for subject in SUBJECTS} == {"unknown"}


def test_the_short_window_is_below_the_long_one():
    with pytest.raises(InvalidThreshold, match="short is 63: must be below long, which is 63"):
        ROTATION.thresholds_with({"short": 63})


def same(part: History, whole: History, count: int) -> None:
    for name, column in part.columns.items():
        np.testing.assert_array_equal(column, whole[name][:count], err_msg=name)


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 1000), count=st.integers(1, 700), holes=st.integers(0, 30))
def test_a_row_never_depends_on_later_rows(seed, count, holes):
    closes = random_walk(700, len(EVERYBODY), seed)
    random = np.random.default_rng(seed)
    closes[random.integers(0, 700, holes), random.integers(0, len(EVERYBODY), holes)] = np.nan
    market = a_market(closes, EVERYBODY)
    whole = ROTATION.history(market, THRESHOLDS)
    part = ROTATION.history(cut(market, count), THRESHOLDS)
    same(part, whole, count)
    last = cut(market, count).prices.sessions[-1].item()
    expected = [event for event in ROTATION.events(whole, THRESHOLDS) if event.session <= last]
    assert ROTATION.events(part, THRESHOLDS) == expected
    for subject in SUBJECTS:
        before = ROTATION.reading(part, subject, THRESHOLDS)
        after = ROTATION.reading(whole, subject, THRESHOLDS, count - 1)
        assert (before.values, before.state, before.checks) == (after.values, after.state, after.checks)


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 1000), scale=st.floats(1e-3, 1e3))
def test_the_level_of_a_price_does_not_matter_to_returns_and_places(seed, scale):
    closes = random_walk(600, len(EVERYBODY), seed)
    scaled = closes.copy()
    scaled[:, ::2] *= scale
    before, after = (ROTATION.history(a_market(each, EVERYBODY), THRESHOLDS) for each in (closes, scaled))
    for name in ("relative_short_pct", "relative_long_pct", "d1_pct", "sectors.ratio", "sectors.momentum"):
        np.testing.assert_allclose(after[name], before[name], rtol=1e-7, atol=1e-6, err_msg=name)


def test_an_earlier_reading_was_known_at_its_close():
    market = replace(pair_market(FLAT_THEN_UP))
    reading = ROTATION.reading(ROTATION.history(market, QUICK), "small", QUICK, 7)
    assert reading.as_of.date() == reading.session == date(2010, 1, 13)
