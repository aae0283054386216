"""What Tiingo answers, in words and arrays: its daily rows become split-adjusted bars, its refusals reasons."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import numpy as np

from bot.market.http import Answer
from bot.market.yahoo_bars import Sent
from signals.types import FloatArray

SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9.-]{0,14}")
OK, UNAUTHORISED, FORBIDDEN, UNKNOWN, TOO_MANY, SERVER_ERRORS = 200, 401, 403, 404, 429, 500
QUIET = timedelta(hours=1)
"""Tiingo counts by the hour: without a word how long to wait, that is how long."""
LONGEST_QUIET = timedelta(days=1)
LONGEST_WORDS = 160


class KeyRefused(Exception):
    """Tiingo does not take the key."""


class UnknownSymbol(Exception):
    """Tiingo has no such symbol: one line in its own words."""


class TooMany(Exception):
    """Tiingo asks to be left alone for `quiet`."""

    def __init__(self, quiet: timedelta) -> None:
        super().__init__(quiet)
        self.quiet = quiet


class Passing(Exception):
    """A fault that may be gone with the next try."""


class Unusable(Exception):
    """An answer that makes no sense, and will make none the next time."""


def spelled(symbol: str) -> str | None:
    """Return `symbol` as Tiingo spells it, None where it can have none: an index, a future, a rate."""
    name = symbol.replace(".", "-")
    return name if SYMBOL.fullmatch(name) else None


def rows_of(answer: Answer, *, now: datetime, conceal: Callable[[str], str]) -> list[Mapping[str, Any]]:
    """Return the daily rows of `answer`; raise what it says instead.

    Tiingo says no in several ways: by the status, and with status 200 in a text or under ``detail``. `conceal` takes
    the key out of what it says before that is shortened: half a key would not be found.
    """
    status, said = answer.status, _parsed(answer.body)
    words = _words(said, answer.body, conceal)
    if status == UNAUTHORISED or (status == FORBIDDEN and "token" in words.lower()):
        raise KeyRefused
    if status == TOO_MANY or "request allocation" in words.lower():
        raise TooMany(_quiet(answer.headers.get("Retry-After", ""), now))
    if status >= SERVER_ERRORS:
        raise Passing(f"Tiingo answered {status}")
    if status == UNKNOWN or "not found" in words.lower():
        raise UnknownSymbol(words or "Tiingo does not know it")
    if status != OK:
        raise Unusable(f"Tiingo answered {status}{f' ({words})' if words else ''}")
    if not isinstance(said, list):
        if said is None:
            raise Passing("the answer is no JSON")
        raise Unusable(f"the answer holds no rows{f' ({words})' if words else ''}")
    return [_row(row, conceal) for row in said]


def sent_of(rows: Sequence[Mapping[str, Any]]) -> Sent:
    """Return the rows as bars on today's shares: prices divided by the splits after them, volume multiplied.

    Tiingo's own close is what was printed on the day; divided so, it compares with a close that knows all splits.
    """
    ordered = sorted(rows, key=day_of)
    days = np.array([day_of(row) for row in ordered], dtype="datetime64[D]")
    splits = _column(ordered, "splitFactor")
    splits[~np.isfinite(splits) | (splits <= 0)] = 1.0
    shares = np.cumprod(splits[::-1])[::-1] / splits  # today's shares for one of that day's, after its own split
    raw = {name: _column(ordered, name) for name in ("open", "high", "low", "close", "volume", "adjClose")}
    values = np.stack(
        [
            raw["open"] / shares,
            raw["high"] / shares,
            raw["low"] / shares,
            raw["close"] / shares,
            raw["adjClose"],
            raw["volume"] * shares,
        ]
    )
    return Sent(days, values, np.where(splits == 1.0, 0.0, splits))


def _parsed(body: bytes) -> Any:
    """Return what the JSON of `body` says; None where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _words(said: Any, body: bytes, conceal: Callable[[str], str]) -> str:
    """Return what an answer that holds no rows says, in one short line."""
    if isinstance(said, list):
        return ""
    text = said.get("detail", "") if isinstance(said, Mapping) else said
    if said is None and not body.lstrip().startswith(b"<"):
        text = body.decode("utf-8", "replace")
    return " ".join(conceal(str(text or "")).split()).removeprefix("Error: ")[:LONGEST_WORDS]


def _row(row: Any, conceal: Callable[[str], str]) -> Mapping[str, Any]:
    if not isinstance(row, Mapping) or "close" not in row or not isinstance(row.get("date"), str):
        raise Unusable("the answer has a row without a date or a close")
    try:
        day_of(row)
    except ValueError:
        raise Unusable(f"the answer has {conceal(row['date'])[:20]!r} for a date") from None
    return row


def day_of(row: Mapping[str, Any]) -> date:
    """Return the day of a row."""
    return date.fromisoformat(row["date"][:10])


def _column(rows: Sequence[Mapping[str, Any]], name: str) -> FloatArray:
    return np.array([_number(row.get(name)) for row in rows], dtype=np.float64)


def _number(value: object) -> float:
    """Return `value` as a number, NaN where it is none, or too long to be one."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return np.nan
    try:
        return float(value)
    except OverflowError:
        return np.nan


def _quiet(text: str, now: datetime) -> timedelta:
    """Return how long ``Retry-After`` asks to wait: seconds or a date; an hour where it says nothing."""
    if text.strip().isdigit():
        quiet = timedelta(seconds=min(int(text), int(LONGEST_QUIET.total_seconds())))
    else:
        try:
            until = parsedate_to_datetime(text)
            quiet = min(until - now, LONGEST_QUIET)
        except (ValueError, TypeError):
            quiet = QUIET
    return quiet if quiet > timedelta(0) else QUIET
