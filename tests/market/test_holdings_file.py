from __future__ import annotations

from datetime import date

import pytest

from bot.market.folder_reference import read_reference
from bot.market.holdings import read_holdings, yahoo_symbol
from bot.market.price_csv import UnreadableFile

HEADER = "Ticker,Name,Sector,Asset Class,Market Value,Weight (%),Exchange"
ROWS = [
    '"SFM","SPROUTS","Consumer Staples","Equity","409,233,878.82","0.64","NASDAQ"',
    '"BRK.B","BERKSHIRE CLASS B","Financials","Equity","1,000.00","0.01","New York Stock Exchange Inc."',
    '"GEFB","GREIF CLASS B","Materials","Equity","1,000.00","0.01","NYSE"',
    '"-","SOME RIGHT","Health Care","Equity","1.31","0.00","NO MARKET (E.G. UNLISTED)"',
    '"ADRO","CHINOOK CVR","Health Care","Equity","1.31","0.00","NO MARKET (E.G. UNLISTED)"',
    '"USD","USD CASH","Cash and/or Derivatives","Cash","91,577,885.27","0.14","-"',
    '"RTYM5","RUSSELL EMINI","Cash and/or Derivatives","Futures","0.00","0.00","CME"',
]
FOOTER = '"The content contained herein is owned, and\nso on, for\nlines."'


def text(rows=ROWS, day="May 13, 2025", fund="iShares Russell 2000 ETF"):
    preamble = [fund, f'Fund Holdings as of,"{day}"', 'Cash,"-"', "\u00a0", HEADER]
    return "\ufeff" + "\n".join([*preamble, *rows, " ", FOOTER])


def written(folder, name="IWM.csv", **kwargs):
    (folder / "holdings").mkdir(exist_ok=True)
    path = folder / "holdings" / name
    path.write_text(text(**kwargs), encoding="utf-8")
    return path


def test_shares_alone_are_read_with_their_numbers(tmp_path):
    holdings = read_holdings(written(tmp_path))
    assert holdings.effective_date == date(2025, 5, 13)
    assert [row.symbol for row in holdings.rows] == ["SFM", "BRK-B", "GEF-B"]
    assert holdings.rows[0].market_value_usd == 409_233_878.82
    assert holdings.rows[0].weight_pct == 0.64


@pytest.mark.parametrize(
    ("ticker", "symbol"), [("BRK.B", "BRK-B"), ("brk/b", "BRK-B"), ("MOGA", "MOG-A"), ("ZETA", "ZETA")]
)
def test_symbols_are_written_as_yahoo_does(ticker, symbol):
    assert yahoo_symbol(ticker) == symbol


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "no line with the columns"),
        ("Ticker,Name\nA,B", "no line with the columns"),
        (text(rows=[]), "no share under the header"),
        (text(day="13.05.2025"), "is no date like"),
        (text().replace("Fund Holdings as of", "As of"), "no line 'Fund Holdings as of'"),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path, content, words):
    path = tmp_path / "x.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UnreadableFile, match=words):
        read_holdings(path)


def test_the_newest_small_cap_file_is_the_universe_and_a_broken_one_is_told(tmp_path):
    written(tmp_path, name="old.csv", rows=ROWS[:1])
    written(tmp_path, name="new.csv", rows=ROWS[1:3], day="Jun 2, 2025")
    written(tmp_path, name="large.csv", day="Jul 1, 2025", fund="iShares Core S&P 500 ETF")
    (tmp_path / "holdings" / "bad.csv").write_text("hello")
    reference, faults = read_reference(tmp_path)
    assert reference.universes["smallcap"] == ("BRK-B", "GEF-B")
    assert reference.sectors["GEF-B"] == "Materials"
    assert [fault.split(":")[0] for fault in faults] == ["holdings/bad.csv"]


def test_sectors_come_from_their_file_and_a_bad_one_is_told(tmp_path):
    (tmp_path / "universe").mkdir()
    (tmp_path / "universe" / "sectors.csv").write_text("ticker,sector\nAAP,Consumer Cyclical\n")
    assert read_reference(tmp_path)[0].sectors == {"AAP": "Consumer Cyclical"}
    (tmp_path / "universe" / "sectors.csv").write_text("a,b\n")
    assert read_reference(tmp_path)[1] == ("universe/sectors.csv: line 1: the header is ticker,sector",)
