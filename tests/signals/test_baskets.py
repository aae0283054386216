"""Baskets: who belongs when, what a step earns, and that neither rows to come nor holes leak into it."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.baskets import basket_levels, basket_steps, chained_returns, membership
from signals.facts import Member, Theme
from tests.signals.made_up import random_walk, some_sessions

LONG_AGO = date(2000, 1, 1)
DAYS = some_sessions(90)


def a_theme(*since: date, name: str = "theme") -> Theme:
    return Theme(name, name.title(), tuple(Member(f"{name}{n}", day) for n, day in enumerate(since)))


def known_always(count: int) -> Theme:
    return a_theme(*[LONG_AGO] * count)


def brute_force(closes: np.ndarray, sessions: np.ndarray) -> list[float]:
    """Return the steps of one basket of members known always, share by share and day by day."""
    steps = [np.nan]
    weights = [1.0] * closes.shape[1]
    for t in range(1, len(closes)):
        if str(sessions[t])[:7] != str(sessions[t - 1])[:7]:
            weights = [1.0] * closes.shape[1]
        gained = total = 0.0
        for n, (now, before) in enumerate(zip(closes[t], closes[t - 1], strict=True)):
            if np.isfinite(now) and np.isfinite(before):
                gained += weights[n] * (now / before - 1)
                total += weights[n]
                weights[n] *= now / before
        steps.append(gained / total if total else np.nan)
    return steps


def test_a_member_counts_from_its_date_on():
    known = membership([a_theme(*[LONG_AGO] * 3, DAYS[5].item())], DAYS)
    assert known.is_member.sum(axis=1).tolist() == [3] * 5 + [4] * 85
    assert not known.hindsight.any()


def test_before_three_are_known_all_stand_in_and_the_row_is_marked():
    known = membership([a_theme(LONG_AGO, LONG_AGO, DAYS[5].item(), DAYS[9].item())], DAYS)
    assert known.hindsight[:, 0].tolist() == [True] * 5 + [False] * 85
    assert known.is_member.sum(axis=1).tolist() == [4] * 5 + [3] * 4 + [4] * 81
    assert known.is_dated.sum(axis=1).tolist() == [2] * 5 + [3] * 4 + [4] * 81


def test_a_basket_of_two_is_always_hindsight():
    assert membership([known_always(2)], DAYS).hindsight.all()


def test_one_symbol_may_belong_to_two_baskets():
    theme = known_always(3)
    known = membership([theme, Theme("other", "Other", theme.members)], DAYS)
    closes = np.tile(random_walk(90, 3), (1, 2))
    steps = basket_steps(closes, known, DAYS)
    np.testing.assert_array_equal(steps[:, 0], steps[:, 1])


def test_no_baskets_give_empty_arrays():
    steps = basket_steps(np.empty((90, 0)), membership([], DAYS), DAYS)
    assert steps.shape == (90, 0)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10_000), holes=st.floats(0, 0.4))
def test_steps_are_those_of_a_brute_force(seed, holes):
    closes = random_walk(90, 4, seed)
    closes[np.random.default_rng(seed).random(closes.shape) < holes] = np.nan
    steps = basket_steps(closes, membership([known_always(4)], DAYS), DAYS)
    np.testing.assert_allclose(steps[:, 0], brute_force(closes, DAYS), rtol=1e-12, atol=1e-15)


def test_within_a_month_it_is_bought_and_held():
    closes = random_walk(90, 5)
    level, _, _ = basket_levels(basket_steps(closes, membership([known_always(5)], DAYS), DAYS))
    month = np.flatnonzero(DAYS.astype("M8[M]") == np.datetime64("2010-03"))
    start, end = month[0] - 1, month[-1]
    assert level[end, 0] / level[start, 0] == pytest.approx(np.mean(closes[end] / closes[start]), rel=1e-12)


def test_a_member_without_a_close_is_left_out_of_two_steps_and_fills_nothing():
    closes = np.full((6, 3), 10.0)
    closes[3:, 0] = 20.0
    closes[2, 0] = np.nan
    steps = basket_steps(closes, membership([known_always(3)], DAYS[:6]), DAYS[:6])
    assert steps[1:, 0].tolist() == [0.0] * 5


def test_a_step_without_any_member_is_unknown_and_so_is_every_return_over_it():
    closes = random_walk(10, 3)
    closes[4] = np.nan
    level, chained, unknown = basket_levels(basket_steps(closes, membership([known_always(3)], DAYS[:10]), DAYS[:10]))
    assert np.flatnonzero(np.isnan(level[:, 0])).tolist() == [0, 4, 5]
    returns = chained_returns(chained, unknown, np.arange(10) - 2)
    assert np.flatnonzero(np.isnan(returns[:, 0])).tolist() == [0, 1, 4, 5, 6]


def test_flat_prices_give_a_level_of_exactly_100():
    level, _, _ = basket_levels(basket_steps(np.full((90, 3), 7.3), membership([known_always(3)], DAYS), DAYS))
    assert set(level[1:, 0].tolist()) == {100.0}


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 1000), cut=st.integers(1, 89))
def test_rows_to_come_change_no_bit(seed, cut):
    closes = random_walk(90, 12, seed)
    themes = [a_theme(*[DAYS[n * 3].item() for n in range(12)])]
    whole = basket_steps(closes, membership(themes, DAYS), DAYS)
    part = basket_steps(closes[:cut], membership(themes, DAYS[:cut]), DAYS[:cut])
    np.testing.assert_array_equal(part, whole[:cut])
