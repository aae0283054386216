from __future__ import annotations

import gzip
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from bot.clock import SetClock
from bot.market.book import Book
from bot.market.calendar import exchange_calendar
from bot.market.folder import FolderSource
from bot.market.store import BarStore
from bot.market.types import SourceError, Status

HEADER = "Date,Open,High,Low,Close,Adj Close,Volume"
GOOD = [
    "2025-07-01,10,11,9,10.5,10.4,1000",
    "2025-07-02,10,11,9,10.6,10.5,1100",
    "2025-07-03,10,11,9,10.7,10.6,1200",
    "2025-07-07,10,11,9,10.8,10.7,0",
]
START, END = date(2025, 7, 1), date(2025, 7, 7)
NOW = datetime(2025, 7, 8, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "prices").mkdir()
    write(tmp_path, "GOOD", GOOD)
    return tmp_path


def write(folder, symbol, rows, header=HEADER):
    (folder / "prices" / f"{symbol}.csv").write_text("\n".join([header, *rows]) + "\n")


async def fetch(folder, symbols=None):
    bars = await FolderSource(folder, clock=SetClock(NOW)).fetch(symbols, start=START, end=END)
    return bars.prices, {outcome.symbol: outcome for outcome in bars.outcomes}


def closes(prices, symbol):
    return prices.close[:, prices.column(symbol)]


async def bad(folder, rows, header=HEADER):
    """Write a second file beside the good one, and check that the good one comes whole whatever the second is."""
    write(folder, "BAD", rows, header)
    prices, outcomes = await fetch(folder)
    assert closes(prices, "GOOD").tolist() == [10.5, 10.6, 10.7, 10.8]
    assert outcomes["GOOD"].status is Status.OK
    assert "\n" not in outcomes["BAD"].detail
    return prices, outcomes["BAD"]


async def test_a_good_file_gives_its_bars_and_a_volume_of_nought_is_missing(folder):
    prices, outcomes = await fetch(folder)
    assert prices.sessions.astype(str).tolist() == ["2025-07-01", "2025-07-02", "2025-07-03", "2025-07-07"]
    assert np.isnan(prices.volume[3, 0])
    assert prices.volume[0, 0] == 1000
    assert outcomes["GOOD"].last_session == END


async def test_a_missing_folder_says_so(tmp_path):
    with pytest.raises(SourceError, match=r"there is no folder .*nowhere"):
        await fetch(tmp_path / "nowhere")


async def test_an_empty_folder_says_what_it_needs(tmp_path):
    with pytest.raises(SourceError, match=r"has no bars: it needs prices/<SYMBOL>\.csv"):
        await fetch(tmp_path)


async def test_a_folder_of_unreadable_files_alone_names_the_first(tmp_path):
    (tmp_path / "prices").mkdir()
    write(tmp_path, "BAD", GOOD, header="a,b,c,d,e,f,g")
    with pytest.raises(SourceError, match=r"no bars can be read .*prices/BAD\.csv: line 1: no column Date nor Close"):
        await fetch(tmp_path)


async def test_a_file_without_a_close_fails_and_names_the_header(folder):
    prices, outcome = await bad(folder, ["2025-07-01,1"], header="Date,Price")
    assert outcome.status is Status.FAILED
    assert outcome.detail.startswith("prices/BAD.csv: line 1: no column Close (it has Date, Price); the header is Date")
    assert "BAD" not in prices


async def test_a_file_without_volume_is_read_and_suspect(folder):
    prices, outcome = await bad(folder, ["2025-07-01,10,11,9,10.5,10.4"], header="Date,Open,High,Low,Close,Adj Close")
    assert outcome.status is Status.SUSPECT
    assert "line 1: no column Volume; read as missing" in outcome.detail
    assert closes(prices, "BAD")[0] == 10.5


async def test_text_in_a_number_is_missing_and_named_with_its_line(folder):
    prices, outcome = await bad(folder, [GOOD[0], "2025-07-02,10,11,9,ten,10.5,1100", GOOD[2]])
    assert outcome.status is Status.SUSPECT
    assert "prices/BAD.csv, line 3: Close is 'ten', not a number" in outcome.detail
    assert np.isnan(closes(prices, "BAD")[1])
    assert closes(prices, "BAD")[2] == 10.7


async def test_infinity_is_no_number(folder):
    prices, outcome = await bad(folder, [GOOD[0], "2025-07-02,10,11,9,inf,10.5,1100"])
    assert outcome.status is Status.SUSPECT
    assert np.isnan(closes(prices, "BAD")[1])


