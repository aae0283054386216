"""Known answers: what followed the golden crosses of the Russell 2000."""

from __future__ import annotations

import csv
import gzip
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from signals.evidence import Evidence, study
from signals.types import BoolArray, Prices


@pytest.fixture(scope="module")
def russell(market_data: Path) -> Prices:
    with gzip.open(market_data / "prices" / "^RUT.csv.gz", "rt") as file:
        bars = [(bar["Date"], float(bar["Close"])) for bar in csv.DictReader(file)]
    days, closes = zip(*bars, strict=True)
    return Prices(np.array(days, dtype="M8[D]"), ("^RUT",), np.array(closes)[:, None])


def golden_crosses(prices: Prices) -> BoolArray:
    def average(window: int) -> np.ndarray:
        return np.convolve(prices.close[:, 0], np.full(window, 1 / window), "valid")

    above = average(50)[150:] > average(200)
    happened = np.zeros(prices.close.shape, dtype=bool)
    happened[200:, 0] = above[1:] & ~above[:-1]
    return happened


def evidence(prices: Prices, as_of: date) -> Evidence:
    return study(prices, golden_crosses(prices), title="Golden cross", subject="^RUT", as_of=as_of)


def test_calendar_months_after_golden_crosses_as_of_july_2023(russell):
    known = evidence(russell, date(2023, 7, 10))
    assert (known["3m"].n, round(known["3m"].mean_pct, 2)) == (25, 1.92)
    assert (known["6m"].n, round(known["6m"].mean_pct, 2)) == (24, 4.44)


def test_sessions_after_golden_crosses_as_of_september_2025_beside_the_base_rate(russell):
    known = evidence(russell, date(2025, 9, 30))
    assert [known[name].n for name in ("63s", "252s")] == [27, 27]
    assert [round(known[name].mean_pct, 2) for name in ("63s", "252s")] == [1.32, 11.21]
    assert [round(known[name].base_mean_pct, 2) for name in ("63s", "252s")] == [2.43, 9.51]


def test_no_edge_is_claimed_for_golden_crosses(russell):
    known = evidence(russell, date(2025, 9, 30))
    assert known.state == "no_edge"
    assert known.claim.startswith("No edge to claim: ")
    assert all(one.diff_low_pct < 0 < one.diff_high_pct for one in known.horizons)


def test_nothing_after_the_day_of_the_knowledge_is_looked_at(russell):
    day = date(2023, 7, 10)
    assert evidence(russell, day) == evidence(russell.upto(day), day)
