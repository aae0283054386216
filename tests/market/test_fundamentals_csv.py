"""A folder's own figures of companies: what is read, what a row of them becomes, and what is said of the rest."""

from __future__ import annotations

import numpy as np
import pytest

from bot.market.folder_reference import read_reference
from bot.market.fundamentals_csv import UnreadableFundamentals, read_fundamentals, rows_of
from signals.standing import standing

HEADER = "symbol,period_end,filed,revenue,cash,shares\n"
GOOD = HEADER + "STRL,2025-03-31,2025-05-05,430.9,638.6,30.4\nAGX,2025-04-30,2025-06-04,193.7,,13.6\n"


def refused(error: OSError) -> str:
    return f"cannot be read ({error.strerror})"


def read(tmp_path, *texts: str):
    folder = tmp_path / "fundamentals"
    folder.mkdir()
    for number, text in enumerate(texts):
        (folder / f"{number}.csv").write_bytes(text.encode())
    return read_fundamentals(folder, refused)


def test_a_row_is_a_quarter_and_a_balance_sheet(tmp_path):
    known, faults = read(tmp_path, GOOD)
    assert faults == []
    assert known.companies == ("AGX", "STRL")
    assert known.months.tolist() == [0, 3, 0, 3]
    assert known.filed.astype(str).tolist() == ["2025-06-04"] * 2 + ["2025-05-05"] * 2
    found = standing(known, np.array([1]), np.array(["2025-05-05"], dtype="datetime64[D]")).values
    assert (found["cash"][0], found["shares"][0], found["compared_months"][0]) == (638.6, 30.4, 3.0)
    assert np.isnan(found["revenue"][0])  # one quarter is no year


def test_another_span_may_be_named(tmp_path):
    text = (
        "symbol,period_end,filed,months,revenue\nSTRL,2024-12-31,2025-02-25,12,2115\nSTRL,2025-03-31,2025-05-05,,430\n"
    )
    known, faults = read(tmp_path, text)
    assert (known.months.tolist(), faults) == ([12, 3], [])


def test_rows_of_several_files_restate_each_other_by_the_day_they_were_filed(tmp_path):
    later = "symbol,period_end,filed,cash\nSTRL,2025-03-31,2025-07-01,600\n"
    known, _ = read(tmp_path, later, GOOD)
    days = np.array(["2025-06-30", "2025-07-01"], dtype="datetime64[D]")
    found = standing(known, np.full(2, known.company_of("STRL")), days)
    assert found.values["cash"].tolist() == [638.6, 600.0]


def test_marks_line_ends_and_capitals_do_not_matter():
    text = "\ufeff" + GOOD.replace("\n", "\r\n").replace("symbol", "Symbol").replace("STRL", "strl")
    assert rows_of(text.removeprefix("\ufeff"))[0] == rows_of(GOOD)[0]


def test_no_folder_is_nothing_and_no_fault(tmp_path):
    assert read_fundamentals(tmp_path / "fundamentals", refused) == (None, [])


def test_a_folder_of_data_has_them_among_its_facts(tmp_path):
    (tmp_path / "fundamentals").mkdir()
    (tmp_path / "fundamentals" / "own.csv").write_text(GOOD)
    (tmp_path / "fundamentals" / "wrong.csv").write_text("what,is,this\n")
    reference = read_reference(tmp_path)
    assert reference.facts.fundamentals.companies == ("AGX", "STRL")
    assert any(fault.startswith("fundamentals/wrong.csv: line 1") for fault in reference.faults)
    assert read_reference(tmp_path / "elsewhere").facts.fundamentals is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1: the header is symbol,period_end,filed[,months],<field>…"),
        ("<html>busy</html>\n", "line 1: the header is"),
        ("symbol,filed,period_end,cash\nA,2025-05-05,2025-03-31,1\n", "line 1: the header is"),
        ("symbol,period_end,filed\nA,2025-03-31,2025-05-05\n", "line 1: the header is"),
        ("symbol,period_end,filed,sales\nA,2025-03-31,2025-05-05,1\n", "with fields of revenue, net_income"),
        ("symbol,period_end,filed,cash,cash\nA,2025-03-31,2025-05-05,1,2\n", "a column stands there twice"),
        (HEADER, "has no figure"),
        (HEADER + "STRL,2025-03-31,2025-05-05,,,\n", "has no figure"),
        (HEADER + "STRL,2025-03-31,2025-05-05," + "9" * 200_000 + ",1,1\n", "is no CSV"),
    ],
)
def test_a_file_without_figures_is_told_in_a_line(tmp_path, text, words):
    with pytest.raises(UnreadableFundamentals):
        rows_of(text)
    known, (fault,) = read(tmp_path, text, GOOD)
    assert known.companies == ("AGX", "STRL")
    assert fault.startswith("fundamentals/0.csv: ")
    assert words in fault


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("STRL,2025-03-31,2025-05-05,1,2", "5 cells where the header has 6"),
        ("STRL,2025-03-31,2025-05-05,1,2,3,4", "7 cells where the header has 6"),
        (",2025-03-31,2025-05-05,1,2,3", "'' is no symbol"),
        ("A B,2025-03-31,2025-05-05,1,2,3", "'A B' is no symbol"),
        ("STRL,31.03.2025,2025-05-05,1,2,3", "'31.03.2025' is no date like 2025-07-01"),
        ("STRL,2025-02-30,2025-05-05,1,2,3", "'2025-02-30' is no date"),
        ("STRL,2025-W01-1,2025-05-05,1,2,3", "'2025-W01-1' is no date"),
        ("STRL,2025-03-31,,1,2,3", "'' is no date"),
        ("STRL,2025-03-31,2025-03-30,1,2,3", "filed 2025-03-30, before the period ended (2025-03-31)"),
        ("STRL,2025-03-31,2025-05-05,one,2,3", "revenue is 'one', no number"),
        ("STRL,2025-03-31,2025-05-05,inf,2,3", "revenue is 'inf', no number"),
        (f"STRL,2025-03-31,2025-05-05,{'x' * 300},2,3", "…', no number"),
    ],
)
def test_a_wrong_line_is_told_and_costs_itself_alone(line, words):
    rows, (fault,) = rows_of(GOOD + line + "\n")
    assert [symbol for symbol, *_ in rows] == ["STRL", "AGX"]
    assert fault.startswith("line 4: ")
    assert words in fault
    assert fault.endswith("left out, correct it")
    assert len(fault) < 200


def test_months_are_those_of_a_report():
    _, (fault,) = rows_of("symbol,period_end,filed,months,cash\nA,2025-03-31,2025-05-05,4,1\n")
    assert "months is '4', not one of 3, 6, 9, 12" in fault


def test_a_column_nobody_knows_is_said_and_the_others_are_read():
    rows, (fault,) = rows_of("symbol,period_end,filed,cash,mood\nA,2025-03-31,2025-05-05,1,good\n")
    assert rows[0][-1] == {"cash": 1.0}
    assert "'mood' is no field" in fault


def test_many_wrong_lines_are_told_in_few():
    _, faults = rows_of(GOOD + "x\n" * 40)
    assert len(faults) == 4
    assert faults[-1] == "and 37 more lines like these"


def test_bytes_that_are_no_text_are_a_fault_of_that_file(tmp_path):
    (tmp_path / "fundamentals").mkdir()
    (tmp_path / "fundamentals" / "own.csv").write_bytes(b"\xff\xfe\x00")
    known, (fault,) = read_fundamentals(tmp_path / "fundamentals", refused)
    assert known is None
    assert fault.startswith("fundamentals/own.csv: cannot be read")
