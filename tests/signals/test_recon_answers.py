"""Known answers of the reconstitution: published dates, a ranking made by hand, three lists in a row."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from signals.recon_calendar import by_rule, current, schedule
from signals.recon_facts import Caps, MembershipList
from signals.recon_lists import changes_of, lists_of, scored
from signals.recon_projection import projected
from signals.recon_ranks import Bounds

KNOWN = tomllib.loads((Path(__file__).parents[1] / "answers" / "recon.toml").read_text())
SMALL, LARGE = (frozenset(KNOWN["members"][name]) for name in ("small", "large"))


def dates_of(one):
    return {name: getattr(one, name) for name in ("rank_day", "lists_from", "lock_down", "effective")}


def by_hand(case):
    symbols = tuple(KNOWN["companies"])
    sizes = 1e9 * np.array([KNOWN["companies"][symbol] for symbol in symbols], dtype=float)
    caps = Caps(date(2026, 10, 30), symbols, sizes, np.ones(len(symbols)), ("NYSE",) * len(symbols))
    bounds = Bounds(3, 5, 6, 8, large_band_pct=KNOWN[case]["band_pct"])
    return projected(caps, dict.fromkeys(symbols, 10.0), small=SMALL, large=LARGE, bounds=bounds)


@pytest.mark.parametrize("answer", KNOWN["published"], ids=lambda answer: str(answer["effective"]))
def test_the_rule_gives_the_published_dates_of_2025_and_2026(answer):
    effective = answer["effective"]
    assert answer in [dates_of(each) for each in by_rule(effective.year)]


def test_the_calendar_goes_by_rule_to_the_end_of_2027():
    ahead = [each for each in schedule((), date(2026, 11, 20)) if each.effective > date(2026, 12, 31)]
    assert [dates_of(each) for each in ahead] == KNOWN["by_rule"]
    assert not any(each.is_official for each in ahead)


def test_the_reconstitution_of_20_november_2026_is_decembers():
    assert dates_of(current(schedule((), date(2026, 11, 20)), date(2026, 11, 20))) == KNOWN["published"][2]


@pytest.mark.parametrize("case", ["wide", "narrow"])
def test_companies_are_placed_as_by_hand(case):
    found, answer = by_hand(case), KNOWN[case]
    point = found.ranking.large
    assert (point.upper_usd, point.lower_usd) == (1e9 * answer["upper"], 1e9 * answer["lower"])
    assert point.cumulative_pct == pytest.approx(answer["cumulative_pct"])
    placed = {
        symbol: {"then": each.then, "change": each.change, "distance_pct": round(each.distance_pct, 2)}
        for symbol, each in found.placements.items()
    }
    assert placed == answer["placed"]
    assert (found.coverage.n, found.coverage.of) == (6, 6)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_lists_are_told_apart_and_the_projection_is_scored(count):
    lists = [
        MembershipList(each["published"], frozenset(each["additions"]), frozenset(each["deletions"]))
        for each in KNOWN["list"][:count]
    ]
    answer = KNOWN["list"][count - 1]
    known = lists_of(lists, by_rule(2026)[1], date(2026, 12, 11))
    changed = changes_of([each.additions for each in known])
    for name in ("added", "withdrawn", "reinstated"):
        assert sorted(getattr(changed, name)) == answer[name]
    score = scored(by_hand("narrow").joining(), known[-1].additions)
    assert 100 * score.precision_frac == pytest.approx(answer["precision_pct"])
    assert round(100 * score.recall_frac, 2) == answer["recall_pct"]


def test_moves_between_the_indices_join_and_leave_the_russell_2000():
    found = by_hand("narrow")
    assert (found.joining(), found.leaving()) == (frozenset("DE"), frozenset("BH"))
