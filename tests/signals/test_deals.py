"""Merger filings: the answers by hand, quarters that are not over, what is not covered, and what is told."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.deal_facts import DealFiling, Deals
from signals.deal_quarters import Quarter, counted
from signals.deals import DEALS
from signals.errors import UnalignedInput, UnknownSubject
from signals.facts import Facts
from signals.types import Market, Prices
from tests.signals.made_up import a_calendar, after_close

KNOWN = tomllib.loads((Path(__file__).parents[1] / "answers" / "deals.toml").read_text(encoding="utf-8"))
DAYS = np.busday_offset("2025-06-02", np.arange(100), roll="forward")
SYMBOLS = ("^RUT", "AGX", "STRL", "LITE")
DAY = date(2025, 7, 1)
EVER = ((date(2020, 1, 1), date(2026, 12, 31)),)


def a_filing(day: date = DAY, symbol: str = "AGX", form: str = "DEFM14A") -> DealFiling:
    return DealFiling(day, form, "Argan", 1, symbol)


def a_market(*filings: DealFiling, covered=EVER) -> Market:
    close = np.full((len(DAYS), len(SYMBOLS)), 10.0)
    deals = Deals(tuple(sorted(filings, key=lambda each: each.filed)), covered)
    prices = Prices(DAYS, SYMBOLS, close)
    return Market(prices, after_close(DAYS[-1].item()), "made up", a_calendar(DAYS), facts=Facts(deals=deals))


def by_hand() -> Market:
    return a_market(
        *(DealFiling(**line) for line in KNOWN["line"]), covered=tuple(tuple(span) for span in KNOWN["covered"])
    )


def reading(market: Market, subject: str = "market", on: date | None = None):
    history = DEALS.history(market, {})
    row = -1 if on is None else int(np.searchsorted(history.sessions, np.datetime64(on)))
    return DEALS.reading(history, subject, {}, row)


def happened(market: Market, since: int = 0) -> list[tuple[str, str]]:
    return [(event.subject, event.session.isoformat()) for event in DEALS.events(DEALS.history(market, {}), {}, since)]


@pytest.mark.parametrize("answer", KNOWN["reading"], ids=lambda answer: f"{answer['subject']} {answer['on']}")
def test_known_readings(answer):
    found = reading(by_hand(), answer["subject"], answer["on"])
    assert found.state == answer["state"]
    told = {name: found.values[name] for name in answer["values"]}
    assert {name: round(value, 6) if isinstance(value, float) else value for name, value in told.items()} == answer[
        "values"
    ]
    assert {name: found.values[name] for name in answer.get("unknown", ())} == dict.fromkeys(answer.get("unknown", ()))


def test_known_events():
    events = DEALS.events(DEALS.history(by_hand(), {}), {})
    told = [{"subject": event.subject, "on": event.session, "form": event.values["form"]} for event in events]
    assert told == KNOWN["event"]


def test_a_reading_of_a_day_knows_only_what_was_filed_by_then():
    for answer in KNOWN["reading"]:
        whole, then = by_hand(), by_hand()
        then = replace(then, prices=then.prices.upto(answer["on"]))
        assert reading(whole, answer["subject"], answer["on"]).values == reading(then, answer["subject"]).values


def test_the_first_days_of_a_leap_year_stay_within_the_quarter_before():
    deals = Deals(tuple(a_filing(day) for day in (date(2023, 3, 31), date(2023, 4, 1), date(2024, 3, 30))), EVER)
    found = counted(deals, Quarter(2024, 1), date(2024, 3, 30))
    assert (found.filings, found.year_before, found.is_complete) == (1, 1, False)
    assert counted(deals, Quarter(2024, 1), date(2024, 4, 2)).is_complete


@given(st.dates(date(1990, 1, 1), date(2040, 12, 31)))
def test_a_day_lies_in_its_quarter_and_quarters_join(day):
    quarter = Quarter.of(day)
    assert quarter.first <= day <= quarter.last
    assert quarter.earlier(1).last + timedelta(days=1) == quarter.first
    assert quarter.earlier(-4).earlier(4) == quarter
    assert Quarter.of(quarter.first) == Quarter.of(quarter.last) == quarter


@pytest.mark.parametrize(
    ("covered", "filings", "before", "state"),
    [
        (EVER, 2, 1, "known"),
        (((date(2025, 1, 1), date(2025, 12, 31)),), 2, None, "partial"),
        (((date(2024, 7, 1), date(2024, 9, 30)), (date(2025, 7, 1), date(2025, 8, 1))), 2, 1, "partial"),
        (((date(2025, 7, 2), date(2025, 9, 30)),), None, None, "unknown"),
        (((date(2024, 1, 1), date(2025, 6, 30)),), None, None, "partial"),
        ((), None, None, "unknown"),
    ],
)
def test_a_quarter_counts_only_where_all_of_its_days_are_covered(covered, filings, before, state):
    days = (date(2024, 7, 20), date(2025, 7, 2), date(2025, 7, 31))
    found = reading(a_market(*(a_filing(day, symbol="") for day in days), covered=covered), on=date(2025, 8, 1))
    assert (found.values["filings"], found.values["year_before"], found.state) == (filings, before, state)


def test_a_quarter_counts_up_to_the_last_day_covered():
    days = (date(2024, 7, 20), date(2025, 7, 2), date(2025, 7, 31))
    market = a_market(*map(a_filing, days), covered=((date(2024, 1, 1), date(2025, 7, 10)),))
    values = reading(market, on=date(2025, 8, 1)).values
    assert (values["through"], values["filings"], values["year_before"]) == ("2025-07-10", 1, 0)
    assert values["change_pct"] is None


def test_a_quarter_not_covered_to_its_end_is_no_whole_one():
    market = a_market(a_filing(date(2025, 5, 6)), covered=((date(2024, 1, 1), date(2025, 6, 29)),))
    values = reading(market, on=date(2025, 7, 2)).values
    assert (values["last_quarter"], values["last_filings"]) == ("2025-Q2", None)
    assert values["quarter_filings"].endswith(", ?")


def test_only_the_first_filing_in_a_year_is_told():
    days = (date(2024, 7, 1), date(2025, 7, 1), date(2025, 7, 8))
    assert happened(a_market(*map(a_filing, days))) == [("AGX", "2025-07-01")]
    assert happened(a_market(*map(a_filing, (date(2024, 7, 2), *days[1:])))) == []
    assert happened(a_market(a_filing(), a_filing(form="SC TO-T"))) == [("AGX", "2025-07-01")]


def test_a_filing_between_sessions_is_told_in_the_next_that_has_a_price():
    market = a_market(a_filing(date(2025, 7, 5)))
    close = market.prices.close.copy()
    close[market.prices.sessions == np.datetime64("2025-07-07")] = np.nan
    silent = replace(market, prices=Prices(DAYS, SYMBOLS, close))
    assert happened(market) == [("AGX", "2025-07-07")]
    assert happened(silent) == [("AGX", "2025-07-08")]
    assert reading(silent, on=date(2025, 7, 7)).session == date(2025, 7, 4)
    nothing = replace(market, prices=Prices(DAYS, SYMBOLS, np.full_like(close, np.nan)))
    assert happened(nothing) == []
    assert reading(nothing).state == reading(nothing, "AGX").state == "unknown"


def test_what_was_filed_before_the_first_session_or_names_nobody_here_is_not_told():
    assert happened(a_market(a_filing(date(2025, 5, 30)), a_filing(symbol=""), a_filing(symbol="GONE"))) == []


def test_filings_older_than_a_year_are_not_told_of_a_symbol():
    market = a_market(a_filing(date(2024, 7, 3)))
    assert reading(market, "AGX", date(2025, 7, 2)).values["symbol_filings"] == 1
    assert reading(market, "AGX", date(2025, 7, 3)).state == "none"
    assert reading(a_market(covered=()), "AGX").state == "unknown"
    assert reading(a_market(covered=((date(2025, 1, 1), date(2026, 1, 1)),)), "AGX").coverage.n == 0


def test_nothing_is_known_without_filings_and_an_index_is_not_asked_about():
    bare = replace(a_market(), facts=Facts())
    assert reading(bare).state == reading(bare, "AGX").state == "unknown"
    assert happened(bare) == []
    with pytest.raises(UnknownSubject, match="market or a symbol"):
        reading(bare, "^RUT")


@settings(deadline=None)
@given(st.integers(0, len(DAYS) - 1), st.lists(st.integers(0, 130), max_size=6))
def test_events_since_a_row_are_those_of_all(since, offsets):
    filings = [a_filing(DAYS[0].item() + timedelta(days=n), SYMBOLS[1 + n % 3]) for n in offsets]
    first = DAYS[since].item().isoformat()
    whole = happened(a_market(*filings))
    assert happened(a_market(*filings), since) == [event for event in whole if event[1] >= first]


def test_what_does_not_fit_is_refused():
    with pytest.raises(UnalignedInput, match="must be one of DEFM14A"):
        a_filing(form="SC TO-T/A")
    with pytest.raises(UnalignedInput, match="ordered by the day"):
        Deals((a_filing(), a_filing(DAY - timedelta(days=1))))
    for spans in (((DAY, DAY - timedelta(days=1)),), (EVER[0], EVER[0])):
        with pytest.raises(UnalignedInput, match="spans in order"):
            Deals(covered=spans)