async def test_a_number_of_hundreds_of_digits_is_no_number(folder):
    prices, bad_one = await bad(folder, [f"2025-07-01,10,{'9' * 400},9,10.5,10.4,1000", *GOOD[1:]])
    assert np.isnan(prices.high[0, prices.column("BAD")])
    assert "line 2: High is " in bad_one.detail
    assert len(bad_one.detail) < 200


async def test_an_equal_row_twice_is_no_matter(folder):
    prices, outcome = await bad(folder, [GOOD[0], GOOD[1], GOOD[1], *GOOD[2:]])
    assert outcome.status is Status.OK
    assert closes(prices, "BAD").tolist() == [10.5, 10.6, 10.7, 10.8]


async def test_contradicting_rows_of_one_date_are_both_left_out(folder):
    prices, outcome = await bad(folder, [GOOD[0], GOOD[1], "2025-07-02,10,11,9,99,10.5,1100", GOOD[2]])
    assert outcome.status is Status.SUSPECT
    assert "line 4: 2025-07-02 stands twice with different figures" in outcome.detail
    assert np.isnan(closes(prices, "BAD")[1])
    assert closes(prices, "BAD")[[0, 2]].tolist() == [10.5, 10.7]


async def test_unsorted_dates_are_sorted_and_told(folder):
    prices, outcome = await bad(folder, [GOOD[0], GOOD[2], GOOD[1], GOOD[3]])
    assert outcome.status is Status.SUSPECT
    assert "line 4: 2025-07-02 comes after a later date" in outcome.detail
    assert closes(prices, "BAD").tolist() == [10.5, 10.6, 10.7, 10.8]


async def test_a_future_date_is_left_out_and_told(folder):
    prices, outcome = await bad(folder, [*GOOD, "2031-01-06,10,11,9,50,50,1"])
    assert outcome.status is Status.SUSPECT
    assert "line 6: 1 row of 2031-01-06 in the future: left out" in outcome.detail
    assert len(prices.sessions) == 4


async def test_a_day_the_exchange_was_closed_is_left_out_and_told(folder):
    _, outcome = await bad(folder, [*GOOD[:3], "2025-07-04,1,1,1,1,1,1", GOOD[3]])
    assert outcome.status is Status.SUSPECT
    assert "line 5: 1 row of 2025-07-04 on a day the exchange was closed" in outcome.detail


async def test_a_date_that_is_none_is_left_out_and_told(folder):
    prices, outcome = await bad(folder, [GOOD[0], "02.07.2025,10,11,9,10.6,10.5,1100", GOOD[2]])
    assert outcome.status is Status.SUSPECT
    assert "line 3: '02.07.2025' is not a date" in outcome.detail
    assert np.isnan(closes(prices, "BAD")[1])


async def test_prices_of_nought_and_below_are_missing_and_told(folder):
    prices, outcome = await bad(folder, [GOOD[0], "2025-07-02,10,11,9,0,10.5,1100", "2025-07-03,-1,11,9,10.7,10.6,-5"])
    assert outcome.status is Status.SUSPECT
    assert "line 3: close is not above zero" in outcome.detail
    assert "line 4: open is not above zero" in outcome.detail
    assert "line 4: volume is below zero" in outcome.detail
    assert np.isnan(closes(prices, "BAD")[1])


async def test_a_rate_of_interest_may_be_below_zero(folder):
    write(folder, "^IRX", ["2025-07-01,0,0,0,-0.02,-0.02,0"])
    prices, outcomes = await fetch(folder)
    assert outcomes["^IRX"].status is Status.STALE
    assert closes(prices, "^IRX")[0] == -0.02


async def test_a_row_with_too_many_cells_fails_with_its_line(folder):
    _, outcome = await bad(folder, [GOOD[0], GOOD[1] + ",1,2,3", GOOD[2]])
    assert outcome.status is Status.FAILED
    assert "line 3" in outcome.detail


async def test_rows_that_are_all_longer_than_the_header_fail(folder):
    _, outcome = await bad(folder, [row + ",1" for row in GOOD])
    assert outcome.status is Status.FAILED
    assert "line 2: more cells than the header has" in outcome.detail


async def test_no_symbols_give_no_bars(folder):
    prices, outcomes = await fetch(folder, [])
    assert (prices.symbols, outcomes) == ((), {})


@pytest.mark.parametrize("content", [b"", b"\n"])
async def test_an_empty_file_fails(folder, content):
    (folder / "prices" / "BAD.csv").write_bytes(content)
    prices, outcomes = await fetch(folder)
    assert outcomes["BAD"].status is Status.FAILED
    assert "BAD" not in prices


