from __future__ import annotations

import numpy as np
import pytest

from bot.market.fred_csv import UnreadableSeries, csv_of, read_series, series_of

GOOD = "observation_date,DGS10\n2025-07-01,4.26\n2025-07-02,.\n2025-07-03,\n2025-07-07,4.4\n"


def test_a_file_of_freds_becomes_a_series_and_days_without_a_value_are_left_out(tmp_path):
    (tmp_path / "DGS10.csv").write_text(GOOD, encoding="utf-8")
    series, faults = read_series(tmp_path)
    assert faults == []
    assert series["DGS10"].title == "10-year Treasury yield"
    assert series["DGS10"].days.tolist() == np.array(["2025-07-01", "2025-07-07"], "datetime64[D]").tolist()
    assert series["DGS10"].values.tolist() == [4.26, 4.4]


@pytest.mark.parametrize(
    "text", [GOOD.replace("observation_date", "DATE"), "\ufeff" + GOOD, GOOD.replace("\n", "\r\n"), GOOD + "\n\n"]
)
def test_older_headers_marks_and_line_ends_are_read_too(tmp_path, text):
    (tmp_path / "anything.csv").write_bytes(text.encode())
    series, faults = read_series(tmp_path)
    assert (series["DGS10"].values.tolist(), faults) == ([4.26, 4.4], [])


def test_a_series_without_a_title_goes_by_its_name():
    assert series_of("DATE,XYZ\n2025-07-01,1\n").title == "XYZ"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1: the header is observation_date,<SERIES>"),
        ("<html>busy</html>\n", "line 1: the header"),
        ("observation_date,DGS10,DGS2\n2025-07-01,1,2\n", "line 1: the header"),
        ("observation_date,DGS10\n", "has no value"),
        ("observation_date,DGS10\n2025-07-01,.\n", "has no value"),
        ("observation_date,DGS10\n01.07.2025,4\n", "line 2: '01.07.2025' is no date"),
        ("observation_date,DGS10\n2025-07-01,4\n2025-07-02,four\n", "line 3: 'four' is no number"),
        ("observation_date,DGS10\n2025-07-01,inf\n", "line 2: 'inf' is no number"),
        ("observation_date,DGS10\n2025-07-01,4,5\n", "line 2: 3 columns"),
        ("observation_date,DGS10\n2025-07-02,4\n2025-07-01,4\n", "2025-07-01 stands after 2025-07-02"),
        ("observation_date,DGS10\n2025-07-02,4\n2025-07-02,5\n", "2025-07-02 stands after 2025-07-02"),
    ],
)
def test_a_bad_file_is_told_in_a_line_and_never_stops_the_rest(tmp_path, text, words):
    folder = tmp_path / "fred"
    folder.mkdir()
    (folder / "A.csv").write_text(text, encoding="utf-8")
    (folder / "B.csv").write_text(GOOD, encoding="utf-8")
    series, (fault,) = read_series(folder)
    assert list(series) == ["DGS10"]
    assert fault.startswith("fred/A.csv: ")
    assert words in fault
    assert "download it again from FRED" in fault


def test_bytes_that_are_no_text_and_a_second_file_of_a_series_are_told(tmp_path):
    (tmp_path / "A.csv").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "DGS10.csv").write_text(GOOD, encoding="utf-8")
    (tmp_path / "copy.csv").write_text(GOOD, encoding="utf-8")
    series, faults = read_series(tmp_path)
    assert list(series) == ["DGS10"]
    assert [fault.partition(":")[0].rpartition("/")[2] for fault in faults] == ["A.csv", "copy.csv"]


def test_there_may_be_no_folder_or_none_with_files(tmp_path):
    assert read_series(tmp_path) == ({}, [])
    assert read_series(tmp_path / "nowhere") == ({}, [])


def test_what_is_written_is_read_back_exactly():
    series = series_of(GOOD)
    again = series_of(csv_of(series))
    assert again.days.tolist() == series.days.tolist()
    assert again.values.tolist() == series.values.tolist()


def test_the_real_files_are_read(market_data):
    series, faults = read_series(market_data / "fred")
    assert faults == []
    assert {"DFF", "DFEDTARU", "DGS3MO", "DGS2", "DGS10", "BAMLH0A0HYM2"} <= set(series)
    ten = series["DGS10"]
    assert (str(ten.days[0]), str(ten.days[-1]), ten.values[-1]) == ("1962-01-02", "2025-09-30", 4.16)
    assert str(series["BAMLH0A0HYM2"].days[0]) == "2023-07-31"


def test_a_series_error_is_one_line():
    with pytest.raises(UnreadableSeries) as caught:
        series_of("x\ny\n")
    assert "\n" not in str(caught.value)
