"""A folder's own estimates: what is written is read; what is wrong is named and costs itself alone."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pytest

from bot.market.estimates_csv import csv_of, estimates_in, read_estimates
from bot.market.folder_reference import read_reference
from bot.market.price_csv import UnreadableFile
from signals.estimates import Estimates, expected

DAY = date(2026, 9, 30)
HEADER = "symbol,forward_eps,surprise_pct,analysts,mean_rating\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "estimates").mkdir()
    return tmp_path


def test_what_is_written_is_read():
    nothing = np.array([np.nan, 4.0])
    written = Estimates(DAY, ("STRL", "BRK-B"), np.array([9.5, -0.25]), np.array([3.1, np.nan]), nothing, nothing)
    read, faults = estimates_in(DAY, csv_of(written))
    assert (read.day, read.symbols, faults) == (DAY, ("STRL", "BRK-B"), ())
    for name in Estimates.FIELDS:
        np.testing.assert_array_equal(getattr(read, name), getattr(written, name))


def test_columns_may_stand_in_any_order_and_be_absent_and_marks_do_not_matter():
    text = "Analysts, Symbol\r\n5,strl\r\n\r\n-,brk.b\r\n"
    read, faults = estimates_in(DAY, text)
    assert (read.symbols, faults) == (("STRL", "BRK-B"), ())
    np.testing.assert_array_equal(read.analysts, [5.0, np.nan])
    assert np.isnan(read.forward_eps).all()


def test_files_come_by_their_days_and_count_from_then_on(folder):
    for day, eps in (("2026-08-31", 9.0), ("2026-05-31", 8.0)):
        (folder / "estimates" / f"{day}.csv").write_text(f"\ufeff{HEADER}STRL,{eps},,,\n", encoding="utf-8")
    found = read_reference(folder)
    assert found.faults == ()
    assert [each.day for each in found.facts.estimates] == [date(2026, 5, 31), date(2026, 8, 31)]
    days = np.array(["2026-05-30", "2026-08-30", "2026-08-31"], dtype="datetime64[D]")
    told = expected(found.facts.estimates, "forward_eps", ["STRL"], days)
    np.testing.assert_array_equal(told.ravel(), [np.nan, 8.0, 9.0])


BAD_ROWS = {
    "words": ("AGX,nine,,,", "forward_eps is 'nine'; write a number from -1,000,000 to 1,000,000, or nothing"),
    "infinite": ("AGX,inf,,,", "forward_eps is 'inf'"),
    "rating": ("AGX,1,1,3,7", "mean_rating is '7'; write a number from 1 to 5, or nothing"),
    "analysts below none": ("AGX,1,1,-3,2", "analysts is '-3'"),
    "no symbol": (",1,1,3,2", "'' is no symbol"),
    "short": ("AGX,1", "2 cells where the header has 5"),
    "long": (f"AGX,{'9' * 80}x,1,3,2", "…"),
    "twice": ("STRL,1,1,3,2", "STRL stands there twice; the first row is used"),
}


@pytest.mark.parametrize(("row", "why"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_bad_row_costs_itself_alone_and_is_named(row, why):
    read, (fault,) = estimates_in(DAY, f"{HEADER}STRL,9.5,,,\n{row}\n")
    assert (read.symbols, read.forward_eps.tolist()) == (("STRL",), [9.5])
    assert fault.startswith("line 3: ")
    assert why in fault
    assert len(fault) < 200


BAD_FILES = {
    "empty": ("", "line 1: no column symbol"),
    "another header": ("ticker,eps\nSTRL,1\n", "line 1: no column symbol"),
    "a column twice": ("symbol,analysts,analysts\nSTRL,1,2\n", "line 1: a column stands there twice"),
    "header alone": (HEADER, "has no company"),
    "no good row": (f"{HEADER}STRL,x,,,\n", "line 2: forward_eps is 'x'"),
    "open quote": (f'{HEADER}"STRL,1,1,1,1\n', "cannot be read"),
    "a web page": ("<!doctype html><html></html>", "line 1: no column symbol"),
}


@pytest.mark.parametrize(("text", "why"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_is_refused_with_a_reason(text, why):
    with pytest.raises(UnreadableFile, match=re.escape(why)):
        estimates_in(DAY, text)


def test_a_column_nobody_knows_is_said_and_many_faults_are_told_in_few(folder):
    text = "symbol,analysts,mood\nSTRL,3,good\n" + "x?,1,2\n" * 9
    (folder / "estimates" / "2026-09-30.csv").write_text(text)
    (kept,), faults = read_estimates(folder / "estimates", str)
    assert kept.symbols == ("STRL",)
    assert "'mood' is not read" in faults[0]
    assert len(faults) == 4
    assert faults[-1] == "estimates/2026-09-30.csv: 7 more rows like these"


def test_a_bad_file_costs_itself_alone(folder):
    files = folder / "estimates"
    (files / "2026-09-30.csv").write_text(f"{HEADER}STRL,9.5,,,\n")
    (files / "september.csv").write_text(HEADER)
    (files / "2026-13-01.csv").write_text(HEADER)
    (files / "2026-08-31.csv").write_bytes(b"\xff\xfe\x00symbol")
    (files / "2026-07-31.csv").mkdir()
    (files / ".hidden.csv").write_text("x")
    found = read_reference(folder)
    assert [each.day for each in found.facts.estimates] == [DAY]
    named = {fault.partition(": ")[0] for fault in found.faults}
    assert named == {f"estimates/{name}.csv" for name in ("september", "2026-13-01", "2026-08-31", "2026-07-31")}


def test_a_folder_that_cannot_be_looked_into_is_a_fault(folder, monkeypatch):
    def refuse(*_args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.glob", refuse)
    assert read_estimates(folder / "estimates", lambda error: error.strerror) == ((), ["estimates: Permission denied"])
    assert read_estimates(folder / "elsewhere", str) == ((), [])
