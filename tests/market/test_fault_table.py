"""Every way in which a provider may break what it hands over: no false alert comes of it, and the reason is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from bot.market.book import Book, Habits
from bot.market.folder import FolderSource
from bot.market.store import BarStore
from bot.market.yahoo import Habits as Manner
from bot.market.yahoo import YahooSource
from bot.market.yahoo_wire import Manners
from signals.sessions import close_of
from signals.types import Prices
from tests.market.fault_market import (
    CALENDAR,
    PRICES,
    AnyDay,
    Feed,
    FolderFeed,
    Market,
    Now,
    Plain,
    Rows,
    YahooFeed,
    brought,
    small_market,
    small_reference,
    spanned,
    true_events,
)
from tests.market.yahoo_server import Reply, not_found, says, too_slow

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOCS = Path(__file__).parents[2] / "docs" / "operators" / "data-faults.md"
INDEX, NEAR, OTHER = "^RUT", "TLDN", "BLNX"
"""An index two sessions before its golden cross, a share that hovers about its average, and one that falls to it."""
THREE = (INDEX, NEAR, OTHER)
RENAMED = "TLDX"
FAULT = date(2026, 8, 13)
LABOR_DAY, MONDAY, HALF_DAY = date(2026, 9, 7), date(2026, 8, 17), date(2025, 11, 28)
NAN = float("nan")
BUSY = says("<html>Too Many Requests</html>", 429)

Breaks = Callable[[Now, str], Rows | Reply]


@dataclass(frozen=True, slots=True)
class Fault:
    """One row of the table.

    Attributes
    ----------
    what, happens, reason : str
        As the operators' page has them; "…" stands for anything. No reason: it is no fault, and nothing is told.
    breaks : callable
        What the provider says of a symbol from the fault's session on; before it all is well.
    way : str
        ``yahoo``, ``folder`` or ``plain``.
    second : callable or None
        What a second source says, where there is one.
    truth : callable or None
        What the symbols really did, where it is not the market as it is.
    further : int
        Sessions that are looked at beside those of every fault.
    """

    what: str
    happens: str
    reason: str
    breaks: Breaks
    way: str = "yahoo"
    symbols: Sequence[str] = THREE
    fault: date = FAULT
    second: Breaks | None = None
    truth: Callable[[Prices], Prices] | None = None
    further: int = 0


def at(now: Now) -> int:
    """Return the place of the fault's session among the rows."""
    return -1 - now.since


def since(now: Now) -> slice:
    """Return the places of the fault's session and of all after it."""
    return slice(-1 - now.since, None)


def first_only(breaks: Breaks) -> Breaks:
    """Let the provider mend it by the session after."""
    return lambda now, symbol: breaks(now, symbol) if now.since == 0 else now.rows(symbol)


def as_is(now: Now, symbol: str) -> Rows:
    return now.rows(symbol)


def missing(now: Now, symbol: str) -> Rows:
    rows = now.rows(symbol)
    return rows.without(len(rows.days) + at(now))


def without_prices(now: Now, symbol: str) -> Rows:
    return now.rows(symbol).change(at(now), **dict.fromkeys(PRICES, NAN))


def hollow_and_without_volume(now: Now, symbol: str) -> Rows:
    return without_prices(now, symbol).change(at(now), volume=NAN)


def reverse_split(now: Now, symbol: str) -> Rows:
    rows = now.rows(symbol).times(since(now), 190.0)
    return rows.change(since(now), volume=np.ceil(rows.fields["volume"][since(now)] / 190))


def forward_split(new: int, old: int) -> Breaks:
    def breaks(now: Now, symbol: str) -> Rows:
        rows = now.rows(symbol).times(since(now), old / new)
        return rows.change(since(now), volume=rows.fields["volume"][since(now)] * new / old)

    return breaks


def named(breaks: Breaks, new: int, old: int) -> Breaks:
    """Have Yahoo name the split that is not in its prices."""

    def told(now: Now, symbol: str) -> Rows:
        rows = breaks(now, symbol)
        assert isinstance(rows, Rows)
        return Rows(rows.days, rows.fields, splits={now.fault: (new, old)})

    return told


def invented_split(now: Now, symbol: str) -> Rows:
    return now.rows(symbol).times(slice(0, at(now) - 5), 0.25)


def renamed(now: Now, symbol: str) -> Rows | Reply:
    if symbol == NEAR:
        return not_found
    rows = now.rows(NEAR)
    return rows.taken(range(len(rows.days) + at(now), len(rows.days)))


