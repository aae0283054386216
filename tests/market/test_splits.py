"""Splits between the day a figure speaks of and the session: shares and earnings a share are put into today's."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from bot.market.folder import FolderSource
from bot.market.furnished import FurnishedSource, Furniture
from bot.market.splits import Split, keep_splits, read_splits, restated
from bot.market.types import Reference
from signals.estimates import Estimates
from signals.example import example_market
from signals.facts import Facts, Holdings
from signals.fundamentals import Fundamentals
from signals.group_members import group_of
from signals.types import Prices
from signals.valuation_columns import valuation_columns

COVER, FILED, SPLIT = date(2025, 5, 2), date(2025, 5, 5), date(2025, 7, 8)
DAYS = ("2025-07-03", "2025-07-07", "2025-07-08", "2025-07-09")
TWO = (Split("A", SPLIT, 2.0),)
NOTHING = np.full(1, np.nan)


def facts_of(cover=COVER):
    rows = [
        (0, date(2025, 3, 31), FILED, 12, {"revenue": 50.0, "net_income": 25.0}),
        (0, cover, max(cover, FILED), 0, {"shares": 10.0, "equity": 100.0}),
    ]
    return Facts(
        holdings=(Holdings("smallcap", "IWM", date(2025, 7, 1), ("A",), np.ones(1), ("",)),),
        fundamentals=Fundamentals.in_order(("A",), rows),
        estimates=(Estimates(date(2025, 7, 2), ("A",), np.array([5.0]), NOTHING, NOTHING, NOTHING),),
    )


def multiples(facts):
    """Return price/sales and forward price/earnings of a company whose share, 50 dollars, is split in two on 8 July."""
    market = example_market("A", [25.0] * 4, days=DAYS)  # as sources give it afterwards: adjusted
    prices = Prices(market.prices.sessions, ("A",), market.prices.close)
    market = replace(market, prices=prices, facts=facts)
    columns = valuation_columns(market, group_of(market, "smallcap"))
    return columns["price_sales"], columns["forward_pe"]


def test_a_company_is_worth_the_same_before_and_after_its_share_is_split():
    sales, forward = multiples(restated(facts_of(), TWO))
    np.testing.assert_allclose(sales, 10.0)  # 10 shares of 50 dollars, or 20 of 25, on sales of 50
    np.testing.assert_allclose(forward, 10.0)  # 50 dollars a share on earnings of 5


def test_without_the_split_the_company_would_seem_worth_a_half():
    sales, forward = multiples(facts_of())
    np.testing.assert_allclose(sales, 5.0)
    np.testing.assert_allclose(forward, 5.0)


@pytest.mark.parametrize("cover", [SPLIT, date(2025, 7, 20)])
def test_a_cover_of_the_day_of_the_split_or_later_counts_the_new_shares(cover):
    assert restated(facts_of(cover), TWO).fundamentals.values["shares"].tolist()[-1] == 10.0


def test_several_splits_multiply_and_a_reverse_one_divides():
    splits = (Split("A", date(2025, 6, 2), 4.0), Split("A", SPLIT, 0.1), Split("B", SPLIT, 7.0))
    found = restated(facts_of(), splits)
    assert np.nanmax(found.fundamentals.values["shares"]) == pytest.approx(4.0)
    assert found.estimates[0].forward_eps.tolist() == pytest.approx([50.0])


def test_a_split_of_every_class_of_a_company_counts_once():
    filed = Fundamentals.in_order(("A",), [(0, COVER, FILED, 0, {"shares": 10.0})], classes={"A-B": "A"})
    found = restated(Facts(fundamentals=filed), (Split("A", SPLIT, 2.0), Split("A-B", SPLIT, 2.0)))
    assert found.fundamentals.values["shares"].tolist() == [20.0]


def test_what_no_split_touches_stays_the_same_object():
    facts = facts_of()
    assert restated(facts, ()) is facts
    others = restated(facts, (Split("B", SPLIT, 2.0),))
    assert (others.fundamentals, others.estimates) == (facts.fundamentals, facts.estimates)
    assert restated(facts, TWO).fundamentals is restated(facts, TWO).fundamentals
    bare = Fundamentals.in_order(("A",), [(0, COVER, FILED, 0, {"equity": 1.0})])
    assert restated(Facts(fundamentals=bare), TWO).fundamentals is bare
    assert restated(Facts(), TWO) == Facts()


def test_splits_are_kept_in_a_file_and_the_newer_word_counts(tmp_path):
    path = tmp_path / "splits.csv"
    keep_splits(path, [])
    assert not path.exists()
    keep_splits(path, [Split("B", SPLIT, 0.1), Split("A", SPLIT, 3.0)])
    keep_splits(path, [*TWO, Split("A", date(2020, 8, 31), 4.0)])
    told = (Split("A", date(2020, 8, 31), 4.0), Split("A", SPLIT, 2.0), Split("B", SPLIT, 0.1))
    assert read_splits(path, str) == (told, [])
    before = path.stat().st_mtime_ns
    keep_splits(path, TWO)
    assert path.stat().st_mtime_ns == before


@pytest.mark.parametrize("text", ["a,b,c\nA,2020-08-31,4\n", "symbol,day,new_per_old\nA,2020-08-31,4\nB,8 July,2\n"])
def test_a_damaged_file_is_set_aside_before_splits_are_added(tmp_path, text):
    path = tmp_path / "splits.csv"
    path.write_text(text)
    keep_splits(path, TWO)
    found, faults = read_splits(path, str)
    assert faults == []
    assert set(TWO) <= set(found)
    assert (tmp_path / "splits.csv.damaged").read_text() == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1: the header is symbol,day,new_per_old"),
        ("a,b,c\n", "line 1: the header is"),
        ("symbol,day,new_per_old\nA,2025-07-08\n", "line 2 is no split"),
        ("symbol,day,new_per_old\n\nA,8 July,2\n", "line 3 is no split"),
        ("symbol,day,new_per_old\nA,2025-07-08,0\n", "line 2 is no split"),
        ("symbol,day,new_per_old\nA,2025-07-08,nan\n", "line 2 is no split"),
        ("symbol,day,new_per_old\n,2025-07-08,2\n", "line 2 is no split"),
        ('symbol,day,new_per_old\n"A', "cannot be read"),
    ],
)
def test_what_is_wrong_with_the_file_is_named(tmp_path, text, words):
    path = tmp_path / "splits.csv"
    path.write_text(text)
    found, (fault,) = read_splits(path, str)
    assert found == ()
    assert fault.startswith("splits.csv: ")
    assert words in fault


def test_a_file_that_cannot_be_opened_is_named_in_words(tmp_path):
    (tmp_path / "splits.csv").mkdir()
    assert read_splits(tmp_path / "splits.csv", lambda error: f"cannot ({error.strerror})") == (
        (),
        ["splits.csv: cannot (Is a directory)"],
    )


class Silent:
    name, labels = "silent", ()

    def reference(self):
        return Reference()


def test_folders_and_sources_with_files_beside_them_put_shares_into_todays(tmp_path: Path):
    (tmp_path / "fundamentals").mkdir()
    (tmp_path / "fundamentals" / "mine.csv").write_text("symbol,period_end,filed,shares\nA,2025-05-02,2025-05-05,10\n")
    (tmp_path / "splits.csv").write_text("symbol,day,new_per_old\nA,2025-07-08,2\nA,x,2\n")
    for source in (FolderSource(tmp_path), FurnishedSource(Silent(), Furniture(tmp_path))):
        found = source.reference()
        assert found.facts.fundamentals.values["shares"].tolist() == [20.0]
        assert "splits.csv: line 3 is no split such as NVDA,2024-06-10,10; mend it" in found.faults
