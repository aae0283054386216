"""Estimates and chains in the background: who is asked for when, what is kept, and what stays when Yahoo is down."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from bot.clock import SetClock
from bot.market.splits import Split, keep_splits
from bot.market.types import SourceError, Status
from bot.market.yahoo_estimates import Expected
from bot.market.yahoo_facts import Habits, YahooFacts
from bot.market.yahoo_journal import Journal, Told, estimates_in
from bot.market.yahoo_wire import Answer, Asks
from signals.estimates import Estimates, expected
from signals.facts import Facts
from tests.market.test_yahoo_estimates import an_answer as a_summary
from tests.market.test_yahoo_options import an_answer as a_chain
from tests.market.yahoo_server import weekdays
from tests.signals.chains import a_chain as some_chain

CALENDAR = weekdays(date(2025, 2, 3), date(2025, 4, 30))
FRIDAY = datetime(2025, 2, 21, 21, 30, tzinfo=UTC)
"""Half an hour after the close; the chains' quotes are of that day."""
QUICK = Habits(handful=2, rest_s=0)


class FakeYahoo:
    """Says of every symbol what it is told to, and remembers what it was asked."""

    def __init__(self):
        self.asked: list[tuple[Asks, str]] = []
        self.says: dict[str, Answer] = {}
        self.problem: Exception | None = None
        self.sessions: set[date] = set()

    async def pages(self, symbols, asks, *, session):
        self.sessions.add(session)
        if self.problem is not None:
            raise self.problem
        self.asked += [(asks, symbol) for symbol in symbols]
        return tuple(self.says.get(symbol) or self.page(symbol, asks) for symbol in symbols)

    def page(self, symbol, asks):
        if asks is Asks.ESTIMATES:
            return Answer(symbol, Status.OK, pages=(a_summary(kind={"symbol": symbol}),))
        return Answer(symbol, Status.OK, pages=(a_chain(symbol=symbol),))

    def of(self, asks):
        return [symbol for what, symbol in self.asked if what is asks]


@pytest.fixture
def yahoo():
    return FakeYahoo()


@pytest.fixture
def clock():
    return SetClock(FRIDAY)


def facts_of(yahoo, clock, tmp_path, first=(), symbols=(), **given):
    found = YahooFacts(
        yahoo, tmp_path / "yahoo", clock, CALENDAR, first=first, habits=Habits(**{"handful": 2, "rest_s": 0, **given})
    )
    found.follow((*first, *symbols))
    return found


async def test_what_comes_is_a_fact_from_that_evening_on(yahoo, clock, tmp_path):
    keeper = facts_of(yahoo, clock, tmp_path, first=("STRL", "^RUT", "GC=F"))
    assert keeper.beside(Facts()) == Facts()
    assert await keeper.refresh() == ()
    facts = keeper.beside(Facts())
    assert keeper.tidings > 0
    assert (facts.estimates[0].day, facts.estimates[0].symbols) == (date(2025, 2, 22), ("STRL",))
    assert facts.estimates[0].analysts.tolist() == [7.0]
    (chain,) = facts.chains["STRL"]
    assert (chain.day, len(chain.strike)) == (date(2025, 2, 21), 2)
    assert sorted(yahoo.asked) == [(Asks.ESTIMATES, "STRL"), (Asks.OPTIONS, "STRL")], "an index has neither"
    assert yahoo.sessions == {date(2025, 2, 21)}


async def test_what_members_watch_comes_first_and_the_members_of_universes_last(yahoo, clock, tmp_path):
    keeper = facts_of(yahoo, clock, tmp_path, first=("IWM",), symbols=("AAA", "BBB"))

    async def watched():
        return ["STRL"]

    keeper.watched = watched
    await keeper.refresh()
    assert yahoo.of(Asks.OPTIONS) == ["STRL", "IWM", "AAA", "BBB"]
    assert yahoo.of(Asks.ESTIMATES) == ["STRL", "IWM", "AAA", "BBB"]
    assert yahoo.asked[:4] == [(asks, symbol) for asks in (Asks.OPTIONS, Asks.ESTIMATES) for symbol in ("STRL", "IWM")]


