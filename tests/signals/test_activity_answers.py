"""Known answers of momentum and activity, and TA-Lib's RSI beside ours."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from signals.activity import ACTIVITY
from tests.signals.made_up import a_market, random_walk, real_market

KNOWN = tomllib.loads((Path(__file__).parents[1] / "answers" / "activity.toml").read_text())
DEFAULTS = ACTIVITY.thresholds_with()


@pytest.mark.parametrize("answer", KNOWN["answer"], ids=lambda a: f"{a['subject']} {a['session']}")
def test_known_reading(market_data, answer):
    beside = ("IWM",) if answer["subject"] == "^RUT" else ()
    market = real_market(market_data, answer["subject"], *beside, until=answer["session"])
    reading = ACTIVITY.reading(ACTIVITY.history(market, DEFAULTS), answer["subject"], DEFAULTS)
    found = {name: round(v, 4) if isinstance(v, float) else v for name, v in reading.values.items()}
    assert (reading.session, reading.state) == (answer["session"], answer["state"])
    assert {name: found[name] for name in answer["values"]} == answer["values"]


def test_the_rsi_is_talibs():
    talib = pytest.importorskip("talib")
    closes = random_walk(600, 4, seed=9)
    ours = ACTIVITY.history(a_market(closes), DEFAULTS)["rsi14"]
    theirs = np.column_stack([talib.RSI(np.ascontiguousarray(close), 14) for close in closes.T])
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)


@pytest.mark.parametrize("symbol", ["^RUT", "AGX"])
def test_it_is_crowded_as_often_as_a_plain_switch_over_talibs_rsi_says(market_data, symbol):
    talib = pytest.importorskip("talib")
    market = real_market(market_data, symbol)
    closes = market.prices.close[:, 0]
    known = np.flatnonzero(np.isfinite(closes))
    assert len(known) == known[-1] - known[0] + 1  # no holes
    is_armed, expected = None, []
    for row, rsi in zip(known, talib.RSI(closes[known], 14), strict=True):
        if np.isnan(rsi):
            continue
        if rsi >= 80:
            if is_armed:
                expected.append(str(market.prices.sessions[row]))
            is_armed = False
        elif rsi < 70 or is_armed is None:
            is_armed = True
    events = ACTIVITY.events(ACTIVITY.history(market, DEFAULTS), DEFAULTS)
    assert [str(event.session) for event in events] == expected
    assert len(expected) == {"^RUT": 32, "AGX": 20}[symbol]
