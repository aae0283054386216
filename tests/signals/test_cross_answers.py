"""Known answers: the crosses of the Russell 2000 and of its ETF."""

from __future__ import annotations

import tomllib
from pathlib import Path

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
    state = history["state"][:, 0]
    days = history.sessions.astype(str)
    during = (days > "2024-04") & (days < "2025-05")
    assert (state[during] == 0).all()
    assert state[-1] == 1
    assert history["since_row"][-1, 0] == -1 or days[history["since_row"][-1, 0]] > "2025-05"
