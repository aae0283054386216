"""Leadership: contributions that add up, weights from before or backed out, shares that mean something, events."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.errors import UnknownSubject
from signals.facts import Facts, Holdings
from signals.leadership import LEADERSHIP
from signals.leadership_events import leader_changes, overtakes, top_two_changes
from signals.types import Market
from tests.signals.made_up import a_market, cut, random_walk, some_sessions

DEFAULT = LEADERSHIP.thresholds_with()
SYMBOLS = ("A", "B", "C", "D")
SECTORS = ("Energy", "Financials", "Energy", "Utilities")
SESSIONS = some_sessions(300)  # from 2010-01-04 into 2011
WHOLE = [slice(0, 1000)]


def held_on(day: date, weights=(0.4, 0.3, 0.2, 0.1), symbols=SYMBOLS, sectors=SECTORS) -> Holdings:
    return Holdings("smallcap", "IWM", day, tuple(symbols), np.array(weights, dtype=float), tuple(sectors))


def held(market: Market, *files: Holdings) -> Market:
    return replace(market, facts=Facts(holdings=files))


def walked(seed: int = 1, count: int = 300) -> Market:
    return a_market(random_walk(count, 6, seed), (*SYMBOLS, "^RUT", "KRE"))


def row_of(market: Market, day: str) -> int:
    return int(np.searchsorted(market.prices.sessions, np.datetime64(day)))


def read(market: Market, subject: str = "ytd", t: int = -1, thresholds=DEFAULT):
    return LEADERSHIP.reading(LEADERSHIP.history(market, thresholds), subject, thresholds, t)


def happened(market: Market, thresholds=DEFAULT, since: int = 0) -> list[tuple[str, int]]:
    found = LEADERSHIP.events(LEADERSHIP.history(market, thresholds), thresholds, since)
    return [(e.kind, int(np.searchsorted(market.prices.sessions, np.datetime64(e.session)))) for e in found]


def contributions(values) -> dict[str, float]:
    ranks = range(1, 13)
    found = {values[f"sector_{rank}.name"]: values[f"sector_{rank}.contribution_pct"] for rank in ranks}
    return {name: value for name, value in found.items() if name is not None}


def brute_force(market: Market, file: Holdings, start: int, end: int) -> tuple[dict[str, float], float, float]:
    """Return the sectors' contributions, the basket's return and the covered weight, share by share."""
    closes = {symbol: market.prices.close[:, n].tolist() for n, symbol in enumerate(market.prices.symbols)}
    day = int(np.searchsorted(market.prices.sessions, np.datetime64(file.effective_date), side="right")) - 1
    found = []
    for symbol, weight, sector in zip(file.symbols, file.weights_frac.tolist(), file.sectors, strict=True):
        if symbol in closes:
            now, then, dated = (closes[symbol][row] for row in (end, start, day))
            if all(np.isfinite(value) for value in (now, then, dated, weight)):
                found.append((sector, weight * then / dated, now / then - 1, weight))
    total = sum(worth for _, worth, _, _ in found)
    added: dict[str, float] = {}
    for sector, worth, gain, _ in found:
        added[sector] = added.get(sector, 0.0) + 100 * worth / total * gain
    return added, sum(added.values()), 100 * sum(f[3] for f in found) / np.nansum(file.weights_frac)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 1000), end=st.integers(262, 299), holes=st.floats(0, 0.2), age=st.integers(0, 200))
def test_contributions_are_those_of_a_brute_force_and_add_up(seed, end, holes, age):
    market = walked(seed)
    market.prices.close[np.random.default_rng(seed).random(market.prices.close.shape) < holes] = np.nan
    start = row_of(market, "2011-01-01") - 1
    file = held_on(market.prices.sessions[start].item() - timedelta(days=age))
    values = read(held(market, file), t=end).values
    added, total, weight = brute_force(market, file, start, end)
    if not added:
        return
    assert contributions(values) == pytest.approx(added, abs=1e-9)
    assert values["basket_pct"] == pytest.approx(total, abs=1e-9)
    assert values["contributions_pct"] == pytest.approx(values["basket_pct"], abs=1e-9)
    assert values["covered_weight_pct"] == pytest.approx(weight)
    assert values["weights"] == "file"


def test_weights_at_the_start_give_the_return_of_what_is_held():
    market = walked()
    start = row_of(market, "2011-01-01") - 1
    file = held_on(market.prices.sessions[start].item())
    values = read(held(market, file)).values
    gains = market.prices.close[-1, :4] / market.prices.close[start, :4] - 1
    assert values["basket_pct"] == pytest.approx(100 * file.weights_frac @ gains)
    assert values["effective_names"] == pytest.approx(1 / (0.16 + 0.09 + 0.04 + 0.01))
    assert values["residual_points"] == pytest.approx(values["index_pct"] - values["basket_pct"])
    assert values["start"] == market.prices.sessions[start].astype(str)


def test_a_later_file_is_backed_out_from_its_date_on_and_says_so():
    market = walked()
    file = held_on(date(2010, 6, 15))
    told = held(market, file)
    before, on = (row_of(market, day) for day in ("2010-06-14", "2010-06-15"))
    assert read(told, "mtd", before).state == "unknown"
    assert read(told, "mtd", before).values["weights"] is None
    values = read(told, "mtd", on).values
    start = row_of(market, "2010-06-01") - 1
    added, total, _ = brute_force(market, file, start, on)
    assert contributions(values) == pytest.approx(added)
    assert (values["weights"], values["weights_date"]) == ("backed_out", "2010-06-15")
    assert values["basket_pct"] == pytest.approx(total)


def test_the_first_year_has_no_start_and_so_no_return():
    reading = read(held(walked(count=100), held_on(date(2010, 1, 4))))
    assert (reading.state, reading.values["start"], reading.values["basket_pct"]) == ("unknown", None, None)


def test_the_last_file_before_the_start_counts_and_a_newer_one_is_named():
    market = walked()
    files = [held_on(date(2010, 3, 1)), held_on(date(2010, 9, 1), (0.1, 0.2, 0.3, 0.4)), held_on(date(2011, 2, 1))]
    values = read(held(market, *files)).values
    start = row_of(market, "2011-01-01") - 1
    assert contributions(values) == pytest.approx(brute_force(market, files[1], start, 299)[0])
    assert (values["weights_date"], values["members_date"]) == ("2010-09-01", "2011-02-01")


def test_a_file_older_than_the_prices_cannot_be_moved_and_the_next_one_is_backed_out():
    market = walked()
    old, later = held_on(date(2009, 12, 1)), held_on(date(2010, 6, 15))
    assert read(held(market, old), "mtd").state == "unknown"
    values = read(held(market, old, later), "mtd", row_of(market, "2010-06-20")).values
    assert (values["weights"], values["weights_date"]) == ("backed_out", "2010-06-15")


def test_a_file_of_a_day_without_trading_speaks_of_the_close_before():
    market = walked()
    sunday = held_on(date(2010, 6, 13))
    friday = held_on(date(2010, 6, 11))
    at = row_of(market, "2010-06-20")
    assert contributions(read(held(market, sunday), "mtd", at).values) == contributions(
        read(held(market, friday), "mtd", at).values
    )
    assert read(held(market, sunday), "mtd", row_of(market, "2010-06-11")).state == "unknown"


def test_who_lacks_prices_or_a_weight_is_left_out_and_counted():
    market = walked()
    file = held_on(date(2010, 12, 31), (0.4, np.nan, 0.2, 0.1, 0.3), (*SYMBOLS, "GONE"), (*SECTORS, ""))
    reading = read(held(market, file))
    assert (reading.coverage.n, reading.coverage.of, reading.state) == (3, 5, "partial")
    assert reading.values["covered_weight_pct"] == pytest.approx(70.0)
    assert set(contributions(reading.values)) == {"Energy", "Utilities"}
    assert reading.values["basket_pct"] == pytest.approx(reading.values["contributions_pct"])


@pytest.mark.parametrize(
    "file",
    [held_on(date(2010, 12, 31), (), (), ()), held_on(date(2010, 12, 31), [np.nan] * 4)],
    ids=["no shares", "no weights"],
)
def test_a_file_that_tells_nothing_leaves_it_unknown(file):
    reading = read(held(walked(), file))
    assert reading.state == "unknown"
    assert {reading.values[name] for name in ("basket_pct", "effective_names", "covered_weight_pct")} == {None}
    assert {check.result.value for check in reading.checks} <= {"unknown", "pass"}


def test_without_any_file_the_banks_are_still_told():
    market = walked()
    assert read(market).state == "unknown"
    assert (read(market).coverage.n, read(market).coverage.of) == (0, 0)
    closes = market.prices.close
    lead = 100 * (closes[-1, 5] / closes[-64, 5] - closes[-1, 4] / closes[-64, 4])
    for subject in ("ytd", "mtd", "banks"):
        assert read(market, subject).values["banks_minus_index.change_pct"] == pytest.approx(lead)
    assert read(market, "banks").coverage.n == 2
    assert read(market, "banks").state == ("ahead" if lead > 0 else "behind")


def test_banks_are_unknown_without_prices_and_level_where_nothing_parts_them():
    flat = a_market(np.full((70, 2), 5.0), ("^RUT", "KRE"))
    assert read(flat, "banks").state == "level"
    assert read(flat, "banks", 62).state == "unknown"
    alone = read(a_market(np.full(70, 5.0), ("^RUT",)), "banks")
    assert (alone.state, alone.coverage.n, alone.coverage.of) == ("unknown", 1, 2)


def test_shares_are_told_only_where_they_mean_something():
    def shares(*gains: float):
        closes = np.full((25, 4), 10.0)
        closes[-1] *= 1 + np.array(gains) / 100
        day = some_sessions(25)[20].item()
        values = read(held(a_market(closes, SYMBOLS), held_on(day, (0.25,) * 4)), "mtd").values
        return values["top_two_share_pct"], values["sector_1.share_pct"], values["sector_1.name"]

    assert SESSIONS[19].item().month == 1
    assert shares(4, 8, 4, 4) == (pytest.approx(80.0), pytest.approx(40.0), "Energy")
    assert shares(1, 0.5, 1, 1) == (None, None, "Energy")
    assert shares(-8, 20, -8, 0) == (None, None, "Financials")
    assert shares(-4, -8, -4, -4) == (pytest.approx(80.0), pytest.approx(20.0), "Utilities")


def test_there_are_three_subjects():
    assert LEADERSHIP.choices is not None
    assert list(LEADERSHIP.choices(walked())) == ["ytd", "mtd", "banks"]
    with pytest.raises(UnknownSubject, match="ytd, mtd, banks"):
        read(walked(), "^RUT")


def test_values_are_those_that_are_explained_whatever_the_subject():
    market = held(walked(), held_on(date(2010, 12, 31)))
    for subject in ("ytd", "mtd", "banks"):
        assert list(read(market, subject).values) == list(LEADERSHIP.values)


def test_a_market_without_sessions_has_a_history():
    history = LEADERSHIP.history(held(a_market(np.empty((0, 1)), ("A",)), held_on(date(2010, 1, 4))), DEFAULT)
    assert {column.shape[:2] for column in history.columns.values()} == {(0, 3)}
    assert LEADERSHIP.events(history, DEFAULT) == []


def test_the_share_of_two_crosses_with_hysteresis_and_each_year_begins_anew():
    share = np.array([60, 70, 66, 72, np.nan, 65, 71, 60, 80, 60.0])
    changes = top_two_changes(share, [slice(0, 7), slice(7, 10)], DEFAULT)
    assert np.flatnonzero(changes["top_two_above"]).tolist() == [1, 6, 8]
    assert np.flatnonzero(changes["top_two_below"]).tolist() == [5, 9]


def test_another_sector_leads_once_it_has_held():
    leader = np.array([1] * 5 + [2] * 4 + [1] + [2] * 5 + [-1] + [2] * 5 + [0] * 6)
    changed, led = leader_changes(leader, WHOLE, 5)
    assert np.flatnonzero(changed).tolist() == [14, 25]
    assert led.tolist() == [0] * 4 + [2] * 10 + [3] * 11 + [1] * 2
    anew, _ = leader_changes(leader, [slice(0, 10), slice(10, 27)], 5)
    assert np.flatnonzero(anew).tolist() == [25]
    at_once, _ = leader_changes(np.array([1, 2, -1, 2]), WHOLE, 1)
    assert at_once.tolist() == [False, True, False, False]


def test_banks_overtake_after_having_been_behind_and_both_must_hold():
    lead = np.array([1] * 6 + [-1] * 5 + [1] * 4 + [-1] + [1] * 5 + [np.nan, 0.0] + [-1] * 3 + [1] * 6)
    assert np.flatnonzero(overtakes(lead, 5)).tolist() == [20]
    assert not overtakes(np.zeros(30), 5).any()


def rising() -> Market:
    """Return a market in which energy leads the year until utilities run away with it."""
    closes = np.full((300, 6), 10.0)
    closes[262:, 0] += 0.2 * np.arange(1, 39)
    closes[277:, 3] += 4.0 * np.arange(1, 24)
    closes[262:, 1] += np.linspace(0, 4, 38)
    return held(a_market(closes, (*SYMBOLS, "^RUT", "KRE")), held_on(date(2010, 12, 31)))


def test_events_of_the_year_carry_their_numbers():
    market = rising()
    events = LEADERSHIP.events(LEADERSHIP.history(market, DEFAULT), DEFAULT)
    leads = [event for event in events if event.kind == "leading_sector"]
    assert [(e.values["sector_1.name"], e.values["sector_before"]) for e in leads] == [("Utilities", "Energy")]
    assert all(None not in event.values.values() for event in leads)
    assert {event.subject for event in events} == {"ytd"}
    held_for = read(market, "ytd", row_of(market, leads[0].session.isoformat())).values
    assert leads[0].values["sector_1.contribution_pct"] == pytest.approx(held_for["sector_1.contribution_pct"])
    assert leads[0].values["basket_pct"] == held_for["basket_pct"]


def test_the_top_two_are_named_when_their_share_crosses():
    closes = np.full((300, 4), 10.0)
    closes[262:280] *= [1.05, 1.05, 1.05, 1.2]
    closes[280:] *= [1.2, 1.1, 1.2, 1.01]
    market = held(a_market(closes, SYMBOLS), held_on(date(2010, 12, 31), (0.3, 0.3, 0.1, 0.3)))
    events = LEADERSHIP.events(LEADERSHIP.history(market, DEFAULT), DEFAULT)
    assert happened(market) == [("leading_sector", 284)]
    strict = LEADERSHIP.thresholds_with({"top_two_pct": 90.0, "hysteresis_points": 2.0})
    assert happened(market, strict) == [("top_two_above", 280), ("leading_sector", 284)]
    event = LEADERSHIP.events(LEADERSHIP.history(market, strict), strict)[0]
    assert (event.values["sector_1.name"], event.values["sector_2.name"]) == ("Energy", "Financials")
    assert event.values["top_two_share_pct"] > 90
    assert events[0].values["sector_before"] == "Utilities"


def test_a_thin_session_does_not_use_a_new_leader_up():
    market = rising()
    ((kind, row),) = [found for found in happened(market) if found[0] == "leading_sector"]
    market.prices.close[row - 2 : row + 1, 1] = np.nan  # 30 % of the weight
    assert [found for found in happened(market) if found[0] == kind] == [(kind, row + 5)]


def test_a_thin_session_does_not_move_the_share_of_two_and_needs_shares_as_well_as_weight():
    closes = np.full((300, 4), 10.0)
    closes[262:280] *= [1.05, 1.05, 1.05, 1.2]
    closes[280:] *= [1.2, 1.1, 1.2, 1.01]
    strict = LEADERSHIP.thresholds_with({"top_two_pct": 90.0, "hysteresis_points": 2.0})
    market = held(a_market(closes, SYMBOLS), held_on(date(2010, 12, 31), (0.31, 0.3, 0.08, 0.31)))
    assert happened(market, strict) == [("top_two_above", 280), ("leading_sector", 284)]
    closes[280, 2] = np.nan  # 92 % of the weight, three of four shares
    assert happened(market, strict) == [("top_two_above", 281), ("leading_sector", 285)]
    closes[282:285, 0] = closes[282:285, 3] = np.nan
    assert happened(market, strict) == [("top_two_above", 281), ("leading_sector", 289)]


def test_a_year_covered_below_90_percent_raises_nothing_but_the_banks_do():
    market = rising()
    thin = held_on(date(2010, 12, 31), (0.4, 0.3, 0.2, 0.1, 0.2), (*SYMBOLS, "GONE"), (*SECTORS, "Energy"))
    assert happened(market) != []
    assert happened(held(market, thin)) == []
    closes = market.prices.close
    closes[200:, 4] = np.linspace(10, 12, 100)
    closes[270:, 5] = 30.0
    assert happened(held(market, thin)) == [("banks_overtake", 274)]
    (event,) = LEADERSHIP.events(LEADERSHIP.history(held(market), DEFAULT), DEFAULT)
    assert event.subject == "banks"
    assert event.values["banks_minus_index.change_pct"] > 0


def test_events_are_those_since_a_row_and_none_of_an_open_session():
    market = rising()
    rows = [row for _, row in happened(market)]
    assert [row for _, row in happened(market, since=rows[0] + 1)] == rows[1:]
    assert happened(market, since=300) == []
    until = cut(market, rows[-1] + 1)
    open_now = replace(until, open_session=until.prices.sessions[-1].item(), facts=market.facts)
    assert [row for _, row in happened(open_now)] == rows[:-1]


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 1000), upto=st.integers(1, 299))
def test_nothing_looks_ahead(seed, upto):
    closes = random_walk(300, 42, seed)
    closes[np.random.default_rng(seed).random(closes.shape) < 0.01] = np.nan
    symbols = tuple(f"S{n}" for n in range(40))
    sectors = tuple(f"sector {n % 7}" for n in range(40))
    weights = np.random.default_rng(seed).random(40) / 40
    files = [held_on(day, weights, symbols, sectors) for day in (date(2010, 3, 15), date(2010, 8, 31))]
    market = held(a_market(closes, (*symbols, "^RUT", "KRE")), *files)
    whole = LEADERSHIP.history(market, DEFAULT)
    part = LEADERSHIP.history(replace(cut(market, upto), facts=market.facts), DEFAULT)
    for name, column in whole.columns.items():
        np.testing.assert_array_equal(part[name], column[:upto], err_msg=name)


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 1000), scale=st.floats(1e-3, 1e3))
def test_the_level_of_prices_does_not_matter(seed, scale):
    market = held(walked(seed), held_on(date(2010, 6, 15)))
    scaled = replace(market, prices=replace(market.prices, close=market.prices.close * [1, scale, 1, 1, scale, 1]))
    for subject in ("ytd", "mtd", "banks"):
        after = read(scaled, subject).values
        for name, value in read(market, subject).values.items():
            expected = value if not isinstance(value, float) else pytest.approx(value, rel=1e-9, abs=1e-9)
            assert after[name] == expected, name
