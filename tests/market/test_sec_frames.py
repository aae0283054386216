"""The SEC's frames and its index of filings: what is understood, and what is wrong with malformed ones."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.market.sec_filed import filings_of
from bot.market.sec_frames import frame_of
from tests.market.edgar_server import EdgarServer

TODAY = date(2025, 8, 8)
ASKED = ("us-gaap", "NetIncomeLoss", "USD", "CY2025Q1")
ACCESSION = "0001628280-25-024567"


def fact(**changed):
    start, end = "2025-01-01", "2025-03-31"
    told = {"accn": ACCESSION, "cik": 874238, "entityName": "Sterling", "loc": "US-TX", "start": start, "end": end}
    return {**told, "val": 39_480_000, **changed}


def frame(*facts, **changed):
    told = {"taxonomy": ASKED[0], "tag": ASKED[1], "ccp": ASKED[3], "uom": ASKED[2], "label": "Net income"}
    return {**told, "description": "…", "pts": len(facts), "data": list(facts), **changed}


def read(said, asked=ASKED):
    return frame_of(said if isinstance(said, bytes) else json.dumps(said).encode(), asked, TODAY)


def test_a_fact_of_a_quarter_has_company_months_filing_and_the_day_it_was_seen():
    found = read(frame(fact()))
    assert found.faults == ()
    expected = (874238, 3, date(2025, 3, 31), ACCESSION.encode(), 39_480_000.0, TODAY)
    assert found.facts.tolist() == [expected]


def test_a_fact_of_a_day_has_no_start():
    asked = ("us-gaap", "StockholdersEquity", "USD", "CY2025Q1I")
    said = frame({k: v for k, v in fact().items() if k != "start"}, tag=asked[1], ccp=asked[3])
    assert read(said, asked).facts["months"].tolist() == [0]


def test_a_fact_of_an_odd_span_is_counted_and_left_out():
    found = read(frame(fact(), fact(cik=2, start="2025-01-25")))
    assert (len(found.facts), found.odd_spans, found.faults, found.is_whole) == (1, 1, (), True)


def test_an_empty_frame_is_an_answer():
    assert read(frame()).is_whole


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "is no JSON"),
        (b"<html>busy</html>", "is no JSON"),
        (b'{"data": [', "is no JSON"),
        (b"\xff\xfe\x00", "is no JSON"),
        (b"[" * 100_000, "is no JSON"),
        (b"[]", "has no data"),
        (b"null", "has no data"),
        (b'{"data": {}}', "has no data"),
        (b'{"message": "Missing Authentication Token"}', "has no data"),
        (frame(fact(), tag="Assets"), "answers another question ('NetIncomeLoss' where 'Assets' came)"),
        (frame(fact(), ccp="CY2025Q2"), "answers another question"),
        (frame(fact(), uom="EUR"), "answers another question"),
        (frame(fact(), taxonomy=None), "answers another question"),
        (frame(7), "'7' is no fact"),
        (frame(None), "'None' is no fact"),
        (frame(fact(cik="874238")), "cik is '874238', no number of a company"),
        (frame(fact(cik=True)), "cik is 'True'"),
        (frame(fact(cik=-3)), "cik is '-3'"),
        (frame(fact(cik=10**40)), "cik is 'a number of many digits'"),
        (frame(fact(accn="25-024567")), "accn is '25-024567', no number of a filing"),
        (frame(fact(accn=None)), "accn is 'None'"),
        (frame(fact(end="2025-02-30")), "end is '2025-02-30', no date"),
        (frame(fact(end=20250331)), "end is '20250331', no date"),
        (frame(fact(start=None)), "start is 'None', no date"),
        (frame(fact(val="1")), "val is '1', no number"),
        (frame(fact(val=None)), "val is 'None', no number"),
        (json.dumps(frame(fact(val=float("nan")))).encode(), "val is 'nan', no number"),
        (frame(fact(val=10**400)), "val is 'a number of many digits', no number"),
    ],
)
def test_a_malformed_frame_gives_a_reason(body, words):
    found = read(body)
    assert words in found.faults[0]
    assert "again" in found.faults[0]
    assert (len(found.facts), found.is_whole) == (0, False)


def test_what_is_sound_in_a_frame_is_used():
    found = read(frame(fact(), fact(val=None), fact(val=None), fact(cik=0), fact(end=1), fact(accn=2), fact(start=3)))
    assert len(found.facts) == 1
    assert found.is_whole
    assert "(2 such)" in found.faults[0]
    assert found.faults[-1] == "and 2 more like these"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(list(fact())), inner, max_size=6),
    max_leaves=12,
)


@given(data=JSON)
@settings(max_examples=150, deadline=None)
def test_no_frame_raises(data):
    found = read(frame(ccp="CY2025Q1", data=data) if isinstance(data, list) else data)
    assert found.is_whole or found.faults


def index(*lines: str) -> bytes:
    header = "Description:  XBRL Index\n\nCIK|Company Name|Form Type|Date Filed|Filename\n" + "-" * 40
    return "\n".join([header, *lines, ""]).encode()


GOOD = f"874238|STERLING|10-Q|2025-05-06|edgar/data/874238/{ACCESSION}.txt"


def test_an_index_dates_filings_and_knows_reports():
    other = GOOD.replace("10-Q", "8-K").replace("024567", "024500")
    found = filings_of(index(GOOD, other))
    assert found.faults == ()
    assert found.filings.tolist() == [
        (b"0001628280-25-024500", date(2025, 5, 6), 874238, False),
        (ACCESSION.encode(), date(2025, 5, 6), 874238, True),
    ]


def test_the_index_on_loopback_is_laid_out_like_the_real_one():
    server = EdgarServer(3, today=TODAY)
    assert len(filings_of(server.index(2025, 2).encode()).filings) == 3


def test_an_index_without_filings_yet_is_an_index():
    assert filings_of(index()).is_whole


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>busy</html>",
        b"\xff\xfe",
        b"CIK|Company Name|Form Type|Date Filed\n1|A|10-K|2025-01-01",
        b"Form Type  Company Name  CIK  Date Filed  File Name\n",
        index("x"),
        index("|"),
        index("||||"),
        index(GOOD + "|more"),
        index(GOOD.replace("874238|", "|")),
        index(GOOD.replace("874238|", "-1|")),
        index(GOOD.replace("874238|", "9" * 5000 + "|")),
        index(GOOD.replace("874238|", "٣|")),
        index(GOOD.replace("2025-05-06", "05/06/2025")),
        index(GOOD.replace("2025-05-06", "2025-02-30")),
        index(GOOD.replace("2025-05-06", "")),
        index(GOOD.replace(".txt", "")),
        index(GOOD.replace(ACCESSION, "1")),
        index(GOOD.replace("edgar/data", "../data")),
        index(GOOD[:60]),
    ],
)
def test_a_malformed_index_gives_a_reason(body):
    found = filings_of(body)
    assert len(found.faults) == 1
    assert "again" in found.faults[0]
    assert (len(found.filings), found.is_whole) == (0, False)


def test_a_line_that_is_none_costs_itself_alone():
    found = filings_of(index("x", GOOD, "y", "z"))
    assert len(found.filings) == 1
    assert found.faults[-1] == "and 2 more lines like this"
