from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from bot.market.types import Status
from bot.market.yahoo_bars import Sent, judge
from bot.market.yahoo_wire import FIELDS, Answer
from tests.market.yahoo_server import weekdays

SESSIONS = weekdays(date(2025, 7, 21), date(2025, 8, 9), closed=[date(2025, 7, 25)]).sessions
NAN = float("nan")


def judged(closes, *, volumes=None, days=None, splits=None, traded_since=date(1990, 1, 2)) -> Answer:
    days = SESSIONS if days is None else np.array(days, dtype="datetime64[D]")
    values = np.tile(np.asarray(closes, dtype=float), (len(FIELDS), 1))
    values[FIELDS.index("volume")] = 1_000.0 if volumes is None else volumes
    moves = np.zeros(len(days)) if splits is None else np.asarray(splits, dtype=float)
    return judge("XYZ", Sent(days, values, moves, "Xyz Inc.", traded_since), SESSIONS)


def rising(count: int = len(SESSIONS)) -> np.ndarray:
    return 10.0 + np.arange(count)


def close(answer: Answer) -> np.ndarray:
    assert answer.bars is not None
    return answer.bars[FIELDS.index("close")]


def test_complete_bars_are_ok_and_handed_over_as_sent():
    answer = judged(rising())
    assert (answer.status, answer.detail, answer.last_session) == (Status.OK, "", date(2025, 8, 8))
    np.testing.assert_array_equal(close(answer), rising())


def test_a_nan_tail_is_stale_and_says_since_when():
    closes = rising()
    closes[-2:] = NAN
    volumes = np.full(len(closes), 1_000.0)
    volumes[-2:] = 0
    answer = judged(closes, volumes=volumes)
    assert answer.status is Status.STALE
    assert answer.detail == "no price after 2025-08-06, 2 closed sessions missing"
    assert answer.last_session == date(2025, 8, 6)


def test_rows_left_out_at_the_end_are_stale_too():
    answer = judged(rising()[:-1], days=SESSIONS[:-1])
    assert answer.status is Status.STALE
    assert answer.detail == "no price after 2025-08-07, 1 closed session missing"


def test_volume_without_a_price_on_the_last_session_is_suspect():
    closes = rising()
    closes[-1] = NAN
    answer = judged(closes)
    assert answer.status is Status.SUSPECT
    assert "volume without a price on 2025-08-08" in answer.detail
    assert answer.last_session == date(2025, 8, 7)


@pytest.mark.parametrize("way", ["left out", "nan"])
def test_a_missing_inner_session_is_suspect_and_its_bar_is_nan(way):
    if way == "nan":
        closes, volumes = rising(), np.full(len(SESSIONS), 1_000.0)
        closes[3], volumes[3] = NAN, 0
        answer = judged(closes, volumes=volumes)
    else:
        answer = judged(np.delete(rising(), 3), days=np.delete(SESSIONS, 3))
    assert answer.status is Status.SUSPECT
    assert answer.detail == f"no price on {SESSIONS[3]}"
    assert np.flatnonzero(np.isnan(close(answer))).tolist() == [3]


def test_many_missing_sessions_are_counted_and_the_first_ones_named():
    answer = judged(rising()[[0, -1]], days=SESSIONS[[0, -1]])
    assert answer.detail == f"no price on {SESSIONS[1]}, {SESSIONS[2]}, {SESSIONS[3]} and {len(SESSIONS) - 5} more"


def test_volume_of_zero_is_missing_not_zero():
    volumes = np.full(len(SESSIONS), 1_000.0)
    volumes[2] = 0
    answer = judged(rising(), volumes=volumes)
    assert answer.status is Status.OK
    assert answer.bars is not None
    assert np.flatnonzero(np.isnan(answer.bars[FIELDS.index("volume")])).tolist() == [2]


def test_a_price_of_zero_is_missing_and_suspect():
    closes = rising()
    closes[4] = 0.0
    answer = judged(closes)
    assert answer.status is Status.SUSPECT
    assert f"a price of 0 or less on {SESSIONS[4]}" in answer.detail
    assert np.isnan(close(answer)[4])


def test_infinite_prices_are_missing():
    closes = rising()
    closes[4] = float("inf")
    assert np.isnan(close(judged(closes))[4])


def test_no_bar_at_all_is_empty():
    answer = judged([], days=[])
    assert (answer.status, answer.bars) == (Status.EMPTY, None)


def test_bars_without_any_price_are_empty_and_say_that_volume_came():
    answer = judged(np.full(len(SESSIONS), NAN))
    assert answer.status is Status.EMPTY
    assert "volume without a price" in answer.detail


def test_bars_outside_the_sessions_asked_for_are_not_handed_over():
    days = [*SESSIONS.tolist(), date(2025, 8, 11)]
    answer = judged(rising(len(days)), days=days)
    assert answer.status is Status.OK
    assert len(close(answer)) == len(SESSIONS)


def test_a_bar_on_a_day_without_a_session_is_left_out_and_told():
    days = [*SESSIONS.tolist(), date(2025, 7, 26)]
    answer = judged(rising(len(days)), days=days)
    assert answer.detail == "bars on days without a session left out: 2025-07-26"
    np.testing.assert_array_equal(close(answer), rising())


