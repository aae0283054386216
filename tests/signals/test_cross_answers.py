"""Known answers: the crosses of the Russell 2000 and of its ETF."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from signals.cross import CROSS
from signals.types import Basis
from tests.signals.made_up import real_market

KNOWN = tomllib.loads((Path(__file__).parents[1] / "answers" / "cross.toml").read_text())
DEFAULTS = CROSS.thresholds_with()


def crosses(market, subject):
    found = CROSS.events(CROSS.history(market, DEFAULTS), DEFAULTS)
    marks = {"golden_cross": "G", "death_cross": "D"}
    return [f"{marks[e.kind]} {e.session}" for e in found if e.subject == subject and e.kind in marks]


@pytest.mark.parametrize("answer", KNOWN["answer"], ids=lambda a: f"{a['subject']} on {a['basis']}")
def test_known_crosses(market_data, answer):
    found = crosses(real_market(market_data, answer["subject"], basis=Basis(answer["basis"])), answer["subject"])
    if "golden" in answer:
        assert sum(mark.startswith("G") for mark in found) == answer["golden"]
        assert sum(mark.startswith("D") for mark in found) == answer["death"]
        assert [mark for mark in found if mark[2:] >= "2018"] == answer["since_2018"]
    if "last_golden" in answer:
        assert [mark[2:] for mark in found if mark.startswith("G")][-2:] == answer["last_golden"]


@pytest.mark.parametrize("answer", KNOWN["reading"], ids=lambda a: f"{a['subject']} {a['session']}")
def test_known_reading(market_data, answer):
    market = real_market(market_data, answer["subject"], "IWM", until=answer["session"])
    reading = CROSS.reading(CROSS.history(market, DEFAULTS), answer["subject"], DEFAULTS)
    values = {name: round(v, 2) if isinstance(v, float) else v for name, v in reading.values.items()}
    assert reading.session == answer["session"]
    assert reading.state == answer["state"]
    assert {name: values[name] for name in answer["values"]} == answer["values"]


def test_approaches_of_the_index_come_about_1_7_times_a_year(market_data):
    market = real_market(market_data, "^RUT")
    found = CROSS.events(CROSS.history(market, DEFAULTS), DEFAULTS)
    approaches = [e for e in found if e.kind.startswith("approaching")]
    assert 1.6 < len(approaches) / 38.05 < 1.8


def test_the_golden_cross_of_august_2025_was_seen_coming_once(market_data):
    found = CROSS.events(CROSS.history(real_market(market_data, "^RUT"), DEFAULTS), DEFAULTS)
    summer = [(e.kind, str(e.session)) for e in found if "2025-07-21" <= str(e.session) <= "2025-08-08"]
    assert summer == [("approaching_golden", "2025-07-23"), ("golden_cross", "2025-08-06")]


def test_a_hole_is_no_cross_and_the_state_recovers_after_it(market_data):
    market = real_market(market_data, "LITE")
    history = CROSS.history(market, DEFAULTS)
    last = int(np.searchsorted(history.sessions, np.datetime64("2024-03-08")))
    recovers = last + 114 + DEFAULTS["slow"]
    state = history["state"][:, 0]
    assert state[last] == 1
    assert (state[last + 1 : recovers] == 0).all()
    assert state[recovers] != 0
    assert history["crossed"][recovers, 0] == 0
    assert history["since_row"][recovers, 0] == -1
    found = [e for e in CROSS.events(history, DEFAULTS) if e.kind == "golden_cross"]
    assert [str(e.session) for e in found][-2:] == ["2024-01-26", "2025-06-30"]


def test_within_a_hole_the_last_bar_before_it_is_read_and_is_stale(market_data):
    market = real_market(market_data, "LITE", until=date(2024, 6, 3))
    reading = CROSS.reading(CROSS.history(market, DEFAULTS), "LITE", DEFAULTS)
    assert (str(reading.session), reading.stale_sessions) == ("2024-03-08", 59)
    assert reading.as_of == market.as_of
