"""Estimates and options through the real yfinance in its process, from a Yahoo on loopback."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime

import pytest
import pytest_asyncio

from bot.clock import SetClock
from bot.market.types import SourceError, Status
from bot.market.yahoo import Habits, YahooSource
from bot.market.yahoo_estimates import estimate_of
from bot.market.yahoo_facts import Habits as FactsHabits
from bot.market.yahoo_facts import YahooFacts
from bot.market.yahoo_options import chain_of
from bot.market.yahoo_wire import Answer, Asks, Job, Manners
from signals.facts import Facts
from tests.market.test_yahoo_estimates import an_answer as a_summary
from tests.market.test_yahoo_options import a_contract
from tests.market.test_yahoo_options import an_answer as a_chain
from tests.market.yahoo_server import chart, reset, says, weekdays

pytestmark = pytest.mark.asyncio(loop_scope="module")

CALENDAR = weekdays(date(2025, 2, 3), date(2025, 4, 30))
SESSION = date(2025, 2, 21)
NOW = datetime(2025, 2, 21, 21, 30, tzinfo=UTC)
FEBRUARY, MARCH, JUNE = 1740700800, 1742515200, 1750377600
"""28 February, 21 March and 20 June 2025: of these, March is nearest to 30 days ahead."""
IMPATIENT = Manners(spacing_s=0, timeout_s=1, attempts=2, backoff_s=0.02)


@pytest.fixture(autouse=True)
def nothing_asked_before(yahoo):
    yahoo.pages.clear()
    yahoo.asked.clear()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def source(yahoo):
    async with a_source() as source:
        yield source


def a_source(manners: Manners = IMPATIENT) -> YahooSource:
    return YahooSource(CALENDAR, SetClock(NOW), habits=Habits(manners=manners))


async def of(source, symbol, asks=Asks.ESTIMATES):
    (answer,) = await source.pages([symbol], asks, session=SESSION)
    return answer


def asked(yahoo, where):
    return [path for path in yahoo.asked if where in path]


async def test_a_summary_comes_as_yahoo_sent_it(yahoo, source):
    yahoo.pages["estimates/EPAC"] = says(a_summary().decode())
    answer = await of(source, "EPAC")
    assert (answer.status, answer.pages) == (Status.OK, (a_summary(),))
    assert estimate_of("EPAC", answer.pages[0], day=SESSION).expected.analysts == 7.0
    assert asked(yahoo, "quoteSummary") == ["query2.finance.yahoo.com/v10/finance/quoteSummary/EPAC"]


async def test_of_options_the_next_expiry_comes_and_the_one_nearest_to_thirty_days_ahead(yahoo, source):
    async def reply(request):
        seconds = int(request.query.get("date", FEBRUARY))
        contracts = [a_contract(strike, expiration=seconds) for strike in (95, 100)]
        body = a_chain(contracts, contracts, expirationDates=[FEBRUARY, MARCH, JUNE])
        return await says(body.decode())(request)

    yahoo.pages["options/AAPL"] = reply
    answer = await of(source, "AAPL", Asks.OPTIONS)
    chain = chain_of("AAPL", answer.pages, known=SESSION).chain
    assert sorted(set(chain.expiry.tolist())) == [date(2025, 2, 28), date(2025, 3, 21)]
    assert len(chain.strike) == 8


async def test_of_options_with_one_expiry_one_page_is_enough(yahoo, source):
    yahoo.pages["options/AAPL"] = says(a_chain().decode())
    answer = await of(source, "AAPL", Asks.OPTIONS)
    assert (len(answer.pages), len(asked(yahoo, "options"))) == (1, 1)


@pytest.mark.parametrize(
    ("reply", "status", "words"),
    [
        (None, Status.EMPTY, "No fundamentals data found"),
        (says("", 404), Status.EMPTY, "Yahoo answered HTTP 404 without a word"),
        (says("down", 502), Status.FAILED, "Yahoo answered HTTP 502, 2 times"),
        (reset, Status.FAILED, "the connection failed"),
        (
            says({"finance": {"error": {"description": "Invalid Crumb"}}}, 401),
            Status.FAILED,
            "refused the request (HTTP 401)",
        ),
    ],
    ids=["nothing", "silent", "down", "reset", "refused"],
)
@pytest.mark.parametrize("asks", [Asks.ESTIMATES, Asks.OPTIONS])
async def test_every_failure_is_an_answer_that_says_why(yahoo, source, reply, status, words, asks):
    if reply is not None:
        yahoo.pages[f"{asks}/ODD"] = reply
    answer = await of(source, "ODD", asks)
    assert (answer.status, answer.pages) == (status, ())
    assert words in answer.detail


async def test_a_body_that_makes_no_sense_is_handed_over_for_the_parser_to_refuse(yahoo, source):
    yahoo.pages["options/AAPL"] = says("<html>Will be right back</html>")
    answer = await of(source, "AAPL", Asks.OPTIONS)
    assert chain_of("AAPL", answer.pages, known=SESSION).detail == "the answer is no JSON"


async def test_what_is_no_symbol_is_not_asked_for(yahoo, source):
    answer = await of(source, "../etc")
    assert answer.status is Status.EMPTY
    assert yahoo.asked == []


async def test_after_a_429_bars_and_facts_are_both_left_alone(yahoo):
    yahoo.pages["estimates/BUSY"] = says("Too Many Requests", 429)
    yahoo.replies["GOOD"] = says(chart("GOOD", [SESSION], [100.0]))
    async with a_source() as source:
        assert (await of(source, "BUSY")).status is Status.THROTTLED
        before = len(yahoo.asked)
        assert (await of(source, "EPAC")).status is Status.THROTTLED
        (outcome,) = (await source.fetch(["GOOD"], start=SESSION, end=SESSION)).outcomes
    assert outcome.status is Status.THROTTLED
    assert len(yahoo.asked) == before


async def test_facts_wait_their_turn_like_bars(yahoo):
    symbols = [f"S{n}" for n in range(6)]
    for symbol in symbols:
        yahoo.pages[f"estimates/{symbol}"] = says(a_summary(kind={"symbol": symbol}).decode())
    async with a_source(Manners(spacing_s=0.1, attempts=1)) as source:
        await source.pages(symbols[:1], Asks.ESTIMATES, session=SESSION)
        began = time.monotonic()
        answers = await source.pages(symbols, Asks.ESTIMATES, session=SESSION)
    assert all(answer.status is Status.OK for answer in answers)
    assert time.monotonic() - began >= 5 * 0.1


async def test_a_process_that_does_not_start_is_an_error(yahoo):
    source = YahooSource(CALENDAR, SetClock(NOW), worker=("-c", "raise SystemExit(3)"))
    with pytest.raises(SourceError, match="does not start"):
        await source.pages(["EPAC"], Asks.ESTIMATES, session=SESSION)


async def test_bars_estimates_and_chains_come_through_one_process_and_become_facts(yahoo, source, tmp_path):
    yahoo.replies["EPAC"] = says(chart("EPAC", [SESSION], [45.0]))
    yahoo.pages["estimates/EPAC"] = says(a_summary().decode())
    yahoo.pages["options/EPAC"] = says(a_chain(symbol="EPAC").decode())
    child = source._child
    keeper = YahooFacts(source, tmp_path, SetClock(NOW), CALENDAR, first=("EPAC", "NONE"), habits=FactsHabits(rest_s=0))
    await source.fetch(["EPAC"], start=SESSION, end=SESSION)
    assert await keeper.refresh() == ()
    facts = keeper.beside(Facts())
    assert facts.estimates[0].symbols == ("EPAC",)
    assert [chain.day for chain in facts.chains["EPAC"]] == [SESSION]
    assert source._child is child is not None


async def test_a_job_and_an_answer_with_pages_cross_the_pipe_whole():
    sessions = CALENDAR.sessions[:1]
    job = Job.read(Job(("EPAC",), sessions, Asks.OPTIONS).line())
    assert (job.symbols, job.asks, job.sessions.tolist()) == (("EPAC",), Asks.OPTIONS, sessions.tolist())
    answer = Answer("EPAC", Status.OK, pages=(b"one", b"", b"three"))
    head, body = answer.frame()[8:], b"onethree"
    assert head.endswith(body)
    assert Answer.read({**HEAD, "pages": [3, 0, 5]}, body).pages == answer.pages
    assert Answer.read(HEAD, b"").pages == ()


HEAD = {"symbol": "EPAC", "status": "ok", "detail": "", "last": None, "name": "", "poisoned": False}