def test_two_bars_of_one_session_are_suspect():
    days = [*SESSIONS.tolist(), date(2025, 8, 8)]
    answer = judged(rising(len(days)), days=days)
    assert answer.status is Status.SUSPECT
    assert "more than one bar on 2025-08-08, with different closes: left out" in answer.detail
    assert np.isnan(close(answer)[-1])


def test_two_bars_of_one_session_with_one_close_are_one():
    closes = rising()
    answer = judged([*closes, closes[-1]], days=[*SESSIONS.tolist(), date(2025, 8, 8)])
    assert (answer.status, answer.detail) == (Status.OK, "")
    np.testing.assert_array_equal(close(answer), closes)


@pytest.mark.parametrize("days_later", [-1, 1])
def test_dates_shifted_by_a_day_are_refused(days_later):
    answer = judged(rising(), days=SESSIONS + np.timedelta64(days_later, "D"))
    assert (answer.status, answer.bars) == (Status.FAILED, None)
    assert "the dates look shifted: bars on" in answer.detail
    assert "none of them is used" in answer.detail


def test_weekend_rows_beside_whole_sessions_are_no_shift():
    days = np.arange(SESSIONS[0], SESSIONS[-1] + 1)
    answer = judged(10.0 + np.arange(len(days)), days=days)
    assert answer.status is Status.SUSPECT
    assert answer.detail == "bars on days without a session left out: 2025-07-25, 2025-07-26, 2025-07-27 and 2 more"
    assert not np.isnan(close(answer)).any()


def test_bars_of_days_to_come_are_left_out_and_told():
    answer = judged(rising(len(SESSIONS) + 1), days=[*SESSIONS.tolist(), date(2026, 8, 11)])
    assert (answer.status, answer.detail) == (Status.SUSPECT, "bars of days to come left out, the last of 2026-08-11")


@pytest.mark.parametrize(
    ("symbol", "told", "words"),
    [
        ("XYZ", {"symbol": "ABC"}, "Yahoo sent the bars of ABC instead: none of them is used"),
        ("XYZ", {"currency": "CAD"}, "Yahoo's prices are in CAD, not in US dollars: none of them is used"),
        ("XYZ.TO", {"currency": "CAD"}, ""),
        ("XYZ", {"symbol": "XYZ", "currency": "USD"}, ""),
    ],
)
def test_bars_of_another_symbol_or_money_are_refused(symbol, told, words):
    values = np.tile(rising(), (len(FIELDS), 1))
    answer = judge(symbol, Sent(SESSIONS, values, np.zeros(len(SESSIONS)), **told), SESSIONS)
    assert (answer.status, answer.detail) == (Status.FAILED if words else Status.OK, words)


def test_a_listing_within_the_range_is_no_hole():
    answer = judged(rising()[5:], days=SESSIONS[5:], traded_since=SESSIONS[5].item())
    assert answer.status is Status.OK


def test_a_missing_beginning_of_an_old_listing_is_suspect():
    answer = judged(rising()[5:], days=SESSIONS[5:])
    assert answer.status is Status.SUSPECT
    assert answer.detail == f"no price before {SESSIONS[5]}, 5 sessions missing, though traded since 1990-01-02"


@pytest.mark.parametrize(("ratio", "words"), [(1 / 190, "1 for 190"), (4.0, "4 for 1")])
def test_prices_that_jump_by_their_split_are_suspect(ratio, words):
    closes = np.full(len(SESSIONS), 10.0)
    closes[6:] /= ratio
    splits = np.zeros(len(SESSIONS))
    splits[6] = ratio
    answer = judged(closes, splits=splits)
    assert answer.status is Status.SUSPECT
    start = f"the split of {SESSIONS[6]} ({words}) is not in the prices: bars"
    assert answer.detail == f"{start} from then on are left out"
    assert answer.last_session == SESSIONS[5].item()
    assert np.isfinite(close(answer)).tolist() == [True] * 6 + [False] * (len(SESSIONS) - 6)


def test_of_a_split_that_was_left_for_a_month_the_older_bars_go():
    sessions = weekdays(date(2025, 5, 1), date(2025, 8, 9)).sessions
    closes = np.full(len(sessions), 10.0)
    closes[10:] *= 190
    splits = np.zeros(len(sessions))
    splits[10] = 1 / 190
    answer = judge("XYZ", Sent(sessions, np.tile(closes, (len(FIELDS), 1)), splits), sessions)
    assert answer.detail.endswith("is not in the prices: bars before it are left out")
    assert answer.last_session == date(2025, 8, 8)
    assert np.flatnonzero(np.isfinite(close(answer)))[0] == 10


@pytest.mark.parametrize("move", [0.8, 1.0, 1.3])
def test_a_split_already_in_the_prices_is_no_reason_for_doubt(move):
    closes = np.full(len(SESSIONS), 10.0)
    closes[6:] *= move
    splits = np.zeros(len(SESSIONS))
    splits[6] = 0.1
    assert judged(closes, splits=splits).status is Status.OK
