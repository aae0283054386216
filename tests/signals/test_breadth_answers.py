"""Breadth of real stocks and of made-up ones, against the same counted the slow way."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from signals.breadth import BREADTH
from signals.breadth_events import sound_rows
from signals.states import changed_to, latched
from tests.signals.breadth_by_hand import counted, happened, market_of, real_closes, table_of
from tests.signals.made_up import random_walk

ANSWERS = tomllib.loads((Path(__file__).parents[1] / "answers" / "breadth.toml").read_text())
THRESHOLDS = BREADTH.thresholds_with()
NAMES = {"covered_200": "covered"}


@pytest.fixture(scope="module")
def table(market_data: Path):
    return real_closes(market_data)


@pytest.fixture(scope="module")
def history(table):
    return BREADTH.history(market_of(table, effective=date(2018, 1, 2)), THRESHOLDS)


def events_of(history, **changed) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {kind.name: [] for kind in BREADTH.kinds}
    for event in BREADTH.events(history, BREADTH.thresholds_with(changed)):
        found[event.kind].append(event.session.isoformat())
    return found


def assert_as_counted(history, by_hand):
    for name in by_hand.columns:
        own = history[NAMES.get(name, name)][:, 0]
        np.testing.assert_allclose(own, by_hand[name].to_numpy(), rtol=1e-9, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("answer", ANSWERS["reading"], ids=lambda answer: str(answer["session"]))
def test_known_readings(history, answer):
    row = int(np.searchsorted(history.sessions, np.datetime64(answer["session"])))
    values = BREADTH.reading(history, "smallcap", THRESHOLDS, row).values
    told = {name: values[name] for name in answer["values"]}
    assert {name: round(each, 2) if isinstance(each, float) else each for name, each in told.items()} == answer[
        "values"
    ]


def test_known_events(history):
    assert events_of(history) == ANSWERS["events"]


def test_every_figure_is_that_of_pandas(history, table):
    assert_as_counted(history, counted(table))


def test_events_are_those_of_a_loop(history, table):
    assert events_of(history) == happened(counted(table), members=250)


def test_the_rate_of_crossings_is_the_published_one(history):
    above = history["above_200_pct"][:, 0]
    side = latched(above, 55, 45)
    crossings, years = int(changed_to(side, 1).sum() + changed_to(side, -1).sum()), np.isfinite(above).sum() / 252
    assert (crossings, round(years, 2)) == (ANSWERS["rate"]["crossings"], ANSWERS["rate"]["years"])
    assert round(crossings / years, 1) == ANSWERS["rate"]["a_year"]


def test_a_high_with_less_than_half_above_average_never_happened(history):
    assert events_of(history, divergence_pct=50)["divergence"] == []


def test_what_was_known_of_all_members_is_partial(table):
    file_of_all = [*table.columns, *(f"X{n}" for n in range(1678))]
    market = market_of(table.reindex(columns=file_of_all), effective=date(2025, 5, 13))
    history = BREADTH.history(market, THRESHOLDS)
    row = int(np.searchsorted(history.sessions, np.datetime64("2025-07-30")))
    reading = BREADTH.reading(history, "smallcap", THRESHOLDS, row)
    assert (reading.state, reading.coverage.n, reading.coverage.of) == ("partial", 250, 1928)
    assert (reading.values["file_date"], reading.values["file_age_days"], reading.labels) == ("2025-05-13", 78, ())
    assert not sound_rows(history).any()
    assert BREADTH.events(history, THRESHOLDS) == []


@pytest.mark.parametrize("seed", range(4))
def test_made_up_stocks_with_holes_and_late_starts(seed):
    closes = random_walk(700, 25, seed, volatility=0.02).round(2)
    generator = np.random.default_rng(seed)
    closes[: generator.integers(1, 400), 3] = np.nan
    closes[generator.integers(0, 700, 30), generator.integers(0, 25, 30)] = np.nan
    closes[500:502, 1:] = np.nan  # nothing came
    closes[600:640, 5] = closes[600, 5]  # did not move
    table = table_of(closes, ["^RUT", *(f"S{n}" for n in range(24))])
    history = BREADTH.history(market_of(table, effective=date(2010, 1, 1)), THRESHOLDS)
    by_hand = counted(table)
    by_hand["ad_line"] = by_hand["ad_line"].where(by_hand["compared"] > 0)
    assert_as_counted(history, by_hand)
    assert events_of(history) == happened(by_hand, members=24)