async def test_a_close_in_the_middle_of_a_round_brings_the_chains_of_what_comes_first_before_the_rest(
    yahoo, clock, tmp_path
):
    clock.set(datetime(2025, 2, 24, 20, 59, tzinfo=UTC))  # a minute before the close
    keeper = facts_of(yahoo, clock, tmp_path, first=("STRL",), symbols=("AAA", "BBB", "CCC", "DDD"))
    answered = yahoo.pages

    async def time_passes(symbols, asks, *, session):
        answers = await answered(symbols, asks, session=session)
        if "AAA" in symbols:
            clock.set(datetime(2025, 2, 24, 21, 6, tzinfo=UTC))
        return answers

    yahoo.pages = time_passes
    await keeper.refresh()
    assert yahoo.asked[:4] == [
        (Asks.ESTIMATES, "STRL"),
        (Asks.ESTIMATES, "AAA"),
        (Asks.ESTIMATES, "BBB"),
        (Asks.OPTIONS, "STRL"),
    ]


async def test_nothing_is_asked_for_again_before_it_is_due_even_after_a_restart(yahoo, clock, tmp_path):
    await facts_of(yahoo, clock, tmp_path, first=("STRL",), symbols=("AAA",)).refresh()
    yahoo.asked.clear()
    keeper = facts_of(yahoo, clock, tmp_path, first=("STRL",), symbols=("AAA",))
    await keeper.refresh()
    clock.set(FRIDAY + timedelta(days=2))
    await keeper.refresh()
    assert yahoo.asked == [], "it is still the same session"
    clock.set(datetime(2025, 2, 24, 21, 30, tzinfo=UTC))
    await keeper.refresh()
    assert sorted(yahoo.asked) == [(asks, s) for asks in (Asks.ESTIMATES, Asks.OPTIONS) for s in ("AAA", "STRL")], (
        "a week began"
    )
    yahoo.asked.clear()
    clock.set(datetime(2025, 2, 25, 21, 30, tzinfo=UTC))
    await keeper.refresh()
    assert yahoo.asked == [(Asks.OPTIONS, "STRL")], "chains of what comes first, after every session"


async def test_options_are_never_asked_for_while_the_exchange_trades(yahoo, clock, tmp_path):
    keeper = facts_of(yahoo, clock, tmp_path, first=("STRL",))
    for instant in (datetime(2025, 2, 24, 14, 30, tzinfo=UTC), datetime(2025, 2, 24, 21, 4, tzinfo=UTC)):
        clock.set(instant)
        await keeper.refresh()
    assert yahoo.of(Asks.OPTIONS) == []
    clock.set(datetime(2025, 2, 24, 21, 5, tzinfo=UTC))
    await keeper.refresh()
    assert yahoo.of(Asks.OPTIONS) == ["STRL"]


async def test_before_the_opening_the_quotes_are_still_those_of_the_close(yahoo, clock, tmp_path):
    clock.set(datetime(2025, 2, 24, 14, 29, tzinfo=UTC))
    await facts_of(yahoo, clock, tmp_path, first=("STRL",)).refresh()
    assert yahoo.of(Asks.OPTIONS) == ["STRL"]


async def test_what_was_not_reached_is_taken_up_where_a_kill_left_it(yahoo, clock, tmp_path):
    keeper = facts_of(yahoo, clock, tmp_path, first=("AAA", "BBB", "CCC", "DDD"))
    asked = yahoo.pages

    async def killed(symbols, asks, *, session):
        if "CCC" in symbols:
            raise KeyboardInterrupt
        return await asked(symbols, asks, session=session)

    yahoo.pages = killed
    with pytest.raises(KeyboardInterrupt):
        await keeper.refresh()
    yahoo.pages = asked
    again = facts_of(yahoo, clock, tmp_path, first=("AAA", "BBB", "CCC", "DDD"))
    await again.refresh()
    assert yahoo.of(Asks.OPTIONS) == ["AAA", "BBB", "CCC", "DDD"], "each once"


