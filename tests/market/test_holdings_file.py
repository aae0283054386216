from __future__ import annotations

from datetime import date

import pytest

from bot.market.holdings import holdings_in, read_holdings, yahoo_symbol
from bot.market.price_csv import UnreadableFile

HEADER = "Ticker,Name,Sector,Asset Class,Market Value,Weight (%),Exchange"
SFM = '"SFM","SPROUTS","Consumer Staples","Equity","409,233,878.82","0.64","NASDAQ"'
ROWS = [
    SFM,
    '"BRK.B","BERKSHIRE CLASS B","Financials","Equity","1,000.00","0.01","New York Stock Exchange Inc."',
    '"GEFB","GREIF CLASS B","Materials","Equity","1,000.00","0.01","NYSE"',
    '"-","SOME RIGHT","Health Care","Equity","1.31","0.00","NO MARKET (E.G. UNLISTED)"',
    '"ADRO","CHINOOK CVR","Health Care","Equity","1.31","0.00","NO MARKET (E.G. UNLISTED)"',
    '"USD","USD CASH","Cash and/or Derivatives","Cash","91,577,885.27","0.14","-"',
    '"RTYM5","RUSSELL EMINI","Cash and/or Derivatives","Futures","0.00","0.00","CME"',
]
FOOTER = '"The content contained herein is owned, and\nso on, for, many, commas, and, then, some,\nlines."'
DATE_LINE = 'Fund Holdings as of,"May 13, 2025"'


def text(rows=ROWS, *, date_line=DATE_LINE, fund="iShares Russell 2000 ETF", header=HEADER):
    return "\ufeff" + "\n".join([fund, date_line, 'Cash,"-"', "\u00a0", header, *rows, " ", FOOTER])


def parsed(content):
    return holdings_in(content.encode() if isinstance(content, str) else content)


def symbols(content):
    return [row.symbol for row in parsed(content).rows]


