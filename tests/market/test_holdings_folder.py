from __future__ import annotations

import errno
import os
from datetime import date
from pathlib import Path

import pytest

from bot.market.folder_reference import read_reference
from signals.recon_columns import LARGE, SMALL
from tests.market.holdings_text import holdings_text, put

MAY, JUNE = "May 13, 2025", "Jun 2, 2025"


def test_every_file_is_kept_with_its_day_and_its_universe(tmp_path):
    put(tmp_path, "new.csv", ["AAA", "CCC"], day=JUNE)
    put(tmp_path, "old.csv", ["AAA", "BBB"], day=MAY)
    put(tmp_path, "large.csv", ["AAPL"], day=MAY, fund="iShares Core S&P 500 ETF")
    reference = read_reference(tmp_path)
    assert reference.faults == ()
    told = [(each.universe, each.fund, each.effective_date, each.symbols) for each in reference.facts.holdings]
    assert told == [
        ("largecap", "IVV", date(2025, 5, 13), ("AAPL",)),
        ("smallcap", "IWM", date(2025, 5, 13), ("AAA", "BBB")),
        ("smallcap", "IWM", date(2025, 6, 2), ("AAA", "CCC")),
    ]
    assert reference.facts.holdings[0].weights_frac.tolist() == [0.005]
    assert reference.facts.holdings[0].sectors == ("Energy",)
    assert reference.universes == {"smallcap": ("AAA", "CCC"), "largecap": ("AAPL",)}
    assert reference.names["BBB"] == "BBB INC"
    assert reference.names["^RUT"] == "Russell 2000"


@pytest.mark.parametrize(
    ("name", "fund", "universe"),
    [
        ("a.csv", "iShares Russell 2000 ETF", "smallcap"),
        ("a.csv", "Vanguard Russell 2000 Index Fund ETF", "smallcap"),
        ("a.csv", "iShares Core S&P 500 ETF", "largecap"),
        ("a.csv", "iShares Core S&P 500 UCITS ETF", "largecap"),
        ("a.csv", "SPDR® S&P 500® ETF Trust", "largecap"),
        ("SPY-holdings.csv", "", "largecap"),
        ("IWM_2025-05-13.csv", "-", "smallcap"),
        ("a.csv", "iShares Russell 1000 ETF", "russell1000"),
        ("IWB_2026-11-13.csv", "", "russell1000"),
        ("a.csv", "iShares Russell 1000 Value ETF", None),
        ("a.csv", "iShares Russell 2000 Growth ETF", None),
        ("IWM.csv", "iShares Russell 2000 Value ETF", None),
        ("a.csv", "Invesco S&P 500 Equal Weight ETF", None),
        ("a.csv", "iShares MSCI Brazil ETF", None),
    ],
)
def test_the_whole_index_alone_stands_for_a_universe(tmp_path, name, fund, universe):
    put(tmp_path, name, ["AAA"], fund=fund)
    reference = read_reference(tmp_path)
    assert [each.universe for each in reference.facts.holdings] == ([universe] if universe else [])
    if universe is None:
        (fault,) = reference.faults
        assert fault.startswith(f"holdings/{name}: {fund!r} stands for no universe: files of IWM")


def test_files_of_both_russell_indices_are_what_the_reconstitution_looks_for(tmp_path):
    put(tmp_path, "IWM.csv", ["AAA"])
    put(tmp_path, "IWB.csv", ["AAPL"], fund="iShares Russell 1000 ETF")
    facts = read_reference(tmp_path).facts
    assert [facts.of_universe(name)[0].symbols for name in (SMALL, LARGE)] == [("AAA",), ("AAPL",)]


def test_of_one_day_the_fund_that_is_downloaded_counts(tmp_path):
    put(tmp_path, "IVV.csv", ["AAPL"], fund="iShares Core S&P 500 ETF")
    put(tmp_path, "SPY.csv", ["MSFT"], fund="SPDR S&P 500 ETF Trust")
    assert [each.fund for each in read_reference(tmp_path).facts.holdings] == ["IVV"]


def test_days_with_the_same_members_are_kept_once_a_month(tmp_path):
    for n, (day, symbols) in enumerate(
        [
            ("May 13, 2025", "AB"),
            ("May 14, 2025", "BA"),
            ("May 15, 2025", "ABC"),
            ("May 30, 2025", "ABC"),
            ("Jun 2, 2025", "ABC"),
            ("Jun 3, 2025", "ABC"),
            ("Jun 4, 2025", "AB"),
        ]
    ):
        put(tmp_path, f"{n}.csv", list(symbols), day=day)
    days = [each.effective_date.isoformat()[5:] for each in read_reference(tmp_path).facts.holdings]
    assert days == ["05-13", "05-15", "06-02", "06-04"]


def test_what_cannot_be_read_is_told_and_costs_that_file_alone(tmp_path):
    put(tmp_path, "good.csv", ["AAA"])
    folder = tmp_path / "holdings"
    (folder / "bad.csv").write_text("hello")
    (folder / "SPY.xlsx").write_bytes(b"PK\x03\x04")
    (folder / "note.pdf").write_bytes(b"%PDF")
    (folder / ".DS_Store").write_bytes(b"hidden")
    (folder / "older").mkdir()
    reference = read_reference(tmp_path)
    assert reference.universes == {"smallcap": ("AAA",)}
    assert [fault.split(";")[0].split(" (")[0].split(" and save")[0] for fault in reference.faults] == [
        "holdings/SPY.xlsx: is no CSV: open it in a spreadsheet",
        "holdings/bad.csv: no line with the columns Ticker, Name and Asset Class",
        "holdings/note.pdf: is no CSV: move it elsewhere",
    ]