async def test_a_source_that_is_down_leaves_what_there_was_and_its_age_is_told(yahoo, clock, tmp_path):
    keeper = facts_of(yahoo, clock, tmp_path, first=("STRL", "AGX"))
    await keeper.refresh()
    before = keeper.beside(Facts())
    clock.set(datetime(2025, 3, 3, 21, 30, tzinfo=UTC))
    yahoo.problem = SourceError("the Yahoo process does not start: run smallcap doctor")
    faults = await keeper.refresh()
    assert faults == (
        "Yahoo's estimates and options: the Yahoo process does not start: run smallcap doctor; what there is stays",
    )
    after = keeper.beside(Facts())
    assert [each.day for each in after.estimates] == [each.day for each in before.estimates]
    assert after.chains.keys() == before.chains.keys()
    assert keeper.words == (
        "Yahoo's estimates of 2 of 2 symbols, the oldest 10 days old; options of 2 of 2 symbols, the oldest 10 days"
        " old; 4 are still asked for"
    )


async def test_after_a_failure_a_symbol_is_left_alone_for_an_hour(yahoo, clock, tmp_path):
    keeper = facts_of(yahoo, clock, tmp_path, first=("STRL",))
    yahoo.says["STRL"] = Answer("STRL", Status.FAILED, "no answer within 15 s")
    assert await keeper.refresh() == (
        "Yahoo's estimates and options: STRL: no answer within 15 s (2025-02-21 21:30 UTC)",
    )
    asked = len(yahoo.asked)
    await keeper.refresh()
    assert len(yahoo.asked) == asked
    del yahoo.says["STRL"]
    clock.set(FRIDAY + timedelta(hours=1))
    assert await keeper.refresh() == ()
    assert keeper.beside(Facts()).estimates[0].symbols == ("STRL",)


async def test_where_nobody_answers_the_rest_waits(yahoo, clock, tmp_path):
    symbols = [f"A{n}" for n in range(20)]
    yahoo.says = {symbol: Answer(symbol, Status.FAILED, "no answer within 15 s") for symbol in symbols}
    await facts_of(yahoo, clock, tmp_path, first=symbols, give_up_after=3).refresh()
    assert yahoo.asked == [(Asks.OPTIONS, symbol) for symbol in symbols[:6]]


async def test_when_yahoo_says_it_is_too_much_nothing_more_is_asked(yahoo, clock, tmp_path):
    yahoo.says["AAA"] = Answer("AAA", Status.THROTTLED, "Yahoo answered 429 (too many requests)")
    keeper = facts_of(yahoo, clock, tmp_path, first=("AAA", "BBB", "CCC"))
    (fault,) = await keeper.refresh()
    assert "429" in fault
    assert yahoo.of(Asks.OPTIONS) == ["AAA", "BBB"]
    assert yahoo.of(Asks.ESTIMATES) == []


async def test_a_malformed_answer_keeps_what_was_known_and_one_of_nothing_replaces_it(yahoo, clock, tmp_path):
    keeper = facts_of(yahoo, clock, tmp_path, first=("STRL", "AGX"))
    await keeper.refresh()
    clock.set(datetime(2025, 3, 3, 21, 30, tzinfo=UTC))
    nothing = json.dumps({"quoteSummary": {"result": [], "error": None}}).encode()
    yahoo.says = {
        "STRL": Answer("STRL", Status.OK, pages=(b"<html>",)),
        "AGX": Answer("AGX", Status.OK, pages=(nothing,)),
    }
    (fault,) = await keeper.refresh()
    assert "STRL: the answer is no JSON" in fault
    assert keeper.beside(Facts()).estimates[-1].symbols == ("STRL",)


