"""What a symbol's options say: volatility and skew priced in, puts against calls, and whether it is crowded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import numpy as np

from signals.changes import Found, events_of, plain
from signals.crowding import CROWDED_RSI, CROWDED_TOGETHER, crowding_checks, crowding_state
from signals.definition import EventKind, Needs, Signal, Threshold
from signals.example import example_market
from signals.facts import Facts, OptionChain
from signals.option_columns import TRADED_SESSIONS, OptionColumns, rows_known, traded_in, values_of
from signals.option_values import ChainValues
from signals.option_values import _example as _example_chain
from signals.states import carried, changed_to
from signals.telling import checked_row, last_known_row, read_row, scalar
from signals.types import Coverage, Event, History, Market, Reading, Scalar, Thresholds
from signals.volumes import volume_symbol

VERSION = 1

VALUES = {
    "close": "last close, in the unit of the prices",
    "quotes": "day of the quotes; missing where none of the last five sessions has any",
    "expiry": "date of the expiry nearest to 30 days ahead",
    "expiry_days": "days until that expiry",
    "atm_iv_pct": "implied volatility at the money, per cent a year",
    "expected_move_pct": "one standard deviation until that expiry, per cent",
    "call25_iv_pct": "implied volatility of the call with a delta of 25, per cent a year",
    "put25_iv_pct": "implied volatility of the put with a delta of 25, per cent a year",
    "rr25_points": "risk reversal: that of the call minus that of the put, points",
    "rr25_of_atm": "the same divided by the volatility at the money",
    "call_volume": "calls traded on the day of the quotes",
    "put_volume": "puts traded on the day of the quotes",
    "put_call": "ratio of puts to calls traded; missing without calls",
    "put_call_open": "ratio of puts to calls that are open; missing without calls",
    "usable_calls": "calls of that expiry whose quotes can be used",
    "usable_puts": "puts of that expiry whose quotes can be used",
    "why_unknown": "what keeps volatility or skew from being known; missing where both are",
    "rvol20": "volume / mean volume of the 20 sessions before (an index takes its ETF's)",
    "rsi14": "Wilder's relative strength index over 14 changes, 0 to 100",
}

NO_CHAIN = "no option quotes of the last five sessions are known"
_TOLD = ("close", "rvol20", "call_volume", "put_volume", "atm_iv_pct", "rr25_points")
"""What an event says."""


def history(market: Market, thresholds: Thresholds) -> History:
    """Compute what the option chains say, in the sessions in which they were first known.

    Parameters
    ----------
    market : Market
        Prices of shape (T, N); its facts hold the chains, and ``DGS3MO`` for the interest (0 % without it).
    thresholds : mapping
        None of them is a window.

    Returns
    -------
    History
        Columns of shape (T, N), float64, NaN where unknown, each computed when first asked for: ``close``,
        ``rvol20``, ``call_volume``, ``put_volume``, ``atm_iv_pct``, ``rr25_points``.

    Notes
    -----
    Row t uses what was known at session t only. A session without a close of the symbol has no chain either.

    Examples
    --------
    >>> from signals.options import OPTIONS, _example
    >>> OPTIONS.history(_example(), OPTIONS.thresholds_with())["rr25_points"].ravel().round(2)
    array([  nan,   nan,   nan,   nan, -2.37])
    """
    del thresholds
    return History(market.prices.sessions, market.prices.symbols, OptionColumns(market), {}, market)


def reading(history: History, subject: str, thresholds: Thresholds, t: int = -1) -> Reading:
    """Say what the options of `subject` told at row `t`, and whether it is crowded.

    Crowded means RSI14 of at least `crowded_rsi`, or volume of at least `crowded_relative_volume` times the usual
    together with `crowded_call_put` times as many calls as puts traded in the same session.

    Parameters
    ----------
    history : History
        From `history`.
    subject : str
        One of its symbols.
    thresholds : mapping
        All of them: the bounds of the checks.
    t : int
        Row, counted from the end where negative. A symbol without a bar there is read at its last bar before.

    Returns
    -------
    Reading
        Its `values` are those of `VALUES`, None where missing; the state is ``crowded``, ``not crowded``, or
        ``unknown`` where what is known does not decide. Covered is a symbol whose volatility and skew are known.

    Raises
    ------
    UnknownSubject
        If there are no prices of `subject`.
    InsufficientHistory
        If there is no row `t`.

    Examples
    --------
    >>> from signals.options import OPTIONS, _example
    >>> thresholds = OPTIONS.thresholds_with()
    >>> now = OPTIONS.reading(OPTIONS.history(_example(), thresholds), "STRL", thresholds)
    >>> now.state, round(now.values["atm_iv_pct"], 1), round(now.values["put_call"], 2), now.values["expiry_days"]
    ('unknown', 30.0, 0.33, 30)
    """
    columns = cast("OptionColumns", history.columns)
    prices = history.market.prices
    activity = columns.activity.only(np.array([prices.column(subject)]))
    asked = checked_row(history, t)
    row = last_known_row(activity.close[:, 0], asked)
    close = scalar(activity.close[row, 0])
    chain = None if close is None else _in_force(history, subject, row)
    said = ChainValues(reason=NO_CHAIN) if chain is None else values_of(chain, history.market)
    values = _values(said, chain) | {"close": close}
    values |= {name: scalar(activity[name][row, 0]) for name in ("rvol20", "rsi14")}
    if close is None:
        values = dict.fromkeys(VALUES)
    traded = traded_in(history.market, subject, history.sessions[row].item())
    checks = crowding_checks(values, thresholds, traded=traded, volume_from=volume_symbol(prices, subject))
    return read_row(
        OPTIONS,
        history,
        subject,
        (asked, row),
        state=crowding_state(checks),
        values={name: values[name] for name in VALUES},
        checks=checks,
        coverage=Coverage(n=int(not said.reason), of=1),
    )


def events(history: History, thresholds: Thresholds, since: int = 0) -> list[Event]:
    """Find the symbols whose volume and calls became crowded together on rows `since` and later, by session.

    It is told again only after a session whose chain was known and not crowded. A symbol that is crowded in the first
    chain known of it is not told: nobody saw it change. A high RSI alone is an event of `activity`.

    Parameters
    ----------
    history : History
        From `history`.
    thresholds : mapping
        All of them.
    since : int
        First row looked at; negative counts from the end.

    Returns
    -------
    list of Event
        The same rows give the same events whatever comes after them; an open session gives none.

    Examples
    --------
    >>> from signals.options import OPTIONS, _example
    >>> OPTIONS.events(OPTIONS.history(_example(), {}), OPTIONS.thresholds_with())
    []
    """
    columns = cast("OptionColumns", history.columns)

    def found(first: int, until: int) -> Iterator[Found]:
        chained = columns.chained
        if len(chained):
            volume = columns.activity.only(chained)["rvol20"][:until]
            calls, puts = (columns[name][:until, chained] for name in ("call_volume", "put_volume"))
            is_known = np.isfinite(volume) & np.isfinite(calls) & np.isfinite(puts)
            is_crowded = is_known & (volume >= float(thresholds["crowded_relative_volume"])) & (calls > 0)
            is_crowded &= calls >= float(thresholds["crowded_call_put"]) * puts
            marks = np.where(is_crowded, 1, np.where(is_known, -1, 0)).astype(np.int8)
            at, places = np.nonzero(changed_to(carried(marks), 1)[first:])
            at += first
            values = {name: plain(columns[name][at, chained[places]]) for name in _TOLD}
            yield Found("options_crowded", at, chained[places], values)

    return events_of(OPTIONS, history, thresholds, since, found)


def _in_force(history: History, subject: str, row: int) -> OptionChain | None:
    """Return the last chain known at `row`; None where its quotes are not of the last five sessions."""
    chains = history.market.facts.chains.get(subject, ())
    known = np.flatnonzero(rows_known(chains, history.sessions) <= row)
    if not len(known):
        return None
    chain = chains[known[-1]]
    oldest = history.sessions[max(0, row - TRADED_SESSIONS + 1)]
    return chain if np.datetime64(chain.day, "D") >= oldest else None


def _values(said: ChainValues, chain: OptionChain | None) -> dict[str, Scalar]:
    def ratio(puts: float, calls: float) -> float | None:
        return scalar(puts / calls) if calls else None

    day, expiry = None if chain is None else chain.day, said.expiry
    return {
        "quotes": None if day is None else day.isoformat(),
        "expiry": None if expiry is None else expiry.isoformat(),
        "expiry_days": None if expiry is None or day is None else (expiry - day).days,
        "atm_iv_pct": scalar(100.0 * said.atm_iv_frac),
        "expected_move_pct": scalar(100.0 * said.expected_move_frac),
        "call25_iv_pct": scalar(100.0 * said.call25_iv_frac),
        "put25_iv_pct": scalar(100.0 * said.put25_iv_frac),
        "rr25_points": scalar(said.rr25_points),
        "rr25_of_atm": scalar(said.rr25_of_atm),
        "call_volume": scalar(said.call_volume),
        "put_volume": scalar(said.put_volume),
        "put_call": ratio(said.put_volume, said.call_volume),
        "put_call_open": ratio(said.put_open, said.call_open),
        "usable_calls": None if chain is None else said.calls,
        "usable_puts": None if chain is None else said.puts,
        "why_unknown": said.reason or None,
    }


THRESHOLDS: tuple[Threshold, ...] = (CROWDED_RSI, *CROWDED_TOGETHER)

KINDS: tuple[EventKind, ...] = (
    EventKind(
        "options_crowded",
        "Crowded in calls",
        "volume and calls against puts have both reached the level at which a symbol counts as crowded",
        ("crowded_relative_volume", "crowded_call_put"),
        3,
    ),
)

OPTIONS = Signal(
    name="options",
    title="Options",
    summary="What a symbol's options price in: volatility, expected move, skew, puts against calls, and crowding.",
    subject_kind="symbol",
    version=VERSION,
    needs=Needs(fields=("close", "volume"), lookback_sessions=21),
    thresholds=THRESHOLDS,
    kinds=KINDS,
    history=history,
    reading=reading,
    events=events,
    values=VALUES,
    takes="<symbol>",
    beside="option chains",
)


def _example() -> Market:
    days = ("2025-07-10", "2025-07-11", "2025-07-14", "2025-07-15", "2025-07-16")
    market = example_market("STRL", [98, 99, 101, 100, 100], days=days)
    return replace(market, facts=Facts(chains={"STRL": (_example_chain(),)}))
