"""A folder's own forms of insiders and merger filings: what is read, and what is said of the rest."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from bot.market.folder_reference import read_reference

INSIDERS = (
    "symbol,filed,traded,code,shares,price_usd,owner,role,side,derivative,planned,form,period\n"
    "AGX,2025-07-02,2025-07-01,P,1000,10,Doe Jane,Director,,,,,\n"
    "agx,2025-07-03,2025-07-02,s,300,12,Roe Richard,,,no,yes,4,\n"
    "BRK.B,2025-07-03,2025-07-02,P,5,,Poe Ann,,A,,,5,2025-07-01\n"
    "AGX,2025-07-09,2025-07-01,P,900,10,Doe Jane,Director,,,,4/A,\n"
)
SHORT = "symbol,filed,traded,code,shares,price_usd,owner\nAGX,2025-07-02,2025-07-01,P,1000,10,Doe Jane\n"
COVERED = "symbol,first,last\nAGX,2025-01-01,2025-03-31\nAGX,2025-04-01,2025-07-31\n"
DEALS = (
    "filed,form,company,cik,symbol,accession\n"
    "2025-07-18,SC TO-T,Argan,100591,AGX,0000000001-25-000009\n"
    '2025-07-01,defm14a,"Eight, Inc.",,,\n'
    "2025-07-02,SC TO-T/A,Argan,100591,AGX,0000000001-25-000010\n"
)
SPANS = "first,last\n2025-04-01,2025-06-30\n2025-01-01,2025-04-15\n2024-01-01,2024-03-31\n"


def read(tmp_path, **files: str):
    for name, text in files.items():
        folder, _, file = name.partition("_")
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / f"{file}.csv").write_text(text, encoding="utf-8")
    reference = read_reference(tmp_path)
    return reference.facts, [fault for fault in reference.faults if fault.startswith(("insiders", "deals"))]


def test_a_line_of_a_form_is_a_row_and_capitals_and_absent_columns_do_not_matter(tmp_path):
    facts, faults = read(tmp_path, insiders_own=INSIDERS, insiders_covered=COVERED)
    known = facts.insiders
    assert faults == []
    assert known.companies == ("AGX", "BRK-B")
    assert known.code.tolist() == ["P", "S", "P", "P"]
    assert known.is_acquired.tolist() == [True, False, True, True]
    assert known.is_planned.tolist() == [False, True, False, False]
    assert known.replaced.astype(str).tolist() == ["2025-07-09", "NaT", "NaT", "NaT"]
    assert np.isnan(known.price_usd[-1])
    assert known.covered == {"AGX": (date(2025, 1, 1), date(2025, 7, 31))}


def test_columns_that_are_not_needed_may_be_absent(tmp_path):
    facts, _ = read(tmp_path, insiders_own=SHORT)
    assert facts.insiders.shares.tolist() == [1000.0]
    assert facts.insiders.is_purchase.all()


def test_filings_are_read_once_and_amendments_left_out(tmp_path):
    facts, faults = read(tmp_path, deals_own=DEALS, deals_again=DEALS, deals_covered=SPANS)
    assert faults == []
    assert [(each.form, each.company, each.cik, each.symbol) for each in facts.deals.filings] == [
        ("DEFM14A", "Eight, Inc.", 0, ""),
        ("SC TO-T", "Argan", 100591, "AGX"),
    ]
    assert facts.deals.covered == (
        (date(2024, 1, 1), date(2024, 3, 31)),
        (date(2025, 1, 1), date(2025, 6, 30)),
    )


def test_no_folder_is_nothing_known_and_spans_alone_are_something(tmp_path):
    facts, faults = read(tmp_path)
    assert (facts.insiders, facts.deals, faults) == (None, None, [])
    facts, _ = read(tmp_path, insiders_covered=COVERED, deals_covered=SPANS)
    assert facts.insiders.companies == ("AGX",)
    assert len(facts.insiders.filed) == 0
    assert facts.deals.filings == ()


def test_days_between_spans_are_named_and_the_last_span_is_used(tmp_path):
    facts, faults = read(
        tmp_path, insiders_covered="symbol,first,last\nA,2025-01-01,2025-01-31\nA,2025-03-01,2025-03-31\n"
    )
    assert facts.insiders.covered == {"A": (date(2025, 3, 1), date(2025, 3, 31))}
    assert faults == ["insiders/covered.csv: A has days that are not covered; the last span is used"]


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        (0, "A B?C", "is no symbol"),
        (0, "", "'' is no symbol"),
        (1, "07/02/2025", "'07/02/2025' is no day like 2025-07-01"),
        (2, "2025-02-30", "is no day"),
        (3, "PP", "code is 'PP'; write the form's letter"),
        (3, "1", "code is '1'"),
        (4, "many", "shares is 'many'; write a number, or nothing"),
        (4, "-5", "shares is '-5'"),
        (4, "inf", "shares is 'inf'"),
        (5, "$10", "price_usd is '$10'"),
        (4, "9e12", "shares times price are $90,000,000,000,000"),
        (6, "", "owner is ''"),
        (6, "x" * 200, "owner is 'xxxx"),
        (8, "B", "side is 'B'; write A (acquired) or D (disposed of)"),
        (9, "perhaps", "derivative is 'perhaps'; write yes or no"),
        (10, "2", "planned is '2'"),
        (11, "8-K", "form is '8-K'; write 4, 4/A, 5 or 5/A"),
        (12, "July", "'July' is no day"),
    ],
)
def test_a_bad_line_of_a_form_costs_itself_alone_and_is_named(tmp_path, column, cell, words):
    lines = INSIDERS.splitlines()
    cells = lines[1].split(",")
    cells[column] = cell
    facts, (fault,) = read(tmp_path, insiders_own="\n".join([lines[0], ",".join(cells), *lines[2:]]))
    assert fault.startswith("insiders/own.csv: line 2: ")
    assert words in fault
    assert len(facts.insiders.filed) == 3


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        (0, "2025-7-1", "is no day"),
        (1, "", "'' of 'Argan' is no form of a company"),
        (2, "", "'SC TO-T' of '' is no form of a company"),
        (2, "x" * 300, "is no form of a company"),
        (3, "CIK1", "cik is 'CIK1'"),
        (4, "!", "'!' is no symbol"),
    ],
)
def test_a_bad_line_of_a_filing_costs_itself_alone_and_is_named(tmp_path, column, cell, words):
    lines = DEALS.splitlines()
    cells = lines[1].split(",")
    cells[column] = cell
    facts, (fault,) = read(tmp_path, deals_own="\n".join([lines[0], ",".join(cells), *lines[2:]]))
    assert fault.startswith("deals/own.csv: line 2: ")
    assert words in fault
    assert len(facts.deals.filings) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1: no column symbol, filed, traded, code, shares, price_usd, owner; the header is symbol,filed"),
        ("<html>busy</html>\n", "line 1: no column symbol"),
        ("symbol,symbol,filed,traded,code,shares,price_usd,owner\n", "a column stands there twice"),
        ('symbol,filed\n"A,2025\n', "cannot be read"),
        (SHORT.replace("AGX", "?"), "is no symbol; left out; a row is symbol,filed"),
        ("symbol,filed,traded,code,shares,price_usd,owner\n" + "?,,,,,,\n" * 9, "owner is ''"),
        ("\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "line 1: no column"),
    ],
)
def test_a_file_that_is_none_is_named_and_costs_itself_alone(tmp_path, text, words):
    facts, (fault,) = read(tmp_path, insiders_bad=text, insiders_own=SHORT)
    assert words in fault
    assert len(facts.insiders.filed) == 1


def test_many_bad_lines_are_counted(tmp_path):
    _, faults = read(tmp_path, insiders_own=SHORT + "?,,,,,,\n" * 9)
    assert len(faults) == 4
    assert faults[-1] == "insiders/own.csv: 6 more rows like these"


def test_what_is_no_text_or_may_not_be_read_is_named(tmp_path):
    (tmp_path / "deals").mkdir()
    (tmp_path / "deals" / "odd.csv").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "deals" / "folder.csv").mkdir()
    (tmp_path / "insiders").write_text("a file")
    facts, faults = read(tmp_path)
    assert facts.deals is None
    assert any("write it again as UTF-8" in fault for fault in faults)
    assert any("folder.csv: cannot be read" in fault for fault in faults)


@pytest.mark.parametrize("text", ["first,last\n2025-02-01,2025-01-01\n", "first,last\nx,2025-01-01\n", "from,to\n"])
def test_a_span_that_is_none_is_named(tmp_path, text):
    facts, (fault,) = read(tmp_path, deals_covered=text)
    assert fault.startswith("deals/covered.csv: line ")
    assert facts.deals is None
