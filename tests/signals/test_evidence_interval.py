"""The interval: blocks, ledgers, Student's t, Holm, and its measured coverage."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.evidence_coverage import SCENARIOS, covered, one_market
from signals.bootstrap import UNKNOWN_SPREAD, block_spreads, holm, student_point, student_tail
from signals.errors import UnalignedInput
from signals.forward import HORIZONS, Horizon, earned, end_rows, forward_returns, months_later

DAYS = np.arange("2020-01-01", "2022-01-01", dtype="M8[D]")
DAYS = DAYS[np.is_busday(DAYS)]


def test_the_interval_covers_no_edge_about_as_often_as_it_says():
    scenario = next(scenario for scenario in SCENARIOS if scenario.name == "index, 10 years, golden crosses")
    seen = [one_market(scenario, 10_000 + seed, is_plain_wanted=False) for seed in range(150)]
    shares = [covered(np.array([one.ours[place] for one in seen])) for place in range(4)]
    assert all(0.90 <= share <= 0.99 for share in shares), shares
    assert 0.93 <= np.mean(shares) <= 0.97, shares


def test_independent_contributions_have_their_plain_standard_error():
    ledger = np.random.default_rng(1).normal(size=(1, 20_000))
    (spread,) = block_spreads(ledger - ledger.mean(), 1)
    assert spread.error == pytest.approx(np.sqrt(20_000), rel=0.03)
    assert spread.freedom == 1000
    assert spread.margin == pytest.approx(1.962 * spread.error, rel=1e-3)


def test_contributions_that_move_together_have_a_wider_one():
    shocks = np.random.default_rng(2).normal(size=20_000)
    ledger = np.repeat(shocks[:2_000], 10)[None, :]
    (alone,) = block_spreads(ledger - ledger.mean(), 1)
    (together,) = block_spreads(ledger - ledger.mean(), 40)
    assert together.error > 2.5 * alone.error


def test_uncertainty_from_few_blocks_has_few_degrees_of_freedom():
    ledger = np.zeros((1, 1000))
    ledger[0, 500:520] = np.tile([1.0, -1.0, 1.0, 1.0, -2.0], 4)
    (spread,) = block_spreads(ledger, 20)
    assert spread.freedom < 4


def test_the_draws_are_seeded():
    ledger = np.random.default_rng(3).normal(size=(2, 500))
    assert block_spreads(ledger, 21) == block_spreads(ledger, 21)
    assert block_spreads(ledger, 21) != block_spreads(ledger, 21, seed=1)


def test_nothing_that_varies_and_too_short_a_sample_are_unknown():
    assert block_spreads(np.zeros((1, 100)), 10) == (UNKNOWN_SPREAD,)
    assert block_spreads(np.ones((2, 29)), 10) == (UNKNOWN_SPREAD, UNKNOWN_SPREAD)
    assert UNKNOWN_SPREAD.p_value(5.0) == 1.0
    assert np.isnan(UNKNOWN_SPREAD.margin)


@pytest.mark.parametrize(("shape", "block"), [((10,), 2), ((1, 10), 0)])
def test_misshapen_ledgers_are_refused(shape, block):
    with pytest.raises(UnalignedInput, match="must be"):
        block_spreads(np.zeros(shape), block)


@settings(max_examples=50)
@given(freedom=st.floats(1, 1000), confidence=st.floats(0.5, 0.999))
def test_points_and_tails_of_student_agree(freedom, confidence):
    assert student_tail(student_point(freedom, confidence), freedom) == pytest.approx(1 - confidence, abs=1e-9)


@settings(max_examples=50)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=10))
def test_holm_only_ever_raises_and_keeps_the_order(p_values):
    raw = np.array(p_values)
    corrected = holm(raw)
    assert np.all(corrected >= raw)
    assert np.all(corrected <= 1)
    assert np.all(np.diff(corrected[np.argsort(raw, kind="stable")]) >= 0)
    assert corrected.min() == pytest.approx(min(1.0, raw.min() * len(raw)))


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10_000), holes=st.integers(0, 60), horizon=st.sampled_from(HORIZONS))
def test_what_was_earned_adds_up_to_the_returns(seed, holes, horizon):
    generator = np.random.default_rng(seed)
    closes = 100 * np.cumprod(1 + generator.normal(0, 0.02, (len(DAYS), 2)), axis=0)
    closes[generator.integers(0, len(DAYS), holes), generator.integers(0, 2, holes)] = np.nan
    ends = end_rows(DAYS, horizon, as_of=date(2022, 1, 31))
    returns = forward_returns(closes, ends)
    counted = np.isfinite(returns)
    gains, exposure = earned(closes, ends, counted)
    assert gains.sum() == pytest.approx(returns[counted].sum(), abs=1e-8)
    assert exposure.sum() == pytest.approx(counted.sum())


def test_a_gain_across_a_hole_is_booked_when_the_next_close_comes():
    closes = np.array([[np.nan], [100.0], [np.nan], [120.0], [90.0]])
    ends = end_rows(DAYS[:5], Horizon(3, "sessions"), as_of=date(2022, 1, 31))
    gains, exposure = earned(closes, ends, np.isfinite(forward_returns(closes, ends)))
    assert gains == pytest.approx([0, 0, 0, 0.2, -0.3])
    assert exposure == pytest.approx([0, 0, 1 / 3, 1 / 3, 1 / 3])


def test_months_are_calendar_months():
    days = np.array(["2023-12-31", "2024-02-29", "2025-03-31"], "M8[D]")
    assert months_later(days, 2).astype(str).tolist() == ["2024-02-29", "2024-04-29", "2025-05-31"]
    assert months_later(days, -12).astype(str).tolist() == ["2022-12-31", "2023-02-28", "2024-03-31"]


def test_horizons_have_names_and_words():
    assert [horizon.name for horizon in HORIZONS] == ["1m", "3m", "6m", "12m", "21s", "63s", "126s", "252s"]
    assert [horizon.sessions for horizon in HORIZONS] == [21, 63, 126, 252] * 2
    assert [Horizon(1, "months").title, Horizon(63, "sessions").title] == ["1 month", "63 sessions"]
