"""EDGAR's form index: of a quarter and of a day, wide rows, names with spaces, and malformed ones refused in words."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.market.sec_index import UnreadableIndex, deal_filings, read_index
from signals.deal_facts import FORMS
from tests.market.form4_text import HEADER, a_row

LONG_NAME = f"{'A NAME THAT FILLS ITS COLUMN ' * 2}& C"
ROWS = (
    ("1-A", "1st stREIT Office Inc.", "1692951", "2025-07-07", "edgar/data/1692951/0001692951-25-000001.txt"),
    ("4", "ARGAN INC", "100591", "2025-07-03", "edgar/data/100591/0000100591-25-000012.txt"),
    ("4/A", "Doe  Jane  3", "2000001", "2025-07-09", "edgar/data/2000001/0000100591-25-000013.txt"),
    ("DEFM14A", LONG_NAME, "7", "2025-07-01", "edgar/data/7/0000000007-25-000001.txt"),
    ("SC 14D9", "ARGAN INC", "100591", "2025-07-25", "edgar/data/100591/0000000009-25-000002.txt"),
    ("SC TO-T", "ARGAN INC", "100591", "2025-07-18", "edgar/data/100591/0000000008-25-000001.txt"),
    ("SC TO-T", "BIDDER \xc9 CIE 2025", "8", "2025-07-18", "edgar/data/8/0000000008-25-000001.txt"),
    ("SC TO-T/A", "BIDDER \xc9 CIE 2025", "8", "2025-07-21", "edgar/data/8/0000000008-25-000009.txt"),
)  # fmt: skip
QUARTERLY = HEADER + "".join(a_row(*row) for row in ROWS)
DAILY = HEADER.replace("July 18, 2025", "20250718") + "".join(
    a_row(*row[:3], row[3].replace("-", ""), row[4]) for row in ROWS
)


@pytest.mark.parametrize("text", [QUARTERLY, DAILY, QUARTERLY.encode("latin-1"), QUARTERLY.replace("\n", "\r\n")])
def test_every_row_is_read_as_it_is(text):
    found = read_index(text)
    told = [(each.form, each.company, str(each.cik), each.filed.isoformat(), each.path) for each in found.lines]
    assert told == list(ROWS)
    assert (found.received, found.faults) == (date(2025, 7, 18), ())
    assert found.lines[1].accession == "0000100591-25-000012"


def test_a_header_as_wide_as_the_rows_is_read_too():
    narrow = HEADER + "".join(f"{form:<12}{name:<62}{cik:<12}{day:<12}{path}\n" for form, name, cik, day, path in ROWS)
    assert read_index(narrow).lines == read_index(QUARTERLY).lines


def test_only_the_forms_asked_for_are_read_and_an_amendment_is_another_form():
    assert [each.cik for each in read_index(QUARTERLY, {"SC TO-T"}).lines] == [100591, 8]
    assert [each.form for each in read_index(QUARTERLY, {"4", "4/A"}).lines] == ["4", "4/A"]
    assert read_index(QUARTERLY, {"S-1"}).lines == ()


def test_merger_filings_have_the_symbols_of_their_companies_and_their_numbers():
    filings = deal_filings(read_index(QUARTERLY, FORMS).lines, {100591: "AGX"})
    assert [(each.filed.day, each.form, each.symbol) for each in filings] == [
        (1, "DEFM14A", ""),
        (18, "SC TO-T", ""),
        (18, "SC TO-T", "AGX"),
        (25, "SC 14D9", "AGX"),
    ]
    assert filings[1].accession == filings[2].accession == "0000000008-25-000001"
    assert deal_filings(read_index(QUARTERLY).lines * 2, {100591: "AGX"}) == filings


def test_a_day_without_filings_is_known_to_have_none():
    assert read_index(HEADER).lines == ()
    assert read_index(HEADER).received == date(2025, 7, 18)
    assert read_index(HEADER.replace("July 18, 2025", "soon")).received is None


def test_a_file_of_another_name_has_no_number():
    assert read_index(QUARTERLY.replace("-000012.txt", "-index.htm")).lines[1].accession == ""


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("4   ARGAN INC", "'4   ARGAN INC' is no form, company, CIK, day and file"),
        (a_row("4", "ARGAN INC", "none", "2025-07-03", "edgar/data/1/1.txt"), "is no form, company"),
        (a_row("4", "ARGAN INC", "1", "July 3", "edgar/data/1/1.txt"), "is no form, company"),
        (a_row("4", "ARGAN INC", "1", "2025-02-30", "edgar/data/1/1.txt"), "2025-02-30 is no day"),
        (a_row("4", "ARGAN INC", "1", "20251301", "edgar/data/1/1.txt"), "20251301 is no day"),
        (a_row("4", "ARGAN INC", "1", "2025-07-03", "/etc/passwd"), "is no form, company"),
        (a_row("4", "ARGAN INC", "12345678901", "2025-07-03", "edgar/data/1/1.txt"), "is no form, company"),
        (a_row("4", "", "1", "2025-07-03", "edgar/data/1/1.txt"), "is no form, company"),
        (a_row("", "ARGAN INC", "1", "2025-07-03", "edgar/data/1/1.txt"), "is no form, company"),
        ("4|ARGAN INC|1|2025-07-03|edgar/data/1/1.txt", "is no form, company"),
        ("\x00\x01\x02", "is no form, company"),
    ],
)
def test_a_row_that_is_none_costs_itself_alone_and_is_named(row, words):
    found = read_index(f"{QUARTERLY}{row}\n")
    assert len(found.lines) == len(ROWS)
    (fault,) = found.faults
    assert fault.startswith("line 18: ")
    assert words in fault


def test_many_rows_that_are_none_are_counted():
    assert read_index(QUARTERLY + "odd\n" * 9).faults[-1] == "6 more rows like these"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "has no line of dashes"),
        ("<html>Request Rate Threshold Exceeded</html>", "has no line of dashes; it begins with '<html>"),
        ("<Error><Code>AccessDenied</Code></Error>", "has no line of dashes"),
        ('{"directory": {}}', "has no line of dashes"),
        ("-" * 80, "its columns are '', not Form Type"),
        (QUARTERLY.replace("-" * 141, ""), "has no line of dashes"),
        (QUARTERLY.replace("Form Type ", "Form "), "its columns are 'Form, Company Name"),
        (QUARTERLY.replace("Date Filed", "Filed"), "its columns are"),
        (
            QUARTERLY.replace("Form Type   Company Name", "Company Name   Form Type"),
            "its columns are 'Company Name, Form",
        ),
        ("CIK|Company Name|Form Type|Date Filed|Filename\n" + "-" * 80 + "\n", "its columns are 'CIK|Company"),
        (HEADER + "odd\n", "no row can be read; line 10: 'odd' is no form"),
        (HEADER + QUARTERLY[: len(HEADER)], "no row can be read"),
        (HEADER.replace("Last Data Received", "Received"), "has no row, and does not say of which day"),
    ],
)
def test_a_malformed_index_gives_a_reason(text, reason):
    with pytest.raises(UnreadableIndex) as caught:
        read_index(text)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


@settings(deadline=None)
@given(st.data())
def test_an_index_that_was_damaged_anywhere_is_read_or_refused_in_words(data):
    body = QUARTERLY.encode("latin-1")
    at = data.draw(st.integers(0, len(body)))
    damaged = body[:at] + data.draw(st.binary(max_size=6)) + body[at + data.draw(st.integers(0, 300)) :]
    with suppress(UnreadableIndex):
        read_index(damaged)
