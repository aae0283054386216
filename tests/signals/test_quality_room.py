"""Quality as a room: shares that do not trade, insiders' purchases, what a scan looks at, days of the facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from signals.estimates import Estimates
from signals.facts import Facts, Holdings
from signals.fundamentals import Fundamentals
from signals.group_members import financials_among
from signals.insider_facts import InsiderTrade, InsiderTrades
from signals.quality import QUALITY, deciding, standings
from signals.types import Market
from tests.signals.filings import expected_of, filed_by
from tests.signals.made_up import a_market, some_sessions

DAYS = some_sessions(600)
SYMBOLS = ("A", "B")


def day(row: int) -> date:
    return DAYS[row].item()


def filings(*told: tuple[int, int, float]) -> Fundamentals:
    """Return years of income: (company, session of the filing, net income)."""
    rows = [
        (company, day(row) - timedelta(days=30), day(row), 12, {"net_income": income}) for company, row, income in told
    ]
    return Fundamentals.in_order(SYMBOLS, rows)


def world(facts: Facts, *, count: int = 60, away: dict[str, slice] | None = None) -> Market:
    closes = np.ones((count, len(SYMBOLS)))
    for symbol, rows in (away or {}).items():
        closes[rows, SYMBOLS.index(symbol)] = np.nan
    return a_market(closes, SYMBOLS, facts=facts)


def told_of(market: Market, since: int = 0) -> list[tuple]:
    found = QUALITY.events(QUALITY.history(market, {}), {}, since)
    return [(event.kind, event.subject, event.session, event.values["gates"]) for event in found]


def read(market: Market, symbol: str = "A", t: int = -1):
    return QUALITY.reading(QUALITY.history(market, {}), symbol, {}, t)


@pytest.mark.parametrize("away", [slice(0, 0), slice(18, 25), slice(0, None)])
def test_a_report_counts_from_its_day_on_whether_or_not_the_share_traded(away):
    """A bar that is held, and let go later, moves no alert to another session."""
    market = world(Facts(fundamentals=filings((0, 5, 1.0), (0, 20, -1.0))), away={"A": away})
    history = QUALITY.history(market, {})
    assert history["profitable"][[4, 17, 20, 24, 25], 0].tolist() == [0, 1, -1, -1, -1]
    assert (read(market, t=22).session, read(market, t=22).values["profitable"]) == (day(22), -1.0)
    assert standings(history, ["A"], t=22).verdicts.answers[0, 0] == -1
    for since in (0, 19, 20):
        assert told_of(market, since) == [("gates_lost", "A", day(20), "profitable")]
    assert told_of(market, 21) == []


def purchases(*traded: int, covered: tuple[date, date] | None = None) -> InsiderTrades:
    """Return purchases of A, each filed two days after it was made."""
    lines = [
        InsiderTrade("A", day(row) + timedelta(days=2), day(row), "P", 100.0, 20.0, f"Owner {row}", "Director")
        for row in traded
    ]
    return InsiderTrades.of(lines, {} if covered is None else {"A": covered}, {"B": "A"})


def test_a_purchase_passes_the_gate_from_its_filing_on_and_for_ninety_days():
    whole = (day(0) - timedelta(days=200), day(200))
    market = world(Facts(insiders=purchases(30, covered=whole)), count=140)
    answers = QUALITY.history(market, {})["insiders"][:, 0]
    first = int(np.flatnonzero(answers == 1)[0])
    last = int(np.flatnonzero(answers == 1)[-1])
    assert (day(first) - day(30)).days >= 2
    assert (day(last) - day(30)).days < 90 <= (day(last + 1) - day(30)).days
    expected = [
        (kind, symbol, day(row), "insiders")
        for kind, row in (("gates_won", first), ("gates_lost", last + 1))
        for symbol in SYMBOLS
    ]
    assert told_of(market) == expected
    for since in (first, last + 1):
        assert told_of(market, since) == [event for event in expected if event[2] >= day(since)]
    assert read(market, "B", first).values["insiders"] == 1.0


def test_no_purchase_is_known_only_where_all_forms_are_there():
    bought_then_silent = purchases(0, covered=(day(70), day(300)))
    market = world(Facts(insiders=bought_then_silent), count=260)
    answers = QUALITY.history(market, {})["insiders"][:, 0]
    silent = int(np.flatnonzero(answers == -1)[0])
    assert (day(silent) - day(70)).days >= 89
    assert 0 in answers[60:silent]
    assert [(kind, session) for kind, symbol, session, _ in told_of(market) if symbol == "A"] == [
        ("gates_lost", day(silent))
    ]
    assert told_of(market, silent)[0][2] == day(silent)
    assert set(QUALITY.history(world(Facts()), {})["insiders"].ravel().tolist()) == {0}


def test_a_card_says_when_it_was_filed_for_which_period_and_when_estimates_stood():
    nothing = np.full(1, np.nan)
    estimates = [Estimates(day(row), ("A",), nothing, np.ones(1), np.ones(1), nothing) for row in (3, 8, 30)]
    facts = Facts(fundamentals=filings((0, 5, 1.0), (0, 20, 2.0)), estimates=tuple(estimates))
    values = read(world(facts), t=10).values
    assert values["filed"] == day(5).isoformat()
    assert values["period_end"] == (day(5) - timedelta(days=30)).isoformat()
    assert (values["estimates"], values["rated_by"]) == (day(8).isoformat(), 1.0)
    of_estimates_alone = read(world(Facts(estimates=tuple(estimates))), t=10).values
    assert (of_estimates_alone["filed"], of_estimates_alone["period_end"]) == (None, None)
    assert read(world(Facts(fundamentals=facts.fundamentals)), t=10).values["estimates"] is None


def test_an_event_says_the_numbers_of_the_gates_that_changed():
    market = world(Facts(fundamentals=filings((0, 5, 1.0), (0, 20, -2.5))))
    (event,) = QUALITY.events(QUALITY.history(market, {}), {})
    assert dict(event.values) == {"gates": "profitable", "numbers": "-2.5", "passed": 0, "known": 1}
    sheet = [(0, day(row) - timedelta(days=30), day(row), 0, {"debt_total": 5.0, "equity": equity})
             for row, equity in ((5, 9.0), (20, -1.0))]  # fmt: skip
    fundamentals = Fundamentals.in_order(SYMBOLS, sheet)
    (event,) = QUALITY.events(QUALITY.history(world(Facts(fundamentals=fundamentals)), {}), {})
    assert (event.values["gates"], event.values["numbers"]) == ("debt_to_equity", "n.m.")


def random_world(count: int = 560, symbols: int = 90) -> Market:
    rng = np.random.default_rng(11)
    names, days = tuple(f"S{n:02}" for n in range(symbols)), DAYS[:count]
    closes = np.ones((count, symbols))
    closes[rng.random(closes.shape) < 0.02] = np.nan
    closes[100:160, 3] = np.nan
    trades = [
        InsiderTrade(names[rng.integers(20)], when + timedelta(days=1), when, "P", 10.0, 5.0, "Owner", "Director")
        for when in days[5::9].tolist()
    ]
    covered = dict.fromkeys(names[:15], (days[0].item(), days[-1].item()))
    facts = Facts(
        fundamentals=filed_by(names[:70], days, rng),
        estimates=expected_of(names[10:], days, rng),
        insiders=InsiderTrades.of(trades, covered),
    )
    return a_market(closes, names, facts=facts)


def test_few_rows_looked_at_by_themselves_tell_what_all_rows_tell():
    market = random_world()
    history = QUALITY.history(market, {})
    every = QUALITY.events(history, {})
    assert len(every) > 200
    busy = [event.session for event in every][:: len(every) // 12]
    for session in busy:
        row = int(np.searchsorted(history.sessions, np.datetime64(session)))
        for last in (1, 4, 9):
            cut = replace(market, prices=market.prices.upto(day(row)))
            first = max(0, row + 1 - last)
            smaller = deciding(cut, [{}], first)
            expected = [event for event in every if day(first) <= event.session <= session]
            assert QUALITY.events(smaller, {}, since=first) == expected


def test_the_first_list_that_tells_a_sector_counts_and_later_ones_are_not_looked_at():
    def listed(symbol: str, sector: str, row: int) -> Holdings:
        return Holdings("smallcap", "IWM", day(row), (symbol,), np.ones(1), (sector,))

    files = (listed("A", "Financials", 0), listed("A", "Energy", 5))
    market = world(Facts(holdings=files))
    assert financials_among(market, ["A"]).tolist() == [True]
    assert financials_among(market, ["A", "B"]).tolist() == [True, False]


def test_filings_of_some_companies_are_those_of_all():
    filed = filed_by(("A", "B", "C"), DAYS[:100], np.random.default_rng(2))
    filed = replace(filed, classes={"A2": "A", "B2": "B"})
    own = filed.only(["C", "A2", "NONE"])
    assert own.companies == ("A", "C")
    assert own.classes == {"A2": "A"}
    assert own.company_of("A2") == 0
    assert len(own.company) == int(np.isin(filed.company, (0, 2)).sum())
    assert filed.only(["A", "B2", "C"]) is filed
    assert len(filed.only([]).company) == 0


def test_to_fill_columns_ahead_makes_none():
    """A reading asks the gates of its own row: nothing need be there before it."""
    history = QUALITY.history(world(Facts(fundamentals=filings((0, 5, 1.0)))), {})
    history.columns.fill(0)
    assert "whole" not in vars(history.columns)
