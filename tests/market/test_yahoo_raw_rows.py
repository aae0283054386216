"""What an answer of Yahoo's says before yfinance has dropped some of it."""

from __future__ import annotations

import json
from datetime import date

import pytest

from bot.market.yahoo_session import RawRows, raw_rows
from tests.market.yahoo_server import chart

DAYS = [date(2025, 8, 7), date(2025, 8, 8), date(2025, 8, 8)]
LAST = DAYS[-1].toordinal() - date(1970, 1, 1).toordinal()


def body(closes, days=DAYS):
    return json.dumps(chart("XYZ", days, closes)).encode()


def test_the_last_day_is_that_of_the_latest_row_whatever_the_order():
    assert raw_rows(body([1.0, 2.0], [DAYS[1], DAYS[0]])) == RawRows(LAST)


def test_a_day_with_two_closes_is_disputed():
    assert raw_rows(body([10.0, 11.0, 12.0])) == RawRows(LAST, (LAST,))


@pytest.mark.parametrize("closes", [[10.0, 11.0, 11.0], [10.0, 11.0, 11.01], [10.0, 11.0, None], [10.0, None, None]])
def test_a_day_whose_closes_agree_or_are_missing_is_not(closes):
    assert raw_rows(body(closes)) == RawRows(LAST)


@pytest.mark.parametrize("text", [b"", b"<html>", b'{"chart": {"result": null}}', body([], [])])
def test_where_there_are_no_rows_there_is_nothing_to_say(text):
    assert raw_rows(text) == RawRows()


def test_twice_a_day_without_closes_is_for_yfinance_to_judge():
    assert raw_rows(b'{"timestamp": [86400, 86401]}') == RawRows(1)
