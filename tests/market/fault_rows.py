"""The table of faults: what is broken, what happens, and the reason that is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from signals.types import Prices
from tests.market.fault_breaks import (
    BUSY,
    FAULT,
    HALF_DAY,
    INDEX,
    MONDAY,
    NEAR,
    OTHER,
    RENAMED,
    THREE,
    Breaks,
    a_bar_of_another,
    a_day_early,
    answers,
    as_is,
    close_and_volume_swapped,
    copy_of_before,
    dividend_adjusted,
    ends_early,
    first_only,
    forward_split,
    halted,
    high_and_low_swapped,
    holiday_row,
    hollow_and_without_volume,
    in_canadian_dollars,
    invented_split,
    missing,
    named,
    of_another,
    out_of_order,
    price,
    renamed,
    reopened,
    reverse_split,
    row_to_come,
    times,
    twice,
    unfinished,
    weekend_rows,
    without_prices,
)
from tests.market.fault_market import small_market, small_reference
from tests.market.yahoo_server import says, too_slow


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