async def test_a_header_without_rows_fails(folder):
    _, outcome = await bad(folder, [])
    assert outcome.status is Status.FAILED
    assert "line 2: no rows under the header" in outcome.detail


@pytest.mark.parametrize("how", ["truncated", "not gzip", "not text"])
async def test_a_broken_file_fails_and_names_itself(folder, how):
    packed = gzip.compress("\n".join([HEADER, *GOOD * 50]).encode())
    content = {"truncated": packed[:60], "not gzip": b"hello", "not text": gzip.compress(b"\xff\xfe\x00" * 50)}[how]
    (folder / "prices" / "BAD.csv.gz").write_bytes(content)
    prices, outcomes = await fetch(folder)
    assert outcomes["BAD"].status is Status.FAILED
    assert outcomes["BAD"].detail.startswith("prices/BAD.csv.gz: ")
    assert closes(prices, "GOOD")[0] == 10.5


async def test_a_byte_order_mark_and_windows_lines_are_no_matter(folder):
    text = "\ufeff" + "\r\n".join([HEADER, *GOOD]) + "\r\n\r\n"
    (folder / "prices" / "BOM.csv").write_bytes(text.encode())
    prices, outcomes = await fetch(folder)
    assert outcomes["BOM"].status is Status.OK
    assert closes(prices, "BOM")[3] == 10.8


async def test_a_missing_session_is_missing_and_not_filled(folder):
    prices, _ = await bad(folder, [GOOD[0], GOOD[3]])
    assert np.isnan(closes(prices, "BAD")).tolist() == [False, True, True, False]


async def test_a_volume_without_a_close_stays_so(folder):
    prices, _ = await bad(folder, [*GOOD[:3], "2025-07-07,,,,,,5000"])
    assert np.isnan(closes(prices, "BAD")[3])
    assert prices.volume[3, prices.column("BAD")] == 5000


async def test_an_unknown_symbol_is_empty(folder):
    prices, outcomes = await fetch(folder, ["GOOD", "NOPE"])
    assert outcomes["NOPE"].status is Status.EMPTY
    assert prices.symbols == ("GOOD",)


async def test_a_symbol_that_ends_early_is_stale(folder):
    _, outcome = await bad(folder, GOOD[:2])
    assert outcome.status is Status.STALE
    assert outcome.last_session == date(2025, 7, 2)


def parquet(folder, columns):
    import pyarrow as pa
    import pyarrow.parquet as pq

    (folder / "universe").mkdir(exist_ok=True)
    pq.write_table(pa.table(columns), folder / "universe" / "closes.parquet")


DAYS = [date(2025, 7, 2), date(2025, 7, 1), date(2025, 7, 1)]


async def test_a_long_parquet_file_gives_every_symbol_its_bars(folder):
    parquet(folder, {"symbol": ["A", "A", "B"], "date": DAYS, "close": [2.0, 1.0, 3.0], "volume": [5, 0, 7]})
    prices, outcomes = await fetch(folder)
    assert closes(prices, "A")[:2].tolist() == [1.0, 2.0]
    assert closes(prices, "B")[0] == 3.0
    assert np.isnan(prices.volume[0, prices.column("A")])
    assert np.isnan(prices.open[0, prices.column("A")])
    assert outcomes["A"].status is Status.STALE


async def test_a_parquet_file_of_categories_instants_and_long_strings_is_read(folder):
    import pyarrow as pa

    instants = pa.array([date(2025, 7, 2), date(2025, 7, 1)]).cast(pa.timestamp("us"))
    parquet(folder, {"symbol": pa.array(["A", "A"]).dictionary_encode(), "date": instants, "close": [2.0, 1.0]})
    prices, _ = await fetch(folder)
    assert closes(prices, "A")[:2].tolist() == [1.0, 2.0]


async def test_prices_win_over_universe_and_it_is_told(folder):
    parquet(folder, {"symbol": ["GOOD"], "date": DAYS[:1], "close": [77.0]})
    prices, outcomes = await fetch(folder)
    assert closes(prices, "GOOD")[1] == 10.6
    assert outcomes["GOOD"].detail == "prices/GOOD.csv is used, universe/closes.parquet has it too"


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"symbol": ["A"], "day": ["x"]}, "no column date, close"),
        ({"symbol": ["A"], "date": ["no day"], "close": [1.0]}, "cannot be read"),
        ({"symbol": ["A"], "date": DAYS[:1], "close": ["ten"]}, "cannot be read"),
        ({"symbol": [None], "date": DAYS[:1], "close": [1.0]}, "rows without a symbol"),
    ],
)
async def test_a_parquet_file_of_another_kind_fails_alone(folder, columns, words):
    parquet(folder, columns)
    prices, outcomes = await fetch(folder)
    assert outcomes["universe/closes.parquet"].status is Status.FAILED
    assert words in outcomes["universe/closes.parquet"].detail
    assert closes(prices, "GOOD")[0] == 10.5


