"""The SEC's list of symbols: real, by share class, and every malformed one named."""

from __future__ import annotations

import gzip
import json

import pytest

from bot.market.sec_tickers import listings

GOOD = {"cik_str": 320193, "ticker": "AAPL", "title": "Apple Inc."}


def entry(**changed: object) -> dict[str, object]:
    return GOOD | {"cik_str": 7, "ticker": "XYZ", "title": "Xyz"} | changed


def read(*entries: object):
    return listings(json.dumps({str(number): each for number, each in enumerate(entries)}).encode())


def test_the_real_list_is_read_without_loss(market_data):
    body = gzip.decompress((market_data / "sec" / "sec_company_tickers.json.gz").read_bytes())
    found = listings(body)
    given = list(json.loads(body).values())
    assert found.faults == ()
    assert found.ciks == {each["ticker"]: each["cik_str"] for each in given}
    assert found.names[320193] == "Apple Inc."
    assert found.symbols[1652044] == ("GOOGL", "GOOG")
    assert found.classes["GOOG"] == "GOOGL"
    assert "GOOGL" not in found.classes


def test_a_list_and_small_letters_will_do():
    found = listings(json.dumps([GOOD, entry(ticker=" brk-b ")]).encode())
    assert (found.ciks, found.faults) == ({"AAPL": 320193, "BRK-B": 7}, ())


WHOLE = [b"", b"<html></html>", b'{"0": {"cik_str"', b"\xff", b"[" * 200_000, b"null", b"{}", b"[]", b'"x"', b"5"]


@pytest.mark.parametrize("body", WHOLE, ids=range(len(WHOLE)))
def test_a_list_that_makes_no_sense_is_told_in_a_line(body):
    found = listings(body)
    (fault,) = found.faults
    assert "ask the SEC for it again" in fault
    assert found.symbols == {}


NO_COMPANY, NO_SYMBOL = "has no number of a company", "has no symbol"
ENTRIES = [
    (None, NO_COMPANY),
    ([], NO_COMPANY),
    ("AAPL", NO_COMPANY),
    ({}, NO_COMPANY),
    (entry(cik_str="7"), NO_COMPANY),
    (entry(cik_str=0), NO_COMPANY),
    (entry(cik_str=-3), NO_COMPANY),
    (entry(cik_str=7.5), NO_COMPANY),
    (entry(cik_str=True), NO_COMPANY),
    (entry(cik_str=10**30), NO_COMPANY),
    (entry(ticker=None), NO_SYMBOL),
    (entry(ticker=""), NO_SYMBOL),
    (entry(ticker=5), NO_SYMBOL),
    (entry(ticker="A B"), NO_SYMBOL),
    (entry(ticker="../X"), NO_SYMBOL),
    (entry(ticker="X" * 40), NO_SYMBOL),
    (entry(ticker="AAPL"), "AAPL stands there twice; the first one counts"),
]


@pytest.mark.parametrize(("wrong", "words"), ENTRIES, ids=range(len(ENTRIES)))
def test_a_wrong_entry_is_told_and_costs_itself_alone(wrong, words):
    found = read(GOOD, wrong)
    (fault,) = found.faults
    assert fault.startswith("entry 2: ")
    assert words in fault
    assert found.ciks == {"AAPL": 320193}


def test_a_name_that_is_none_does_not_cost_the_symbol():
    assert read(entry(title=None)).names == {7: ""}


def test_many_wrong_entries_are_told_in_few_lines():
    found = read(*[None] * 50)
    assert len(found.faults) == 6
    assert found.faults[-1] == "and 45 more like these"
