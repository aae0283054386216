from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from signals.breadth import BREADTH
from signals.cross import CROSS
from signals.errors import UnknownSubject
from signals.evidence import study_events
from signals.paths import Paths, paths_after, paths_of
from tests.signals.whole_world import a_world

WORLD = a_world()
THRESHOLDS = CROSS.thresholds_with({"fast": 5, "slow": 20})
HISTORY = CROSS.history(WORLD.only(["^RUT", "IWM"]), THRESHOLDS)


def followed(length: int = 63) -> Paths:
    return paths_of(CROSS, HISTORY, "^RUT", "golden_cross", THRESHOLDS, length=length)


def test_a_path_passes_through_the_returns_that_evidence_counts():
    paths = followed()
    events = [event for event in CROSS.events(HISTORY, THRESHOLDS) if event.subject == "^RUT"]
    study = study_events(HISTORY.market, events, kind=CROSS.kind("golden_cross"), subject="^RUT")
    for distance in (21, 63):
        counted = study[f"{distance}s"]
        column = paths.after[:, distance]
        known = column[np.isfinite(column)]
        assert len(known) == counted.n
        assert known.mean() == pytest.approx(counted.mean_pct)
        assert np.median(known) == pytest.approx(counted.median_pct)
        assert len(paths.base[distance]) == counted.base_n
        assert paths.base[distance].mean() == pytest.approx(counted.base_mean_pct)


def test_every_path_begins_at_nothing_on_the_day_of_its_event():
    paths = followed()
    assert len(paths.days) == len(paths.after) > 3
    assert (paths.after[:, 0] == 0).all()
    assert list(paths.days) == sorted(paths.days)


def test_an_event_of_the_whole_market_is_followed_in_the_symbol_asked_for():
    thresholds = BREADTH.thresholds_with()
    history = BREADTH.history(WORLD, thresholds)
    events = BREADTH.events(history, thresholds)
    kind = events[0].kind
    paths = paths_of(BREADTH, history, "^RUT", kind, thresholds)
    assert set(paths.days) == {event.session for event in events if event.kind == kind}


def test_the_latest_path_runs_until_it_is_complete():
    complete = Paths((), np.array([[0.0, 1.0, 2.0]]), ())
    day = WORLD.prices.sessions[0].item()
    assert Paths((), np.empty((0, 3)), ()).running is None
    assert replace(complete, days=(day,)).running is None
    running = Paths((day, day), np.array([[0.0, 1.0, 2.0], [0.0, 4.0, np.nan]]), ())
    assert running.running == 1
    assert running.at(1).tolist() == [1.0]
    assert replace(complete, days=(day,)).at(2).tolist() == [2.0]
    unknown = Paths((day,), np.full((1, 3), np.nan), ())
    assert unknown.running is None


def test_a_missing_close_is_missing_and_nothing_stands_in():
    paths = paths_after(np.array([100.0, np.nan, 110.0]), [0], 3)
    assert paths[0, [0, 2]].tolist() == [0.0, pytest.approx(10.0)]
    assert np.isnan(paths[0, [1, 3]]).all()


def test_the_bar_of_an_open_session_is_left_out():
    opened = replace(WORLD, open_session=WORLD.prices.sessions[-1].item()).only(["^RUT", "IWM"])
    paths = paths_of(CROSS, CROSS.history(opened, THRESHOLDS), "^RUT", "golden_cross", THRESHOLDS, length=1)
    assert len(paths.base[0]) == len(followed(1).base[0]) - 1


def test_a_kind_that_the_signal_has_not_is_refused():
    with pytest.raises(UnknownSubject, match="cross has"):
        paths_of(CROSS, HISTORY, "^RUT", "thrust", THRESHOLDS)
