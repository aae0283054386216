"""Option chains of a folder: what is written is read, and what cannot be is named with its line and what to mend."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from bot.market.folder_reference import read_reference
from bot.market.option_csv import HEADER as WHOLE
from bot.market.option_csv import csv_of, read_chain, read_chains
from bot.market.price_csv import UnreadableFile
from tests.signals.chains import DAY, a_chain

HEADER = "expiry,side,strike,bid,ask"
ROW = "2025-08-15,call,100,2.4,2.6"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "options" / "STRL").mkdir(parents=True)
    return tmp_path / "options" / "STRL"


def read(folder, text, name=f"{DAY}.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_chain(path, "STRL", len(text), hash(text))


def test_what_is_written_is_read(folder):
    traded = np.full(26, DAY, dtype="M8[D]")
    traded[3] = np.datetime64("NaT")
    volume = np.arange(26.0)
    volume[5] = math.nan
    chain = a_chain(traded=traded, volume=volume)
    for written in (chain, replace(chain, spot=math.nan)):
        found = read(folder, csv_of(written))
        assert (found.symbol, found.day, found.known) == (written.symbol, written.day, written.known)
        np.testing.assert_equal(found.spot, written.spot)
        for name in chain.COLUMNS:
            np.testing.assert_array_equal(getattr(found, name), getattr(written, name), err_msg=name)


def test_columns_that_are_not_there_are_missing(folder):
    chain = read(
        folder, f"\ufeffStrike,EXPIRY,side,ask,bid\r\n100,2025-08-15,P,2.6,\r\n\r\n{'95,2025-08-15,c,n/a,2'}\r\n"
    )
    assert (chain.strike.tolist(), chain.is_call.tolist()) == ([100.0, 95.0], [False, True])
    assert np.isnan([chain.bid[0], chain.ask[1], chain.volume[0], chain.iv_frac[0], chain.spot]).all()
    assert np.isnat(chain.traded).all()


BROKEN = {
    "empty": ("", "no column expiry, side, strike, bid, ask"),
    "header alone": (HEADER, "has no contract"),
    "no strike": ("expiry,side,bid,ask\n2025-08-15,call,1,2", "no column strike"),
    "column twice": (f"{HEADER},bid\n{ROW},2", "a column is there twice"),
    "too few": (f"{HEADER}\n2025-08-15,call", "line 2: 2 columns where the header has 5"),
    "too many": (f"{HEADER}\n{ROW}\n{ROW},7", "line 3: 6 columns where the header has 5"),
    "no date": (f"{HEADER}\n15.08.2025,call,100,2,3", "line 2: expiry is '15.08.2025', no date"),
    "no expiry": (f"{HEADER}\n,call,100,2,3", "line 2: expiry is '', no date"),
    "no side": (f"{HEADER}\n2025-08-15,straddle,100,2,3", "line 2: side is 'straddle', neither call nor put"),
    "word": (f"{HEADER}\n2025-08-15,call,100,two,3", "line 2: bid is 'two', no number of 0 or more"),
    "negative": (f"{HEADER}\n2025-08-15,call,100,-2,3", "line 2: bid is '-2'"),
    "infinite": (f"{HEADER}\n2025-08-15,call,100,2,inf", "line 2: ask is 'inf'"),
    "comma": (f'{HEADER}\n2025-08-15,call,"1,000",2,3', "line 2: strike is '1,000'"),
    "no strike given": (f"{HEADER}\n2025-08-15,call,,2,3", "strike is nan: must be positive"),
    "strike of 0": (f"{HEADER}\n2025-08-15,call,0,2,3", "strike is 0.0: must be positive"),
    "contract twice": (f"{HEADER}\n{ROW}\n{ROW}", "must stand once"),
    "two prices": (f"{HEADER},underlying\n{ROW},99\n{ROW.replace('100', '105')},98", "more than one price"),
    "price of 0": (f"{HEADER},underlying\n{ROW},0", "spot is 0.0: must be positive"),
    "trade": (f"{HEADER},last_trade\n{ROW},yesterday", "line 2: last_trade is 'yesterday', no date"),
    "not text": (b"\xff\xfe\x00expiry", "cannot be read"),
    "NUL": (f"{HEADER}\n{ROW}\x00".encode(), ""),
    "huge cell": (f"{HEADER}\n{'9' * 200_000},call,100,2,3", "cannot be read"),
}


@pytest.mark.parametrize(("text", "reason"), BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_read_is_named_with_its_line(folder, text, reason):
    with pytest.raises(UnreadableFile) as refused:
        read(folder, text)
    assert reason in str(refused.value)
    assert len(str(refused.value)) < 250


@pytest.mark.parametrize(("name", "reason"), [("friday.csv", "not named by its day"), (f"{DAY}.xlsx", "is no CSV")])
def test_a_file_with_another_name_is_refused(folder, name, reason):
    with pytest.raises(UnreadableFile, match=reason):
        read(folder, f"{HEADER}\n{ROW}", name)


def test_a_folder_tells_its_chains_by_symbol_and_day_and_a_bad_file_costs_itself_alone(folder):
    for day in ("2025-07-17", "2025-07-16"):
        (folder / f"{day}.csv").write_text(f"{HEADER}\n{ROW}")
    (folder / "2025-07-18.csv").write_text("strike\n1")
    (folder / "2025-07-19.csv").mkdir()
    (folder / ".hidden").write_text("")
    (folder.parent / "EMPTY").mkdir()
    (folder.parent / "notes.txt").write_text("")
    reference = read_reference(folder.parent.parent)
    assert {symbol: [each.day for each in chains] for symbol, chains in reference.facts.chains.items()} == {
        "STRL": [date(2025, 7, 16), date(2025, 7, 17)]
    }
    assert [fault for fault in reference.faults if fault.startswith("options")] == [
        f"options/STRL/2025-07-18.csv: line 1: no column expiry, side, bid, ask; the header is {','.join(WHOLE)}",
        "options/STRL/2025-07-19.csv: cannot be read (Is a directory); see that the bot may read it",
    ]


def test_a_folder_without_options_has_none_and_one_that_cannot_be_opened_says_so(tmp_path, monkeypatch):
    assert read_chains(tmp_path / "options", str) == ({}, [])
    (tmp_path / "options").mkdir()

    def refuse(_path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(tmp_path), "iterdir", refuse)
    assert read_chains(tmp_path / "options", lambda error: error.strerror) == ({}, ["options: Permission denied"])
