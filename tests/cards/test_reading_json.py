from __future__ import annotations

import json

import numpy as np

from bot.cards.card import Card, Field
from bot.cards.reading_json import answer_json, event_json, reading_json
from signals.types import Check, Result
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


def test_an_answer_says_what_is_missing_in_the_words_of_its_card() -> None:
    card = Card(
        "title", "text", fields=(Field("Price", "1"), Field("Missing", "**RSP**: no prices.\nQQQE: no prices."))
    )
    answer = answer_json(cross_reading(), card)
    assert answer == {**reading_json(cross_reading()), "missing": ["RSP: no prices.", "QQQE: no prices."]}


def test_an_answer_whose_card_has_no_such_field_names_what_is_unknown() -> None:
    checks = (Check("volume", Result.UNKNOWN, None, 1.2, "relative volume (IWM)"), Check("x", Result.PASS, 1.0, 0.5))
    card = Card("title", "**Unknown**: too few closes.\nMore.")
    assert answer_json(cross_reading(checks=checks), card)["missing"] == ["Relative volume (IWM): unknown."]
    unknown = answer_json(cross_reading(state="unknown", checks=checks[1:]), card)
    assert unknown["missing"] == ["Unknown: too few closes."]
    assert answer_json(cross_reading(checks=checks[1:]), card)["missing"] == []