def halted(now: Now, symbol: str) -> Rows:
    rows = reopened_rows(now, symbol)
    begins = len(rows.days) + at(now)
    return rows.without(*range(begins, min(begins + 6, len(rows.days))))


def reopened_rows(now: Now, symbol: str) -> Rows:
    """Return the rows of the market in which the share opened again far higher."""
    return now.rows(symbol)


def reopened(prices: Prices) -> Prices:
    """Return the market in which one share is worth half as much again from six sessions after the fault on."""
    row = int(np.searchsorted(prices.sessions, np.datetime64(FAULT))) + 6
    fields = {name: values.copy() for name, values in prices.fields()}
    for name in PRICES:
        fields[name][row:, prices.column(NEAR)] *= 1.5
    return Prices(prices.sessions, prices.symbols, **fields)


def holiday_row(now: Now, symbol: str) -> Rows:
    rows = now.rows(symbol)
    return rows.inserted(LABOR_DAY, len(rows.days) + at(now) - 1, 1.08)


def weekend_rows(now: Now, symbol: str) -> Rows:
    rows = now.rows(symbol)
    friday = len(rows.days) + at(now) - 1
    saturday = rows.inserted(rows.days[friday] + timedelta(days=1), friday, 1.1)
    return saturday.inserted(rows.days[friday] + timedelta(days=2), friday + 1, 1.1)


def twice(now: Now, symbol: str) -> Rows:
    rows = now.rows(symbol)
    place = len(rows.days) + at(now)
    return rows.inserted(rows.days[place], place, 1.15)


def copy_of_before(now: Now, symbol: str) -> Rows:
    rows, place = now.rows(symbol), at(now)
    return rows.change(place, **{name: values[place - 1] for name, values in rows.fields.items()})


def high_and_low_swapped(now: Now, symbol: str) -> Rows:
    fields = now.rows(symbol).fields
    return now.rows(symbol).change(slice(None), high=fields["low"], low=fields["high"])


def close_and_volume_swapped(now: Now, symbol: str) -> Rows:
    fields, place = now.rows(symbol).fields, at(now)
    return now.rows(symbol).change(place, close=fields["volume"][place], volume=fields["close"][place])


def times(factor: float, *, only: bool = False) -> Breaks:
    """Multiply the prices of the fault's session, or of all from it on."""
    return lambda now, symbol: now.rows(symbol).times(at(now) if only else since(now), factor)


def price(value: float) -> Breaks:
    return lambda now, symbol: now.rows(symbol).change(at(now), **dict.fromkeys(PRICES, value))


def ends_early(now: Now, symbol: str) -> Rows:
    rows = now.rows(symbol)
    return rows.taken(range(len(rows.days) + at(now)))


def out_of_order(now: Now, symbol: str) -> Rows:
    rows = now.rows(symbol)
    return rows.taken([len(rows.days) - 1, *range(len(rows.days) - 1)])


def row_to_come(now: Now, symbol: str) -> Rows:
    rows = now.rows(symbol)
    return rows.inserted(date(2027, 1, 4), len(rows.days) - 1, 1.3)


def unfinished(now: Now, symbol: str) -> Rows:
    rows = now.rows(symbol)
    sessions = CALENDAR.sessions.tolist()
    return rows.inserted(sessions[sessions.index(now.session) + 1], len(rows.days) - 1, 1.3)


def a_day_early(now: Now, symbol: str) -> Rows:
    return now.rows(symbol).dated(lambda day: day - timedelta(days=1))


def of_another(now: Now, _symbol: str) -> Rows:
    """Answer with the rows of the index whoever is asked for."""
    rows = now.rows(INDEX)
    return Rows(rows.days, rows.fields, meta={"symbol": INDEX})


def a_bar_of_another(now: Now, symbol: str) -> Rows:
    theirs, place = now.rows(OTHER).fields, at(now)
    return now.rows(symbol).change(place, **{name: values[place] for name, values in theirs.items()})


def dividend_adjusted(now: Now, symbol: str) -> Rows:
    rows = now.rows(symbol)
    factor = rows.fields["adj_close"] / rows.fields["close"]
    return rows.change(slice(None), **{name: rows.fields[name] * factor for name in PRICES[:4]})


def in_canadian_dollars(now: Now, symbol: str) -> Rows:
    rows = now.rows(symbol).times(since(now), 1.37)
    return Rows(rows.days, rows.fields, meta={"currency": "CAD"})


def answers(reply: Reply) -> Breaks:
    return first_only(lambda _now, _symbol: reply)


def everybody() -> tuple[str, ...]:
    return small_market().symbols


def core() -> tuple[str, ...]:
    """Return what belongs to no universe: without it no session counts as come in."""
    return tuple(symbol for symbol in everybody() if symbol not in small_reference().sectors)


