"""The page about evidence names what the code gives, and prints what was measured."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.evidence_coverage import HORIZONS, SCENARIOS
from signals.findings import Followed
from signals.forward import Horizon

PAGES = Path(__file__).parents[2] / "docs" / "signals"
ROW = re.compile(r"^\| (.*?) *\| +(\d+) \| +[\d.]+ \| +\d+ \| +([\d.]+) \| +([\d.]+) \| +[\d.]* \|$", re.MULTILINE)


def test_the_coverage_of_every_scenario_and_horizon_is_printed():
    rows = ROW.findall((PAGES / "evidence.md").read_text())
    assert [name for name, *_ in rows if name] == [scenario.name for scenario in SCENARIOS]
    assert [int(horizon) for _, horizon, *_ in rows] == [horizon.length for horizon in HORIZONS] * len(SCENARIOS)


def test_every_figure_of_evidence_is_explained():
    page = (PAGES / "evidence.md").read_text()
    nothing = Followed(Horizon(3, "months"), 0, *[None] * 3, 0, *[None] * 5, worst=None, best=None)
    names = [name.removeprefix("3m.") for name in nothing.values()]
    assert [name for name in names if f"`{name}`" not in page] == []