async def test_chains_are_let_go_of_when_they_are_old(yahoo, clock, tmp_path):
    folder = tmp_path / "yahoo" / "options" / "AAA"
    folder.mkdir(parents=True)
    for name in ("2025-02-14.csv", "2025-02-15.csv", "notes.txt"):
        (folder / name).write_text("x")
    await facts_of(yahoo, clock, tmp_path, symbols=("AAA",)).refresh()
    assert sorted(path.name for path in folder.iterdir()) == ["2025-02-15.csv", "2025-02-21.csv", "notes.txt"]


async def test_a_file_of_chains_that_cannot_be_read_is_named_and_costs_itself_alone(yahoo, clock, tmp_path):
    keeper = facts_of(yahoo, clock, tmp_path, first=("STRL",))
    await keeper.refresh()
    (tmp_path / "yahoo" / "options" / "STRL" / "2025-02-20.csv").write_text("x")
    assert len(keeper.beside(Facts()).chains["STRL"]) == 1
    assert keeper.faults()[0].startswith("options/STRL/2025-02-20.csv: line 1: no column")


async def test_what_stands_in_the_folder_already_goes_before_what_yahoo_says(yahoo, clock, tmp_path):
    keeper = facts_of(yahoo, clock, tmp_path, first=("STRL",))
    await keeper.refresh()
    own = some_chain()
    own = type(own)(
        **{name: getattr(own, name) for name in own.__slots__} | {"symbol": "STRL", "day": date(2025, 2, 21)}
    )
    nothing = np.full(1, np.nan)
    estimates = Estimates(date(2025, 2, 22), ("MINE",), np.ones(1), nothing, nothing, nothing)
    facts = keeper.beside(Facts(estimates=(estimates,), chains={"STRL": (own,), "AGX": (own,)}))
    assert (facts.estimates, facts.chains) == ((estimates,), {"STRL": (own,), "AGX": (own,)})


async def test_in_a_replay_what_is_kept_is_read_and_nothing_is_asked(yahoo, clock, tmp_path):
    await facts_of(yahoo, clock, tmp_path, first=("STRL",)).refresh()
    replay = facts_of(None, clock, tmp_path, first=("STRL", "AGX"))
    assert await replay.refresh() == ()
    assert replay.beside(Facts()).estimates[0].symbols == ("STRL",)
    assert replay.words == (
        "Yahoo's estimates of 1 of 2 symbols, the oldest 0 days old; options of 1 of 2 symbols, the oldest 0 days old;"
        " nothing is asked for"
    )


def told(symbol, day, eps=1.0, hour=12):
    expectation = None if eps is None else Expected(eps, math.nan, 2.0, math.nan)
    at = datetime(2025, 3, day, hour, tzinfo=UTC)
    return Told(Asks.ESTIMATES, symbol, at, Status.EMPTY if eps is None else Status.OK, "", expectation)


def test_a_journal_gives_back_what_was_written_with_source_and_instant(tmp_path):
    journal = Journal(tmp_path / "deep" / "asked.jsonl")
    assert journal.read() == ()
    lines = (told("STRL", 3), told("AGX", 4, None))
    journal.add(lines[:1])
    journal.add(lines[1:])
    first, second = journal.read()
    assert (first.symbol, first.at, first.expected.forward_eps, math.isnan(first.expected.surprise_pct)) == (
        "STRL",
        lines[0].at,
        1.0,
        True,
    )
    assert second == lines[1]
    row = json.loads(journal.path.read_text().splitlines()[0])
    assert (row["source"], row["at"]) == ("Yahoo", "2025-03-03T12:00:00+00:00")