NO_BAR = "no bar; the last one is of …, 1 session earlier"
FAULTS = (
    Fault(
        "a whole session is missing, for every index and fund",
        "the session waits and is asked for again; its alerts come when it does",
        "the session of … waits: only 0 of 25 symbols have a bar of … from Yahoo: too few yet",
        first_only(missing),
        symbols=core(),
    ),
    Fault("a session is missing for some symbols", "their bar is missing; the rest goes on", NO_BAR, missing),
    Fault(
        "a session without prices at first, there when asked again",
        "their bar is missing until it comes; then its alerts are sent late",
        NO_BAR,
        first_only(hollow_and_without_volume),
    ),
    Fault(
        "a volume without a price",
        "the bar is held",
        "no price after …, 1 closed session missing; volume without a price on …",
        without_prices,
    ),
    Fault(
        "a 1-for-190 reverse split that is not in the prices (+19,000 %)",
        "bars are held until the source mends its history, or you let them go",
        "moved +… % while the market moved … %…; no surge in trading goes with it",
        reverse_split,
    ),
    Fault(
        "the same, and Yahoo names the split",
        "bars from the split on are left out until Yahoo has mended the older ones",
        "the split of … (1 for 190) is not in the prices: bars from then on are left out",
        named(reverse_split, 1, 190),
    ),
    Fault(
        "a 4-for-1 split that is not in the prices",
        "bars are held until the source mends its history, or you let them go",
        "moved -… % while the market moved … %…; no surge in trading goes with it",
        forward_split(4, 1),
    ),
    Fault(
        "a 3-for-2 split that Yahoo names and has not in its prices",
        "bars from the split on are left out until Yahoo has mended the older ones",
        "the split of … (1.5 for 1) is not in the prices: bars from then on are left out",
        named(forward_split(3, 2), 3, 2),
    ),
    Fault(
        "a split in the first source's prices only",
        "the bar is held until both agree; needs a second source",
        "Yahoo closed TLDN at …, other at …: … % apart",
        forward_split(5, 4),
        symbols=(NEAR,),
        second=as_is,
    ),
    Fault(
        "a split in the second source's prices only",
        "the bar is held until both agree",
        "Yahoo closed TLDN at …, other at …: … % apart",
        as_is,
        symbols=(NEAR,),
        second=forward_split(2, 1),
    ),
    Fault(
        "a split invented in a history that was right before",
        "the stored history stays; no newer bar is laid over it",
        "its history came anew with a move of … % on … where there was one of … % before, as an invented split makes:"
        " the bars from before are kept",
        invented_split,
    ),
    Fault(
        "a renamed symbol: the old one ends, the new one has no history",
        "the old one is missing, then stale; the new one is unknown until its own history is long enough",
        NO_BAR,
        renamed,
        symbols=(NEAR, RENAMED),
    ),
    Fault(
        "a halted share: six sessions without a trade, then a leap",
        "its bars are missing; the leap is held until two more sessions agree with it",
        "moved +… % while the market moved … %",
        halted,
        symbols=(NEAR,),
        truth=reopened,
        further=4,
    ),
    Fault("a half day", "a session like any other", "", as_is, fault=HALF_DAY),
    Fault(
        "a row on a holiday",
        "the row is left out",
        "bars on days without a session left out: …",
        holiday_row,
        fault=date(2026, 9, 8),
    ),
    Fault(
        "rows on a weekend",
        "the rows are left out",
        "prices/….csv, line …: 2 rows, the first of … on a day the exchange was closed: left out, correct the date",
        weekend_rows,
        way="folder",
        fault=MONDAY,
    ),
    Fault(
        "a session twice, with different figures (Yahoo)",
        "the session's bar is left out",
        "more than one bar on …, with different closes: left out",
        twice,
    ),
    Fault(
        "a session twice, with different figures (file)",
        "the session's bar is left out",
        "prices/….csv, line …: … stands twice with different figures; left out, delete the wrong row",
        twice,
        way="folder",
    ),
    Fault(
        "a session whose bar is a copy of the one before",
        "the bar is held until the source mends it, or you let it go",
        "the whole bar, volume included, repeats that of …, the session before",
        copy_of_before,
    ),
    Fault(
        "high and low swapped",
        "bars are held until the source mends them, or you let them go",
        "the high, …, is below the low, …: the columns look swapped",
        high_and_low_swapped,
        way="folder",
    ),
    Fault(
        "close and volume swapped",
        "the bar is held until the source mends it, or you let it go",
        "the close, …, lies outside the session's own range, … to …",
        close_and_volume_swapped,
        way="folder",
    ),
    Fault(
        "prices in cents from one session on",
        "bars are held until the source mends them, or you let them go",
        "moved +… % while the market moved … %…, or prices in cents; no surge in trading goes with it",
        times(100.0),
    ),
    Fault(
        "a price of zero",
        "the price is missing",
        "a price of 0 or less on …; volume without a price on …",
        price(0.0),
    ),
    Fault(
        "a negative price",
        "the price is missing",
        "prices/….csv, line …: … is not above zero (1 such); read as missing, correct it",
        price(-5.0),
        way="folder",
    ),
    Fault(
        "an infinite price",
        "the price is missing",
        "prices/….csv, line …: … is …, not a number (1 such); read as missing, correct it",
        price(float("inf")),
        way="folder",
    ),
    Fault(
        "a number beyond sense",
        "the bar is held; the next one refutes it",
        "stands at more than 10,000 times the close before while the market moved … %",
        price(1e25),
    ),
    Fault("bars end early, and stay so", "the symbol is missing, then stale", NO_BAR, ends_early),
    Fault(
        "rows out of order",
        "they are read in order of date",
        "prices/….csv, line …: … comes after a later date; read in order of date, sort the file to be sure",
        out_of_order,
        way="folder",
    ),
    Fault(
        "a row of a day to come (Yahoo)",
        "the row is left out",
        "bars of days to come left out, the last of …",
        row_to_come,
    ),
    Fault(
        "a row of a day to come (file)",
        "the row is left out",
        "prices/….csv, line …: 1 row of … in the future: left out, correct the date or the clock",
        row_to_come,
        way="folder",
    ),
    Fault("the unfinished bar of the session that is open", "not used, as always", "", unfinished),
    Fault(
        "all dates a day early (Yahoo)",
        "none of the symbol's rows is used",
        "the dates look shifted: bars on …, without a session, and none on … sessions between: none of them is used",
        a_day_early,
    ),
    Fault(
        "all dates a day early (file)",
        "none of the file's rows is used",
        "prices/….csv, line …: … rows on days the exchange was closed, and as many sessions without one: the dates look"
        " shifted; nothing of it is used, correct them",
        a_day_early,
        way="folder",
    ),
    Fault("500", "asked again; then missing", "Yahoo answered HTTP 500, 2 times", answers(says("<html>", 500))),
    Fault("broken JSON", "asked again; then missing", "the answer is not JSON, 2 times", answers(says('{"chart": {'))),
    Fault(
        "a web page instead of JSON",
        "asked again; then missing",
        "the answer is not JSON, 2 times",
        answers(says("<html><body>We'll be right back</body></html>")),
    ),
    Fault(
        "JSON of another shape",
        "missing",
        "the answer makes no sense, it is not laid out as Yahoo's charts are: …",
        answers(says({"chart": {"result": [{"indicators": {"quote": [{"a": 1}]}}]}})),
    ),
    Fault("no answer", "asked again; then missing", "no answer within 1 s, 2 times", answers(too_slow)),
    Fault(
        "every request for an index or a fund fails",
        "the session waits and is asked for again",
        "the session of … waits: only 0 of 25 symbols have a bar of … from Yahoo: too few yet",
        answers(says("<html>", 500)),
        symbols=core(),
    ),
    Fault(
        "the bars of another symbol, by Yahoo's own word",
        "none of them is used",
        "Yahoo sent the bars of ^RUT instead: none of them is used",
        of_another,
        symbols=(NEAR, OTHER),
    ),
    Fault(
        "a bar of another symbol",
        "the bar is held for the symbol it does not suit, or for both",
        "the whole bar, volume included, is also that of …: it cannot be both's",
        a_bar_of_another,
        symbols=(NEAR,),
    ),
    Fault(
        "dividend-adjusted closes among split-adjusted ones",
        "the stored history stays; no newer bar is laid over it",
        "its closes came anew as dividend-adjusted ones: the bars from before are kept",
        dividend_adjusted,
        symbols=("HLM", "PRHL"),
    ),
    Fault(
        "another currency, by Yahoo's own word",
        "none of the bars is used",
        "Yahoo's prices are in CAD, not in US dollars: none of them is used",
        in_canadian_dollars,
        symbols=(NEAR, OTHER),
    ),
    Fault(
        "all prices 20 % higher for a session",
        "the whole session is held",
        "all prices moved together by +… %, more than a market moves in one session",
        times(1.2, only=True),
        way="plain",
        symbols=everybody(),
    ),
    Fault(
        "all prices 20 % higher from a session on",
        "the sessions are held until the source mends them",
        "all prices moved together by +… %, more than a market moves in one session",
        times(1.2),
        way="plain",
        symbols=everybody(),
    ),
    Fault(
        "a share's price that leaps and comes back (bad print)",
        "the bar is held, and known for a bad print the session after",
        "moved +… % while the market moved … %…; the bar of … refuted it: a bad print",
        times(1.9, only=True),
        symbols=(NEAR, OTHER),
    ),
    Fault(
        "an index that leaps by a fifth and comes back",
        "the bar is held, and known for a bad print the session after",
        "moved +… % while the market moved … %; the bar of … refuted it: a bad print",
        times(1.2, only=True),
        symbols=(INDEX, "IWM"),
    ),
    # Last: it leaves the source quiet until a day on which those before begin.
    Fault(
        "429 in the middle of an update",
        "what came is stored; Yahoo is left alone for a while",
        "Yahoo answered 429 (too many requests)",
        answers(BUSY),
    ),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def yahoo_source(yahoo):
    clock = AnyDay(close_of(CALENDAR, FAULT))
    # The clock goes from day to day and back: that is no reason for a new process, nor to leave Yahoo alone for long.
    manners = Manners(spacing_s=0, timeout_s=1, attempts=2, backoff_s=0.01)
    habits = Manner(manners, renew_after_jobs=10_000, renew_after=timedelta(days=9_999), quiet=timedelta(0))
    async with YahooSource(CALENDAR, clock, habits=habits) as source:
        yield source, clock


def feed_of(fault: Fault, yahoo, yahoo_source, folder: Path) -> tuple[Feed, AnyDay]:
    source, clock = yahoo_source
    if fault.way == "yahoo":
        return YahooFeed(yahoo, source), clock
    if fault.way == "folder":
        return FolderFeed(folder, FolderSource(folder, clock=clock)), clock
    return Plain(), clock


def pattern(reason: str) -> str:
    return ".*?".join(re.escape(part) for part in reason.split("…"))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
async def test_a_fault_raises_no_false_alert_and_says_what_is_wrong(fault, yahoo, yahoo_source, tmp_path):
    truth = small_market() if fault.truth is None else fault.truth(small_market())
    sessions = spanned(fault.fault, fault.further)
    feed, clock = feed_of(fault, yahoo, yahoo_source, tmp_path / "given")
    second = None if fault.second is None else Plain("other")

    def prepare(session: date) -> None:
        now = Now(session, fault.fault, truth)
        for symbol in fault.symbols:
            feed.give(symbol, fault.breaks(now, symbol) if now.since >= 0 else _before(now, symbol))
            if second is not None and fault.second is not None:
                second.give(symbol, fault.second(now, symbol) if now.since >= 0 else now.rows(symbol))

    habits = Habits(start=truth.sessions[0].item(), compared=fault.symbols if second else ())
    source = Market(truth, feed, fault.symbols)
    book = Book(source, BarStore(tmp_path / "bars"), CALENDAR, clock, second=second, habits=habits)
    told = await brought(book, clock, sessions, prepare)
    true = await true_events(truth, sessions, tmp_path / "true")
    assert sorted(set(told.events) - set(true)) == []
    if not fault.reason:
        assert (told.reasons, set(told.events)) == ([], set(true))
        return
    assert [line for line in told.reasons if re.search(pattern(fault.reason), line)], told.reasons[:12]
    for line in told.reasons:
        assert re.match(
            r"[A-Z^]+(, \d{4}-\d\d-\d\d)?: \S|the session of \d{4}-\d\d-\d\d waits: \S|second source ", line
        )
        assert not re.search(r"Traceback|Error|Exception|\bnan\b|None", line)


def _before(now: Now, symbol: str) -> Rows | Reply:
    return now.rows(symbol) if symbol in now.truth else not_found


async def test_the_market_they_are_tried_on_raises_alerts_that_could_be_false():
    true = await true_events(small_market(), spanned(FAULT), Path())
    assert {"golden_cross", "confirmed"} <= {event.kind for event in true.values()}


def _table() -> Mapping[str, tuple[str, ...]]:
    rows = [line.strip("| ").split(" | ") for line in DOCS.read_text(encoding="utf-8").splitlines() if line[:2] == "| "]
    return {row[0]: tuple(row[1:]) for row in rows[1:]}


async def test_the_operators_page_has_every_fault_with_what_happens_and_the_reason():
    told = {fault.what: (fault.happens, f"“{fault.reason}”" if fault.reason else "nothing is told") for fault in FAULTS}
    assert _table() == told
    assert len(told) == len(FAULTS) >= 20
