"""The reconstitution's files of a folder: what is right is read, what is not is named with its line."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pytest

from bot.market.folder_reference import read_reference
from bot.market.price_csv import UnreadableFile
from bot.market.recon_csv import caps_in, list_in, read_caps
from bot.market.recon_dates import read_reconstitutions
from bot.market.toml_file import BadFile
from bot.market.universe import known_by
from signals.recon_calendar import by_rule

DAY = date(2026, 10, 30)
HEADER = "symbol,total_market_cap_usd,float_frac,exchange,close_usd\n"
BLOCK = """[[reconstitution]]
rank_day = 2027-04-30
lists_from = 2027-05-21
lock_down = 2027-06-07
effective = 2027-06-25
source = "https://example.org"
"""


@pytest.fixture
def folder(tmp_path):
    for name in ("caps", "recon"):
        (tmp_path / name).mkdir()
    return tmp_path


def test_files_of_both_kinds_are_read_and_come_by_their_days(folder):
    (folder / "caps" / "2026-10-30.csv").write_text(HEADER + "STRL,9.5e9,0.97,NASDAQ\nbrk.b,1e12,,\n")
    (folder / "caps" / "2026-09-30.csv").write_text("\ufeffTotal_Market_Cap_USD,Symbol\r\n,STRL\r\n\r\n")
    (folder / "recon" / "official_2026-11-13.csv").write_text(
        "symbol,index,change,company\nAAA,Russell 2000,Addition,A Inc\nBBB,Russell 1000,addition,\n"
        "CCC,R2000,deletion,\n"
    )
    found = read_reference(folder)
    assert found.faults == ()
    september, october = found.facts.caps
    assert (september.day, october.day) == (date(2026, 9, 30), DAY)
    assert (october.symbols, october.exchanges) == (("STRL", "BRK-B"), ("NASDAQ", ""))
    np.testing.assert_array_equal(october.total_usd, [9.5e9, 1e12])
    np.testing.assert_array_equal(october.float_frac, [0.97, np.nan])
    assert np.isnan(september.total_usd).all()
    (listed,) = found.facts.membership_lists
    assert (listed.published, listed.additions, listed.deletions) == (
        date(2026, 11, 13),
        frozenset(("AAA",)),
        frozenset(("CCC",)),
    )


def test_a_close_may_stand_beside_a_capitalisation():
    found, faults = caps_in(DAY, f"{HEADER}AAA,2e9,0.5,NYSE,12.5\nBBB,1e9,0.5,NYSE\n")
    assert faults == ()
    np.testing.assert_array_equal(found.closes_usd, [12.5, np.nan])


BAD_ROWS = {
    "negative": ("AAA,-5,0.5,NYSE", "total_market_cap_usd is '-5'; write a positive number of dollars"),
    "zero": ("AAA,0,0.5,NYSE", "positive number"),
    "words": ("AAA,5 bn,0.5,NYSE", "total_market_cap_usd is '5 bn'"),
    "infinite": ("AAA,inf,0.5,NYSE", "positive number"),
    "comma": ('AAA,"5,000,000",0.5,NYSE', "positive number"),
    "per cent": ("AAA,5e9,97,NYSE", "float_frac is '97'; write a fraction from 0 to 1"),
    "float below zero": ("AAA,5e9,-0.1,NYSE", "fraction"),
    "float in words": ("AAA,5e9,most,NYSE", "fraction"),
    "no symbol": (",5e9,0.5,NYSE", "'' is no symbol"),
    "odd symbol": ("A A A?,5e9,0.5,NYSE", "is no symbol"),
    "long": (f"AAA,{'9' * 80}x,0.5,NYSE", "…"),
    "close": ("AAA,5e9,0.5,NYSE,-2", "close_usd is '-2'; write a positive number of dollars"),
    "twice": ("OK,1e9,0.5,NYSE", "OK stands there twice; the first row is used"),
}


@pytest.mark.parametrize(("row", "why"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_bad_row_costs_itself_alone_and_is_named(row, why):
    found, faults = caps_in(DAY, f"{HEADER}OK,2e9,0.5,NYSE\n{row}\n")
    assert found.symbols == ("OK",)
    assert found.total_usd.tolist() == [2e9]
    assert len(faults) == 1
    assert faults[0].startswith("line 3: ")
    assert why in faults[0]


BAD_FILES = {
    "empty": ("", "line 1: no column symbol, total_market_cap_usd; the header is"),
    "another header": ("ticker,cap\nA,1\n", "no column symbol, total_market_cap_usd"),
    "header alone": (HEADER, "has no company"),
    "no good row": (f"{HEADER}AAA,x,,\n", "line 2: total_market_cap_usd is 'x'"),
    "open quote": (f'{HEADER}"AAA,1e9,0.5,NYSE\n', "cannot be read"),
    "a web page": ("<!doctype html><html></html>", "no column symbol"),
}


@pytest.mark.parametrize(("text", "why"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_is_refused_with_a_reason(text, why):
    with pytest.raises(UnreadableFile, match=re.escape(why)):
        caps_in(DAY, text)


def test_a_bad_file_costs_itself_alone(folder):
    caps = folder / "caps"
    (caps / "2026-10-30.csv").write_text(HEADER + "STRL,9.5e9,0.97,NASDAQ\n")
    (caps / "october.csv").write_text(HEADER)
    (caps / "2026-13-01.csv").write_text(HEADER)
    (caps / "2026-09-30.csv").write_bytes(b"\xff\xfe\x00symbol")
    (caps / "2026-08-31.csv").mkdir()
    (caps / ".hidden.csv").write_text("x")
    (caps / "2026-07-31.csv").write_text(HEADER + "A,1e9,2,\nB,1e9,2,\nC,1e9,2,\nD,1e9,2,\nE,1e9,2,\nF,1e9,1,\n")
    (folder / "recon" / "2026-11-13.csv").write_text("symbol,change\nA,addition\n")
    found = read_reference(folder)
    assert [each.day for each in found.facts.caps] == [date(2026, 7, 31), DAY]
    named = {fault.partition(": ")[0] for fault in found.faults}
    assert named == {
        *(f"caps/{name}.csv" for name in ("october", "2026-13-01", "2026-09-30", "2026-08-31", "2026-07-31")),
        "recon/2026-11-13.csv",
    }
    assert "caps/2026-07-31.csv: 2 more rows like these" in found.faults
    assert any("call it official_2026-11-13.csv" in fault for fault in found.faults)


def test_a_folder_that_cannot_be_listed_is_named(folder, monkeypatch):
    def refuse(_self, _pattern):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(folder), "glob", refuse)
    assert read_caps(folder / "caps", lambda error: f"cannot be read ({error.strerror})") == (
        (),
        ["caps: cannot be read (Permission denied)"],
    )


@pytest.mark.parametrize(
    ("row", "why"),
    [("AAA,sold", "change is 'sold'; write addition or deletion"), ("OK,deletion", "an addition and a deletion")],
)
def test_a_bad_row_of_a_list_costs_itself_alone(row, why):
    found, faults = list_in(DAY, f"symbol,change\nOK,added\nOK,add\n{row}\n")
    assert found.additions == {"OK"}
    assert len(faults) == 1
    assert why in faults[0]


def test_a_list_may_be_empty_and_one_of_bad_rows_is_none():
    assert list_in(DAY, "symbol,change\n")[0].additions == frozenset()
    with pytest.raises(UnreadableFile, match="write addition or deletion"):
        list_in(DAY, "symbol,change\nAAA,\n")
    with pytest.raises(UnreadableFile, match="no column change"):
        list_in(DAY, "symbol\nAAA\n")


def test_the_bundled_dates_are_those_of_the_rule_and_have_a_source():
    found = read_reconstitutions()
    rules = {each.effective: each for year in (2025, 2026) for each in by_rule(year)}
    assert [each.effective.year for each in found] == [2024, 2025, 2026, 2026]
    for each in found[1:]:
        rule = rules[each.effective]
        assert (each.rank_day, each.lists_from, each.lock_down) == (rule.rank_day, rule.lists_from, rule.lock_down)
    assert all(each.source.startswith("https://") for each in found)


BAD_DATES = {
    "nothing": ("", "reconstitution is missing"),
    "no block": ("reconstitution = []", "has no"),
    "a table": ("[reconstitution]\nx = 1", "has no"),
    "no source": (BLOCK.replace('source = "https://example.org"\n', ""), "block 1: source is missing"),
    "empty source": (BLOCK.replace("https://example.org", " "), "source is no text"),
    "no day": (BLOCK.replace("2027-05-21", '"soon"'), "lists_from is no date"),
    "order": (BLOCK.replace("2027-05-21", "2027-06-21"), "must follow each other"),
    "another key": (BLOCK + "x = 1", "there is no key x"),
    "twice": (BLOCK + BLOCK, "stands there twice"),
    "no toml": ("[[", "is no TOML"),
}


@pytest.mark.parametrize(("text", "why"), BAD_DATES.values(), ids=BAD_DATES)
def test_a_faulty_file_of_dates_says_what_is_wrong(tmp_path, text, why):
    path = tmp_path / "reconstitutions.toml"
    path.write_text(text)
    with pytest.raises(BadFile, match=why):
        read_reconstitutions(path)


def test_the_folders_own_dates_stand_for_the_bundled_ones(folder):
    (folder / "reconstitutions.toml").write_text(BLOCK + "known = 2027-02-01\n")
    (own,) = read_reference(folder).facts.reconstitutions
    assert (own.effective, own.known) == (date(2027, 6, 25), date(2027, 2, 1))
    (folder / "reconstitutions.toml").write_text("[[")
    found = read_reference(folder)
    assert len(found.facts.reconstitutions) == 4
    assert "the one that comes with the program is used" in found.faults[0]


def test_what_was_published_later_is_not_known(folder):
    for day in ("2026-10-29", "2026-10-30"):
        (folder / "caps" / f"{day}.csv").write_text(HEADER + "STRL,9.5e9,0.97,NASDAQ\n")
    for day in ("2026-11-13", "2026-11-20"):
        (folder / "recon" / f"official_{day}.csv").write_text("symbol,change\nA,addition\n")
    facts = known_by(read_reference(folder).facts, date(2026, 11, 20))
    assert len(facts.caps) == 2
    assert [each.published for each in facts.membership_lists] == [date(2026, 11, 13)]
    assert [each.day for each in known_by(facts, date(2026, 10, 29)).caps] == [date(2026, 10, 29)]
