"""The Tiingo source against a Tiingo on loopback, through the real aiohttp."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
import pytest_asyncio
import structlog
from pydantic import SecretStr

from bot.clock import SetClock
from bot.market.tiingo import Habits, TiingoSource
from bot.market.types import Bars, Outcome, Source, SourceError, Status
from tests.market.tiingo_server import KEY, TiingoServer, daily, not_found, reset, says, then, too_slow
from tests.market.yahoo_server import weekdays

CALENDAR = weekdays(date(2025, 6, 2), date(2025, 8, 12), closed=[date(2025, 7, 4)])
START, END = date(2025, 7, 21), date(2025, 8, 8)
DAYS = [day for day in CALENDAR.sessions.tolist() if START <= day <= END]
CLOSES = [100.0 + n for n in range(len(DAYS))]
GOOD = says(daily(DAYS, CLOSES))
IMPATIENT = Habits(spacing_s=0, timeout_s=0.5, attempts=2, backoff_s=0.01)


@pytest_asyncio.fixture
async def tiingo():
    server = TiingoServer()
    await server.start()
    server.replies["GOOD"] = GOOD
    yield server
    await server.stop()


@pytest.fixture
def clock():
    return SetClock(datetime(2025, 8, 9, 12, tzinfo=UTC))


@pytest.fixture
def source(tiingo, clock):
    return source_of(tiingo, clock)


def source_of(tiingo, clock, *, key=KEY, habits=IMPATIENT, symbols=("GOOD",)) -> TiingoSource:
    return TiingoSource(CALENDAR, clock, SecretStr(key), symbols=symbols, address=tiingo.address, habits=habits)


async def fetched(source: Source, *symbols: str) -> Bars:
    bars = await source.fetch(symbols, start=START, end=END)
    for outcome in bars.outcomes:
        has_bars = outcome.status in {Status.OK, Status.STALE, Status.SUSPECT}
        assert (outcome.symbol in bars.prices) == has_bars, outcome
    return bars


async def outcome_of(source: Source, symbol: str) -> Outcome:
    (outcome,) = (await fetched(source, symbol)).outcomes
    return outcome


async def test_a_good_answer_becomes_aligned_bars(source, tiingo):
    bars = await source.fetch(None, start=START, end=END)
    assert bars.outcomes == (Outcome("GOOD", Status.OK, "", END),)
    assert (bars.source, bars.fetched_at) == ("Tiingo", datetime(2025, 8, 9, 12, tzinfo=UTC))
    assert bars.prices.sessions.tolist() == DAYS
    np.testing.assert_array_equal(bars.prices.close[:, 0], CLOSES)
    np.testing.assert_array_equal(bars.prices.high[:, 0], np.array(CLOSES) + 1)
    np.testing.assert_array_equal(bars.prices.adj_close[:, 0], np.array(CLOSES) / 2)
    assert tiingo.queries == [{"startDate": "2025-07-21", "endDate": "2025-08-09", "format": "json"}]


async def test_prices_are_of_todays_shares_whatever_splits_came_after(source, tiingo, clock):
    clock.set(datetime(2025, 8, 11, 14, tzinfo=UTC))
    days = [*DAYS, date(2025, 8, 11)]
    printed = [100.0] * 5 + [25.0] * (len(DAYS) - 5) + [250.0]
    splits = {DAYS[5]: 4.0, date(2025, 8, 11): 0.1}  # 4 for 1, and after the last session wanted 1 for 10
    tiingo.replies["SPLIT"] = says(daily(days, printed, splits=splits, volumes=[800] * len(days)))
    bars = await fetched(source, "SPLIT")
    assert bars.outcomes[0].status is Status.OK
    np.testing.assert_allclose(bars.prices.close[:, 0], 250.0)
    np.testing.assert_allclose(bars.prices.volume[[0, 5], 0], [320.0, 80.0])


async def test_classes_of_shares_are_spelled_as_tiingo_does(source, tiingo):
    tiingo.replies["BRK-B"] = GOOD
    bars = await fetched(source, "BRK-B", "BRK.B")
    assert [o.status for o in bars.outcomes] == [Status.OK, Status.OK]
    assert tiingo.asked == ["BRK-B", "BRK-B"]


@pytest.mark.parametrize("symbol", ["^RUT", "RTY=F", "../x", "", "a b", "good"])
async def test_what_tiingo_cannot_have_is_empty_and_not_asked_for(source, tiingo, symbol):
    assert await outcome_of(source, symbol) == Outcome(
        symbol, Status.EMPTY, "Tiingo has shares and funds alone, no indices or rates"
    )
    assert tiingo.asked == []


@pytest.mark.parametrize(
    ("reply", "status", "words"),
    [
        (not_found, Status.EMPTY, "Ticker 'X' not found"),
        (says({"detail": "Not found."}, 404), Status.EMPTY, "Not found."),
        (says("<html></html>", 404), Status.EMPTY, "Tiingo does not know it"),
        (says("Error: Ticker 'X' not found"), Status.EMPTY, "Ticker 'X' not found"),
        (says([]), Status.EMPTY, "Tiingo has no bar in this range"),
        (says(daily(DAYS[:-2], CLOSES[:-2])), Status.STALE, "no price after 2025-08-06, 2 closed sessions missing"),
        (says(daily(DAYS, [*CLOSES[:5], None, *CLOSES[6:]])), Status.SUSPECT, "no price on 2025-07-28"),
        (says(daily([*DAYS, DAYS[-1]], [*CLOSES, 1.0])), Status.SUSPECT, "more than one bar on 2025-08-08"),
        (
            says(daily([*DAYS, DAYS[-1]], [*CLOSES[:-1], None, None])),
            Status.SUSPECT,
            "volume without a price on 2025-0",
        ),
        (says("the host was not found", 502), Status.FAILED, "Tiingo answered 502, 2 times"),
        (says(daily(DAYS, [0.0, *CLOSES[1:]])), Status.SUSPECT, "a price of 0 or less on 2025-07-21"),
        (says("not json"), Status.FAILED, "the answer is no JSON, 2 times"),
        (says("[" * 100_000), Status.FAILED, "the answer is no JSON, 2 times"),
        (says(daily(DAYS, [None] * len(DAYS), volumes=[None] * len(DAYS))), Status.EMPTY, "Tiingo has no bar in this"),
        (says([*daily(DAYS[:1], [1.0]), {"date": f"{DAYS[1]}", "close": 10**400}]), Status.STALE, "no price after"),
        (says("<html></html>"), Status.FAILED, "the answer is no JSON, 2 times"),
        (says({"detail": "Maintenance"}), Status.FAILED, "the answer holds no rows (Maintenance)"),
        (says({"rows": 1}), Status.FAILED, "the answer holds no rows"),
        (says([{"close": 1.0}]), Status.FAILED, "the answer has a row without a date or a close"),
        (says([{"date": "soon", "close": 1.0}]), Status.FAILED, "the answer has 'soon' for a date"),
        (says([{"date": "2025-07-21", "open": 1.0}]), Status.FAILED, "a row without a date or a close"),
        (says({"detail": "Not yours"}, 403), Status.FAILED, "Tiingo answered 403 (Not yours)"),
        (says("", 302, {"Location": "/elsewhere"}), Status.FAILED, "Tiingo answered 302"),
        (says("", 503), Status.FAILED, "Tiingo answered 503, 2 times"),
        (reset, Status.FAILED, "the connection to 127.0.0.1 broke (ServerDisconnectedError), 2 times"),
        (too_slow, Status.FAILED, "no answer from 127.0.0.1 within 0.5 s, 2 times"),
    ],
)
async def test_every_answer_ends_in_a_status_and_words(source, tiingo, reply, status, words):
    tiingo.replies["X"] = reply
    outcome = await outcome_of(source, "X")
    assert outcome.status is status
    assert words in outcome.detail
    assert (await outcome_of(source, "GOOD")).status is Status.OK


async def test_a_volume_of_zero_and_odd_fields_are_missing(source, tiingo):
    rows = daily(DAYS, CLOSES, volumes=[0, *[5] * (len(DAYS) - 1)])
    rows[1] |= {"open": "12", "high": True, "splitFactor": None}
    tiingo.replies["X"] = says(rows)
    prices = (await fetched(source, "X")).prices
    assert np.isnan(prices.volume[0, 0])
    assert np.isnan([prices.open[1, 0], prices.high[1, 0]]).all()
    np.testing.assert_array_equal(prices.close[:, 0], CLOSES)


@pytest.mark.parametrize("passing", [says("", 502), reset, says("half a li")])
async def test_a_passing_fault_is_tried_again(source, tiingo, passing):
    tiingo.replies["X"] = then(passing, GOOD)
    assert (await outcome_of(source, "X")).status is Status.OK
    assert tiingo.asked == ["X", "X"]


@pytest.mark.parametrize("refusal", [says({"detail": "Please supply a token"}, 403), says("", 401)])
async def test_a_refused_key_fails_the_whole_and_says_what_to_do(tiingo, clock, refusal):
    tiingo.replies["X"] = refusal
    with pytest.raises(SourceError, match="refuses the key: set SMALLCAP_TIINGO_KEY"):
        await source_of(tiingo, clock).fetch(["X"], start=START, end=END)
    assert tiingo.asked == ["X"]


async def test_a_wrong_key_is_in_no_message_and_no_log(tiingo, clock):
    wrong = "wrong-key-of-somebody"
    tiingo.replies["X"] = says({"detail": f"Error: {wrong} is odd"}, 400)
    source = source_of(tiingo, clock, key=wrong)
    with structlog.testing.capture_logs() as logs, pytest.raises(SourceError) as caught:
        await source.fetch(["A", "B", "C"], start=START, end=END)
    assert wrong not in f"{caught.value!r} {caught.value.__context__!r} {logs} {source!r} {vars(source)}"
    assert len(tiingo.asked) <= 4  # nobody goes on with a key that is refused


async def test_a_key_the_server_says_back_is_left_out(source, tiingo):
    tiingo.replies["X"] = says({"detail": f"Error: the key {KEY} is odd"}, 400)
    assert (await outcome_of(source, "X")).detail == "Tiingo answered 400 (the key … is odd)"


@pytest.mark.parametrize("lead", range(110, 165, 6))
@pytest.mark.parametrize("is_json", [True, False])
async def test_a_key_that_stands_where_words_are_cut_off_is_left_out_too(source, tiingo, lead, is_json):
    words = f"{'x' * lead} {KEY} {'x' * 300}"
    tiingo.replies["X"] = says({"detail": words} if is_json else words, 400)
    detail = (await outcome_of(source, "X")).detail
    assert KEY[:3] not in detail
    assert len(detail) < 200


async def test_a_key_in_place_of_a_date_or_written_in_another_way_is_left_out(tiingo, clock):
    tiingo.replies["X"] = says([{"date": f"at {KEY}", "close": 1.0}])
    detail = (await outcome_of(source_of(tiingo, clock), "X")).detail
    assert detail == "the answer has 'at …' for a date"
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in KEY)
    tiingo.replies["X"] = says(f'{{"detail": "the key {escaped}"}}', 400)
    assert (await outcome_of(source_of(tiingo, clock), "X")).detail == "Tiingo answered 400 (the key …)"


async def test_blanks_around_a_key_do_not_count_and_a_line_break_within_is_told(tiingo, clock):
    assert (await outcome_of(source_of(tiingo, clock, key=f" {KEY}\n"), "GOOD")).status is Status.OK
    with pytest.raises(SourceError, match="line break") as caught:
        await source_of(tiingo, clock, key="half\nhalf").fetch(["A"], start=START, end=END)
    assert "half" not in str(caught.value)


async def test_a_catch_up_takes_in_no_row_after_its_range_and_is_well(tiingo):
    clock = SetClock(datetime(2025, 8, 8, 15, tzinfo=UTC))  # the last session of DAYS is open
    tiingo.replies["GOOD"] = says(daily(DAYS, [*CLOSES[:-1], 1.0]))
    bars = await source_of(tiingo, clock).fetch(["GOOD"], start=START, end=DAYS[5])
    assert bars.outcomes == (Outcome("GOOD", Status.OK, "", DAYS[5]),)
    assert bars.prices.sessions.tolist() == DAYS[:6]
    np.testing.assert_array_equal(bars.prices.close[:, 0], CLOSES[:6])
    bars = await source_of(tiingo, clock).fetch(["GOOD"], start=START, end=END)
    assert bars.prices.sessions.tolist() == DAYS[:-1]
    np.testing.assert_array_equal(bars.prices.close[:, 0], CLOSES[:-1])


async def test_a_row_of_a_day_to_come_is_told_and_its_split_divides_nothing(source, tiingo):
    far = date(2099, 1, 2)
    tiingo.replies["X"] = says(daily([*DAYS, far], [*CLOSES, 1.0], splits={far: 10.0}))
    bars = await fetched(source, "X")
    assert bars.outcomes == (
        Outcome("X", Status.SUSPECT, "bars of days to come left out, the last of 2099-01-02", END),
    )
    np.testing.assert_array_equal(bars.prices.close[:, 0], CLOSES)


ALLOWANCE = "Error: You have run over your hourly request allocation. Please upgrade to have your limits increased."


@pytest.mark.parametrize(
    ("reply", "until"),
    [
        (says({"detail": ALLOWANCE}, 429), "13:00"),
        (says(ALLOWANCE), "13:00"),
        (says({"detail": ALLOWANCE}, 429, {"Retry-After": "600"}), "12:10"),
        (says("", 429, {"Retry-After": "Sat, 09 Aug 2025 12:30:00 GMT"}), "12:30"),
        (says("", 429, {"Retry-After": "0"}), "13:00"),
        (says("", 429, {"Retry-After": "soon"}), "13:00"),
        (says("", 429, {"Retry-After": "999999999"}), "12:00"),
    ],
)
async def test_an_allowance_used_up_is_respected(tiingo, clock, reply, until):
    source = source_of(tiingo, clock, habits=Habits(width=1, spacing_s=0))
    tiingo.replies["X"] = reply
    bars = await fetched(source, "GOOD", "X", "A", "B")
    assert [o.status for o in bars.outcomes] == [Status.OK, *[Status.THROTTLED] * 3]
    said = f"Tiingo's allowance is used up; it is left alone until {until} UTC"
    assert [o.detail for o in bars.outcomes[1:]] == [said, *[f"not asked: {said}"] * 2]
    assert tiingo.asked == ["GOOD", "X"]
    assert (await outcome_of(source, "GOOD")).status is Status.THROTTLED
    assert tiingo.asked == ["GOOD", "X"]
    clock.set(clock.now() + timedelta(days=1))
    assert (await outcome_of(source, "GOOD")).status is Status.OK


async def test_a_tiingo_that_is_down_is_given_up_on(tiingo, clock):
    source = source_of(tiingo, clock, habits=Habits(width=1, spacing_s=0, attempts=1, give_up_after=3))
    symbols = [f"S{n}" for n in range(9)]
    tiingo.replies |= dict.fromkeys(symbols, says("", 500))
    bars = await fetched(source, *symbols)
    assert {o.status for o in bars.outcomes} == {Status.FAILED}
    assert bars.outcomes[-1].detail == "not asked: Tiingo does not answer (Tiingo answered 500)"
    assert tiingo.asked == ["S0", "S1", "S2"]
    assert bars.prices.symbols == ()


async def test_nobody_listening_is_told(clock):
    source = TiingoSource(CALENDAR, clock, SecretStr(KEY), address="http://127.0.0.1:9", habits=IMPATIENT)
    assert (await outcome_of(source, "X")).detail == "no connection to 127.0.0.1 (Connection refused), 2 times"


async def test_requests_are_spaced_and_few_at_once(tiingo, clock):
    source = source_of(tiingo, clock, habits=Habits(width=3, spacing_s=0.25))
    symbols = [f"S{n}" for n in range(12)]
    tiingo.replies |= dict.fromkeys(symbols, GOOD)
    began = clock.now()
    bars = await fetched(source, *symbols)
    assert [o.symbol for o in bars.outcomes] == symbols
    assert clock.now() - began == timedelta(seconds=0.25 * 11)
    assert tiingo.most_at_once <= 3


async def test_progress_is_told(tiingo, clock):
    told = []
    source = TiingoSource(
        CALENDAR,
        clock,
        SecretStr(KEY),
        address=tiingo.address,
        habits=IMPATIENT,
        on_progress=lambda *progress: told.append(progress),
    )
    await fetched(source, "GOOD", "^RUT", "GONE")
    assert sorted(told) == [(1, 3), (2, 3), (3, 3)]


async def test_no_bars_of_an_open_session_and_none_at_all_where_none_has_closed(tiingo):
    clock = SetClock(datetime(2025, 8, 8, 19, 59, tzinfo=UTC))
    source = source_of(tiingo, clock)
    assert (await source.fetch(None, start=START, end=END)).prices.sessions[-1] == np.datetime64("2025-08-07")
    bars = await source.fetch(None, start=END, end=END)
    assert bars.outcomes == (Outcome("GOOD", Status.EMPTY, f"no session between {END} and {END} has closed"),)


async def test_without_a_symbol_there_is_nothing_to_ask(tiingo, clock):
    with pytest.raises(SourceError, match="no symbol was named"):
        await source_of(tiingo, clock, symbols=()).fetch(None, start=START, end=END)


async def test_certificates_that_cannot_be_used_are_told(source, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere.pem")
    outcome = await outcome_of(source, "GOOD")
    assert outcome.status is Status.FAILED
    assert "SSL_CERT_FILE names /nowhere.pem, which is not a file" in outcome.detail
