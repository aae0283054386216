"""The real yfinance in its real process, asking a Yahoo on loopback for one batch of every kind of symbol."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime

import numpy as np
import pytest
import pytest_asyncio

from bot.clock import SetClock
from bot.market.splits import Split, read_splits
from bot.market.types import Outcome, SourceError, Status
from bot.market.yahoo import Habits, YahooSource
from bot.market.yahoo_wire import Manners
from tests.market.yahoo_server import chart, not_found, reset, says, then, too_slow, weekdays

pytestmark = pytest.mark.asyncio(loop_scope="module")

CALENDAR = weekdays(date(2025, 6, 2), date(2025, 8, 12), closed=[date(2025, 7, 4)])
START, END = date(2025, 7, 21), date(2025, 8, 8)
DAYS = [day for day in CALENDAR.sessions.tolist() if START <= day <= END]
CLOSES = [100.0 + n for n in range(len(DAYS))]
GOOD = says(chart("", DAYS, CLOSES))  # of whatever symbol it is asked for
IMPATIENT = Manners(spacing_s=0, timeout_s=1, attempts=2, backoff_s=0.02)
REFUSED = says({"finance": {"result": None, "error": {"code": "Unauthorized", "description": "Invalid Crumb"}}}, 401)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def source(yahoo):
    clock = SetClock(datetime(2025, 8, 9, 12, tzinfo=UTC))
    async with YahooSource(CALENDAR, clock, symbols=("GOOD",), habits=Habits(manners=IMPATIENT)) as source:
        yield source


async def outcome_of(source: YahooSource, symbol: str) -> Outcome:
    bars = await source.fetch([symbol], start=START, end=END)
    (outcome,) = bars.outcomes
    assert (symbol in bars.prices) == (outcome.status in {Status.OK, Status.STALE, Status.SUSPECT})
    return outcome


async def test_a_good_answer_becomes_aligned_bars(yahoo, source):
    yahoo.replies["^RUT"] = says(
        chart("^RUT", DAYS, CLOSES, adjusted=[c / 2 for c in CLOSES], volumes=[0, *range(1, len(DAYS))])
    )
    bars = await source.fetch(["^RUT"], start=START, end=END)
    assert bars.outcomes == (Outcome("^RUT", Status.OK, "", END),)
    assert bars.source == "Yahoo"
    assert bars.fetched_at == datetime(2025, 8, 9, 12, tzinfo=UTC)
    assert bars.prices.sessions.tolist() == DAYS
    np.testing.assert_array_equal(bars.prices.close[:, 0], CLOSES)
    np.testing.assert_array_equal(bars.prices.adj_close[:, 0], np.array(CLOSES) / 2)
    np.testing.assert_array_equal(bars.prices.volume[:, 0], [np.nan, *range(1, len(DAYS))])


async def test_the_names_yahoo_gives_are_remembered(yahoo, source):
    yahoo.replies["NAMED"] = says(chart("NAMED", DAYS, CLOSES))
    await outcome_of(source, "NAMED")
    assert source.reference().names["NAMED"] == "NAMED Incorporated"


async def test_a_symbol_costs_one_request(yahoo, source):
    yahoo.replies["ONCE"] = says(chart("ONCE", DAYS, CLOSES))
    asked_before = len(yahoo.asked)
    await outcome_of(source, "ONCE")
    assert yahoo.asked[asked_before:] == ["query2.finance.yahoo.com/v8/finance/chart/ONCE"]


async def test_an_answer_is_asked_for_anew_by_every_fetch(yahoo, source):
    yahoo.replies["AGAIN"] = then(says(chart("AGAIN", DAYS[:-1], CLOSES[:-1])), says(chart("AGAIN", DAYS, CLOSES)))
    assert (await outcome_of(source, "AGAIN")).status is Status.STALE
    assert (await outcome_of(source, "AGAIN")).status is Status.OK


@pytest.mark.parametrize(
    ("symbol", "reply", "status", "words"),
    [
        ("GONE", not_found, Status.EMPTY, "No data found, symbol may be delisted"),
        ("BARE", says(chart("BARE", [], [])), Status.EMPTY, "has no bar in this range"),
        ("NULL", says({"chart": {"result": None, "error": None}}), Status.EMPTY, "has no bar in this range"),
        ("FIVE", says("<html>", 500), Status.FAILED, "Yahoo answered HTTP 500, 2 times"),
        ("BUSY", says("<html>", 503), Status.FAILED, "Yahoo answered HTTP 503, 2 times"),
        ("NOJSON", says("{oops"), Status.FAILED, "the answer is not JSON, 2 times"),
        ("DOWN", says("Will be right back"), Status.FAILED, "YAHOO! FINANCE IS CURRENTLY DOWN"),
        ("ODD", says({"chart": {"result": [{"indicators": {"quote": [{"a": 1}]}}]}}), Status.FAILED, "makes no sense"),
        ("RESET", reset, Status.FAILED, "the connection failed"),
        ("SLOW", too_slow, Status.FAILED, "no answer within 1 s, 2 times"),
        ("CRUMB", REFUSED, Status.FAILED, "Yahoo refused the request (HTTP 401)"),
        ("TAIL", says(chart("TAIL", DAYS, [*CLOSES[:-1], None], volumes=[9] * 14 + [0])), Status.STALE, "2025-08-07"),
        ("LATE", says(chart("LATE", DAYS[:-3], CLOSES[:-3])), Status.STALE, "3 closed sessions missing"),
        ("GHOST", says(chart("GHOST", DAYS, [*CLOSES[:-1], None])), Status.SUSPECT, "volume without a price"),
        (
            "HOLE",
            says(chart("HOLE", DAYS[:5] + DAYS[6:], CLOSES[:5] + CLOSES[6:])),
            Status.SUSPECT,
            f"no price on {DAYS[5]}",
        ),
        (
            "SPLIT",
            says(chart("SPLIT", DAYS, [1.0] * 8 + [190.0] * 7, splits={DAYS[8]: (1, 190)})),
            Status.SUSPECT,
            "1 for 190",
        ),
    ],
)
async def test_every_kind_of_answer_ends_with_its_status_and_reason(yahoo, source, symbol, reply, status, words):
    yahoo.replies[symbol] = reply
    outcome = await outcome_of(source, symbol)
    assert outcome.status is status
    assert words in outcome.detail


@pytest.mark.parametrize("fault", [says("<html>", 500), says("{oops"), reset])
async def test_a_passing_fault_is_tried_again(yahoo, source, fault):
    yahoo.replies["RETRY"] = then(fault, says(chart("RETRY", DAYS, CLOSES)))
    asked_before = yahoo.times_asked("RETRY")
    assert (await outcome_of(source, "RETRY")).status is Status.OK
    assert yahoo.times_asked("RETRY") == asked_before + 2


async def test_the_open_session_is_not_handed_over(yahoo):
    yahoo.replies["OPEN"] = says(chart("OPEN", DAYS, CLOSES))
    before_the_close = SetClock(datetime(2025, 8, 8, 19, 59, tzinfo=UTC))
    async with YahooSource(CALENDAR, before_the_close, habits=Habits(manners=IMPATIENT)) as source:
        bars = await source.fetch(["OPEN"], start=START, end=END)
        assert bars.prices.sessions[-1].item() == date(2025, 8, 7)
        assert bars.outcomes == (Outcome("OPEN", Status.OK, "", date(2025, 8, 7)),)


async def test_a_range_without_a_closed_session_is_answered_without_asking(yahoo, source):
    asked_before = len(yahoo.asked)
    bars = await source.fetch(["GOOD"], start=date(2025, 8, 9), end=date(2025, 8, 11))
    assert bars.outcomes == (Outcome("GOOD", Status.EMPTY, "no session between 2025-08-09 and 2025-08-11 has closed"),)
    assert bars.prices.close.shape == (0, 0)
    assert len(yahoo.asked) == asked_before


@pytest.mark.parametrize("symbol", ["", "../../v1/test", "A B", "iwm", "IWM?range=max", "X" * 21])
async def test_what_cannot_be_a_symbol_is_never_put_into_an_address(yahoo, source, symbol):
    asked_before = len(yahoo.asked)
    outcome = await outcome_of(source, symbol)
    assert outcome.status is Status.EMPTY
    assert "not a symbol" in outcome.detail
    assert len(yahoo.asked) == asked_before


async def test_without_symbols_its_own_are_fetched(yahoo, source):
    yahoo.replies["GOOD"] = GOOD
    assert (await source.fetch(None, start=START, end=END)).prices.symbols == ("GOOD",)


async def test_nothing_to_ask_for_is_an_error_that_says_what_to_do(yahoo):
    with pytest.raises(SourceError, match="list some under symbols"):
        await YahooSource(CALENDAR, SetClock(datetime(2025, 8, 9, tzinfo=UTC))).fetch(None, start=START, end=END)


async def test_each_symbol_ends_exactly_once_and_progress_counts_them_all(yahoo, source):
    kinds = [GOOD, not_found, says("<html>", 500), says("{oops"), reset, says(chart("BARE", [], []))]
    chance = random.Random(2)  # noqa: S311 - any fixed mixture will do
    wanted = [f"MIX{n}" for n in range(60)]
    yahoo.replies |= {symbol: chance.choice(kinds) for symbol in wanted}
    seen: list[tuple[int, int]] = []
    bars = await source.fetch(
        [*wanted, "not one", *wanted[:5]],
        start=START,
        end=END,
        on_progress=lambda done, total: seen.append((done, total)),
    )
    assert [outcome.symbol for outcome in bars.outcomes] == [*wanted, "not one"]
    assert all(outcome.detail or outcome.status is Status.OK for outcome in bars.outcomes)
    assert set(bars.prices.symbols) == {outcome.symbol for outcome in bars.outcomes if outcome.last_session}
    assert seen == [(n, 61) for n in range(1, 62)]


async def test_whoever_builds_the_source_may_watch_every_fetch(yahoo, source):
    yahoo.replies |= {"GOOD": GOOD, "WATCHED": GOOD}
    seen: list[tuple[int, int]] = []
    source.on_progress = lambda done, total: seen.append((done, total))
    await source.fetch(["GOOD", "WATCHED"], start=START, end=END)
    source.on_progress = None
    assert seen == [(1, 2), (2, 2)]


async def test_a_fetch_says_how_far_it_is_while_it_runs_and_closes_what_watches_it(yahoo, source):
    class Watcher:
        seen, closed = (), 0

        def __call__(self, done, total):
            self.seen += ((source.progress, (done, total)),)

        def close(self):
            self.closed += 1

    yahoo.replies |= {"GOOD": GOOD, "COUNTED": GOOD}
    watcher = Watcher()
    await source.fetch(["GOOD", "COUNTED"], start=START, end=END, on_progress=watcher)
    assert watcher.seen == (((1, 2), (1, 2)), ((2, 2), (2, 2)))
    assert (source.progress, watcher.closed) == (None, 1)


async def test_splits_that_the_bars_are_adjusted_for_are_kept_and_one_that_is_not_is_no_such(yahoo, tmp_path):
    clock = SetClock(datetime(2025, 8, 9, 12, tzinfo=UTC))
    yahoo.replies["HALF"] = says(chart("HALF", DAYS, CLOSES, splits={DAYS[8]: (2, 1)}))
    yahoo.replies["FRESH"] = says(chart("FRESH", DAYS, [1.0] * 8 + [190.0] * 7, splits={DAYS[8]: (1, 190)}))
    path = tmp_path / "splits.csv"
    async with YahooSource(CALENDAR, clock, habits=Habits(manners=IMPATIENT), splits=path) as source:
        await source.fetch(["HALF", "FRESH"], start=START, end=END)
    assert read_splits(path, str) == ((Split("HALF", DAYS[8], 2.0),), [])