def test_a_line_that_was_cut_costs_itself_alone(tmp_path):
    journal = Journal(tmp_path / "asked.jsonl")
    journal.add([told("STRL", 3)])
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole + whole[: len(whole) // 2])
    journal.add([told("AGX", 4)])
    journal.path.write_bytes(journal.path.read_bytes() + b'{"asks": "bars"}\n[]\n3\n')
    assert [one.symbol for one in journal.read()] == ["STRL", "AGX"]


def test_lines_of_options_that_later_ones_replaced_are_taken_out_once_there_are_many(tmp_path, monkeypatch):
    monkeypatch.setattr("bot.market.yahoo_journal.MOST_STALE", 2)
    journal = Journal(tmp_path / "asked.jsonl")
    at = datetime(2025, 3, 3, tzinfo=UTC)
    chains = [Told(Asks.OPTIONS, "STRL", at + timedelta(days=n), Status.OK) for n in range(4)]
    journal.add([told("STRL", 3), *chains, told("STRL", 4)])
    assert len(journal.read()) == 3
    assert len(journal.path.read_text().splitlines()) == 3


def test_an_estimate_is_known_from_the_close_after_it_came():
    before, after = told("STRL", 3, hour=20), told("STRL", 3, hour=22)  # 15:00 and 17:00 in New York
    assert (before.day, after.day) == (date(2025, 3, 3), date(2025, 3, 4))


def test_what_stands_beside_since_before_a_split_is_in_the_shares_after_it():
    lines = [told("AAA", 3, 6.0), told("CCC", 3, 6.0), told("BBB", 6, 1.0)]
    split = Split("AAA", date(2025, 3, 5), 3.0)
    elsewhere = (
        Split("CCC", date(2025, 3, 7), 2.0),
        Split("BBB", date(2025, 3, 6), 2.0),
        Split("DDD", date(2025, 3, 5), 2.0),
    )
    before, after = estimates_in(lines, (split, *elsewhere))
    assert before.of("forward_eps", ["AAA", "CCC"]).tolist() == [6.0, 6.0]
    assert after.of("forward_eps", ["AAA", "BBB", "CCC"]).tolist() == [2.0, 1.0, 6.0]


async def test_a_split_beside_the_prices_counts_for_what_was_expected_before_it(yahoo, clock, tmp_path):
    keeper = facts_of(yahoo, clock, tmp_path, first=("STRL",))
    await keeper.refresh()
    clock.set(FRIDAY + timedelta(days=4))
    keeper = facts_of(yahoo, clock, tmp_path, first=("AGX",))
    await keeper.refresh()
    keep_splits(tmp_path / "splits.csv", [Split("STRL", date(2025, 2, 24), 2.0)])
    first, last = (each.of("forward_eps", ["STRL"])[0] for each in keeper.beside(Facts()).estimates)
    assert last == pytest.approx(first / 2)


def test_what_was_said_of_others_stands_beside_for_45_days_and_what_is_no_more_goes():
    lines = [told("AAA", 3, 1.0), told("BBB", 4, 2.0), told("AAA", 5, None), told("AAA", 6, 3.0)]
    found = estimates_in(lines)
    assert [(each.day.day, each.symbols) for each in found] == [
        (3, ("AAA",)),
        (4, ("AAA", "BBB")),
        (5, ("BBB",)),
        (6, ("AAA", "BBB")),
    ]
    days = np.array(["2025-03-02", "2025-03-05", "2025-03-07"], dtype="datetime64[D]")
    eps = expected(found, "forward_eps", ["AAA", "BBB"], days)
    np.testing.assert_array_equal(eps, [[np.nan, np.nan], [np.nan, 2.0], [3.0, 2.0]])
    late = Told(Asks.ESTIMATES, "CCC", datetime(2025, 4, 18, 12, tzinfo=UTC), Status.OK, "", Expected(1, 1, 1, 1))
    assert estimates_in([*lines, late])[-1].symbols == ("AAA", "BBB", "CCC")
    later = Told(Asks.ESTIMATES, "CCC", datetime(2025, 4, 19, 12, tzinfo=UTC), Status.OK, "", Expected(1, 1, 1, 1))
    assert estimates_in([*lines, later])[-1].symbols == ("AAA", "CCC")
