from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from signals.catchup import CATCHUP
from signals.cross import CROSS
from signals.errors import UnknownSubject
from signals.inquiry import followed, history_of, past_events, studied_of
from signals.insiders import INSIDERS
from signals.rotation import ROTATION
from signals.types import Market
from tests.cards.markets import market
from tests.signals.made_up import a_market, random_walk
from tests.signals.test_insiders import ALL, a_line
from tests.signals.test_insiders import a_market as insider_market

THRESHOLDS = CROSS.thresholds_with({"fast": 5, "slow": 20})


def test_an_index_is_read_beside_the_fund_whose_volume_speaks_for_it():
    assert history_of(CROSS, market(100), "^RUT", THRESHOLDS).subjects == ("^RUT", "IWM")


def test_an_index_without_its_fund_is_read_alone():
    assert history_of(CROSS, market(100), "^GSPC", THRESHOLDS).subjects == ("^GSPC",)


def test_a_stock_is_read_alone():
    assert history_of(CROSS, market(100), "RSP", THRESHOLDS).subjects == ("RSP",)


@pytest.mark.parametrize("subject", ["^RUT", "RSP", "IWM"])
def test_one_subject_reads_as_in_the_whole_market(subject):
    known = market(300)
    alone, whole = history_of(CROSS, known, subject, THRESHOLDS), CROSS.history(known, THRESHOLDS)
    for name in whole.columns:
        expected = whole[name][:, whole.subjects.index(subject)]
        np.testing.assert_array_equal(alone[name][:, alone.subjects.index(subject)], expected, err_msg=name)
    assert CROSS.reading(alone, subject, THRESHOLDS) == CROSS.reading(whole, subject, THRESHOLDS)


def test_only_the_subjects_own_events_are_studied():
    history = history_of(CROSS, market(600), "^RUT", THRESHOLDS)
    own = [e for e in CROSS.events(history, THRESHOLDS) if (e.subject, e.kind) == ("^RUT", "golden_cross")]
    reading = followed(CROSS, history, "^RUT", "golden_cross", THRESHOLDS)
    assert (reading.signal, reading.subject) == ("evidence", "^RUT")
    assert reading.values["events"] == len(own) > 3


def test_an_unknown_subject_or_event_is_refused():
    with pytest.raises(UnknownSubject, match="TSLA"):
        history_of(CROSS, market(50), "TSLA", THRESHOLDS)
    history = history_of(CROSS, market(50), "RSP", THRESHOLDS)
    with pytest.raises(UnknownSubject, match="boom"):
        followed(CROSS, history, "RSP", "boom", THRESHOLDS)


def test_events_of_the_whole_market_are_studied_in_the_closes_of_the_index():
    thresholds = ROTATION.thresholds_with()
    closes = random_walk(900, 2, seed=3)
    known = a_market(closes, ("^RUT", "^GSPC"))
    history = history_of(ROTATION, known, "small", thresholds)
    begun = [e for e in ROTATION.events(history, thresholds) if e.kind == "small_leads"]
    assert begun
    assert studied_of(ROTATION, "small") == "^RUT"
    reading = followed(ROTATION, history, "^RUT", "small_leads", thresholds)
    assert reading.values["events"] == len(begun)


def two_pairs() -> Market:
    closes = np.column_stack([[*[100.0] * 11, 90, 91, 92, 80], [*[50.0] * 11, 50, 40, 41, 42], [100.0] * 15])
    return a_market(closes, ("QQQJ", "QQQE", "QQQ"))


def test_of_one_subject_its_own_events_are_studied_where_all_share_an_index():
    thresholds = CATCHUP.thresholds_with({"peak_sessions": 10, "rearm_sessions": 1})
    history = history_of(CATCHUP, two_pairs(), "equal", thresholds)

    def studied(of: str | None) -> object:
        return followed(CATCHUP, history, "QQQJ", "new_trough", thresholds, of=of).values["events"]

    assert (studied("next100"), studied("equal"), studied(None)) == (2, 1, 3)


def test_events_of_a_thinly_covered_universe_are_not_studied():
    thresholds = CATCHUP.thresholds_with({"peak_sessions": 10, "rearm_sessions": 1})
    market = two_pairs()
    market.prices.close[11, 1] = np.nan  # one of the two pairs is unknown as the other falls
    of_a_universe = replace(CATCHUP, needs=replace(CATCHUP.needs, universe="nasdaq"))
    history = CATCHUP.history(market, thresholds)
    found = [
        followed(signal, history, "QQQJ", "new_trough", thresholds, of="next100").values["events"]
        for signal in (CATCHUP, of_a_universe)
    ]
    assert found == [2, 1]


def test_of_a_signal_that_names_symbols_only_the_symbols_own_events_are_studied():
    lines = [a_line(), a_line(symbol="STRL", owner="Roe"), a_line(traded=date(2025, 7, 3), owner="Poe")]
    history = history_of(INSIDERS, insider_market(*lines, covered={}), "AGX", ALL)
    found = [past_events(INSIDERS, history, symbol, "insider_purchase", ALL) for symbol in ("AGX", "STRL", "LITE")]
    assert [[event.session.day for event in events] for events in found] == [[1, 3], [1], []]
    assert len(past_events(INSIDERS, history, "^RUT", "insider_purchase", ALL)) == 3