def refuse(monkeypatch, method, place):
    """Have the system refuse `method` of the path `place`."""
    real = getattr(Path, method)

    def refusing(path, *given, **named):
        if path == place:
            raise PermissionError(errno.EACCES, "Permission denied", str(place))
        return real(path, *given, **named)

    monkeypatch.setattr(Path, method, refusing)


@pytest.mark.parametrize(
    ("method", "place"),
    [
        ("iterdir", "holdings"),
        ("is_dir", "holdings"),
        ("stat", "holdings/IVV.csv"),
        ("is_file", "holdings/IVV.csv"),
        ("read_bytes", "holdings/IVV.csv"),
        ("is_dir", "fred"),
        ("is_file", "themes.toml"),
        ("is_file", "calendar.toml"),
        ("is_file", "universe/sectors.csv"),
        ("open", "universe/sectors.csv"),
    ],
)
def test_what_the_system_refuses_is_told_with_what_to_do_and_costs_that_alone(tmp_path, monkeypatch, method, place):
    put(tmp_path, "IVV.csv", ["AAPL"], fund="iShares Core S&P 500 ETF")
    put(tmp_path, "IWM.csv", ["AAA"])
    (tmp_path / "universe").mkdir()
    (tmp_path / "universe" / "sectors.csv").write_text("ticker,sector\nXOM,Energy\n")
    refuse(monkeypatch, method, tmp_path / place)
    reference = read_reference(tmp_path)
    (fault,) = reference.faults
    assert fault.startswith(f"{place}: cannot be read (Permission denied); ")
    assert str(tmp_path) not in fault
    assert ("smallcap" in reference.universes) == (place != "holdings")
    assert reference.facts.themes
    assert reference.facts.appointments


def test_a_file_that_was_replaced_is_read_again(tmp_path):
    path = put(tmp_path, "IWM.csv", ["AAA"])
    assert read_reference(tmp_path).universes["smallcap"] == ("AAA",)
    path.write_text(holdings_text(["BBB"]), encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert read_reference(tmp_path).universes["smallcap"] == ("BBB",)


def test_holdings_may_stand_in_a_folder_elsewhere(tmp_path):
    put(tmp_path / "other", "IWM.csv", ["AAA"])
    assert read_reference(tmp_path, holdings=tmp_path / "other" / "holdings").universes == {"smallcap": ("AAA",)}


def test_sectors_of_a_file_of_their_own_have_the_names_that_ishares_gives(tmp_path):
    (tmp_path / "universe").mkdir()
    (tmp_path / "universe" / "sectors.csv").write_text("ticker,sector\nAAP,Consumer Cyclical\nXOM,Energy\n")
    assert read_reference(tmp_path).sectors == {"AAP": "Consumer Discretionary", "XOM": "Energy"}
    (tmp_path / "universe" / "sectors.csv").write_text("a,b\n")
    assert read_reference(tmp_path).faults == ("universe/sectors.csv: line 1: the header is ticker,sector",)


def test_series_themes_and_dates_are_read_with_the_rest(tmp_path):
    (tmp_path / "fred").mkdir()
    (tmp_path / "fred" / "DGS10.csv").write_text("observation_date,DGS10\n2025-07-01,4.26\n2025-07-02,4.30\n")
    (tmp_path / "fred" / "BAD.csv").write_text("nothing\n")
    reference = read_reference(tmp_path)
    assert reference.facts.series["DGS10"].values.tolist() == [4.26, 4.3]
    assert [fault.split(":")[0] for fault in reference.faults] == ["fred/BAD.csv"]
    assert reference.facts.themes
    assert {each.kind for each in reference.facts.appointments} == {"fomc", "cpi", "jobs"}


THEME = """\
[mine]
title = "Mine"
members = [{ symbol = "AAA", since = 2025-01-02, reason = "it is" }]
"""


def test_themes_and_dates_of_the_folder_stand_above_those_of_the_program(tmp_path):
    (tmp_path / "themes.toml").write_text(THEME)
    (tmp_path / "calendar.toml").write_text(
        '[[block]]\nkind = "fomc"\ntitle = "Meeting"\nsource = "here"\nknown = 2024-08-09\ndays = [2025-07-30]\n'
    )
    facts = read_reference(tmp_path).facts
    assert [theme.name for theme in facts.themes] == ["mine"]
    assert [each.day for each in facts.appointments] == [date(2025, 7, 30)]


def test_a_faulty_file_of_themes_is_told_and_the_programs_own_is_used(tmp_path):
    (tmp_path / "themes.toml").write_text("[mine]\n")
    reference = read_reference(tmp_path)
    assert reference.faults == ("themes.toml, mine: title is missing; the one that comes with the program is used",)
    assert reference.facts.themes == read_reference(tmp_path / "elsewhere").facts.themes
