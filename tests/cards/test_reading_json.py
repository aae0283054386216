from __future__ import annotations

import json

import numpy as np

from bot.cards.reading_json import event_json, reading_json
from tests.cards.readings import VALUES, cross_reading, event


def test_a_reading_has_the_documented_keys_in_order() -> None:
    keys = list(reading_json(cross_reading()))
    documented = "signal,subject,session,as_of,state,values,checks,source,basis,coverage,version"
    assert ",".join(keys).startswith(documented)


def test_numbers_stay_numbers_and_missing_is_null() -> None:
    values = {**VALUES, "rsi14": float("nan"), "rvol20": float("inf"), "fast": np.float64(1.5), "flat_sessions": None}
    answer = json.loads(json.dumps(reading_json(cross_reading(values=values)), allow_nan=False))
    assert answer["values"]["rsi14"] is None
    assert answer["values"]["rvol20"] is None
    assert answer["values"]["flat_sessions"] is None
    assert answer["values"]["fast"] == 1.5
    assert answer["values"]["last_golden"] == "2025-08-06"
    assert answer["coverage"] == {"n": 1, "of": 1}
    assert answer["checks"][1] == {"name": "volume", "result": "fail", "value": 0.98, "bound": 1.2}


def test_an_event_has_exactly_the_documented_keys() -> None:
    assert list(event_json(event())) == ["signal", "kind", "subject", "session", "version", "values"]
