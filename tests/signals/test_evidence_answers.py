"""Known answers: what followed the golden crosses of the Russell 2000."""

from __future__ import annotations

import csv
import gzip
import tomllib
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from signals.evidence import study
from signals.findings import Evidence
from signals.types import BoolArray, Prices

ANSWERS = tomllib.loads((Path(__file__).parents[1] / "answers" / "evidence.toml").read_text())["answer"]


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


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: str(answer["as_of"]))
def test_known_answers(russell, answer):
    values = {}
    for followed in evidence(russell, answer["as_of"]).horizons:
        values |= followed.values()
    assert {name: round(values[name], 2) for name in answer["values"]} == answer["values"]


def test_no_edge_is_claimed_for_golden_crosses(russell):
    known = evidence(russell, date(2025, 9, 30))
    assert known.state == "no_edge"
    assert known.claim.startswith("No edge to claim: ")
    assert all(one.diff_low_pct < 0 < one.diff_high_pct for one in known.horizons)


def test_nothing_after_the_day_of_the_knowledge_is_looked_at(russell):
    day = date(2023, 7, 10)
    assert evidence(russell, day) == evidence(russell.upto(day), day)
