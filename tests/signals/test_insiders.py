"""Insider purchases: the answers by hand, what counts from when, what is unknown, and what is told."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.errors import UnalignedInput, UnknownSubject
from signals.facts import Facts
from signals.insider_counts import purchases_in
from signals.insider_facts import InsiderTrade, InsiderTrades
from signals.insider_values import bought_by_company
from signals.insiders import INSIDERS
from signals.types import Market, Prices
from tests.signals.made_up import a_calendar, after_close

KNOWN = tomllib.loads((Path(__file__).parents[1] / "answers" / "insiders.toml").read_text(encoding="utf-8"))
DAYS = np.busday_offset("2025-06-02", np.arange(100), roll="forward")
SYMBOLS = ("^RUT", "AGX", "STRL", "LITE")
DAY = date(2025, 7, 1)
COVERED = {"AGX": (date(2025, 1, 1), date(2025, 12, 31))}
ALL = INSIDERS.thresholds_with({"least_usd": 0.0, "cluster_buyers": 2})


def a_line(**changed: object) -> InsiderTrade:
    line = InsiderTrade("AGX", DAY, DAY, "P", 100.0, 50.0, "Doe")
    return line._replace(**{"filed": changed.get("traded", DAY), **changed})


def a_market(*lines: InsiderTrade, covered=COVERED, symbols=SYMBOLS, until: date | None = None, **more) -> Market:
    days = DAYS if until is None else DAYS[until >= DAYS]
    close = np.full((len(days), len(symbols)), 10.0)
    facts = Facts(insiders=InsiderTrades.of(lines, covered, **more))
    return Market(Prices(days, symbols, close), after_close(days[-1].item()), "made up", a_calendar(DAYS), facts=facts)


def by_hand() -> Market:
    return a_market(
        *(InsiderTrade(**line) for line in KNOWN["line"]),
        covered={symbol: tuple(days) for symbol, days in KNOWN["covered"].items()},
    )


def reading(market: Market, subject: str = "AGX", on: date | None = None):
    history = INSIDERS.history(market, ALL)
    row = -1 if on is None else int(np.searchsorted(history.sessions, np.datetime64(on)))
    return INSIDERS.reading(history, subject, ALL, row)


def happened(market: Market, thresholds=ALL, since: int = 0) -> list[tuple[str, str, str]]:
    found = INSIDERS.events(INSIDERS.history(market, thresholds), thresholds, since)
    return [(event.kind, event.subject, event.session.isoformat()) for event in found]


@pytest.mark.parametrize("answer", KNOWN["reading"], ids=lambda answer: f"{answer['symbol']} {answer['on']}")
def test_known_readings(answer):
    found = reading(by_hand(), answer["symbol"], answer["on"])
    assert found.state == answer["state"]
    assert {name: found.values[name] for name in answer["values"]} == answer["values"]
    assert {name: found.values[name] for name in answer.get("unknown", ())} == dict.fromkeys(answer.get("unknown", ()))


def test_known_events():
    history = INSIDERS.history(by_hand(), ALL)
    events = INSIDERS.events(history, ALL)
    told = [(event.kind, event.subject, event.session) for event in events]
    assert told == [(answer["kind"], answer["symbol"], answer["on"]) for answer in KNOWN["event"]]
    for event, answer in zip(events, KNOWN["event"], strict=True):
        assert {name: event.values[name] for name in answer["values"]} == answer["values"]


def test_a_reading_of_a_day_knows_only_what_was_filed_by_then():
    for answer in KNOWN["reading"]:
        whole, then = by_hand(), by_hand()
        then = replace(then, prices=then.prices.upto(answer["on"]))
        assert reading(whole, answer["symbol"], answer["on"]).values == reading(then, answer["symbol"]).values


def test_a_form_filed_between_sessions_counts_in_the_next_one():
    on_sunday = a_line(traded=date(2025, 7, 3), filed=date(2025, 7, 6))
    assert happened(a_market(on_sunday)) == [("insider_purchase", "AGX", "2025-07-07")]
    assert reading(a_market(on_sunday), on=date(2025, 7, 3)).values["purchases"] == 0


def test_a_session_without_any_price_is_told_in_the_next_that_has_one():
    market = a_market(a_line())
    close = market.prices.close.copy()
    close[market.prices.sessions == np.datetime64(DAY)] = np.nan
    silent = replace(market, prices=Prices(market.prices.sessions, SYMBOLS, close))
    assert happened(silent) == [("insider_purchase", "AGX", "2025-07-02")]
    assert reading(silent, on=DAY).session == date(2025, 6, 30)
    nothing = replace(market, prices=Prices(market.prices.sessions, SYMBOLS, np.full_like(close, np.nan)))
    assert reading(nothing).state == "unknown"
    assert happened(nothing) == []


def test_what_was_filed_before_the_first_session_is_not_told():
    assert happened(a_market(a_line(traded=date(2025, 5, 30)), a_line(traded=DAYS[0].item(), owner="Roe"))) == []


def test_a_small_sum_is_not_told_and_a_sum_of_one_session_is_taken_together():
    limits = INSIDERS.thresholds_with({"least_usd": 10_000.0})
    assert happened(a_market(a_line()), limits) == []
    assert happened(a_market(a_line(), a_line(owner="Roe")), limits) == [("insider_purchase", "AGX", "2025-07-01")]
    unpriced = a_line(price_usd=float("nan"))
    assert happened(a_market(unpriced), limits) == []
    assert happened(a_market(unpriced)) == [("insider_purchase", "AGX", "2025-07-01")]


def test_awards_exercises_options_and_what_is_disposed_of_are_no_purchases():
    others = [a_line(code=code) for code in "AMFGJCW"]
    market = a_market(*others, a_line(is_derivative=True), a_line(is_acquired=False))
    assert happened(market) == []
    assert reading(market, on=DAY).values["purchases"] == 0


def test_a_trade_after_its_form_is_taken_to_be_of_the_forms_day():
    late = a_line(traded=date(2205, 7, 1), filed=DAY)
    assert reading(a_market(late), on=date(2025, 9, 26)).values["purchases"] == 1
    assert reading(a_market(late), on=date(2025, 9, 29)).values["purchases"] == 0


def test_a_form_that_comes_after_ninety_days_tells_nothing():
    assert happened(a_market(a_line(traded=date(2025, 3, 1), filed=DAY))) == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"shares": 90.0}, [("insider_purchase", "2025-07-01")]),
        ({"code": "J"}, [("insider_purchase", "2025-07-01")]),
        ({"code": "", "shares": float("nan")}, [("insider_purchase", "2025-07-01")]),
        (
            {"traded": date(2025, 7, 3), "period": None},
            [("insider_purchase", "2025-07-01"), ("insider_purchase", "2025-07-08")],
        ),
    ],
)
def test_an_amendment_replaces_what_it_amends_from_its_own_day_on_and_tells_only_what_is_new(changed, told):
    amendment = a_line(filed=date(2025, 7, 8), is_amendment=True, period=DAY)._replace(**changed)
    market = a_market(a_line(), amendment)
    assert [(kind, day) for kind, _, day in happened(market)] == told
    assert reading(market, on=date(2025, 7, 7)).values["purchases"] == 1
    assert reading(market, on=date(2025, 7, 8)).values["purchases"] == (
        2 if changed.get("traded") else int("code" not in changed)
    )


def test_an_amendment_of_the_same_session_is_told_in_place_of_what_it_amends():
    amendment = a_line(shares=300.0, is_amendment=True)
    history = INSIDERS.history(a_market(a_line(), amendment), ALL)
    (event,) = INSIDERS.events(history, ALL)
    assert (event.values["purchases"], event.values["purchase_usd"]) == (1, 15_000.0)


def test_an_amendment_of_an_amendment_replaces_it_and_a_line_more_is_new():
    first = a_line(filed=date(2025, 7, 8), shares=90.0, is_amendment=True)
    second = [a_line(filed=date(2025, 7, 9), shares=80.0, is_amendment=True, price_usd=p) for p in (50.0, 60.0)]
    history = INSIDERS.history(a_market(a_line(), first, *second), ALL)
    events = INSIDERS.events(history, ALL)
    assert [event.session.day for event in events] == [1, 9]
    assert (events[1].values["purchases"], events[1].values["purchase_usd"]) == (1, 8_800.0 - 4_500.0)


def test_a_cluster_is_told_once_and_again_after_there_were_fewer():
    lines = [
        a_line(traded=DAY, owner="A"),
        a_line(traded=date(2025, 7, 8), owner="B"),
        a_line(traded=date(2025, 7, 9), owner="C"),
        a_line(traded=date(2025, 9, 2), owner="A"),
        a_line(traded=date(2025, 9, 3), owner="A"),
        a_line(traded=date(2025, 9, 4), owner="C"),
    ]
    clusters = [day for kind, _, day in happened(a_market(*lines)) if kind == "insider_cluster"]
    assert clusters == ["2025-07-08", "2025-09-04"]
    three = INSIDERS.thresholds_with({"cluster_buyers": 3})
    assert ("insider_cluster", "AGX", "2025-07-09") in happened(a_market(*lines), three)


@pytest.mark.parametrize(
    ("covered", "days"),
    [
        ({}, []),
        ({"AGX": (date(2025, 6, 9), date(2025, 12, 31))}, []),
        ({"AGX": (date(2025, 6, 8), date(2025, 12, 31))}, ["2025-07-08"]),
    ],
)
def test_a_cluster_is_told_only_where_all_forms_of_the_thirty_days_before_are_read(covered, days):
    market = a_market(a_line(owner="A"), a_line(traded=date(2025, 7, 8), owner="B"), covered=covered)
    assert [day for kind, _, day in happened(market) if kind == "insider_cluster"] == days


def test_share_classes_share_the_forms_of_their_company():
    market = a_market(a_line(), classes={"STRL": "AGX"})
    assert [subject for _, subject, _ in happened(market)] == ["AGX", "STRL"]
    assert reading(market, "STRL", DAY).values["purchases"] == 1


@pytest.mark.parametrize(
    ("covered", "state"),
    [
        ({}, "unknown"),
        ({"AGX": (date(2025, 1, 1), date(2025, 7, 31))}, "none"),
        ({"AGX": (date(2025, 5, 4), date(2025, 7, 25))}, "none"),
        ({"AGX": (date(2025, 5, 5), date(2025, 7, 31))}, "unknown"),
        ({"AGX": (date(2025, 1, 1), date(2025, 7, 24))}, "unknown"),
        ({"AGX": (date(2025, 8, 1), date(2025, 8, 2))}, "unknown"),
    ],
)
def test_that_nobody_bought_takes_all_forms_of_the_ninety_days(covered, state):
    found = reading(a_market(covered=covered), on=date(2025, 8, 1))
    assert (found.state, found.coverage.n) == (state, int(state == "none"))


def test_forms_that_are_there_count_though_others_may_be_missing():
    found = reading(a_market(a_line(), covered={}), on=DAY)
    assert (found.state, found.values["purchases"], found.values["sales"], found.coverage.n) == ("bought", 1, None, 0)


def test_nothing_is_known_without_forms_and_an_index_has_no_insiders():
    bare = replace(a_market(), facts=Facts())
    assert reading(bare).state == reading(bare, "market").state == "unknown"
    assert happened(bare) == []
    assert bought_by_company(INSIDERS.history(bare, ALL), 0) == []
    assert np.isnan(purchases_in(Facts(), "AGX", DAYS)).all()
    with pytest.raises(UnknownSubject, match="market or a symbol"):
        reading(bare, "^RUT")


def test_the_market_is_known_where_nearly_all_companies_are_covered():
    assert reading(a_market(a_line()), "market").state == "known"
    quiet = reading(a_market(), "market")
    assert (quiet.state, quiet.values["companies"], quiet.values["largest_names"]) == ("known", 0, None)


def test_companies_with_forms_and_without_prices_count_in_the_market_and_are_not_told():
    market = a_market(a_line(symbol="GONE"), covered={})
    assert happened(market) == []
    assert reading(market, "market", DAY).values["largest_names"] == "GONE"


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_counts_of_many_sessions_are_those_of_each_by_itself(data):
    days = st.integers(0, 60).map(lambda n: DAY + timedelta(days=n))
    lines = []
    for _ in range(data.draw(st.integers(0, 8))):
        traded = data.draw(days)
        lines.append(
            a_line(
                symbol=data.draw(st.sampled_from(SYMBOLS[1:])),
                traded=traded,
                filed=traded + timedelta(days=data.draw(st.integers(0, 50))),
                owner=data.draw(st.sampled_from("AB")),
                is_amendment=data.draw(st.booleans()),
                period=data.draw(st.sampled_from([None, DAY])),
            )
        )
    market = a_market(*lines)
    whole = purchases_in(market.facts, SYMBOLS, DAYS, 30)
    single = np.vstack([purchases_in(market.facts, SYMBOLS, DAYS[row : row + 1], 30) for row in range(len(DAYS))])
    np.testing.assert_array_equal(whole, single)
    ninety = purchases_in(market.facts, "AGX", DAYS)[:, 0]
    readings = [reading(market, on=day.item()).values["purchases"] for day in DAYS[::7]]
    assert readings == [None if np.isnan(count) else count for count in ninety[::7]]


@settings(deadline=None)
@given(st.integers(0, len(DAYS) - 1), st.lists(st.integers(0, 130), max_size=8))
def test_events_since_a_row_are_those_of_all(since, offsets):
    lines = [a_line(traded=DAYS[0].item() + timedelta(days=n), owner=f"O{n % 3}") for n in offsets]
    market = a_market(*lines)
    first = DAYS[since].item().isoformat()
    assert happened(market, since=since) == [event for event in happened(market) if event[2] >= first]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"shares": np.ones(2)}, "shape of company"),
        ({"companies": ("AGX", "AGX")}, "unique"),
        ({"filed": np.array(["2025-07-02", "2025-07-01"], dtype="datetime64[D]")}, "ordered by company"),
        ({"shares": np.array([1e12, 1.0])}, r"\$1,000,000,000,000"),
        ({"price_usd": np.array([-1.0, 1.0])}, "below 0"),
        ({"covered": {"AGX": (DAY, DAY - timedelta(days=1))}}, "end before it begins"),
    ],
)
def test_what_does_not_fit_is_refused(changed, told):
    good = InsiderTrades.of([a_line(), a_line(owner="Roe")])
    changed = {name: np.ones(3) if told.startswith("shape") else value for name, value in changed.items()}
    with pytest.raises(UnalignedInput, match=told):
        replace(good, **changed)