def test_shares_alone_are_read_with_their_numbers(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(text(), encoding="utf-8")
    file = read_holdings(path)
    assert (file.fund, file.effective_date) == ("iShares Russell 2000 ETF", date(2025, 5, 13))
    assert [row.symbol for row in file.rows] == ["SFM", "BRK-B", "GEF-B"]
    assert file.rows[0].market_value_usd == 409_233_878.82
    assert (file.rows[0].weight_pct, file.rows[0].sector, file.rows[0].name) == (0.64, "Consumer Staples", "SPROUTS")


@pytest.mark.parametrize(
    ("ticker", "symbol"),
    [
        ("BRK.B", "BRK-B"),
        ("brk/b", "BRK-B"),
        ("BF B", "BF-B"),
        ("MOGA", "MOG-A"),
        (" LENB ", "LEN-B"),
        ("ZETA", "ZETA"),
    ],
)
def test_symbols_are_written_as_yahoo_does(ticker, symbol):
    assert yahoo_symbol(ticker) == symbol


@pytest.mark.parametrize(
    "content",
    [
        text().removeprefix("\ufeff"),
        text().replace("\n", "\r\n"),
        text()
        .replace('"', "")
        .replace("409,233,878.82", "409233878.82")
        .replace("1,000.00", "1000")
        .replace("13, ", "13 "),
        text().encode("utf-16"),
        text().replace("lines.", "“lines”").removeprefix("\ufeff").encode("cp1252"),
        text(header=f"{HEADER},,", rows=[f"{row},," for row in ROWS]),
        text(rows=[f"{row},," for row in ROWS]),
        text(header=f"\n{HEADER}\n"),
        text(header=HEADER.replace("Ticker", "TICKER").replace("Asset Class", "asset class")),
        text().split("The content")[0].rstrip(' "\n'),
    ],
    ids=[
        "no BOM",
        "Windows",
        "unquoted",
        "UTF-16",
        "cp1252",
        "commas",
        "longer rows",
        "blanks",
        "letters",
        "no footer",
    ],
)
def test_the_same_file_in_other_clothes_says_the_same(content):
    assert symbols(content) == ["SFM", "BRK-B", "GEF-B"]
    assert parsed(content).effective_date == date(2025, 5, 13)


@pytest.mark.parametrize(
    "line",
    [
        'Fund Holdings as of,"May 13, 2025"',
        '"Fund Holdings as of","May 13, 2025"',
        "Fund Holdings as of,May 13, 2025",
        "Fund Holdings as of,May 13 2025,,,,",
        '"Fund Holdings as of:","13/May/2025"',
        'Fund Holdings as of: "May 13, 2025"',
        "Holdings:,As of 13-May-2025",
        "Holdings: As of 13-May-25",
        "Fund Holdings as of,2025-05-13",
        "FUND HOLDINGS AS OF,13-MAY-2025",
    ],
)
def test_the_day_is_found_in_any_quoting(line):
    assert parsed(text(date_line=line)).effective_date == date(2025, 5, 13)


@pytest.mark.parametrize(
    "exchange", ["NASDAQ", "Nasdaq Stock Market", "NYSE Arca", "Cboe BZX formerly known as BATS", ""]
)
def test_an_exchange_by_another_name_keeps_its_shares(exchange):
    assert symbols(text(rows=[SFM.replace("NASDAQ", exchange)])) == ["SFM"]


@pytest.mark.parametrize(
    "row",
    [
        '"-","PULSE WARRANTS","Health Care","Equity","1","0","NASDAQ"',
        '"","NAMELESS","Health Care","Equity","1","0","NASDAQ"',
        '"ADRO","CHINOOK","Health Care","Equity","1","0","No Market (e.g. Unlisted)"',
        '"WLLBW","CHORD","Energy","Equity","1","0","Non-Nms Quotation Service (Nnqs)"',
        '"GTXI","GTXI INC - CVR","Health Care","Equity","1","0","NASDAQ"',
        '"WLLBW","CHORD ENERGY EQUITY WARRANTS SERIE","Energy","Equity","1","0","NASDAQ"',
        '"P5N994","PETROCORP INC ESCROW","Energy","Equity","1","0","NASDAQ"',
        '"P5N994","PETROCORP INC","Energy","Equity","1","0","NASDAQ"',
        '"XTSLA","BLK CSH FND","Cash and/or Derivatives","Money Market","1","0","-"',
        '"MSFUT","CASH COLLATERAL","Cash and/or Derivatives","Cash Collateral and Margins","1","0","-"',
        '"CAD","CAD CASH","Cash and/or Derivatives","Cash","1","0","-"',
        '"RTYM5","RUSSELL 2000 EMINI CME JUN 25","Cash and/or Derivatives","Futures","0","0","CME"',
    ],
)
def test_what_is_no_share_with_a_price_of_its_own_is_left_out(row):
    assert symbols(text(rows=[SFM, row])) == ["SFM"]


def test_a_company_whose_name_begins_like_a_right_is_a_share():
    assert symbols(text(rows=[SFM.replace("SFM", "CVI").replace("SPROUTS", "CVR ENERGY INC")])) == ["CVI"]


def test_a_ticker_that_stands_there_twice_is_one_share_with_the_weight_of_both():
    (row,) = parsed(text(rows=[SFM, SFM.replace('"0.64"', '"-"'), SFM.replace("0.64", "0.06")])).rows
    assert row.weight_pct == pytest.approx(0.7)
    assert row.market_value_usd == pytest.approx(3 * 409_233_878.82)


def test_classes_of_one_company_are_shares_of_their_own():
    rows = [SFM.replace("SFM", ticker) for ticker in ("MOGA", "MOGB", "LEN", "LENB", "BELFA", "BELFB")]
    assert symbols(text(rows=rows)) == ["MOG-A", "MOG-B", "LEN", "LEN-B", "BELFA", "BELFB"]


def test_a_number_that_is_none_is_missing():
    (row,) = parsed(text(rows=['"SFM","SPROUTS","-","Equity","-","","NASDAQ"'])).rows
    assert (row.weight_pct, row.market_value_usd, row.sector) == (None, None, "")


def test_a_row_cut_short_keeps_what_it_has():
    (row,) = parsed(text(rows=['"SFM","SPROUTS","Consumer Staples","Equity"'])).rows
    assert (row.symbol, row.weight_pct) == ("SFM", None)


SPY = """\
Fund Name:,SPDR® S&P 500® ETF Trust,,,,,,
Ticker Symbol:,SPY,,,,,,
Holdings:,As of 30-Sep-2025,,,,,,
,,,,,,,
Name,Ticker,Identifier,SEDOL,Weight,Sector,Shares Held,Local Currency
NVIDIA CORP,NVDA,67066G104,2379504,7.954,-,"295,123,456.000",USD
BERKSHIRE HATHAWAY INC CL B,BRK.B,084670702,2073390,1.6,Financials,"22,000,000",USD
CASH AMERICA INTERNATIONAL,CSH,14754D100,2179740,0.1,-,1,USD
S+P500 EMINI FUT DEC25,ESZ5,ESZ5,-,0.05,-,100,USD
SSI US GOV MONEY MARKET CLASS,SSIXX,924QSGII3,-,0.04,-,1,USD
US DOLLAR,CASH,CASH_USD,-,0.01,Unassigned,1,USD
STATE STREET CASH,-,X,-,0.01,-,1,USD
,,,,,,,
"Past performance is not a reliable indicator, of anything.",,,,,,,
"""


def test_state_streets_layout_is_read_too():
    file = parsed(SPY)
    assert (file.fund, file.symbol, file.effective_date) == ("SPDR® S&P 500® ETF Trust", "SPY", date(2025, 9, 30))
    assert [(row.symbol, row.weight_pct, row.sector) for row in file.rows] == [
        ("NVDA", 7.954, ""),
        ("BRK-B", 1.6, "Financials"),
        ("CSH", 0.1, ""),
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty; download it again"),
        ("\ufeff \r\n", "is empty"),
        ("\n<!DOCTYPE html><html><body>Ticker,Name</body></html>", "is a web page, no CSV"),
        ('{"error": "gone"}', "is a web page, no CSV"),
        (b"PK\x03\x04and so on", "is a workbook; open it in a spreadsheet and save it as CSV"),
        (b'<?xml version="1.0"?><ss:Workbook>', "is a workbook"),
        (b"\xd0\xcf\x11\xe0 old Excel", "is a workbook"),
        ("hello", "no line with the columns Ticker, Name and Asset Class"),
        ("Ticker,Name\nA,B", "no line with the columns"),
        (text(rows=[]), "no share under the header"),
        (text(rows=ROWS[3:]), "line 6: no share under the header"),
        (text(date_line='Fund Holdings as of,"13.05.2025"'), "'13.05.2025' is no date like 'May 13, 2025'"),
        (text(date_line='Fund Holdings as of,"Feb 30, 2025"'), "'Feb 30, 2025' is no date like"),
        (text(date_line='Fund Holdings as of,"Mai 13, 2025"'), "is no date like"),
        (text(date_line='Fund Holdings as of,"05/06/2025"'), "is no date like"),
        (text(date_line='Fund Holdings as of,"-"'), "has no date yet"),
        (text(date_line="As of,1"), "no line 'Fund Holdings as of' nor"),
        (text(rows=[SFM, "GEFB,GREIF,Materials,Equity,1,000.00,0.01,NYSE"]), "line 7: more cells than columns; put"),
    ],
)
def test_a_file_of_another_kind_is_refused_in_words(content, words):
    with pytest.raises(UnreadableFile) as caught:
        parsed(content)
    assert words in str(caught.value)


def test_a_file_that_is_not_there_is_refused_in_words(tmp_path):
    with pytest.raises(UnreadableFile, match="cannot be read"):
        read_holdings(tmp_path / "nowhere.csv")