async def test_a_file_that_is_no_parquet_fails_alone(folder):
    (folder / "universe").mkdir()
    (folder / "universe" / "closes.parquet").write_bytes(b"hello")
    prices, outcomes = await fetch(folder)
    assert outcomes["universe/closes.parquet"].status is Status.FAILED
    assert closes(prices, "GOOD")[0] == 10.5


def test_the_fingerprint_changes_with_a_file(folder):
    source = FolderSource(folder)
    before = source.fingerprint()
    assert source.fingerprint() == before
    write(folder, "GOOD", GOOD[:3])
    assert source.fingerprint() != before


async def test_bars_that_an_earlier_calendar_could_not_hold_are_read_once_a_later_one_can(folder, tmp_path):
    write(folder, "LATE", ["2020-03-20,10,11,9,10.5,10.4,1000", *GOOD])
    for day in (date(2020, 3, 20), date(2025, 7, 7)):
        clock = SetClock(datetime(day.year, day.month, day.day, 23, tzinfo=UTC))
        book = Book(FolderSource(folder), BarStore(tmp_path / "bars"), exchange_calendar(day), clock)
        await book.bring(day)
        assert book.market().prices.sessions[-1] == np.datetime64(day)


async def test_endings_in_capitals_are_read_too(folder):
    (folder / "prices" / "GOOD.csv").rename(folder / "prices" / "LOUD.CSV")
    prices, outcomes = await fetch(folder)
    assert prices.symbols == ("LOUD",)
    assert outcomes["LOUD"].status is Status.OK


async def test_a_link_to_nowhere_is_told_and_costs_that_symbol_alone(folder):
    (folder / "prices" / "BAD.csv").symlink_to(folder / "nowhere.csv")
    assert FolderSource(folder).fingerprint() == FolderSource(folder).fingerprint()
    prices, outcomes = await fetch(folder)
    assert prices.symbols == ("GOOD",)
    assert outcomes["BAD"].status is Status.FAILED
    assert "BAD.csv: cannot be read" in outcomes["BAD"].detail


@pytest.mark.parametrize("name", ["two\nlines", "two words", "`code`", "#", "a" * 41])
async def test_a_file_name_that_is_no_symbol_is_told_in_one_line(folder, name):
    write(folder, name, GOOD)
    prices, outcomes = await fetch(folder)
    assert prices.symbols == ("GOOD",)
    (outcome,) = (outcome for symbol, outcome in outcomes.items() if symbol != "GOOD")
    assert outcome.status is Status.FAILED
    assert "such a name is no symbol; rename the file" in outcome.detail
    assert "\n" not in outcome.symbol + outcome.detail


async def test_bars_before_the_calendar_begins_are_left_out_without_blame(folder):
    prices, outcome = await bad(folder, ["1970-01-02,1,1,1,1,1,1", "1984-12-31,1,1,1,1,1,1", *GOOD])
    assert outcome.status is Status.OK
    assert closes(prices, "BAD").tolist() == [10.5, 10.6, 10.7, 10.8]


async def test_a_file_that_cannot_be_read_is_told_even_where_the_universe_has_the_symbol(folder):
    days = pd.to_datetime(["2025-07-03", "2025-07-07"])
    (folder / "universe").mkdir()
    frame = pd.DataFrame({"symbol": "BAD", "date": days, "close": [1.0, 2.0]})
    frame.to_parquet(folder / "universe" / "closes.parquet")
    prices, outcome = await bad(folder, [], header="nonsense")
    assert closes(prices, "BAD")[-2:].tolist() == [1.0, 2.0]
    assert outcome.status is Status.SUSPECT
    assert "prices/BAD.csv" in outcome.detail


async def test_a_row_of_the_universe_without_a_symbol_is_told(folder):
    (folder / "universe").mkdir()
    frame = pd.DataFrame({"symbol": ["A", ""], "date": pd.to_datetime(["2025-07-03"] * 2), "close": [1.0, 2.0]})
    frame.to_parquet(folder / "universe" / "closes.parquet")
    _, outcomes = await fetch(folder)
    assert outcomes["universe/closes.parquet"].status is Status.FAILED
    assert "without a symbol" in outcomes["universe/closes.parquet"].detail
