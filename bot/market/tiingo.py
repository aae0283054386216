"""Tiingo's daily prices with the operator's own key, as the main source or the second one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import SecretStr

from bot.clock import Clock
from bot.market.http import NoAnswer, client, get
from bot.market.tiingo_wire import (
    KeyRefused,
    Passing,
    TooMany,
    UnknownSymbol,
    Unusable,
    day_of,
    rows_of,
    sent_of,
    spelled,
)
from bot.market.types import Bars, Outcome, Reference, SourceError, Status
from bot.market.yahoo_bars import CLOSE, VOLUME, judge
from bot.market.yahoo_wire import Answer
from signals.types import Calendar, Prices, SessionArray

if TYPE_CHECKING:
    import aiohttp

ADDRESS = "https://api.tiingo.com/tiingo/daily"
KEY_REFUSED = (
    "Tiingo refuses the key: set SMALLCAP_TIINGO_KEY (or TIINGO_API_KEY) to the token shown at"
    " https://www.tiingo.com/account/api/token"
)
KEY_MALFORMED = "the Tiingo key has a line break or the like in it: set SMALLCAP_TIINGO_KEY to the token alone"
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Habits:
    """How Tiingo is asked.

    Attributes
    ----------
    width, spacing_s :
        Requests under way at once, and the least time between the starts of two.
    attempts, backoff_s :
        Tries of a request that met a passing fault, and the first wait between them (doubled after).
    give_up_after : int
        After so many symbols in a row without an answer, the rest is not asked for.
    """

    width: int = 4
    spacing_s: float = 0.2
    timeout_s: float = 15.0
    attempts: int = 3
    backoff_s: float = 1.0
    give_up_after: int = 6


@dataclass(slots=True)
class _Round:
    """One fetch: what has come, and why the rest is not asked for any more."""

    span: SessionArray
    total: int
    answers: dict[str, Answer] = field(default_factory=dict)
    stop: tuple[Status, str] | None = None
    is_refused: bool = False
    unanswered: int = 0


class TiingoSource:
    """A source behind the same port as Yahoo.

    Parameters
    ----------
    key : SecretStr
        The operator's token; it travels in a header to `address` and is written nowhere.
    symbols : sequence of str
        What ``fetch(None)`` asks for.
    """

    name = "Tiingo"
    labels: tuple[str, ...] = ()

    def __init__(
        self,
        calendar: Calendar,
        clock: Clock,
        key: SecretStr,
        *,
        symbols: Sequence[str] = (),
        address: str = ADDRESS,
        habits: Habits | None = None,
        on_progress: Progress | None = None,
    ) -> None:
        self._calendar, self._clock = calendar, clock
        self._key = SecretStr(key.get_secret_value().strip())
        self._symbols = tuple(symbols)
        self._address = address.rstrip("/")
        self._habits = habits or Habits()
        self._on_progress = on_progress
        self._quiet_until: datetime | None = None
        self._next_start: datetime | None = None

    def reference(self) -> Reference:
        """Return nothing: of what stands beside bars these rows have none."""
        return Reference()

    async def fetch(self, symbols: Sequence[str] | None, *, start: date, end: date) -> Bars:
        """Return the bars of `symbols` for the closed sessions from `start` to `end`; every symbol has an outcome.

        Raises
        ------
        SourceError
            If no symbol was named, or the key is refused, or can be none.
        """
        wanted = tuple(dict.fromkeys(self._symbols if symbols is None else symbols))
        if not wanted:
            raise SourceError("no symbol was named: list some under symbols in the settings")
        if not self._key.get_secret_value().isprintable():
            raise SourceError(KEY_MALFORMED)
        sessions = self._closed_sessions(start, end)
        this = _Round(sessions, len(wanted))
        if len(sessions):
            await self._fill(this, wanted)
        else:
            this.stop = (Status.EMPTY, f"no session between {start} and {end} has closed")
        if this.is_refused:
            raise SourceError(KEY_REFUSED)
        status, why = this.stop or (Status.FAILED, "not asked")
        answers = [this.answers.get(symbol) or Answer(symbol, status, why) for symbol in wanted]
        outcomes = tuple(Outcome(a.symbol, a.status, a.detail, a.last_session) for a in answers)
        return Bars(_prices(answers, sessions), self.name, self._clock.now(), outcomes)

    def _closed_sessions(self, start: date, end: date) -> SessionArray:
        calendar = self._calendar
        now = np.datetime64(self._clock.now().replace(tzinfo=None), "s")
        chosen = (calendar.sessions >= np.datetime64(start)) & (calendar.sessions <= np.datetime64(end))
        return calendar.sessions[chosen & (calendar.closes <= now)]

    async def _fill(self, this: _Round, wanted: Sequence[str]) -> None:
        waiting = list(reversed(wanted))
        try:
            async with client(self._habits.timeout_s) as session:

                async def work() -> None:
                    while waiting and this.stop is None:
                        await self._settle(session, this, waiting.pop())

                async with asyncio.TaskGroup() as lanes:
                    for _ in range(min(self._habits.width, len(wanted))):
                        lanes.create_task(work())
        except NoAnswer as error:  # the certificates cannot be used: nothing has been asked
            this.stop = (Status.FAILED, str(error))

    async def _settle(self, session: aiohttp.ClientSession, this: _Round, symbol: str) -> None:
        """Ask for one symbol and note how it ended, for the rest of the round too where it concerns them."""
        name = spelled(symbol)
        if name is None:
            this.answers[symbol] = Answer(
                symbol, Status.EMPTY, "Tiingo has shares and funds alone, no indices or rates"
            )
        else:
            answer = await self._ended(session, this, symbol, name)
            if answer is None:
                return
            this.answers[symbol] = answer
        if self._on_progress is not None:
            self._on_progress(len(this.answers), this.total)

    async def _ended(self, session: aiohttp.ClientSession, this: _Round, symbol: str, name: str) -> Answer | None:
        """Return how `symbol` ended; None where it ended with the whole round."""
        if self._quiet_until is not None and self._clock.now() < self._quiet_until:
            this.stop = (Status.THROTTLED, f"not asked: {self._quiet()}")
            return None
        try:
            rows = await self._rows(session, this, name)
            answer = _judged(symbol, rows, this.span, today=self._today(this))
        except KeyRefused:
            this.is_refused = True
            this.stop = (Status.FAILED, KEY_REFUSED)
            return None
        except TooMany as error:
            self._quiet_until = self._clock.now() + error.quiet
            this.stop = (Status.THROTTLED, f"not asked: {self._quiet()}")
            return Answer(symbol, Status.THROTTLED, self._quiet())
        except UnknownSymbol as error:
            answer = Answer(symbol, Status.EMPTY, str(error))
        except (NoAnswer, Passing) as error:
            this.unanswered += 1
            if this.unanswered >= self._habits.give_up_after:
                this.stop = (Status.FAILED, f"not asked: Tiingo does not answer ({error})")
            return Answer(symbol, Status.FAILED, f"{error}, {self._habits.attempts} times")
        except Unusable as error:
            answer = Answer(symbol, Status.FAILED, str(error))
        this.unanswered = 0
        return answer

    async def _rows(self, session: aiohttp.ClientSession, this: _Round, name: str) -> list[Any]:
        """Return the rows of one symbol, asked for again after passing faults."""
        # To today, whatever the last session wanted: a split after it is in everybody else's prices already.
        params = {"startDate": str(this.span[0]), "endDate": self._today(this).isoformat(), "format": "json"}
        headers = {"Authorization": f"Token {self._key.get_secret_value()}", "Accept": "application/json"}
        wait = self._habits.backoff_s
        for attempt in range(1, self._habits.attempts + 1):
            await self._turn()
            try:
                answer = await get(session, f"{self._address}/{name}/prices", params=params, headers=headers)
                return rows_of(answer, now=self._clock.now(), conceal=self._without_key)
            except (NoAnswer, Passing):
                if attempt == self._habits.attempts:
                    raise
            await self._clock.sleep(wait)
            wait *= 2
        raise AssertionError  # the last attempt has returned or raised

    def _today(self, this: _Round) -> date:
        last: date = this.span[-1].item()
        return max(self._clock.now().date(), last)

    async def _turn(self) -> None:
        """Wait until the next request may start."""
        now = self._clock.now()
        start = max(now, self._next_start or now)
        self._next_start = start + timedelta(seconds=self._habits.spacing_s)
        if start > now:
            await self._clock.sleep((start - now).total_seconds())

    def _quiet(self) -> str:
        return f"Tiingo's allowance is used up; it is left alone until {self._quiet_until:%H:%M} UTC"

    def _without_key(self, words: str) -> str:
        """Return what the server said without the key, should it have said it back."""
        return words.replace(self._key.get_secret_value(), "…")


def _judged(symbol: str, rows: Sequence[Mapping[str, Any]], sessions: SessionArray, *, today: date) -> Answer:
    """Judge the rows up to the last of `sessions`; of those after it the splits count, of days to come nothing."""
    days = [day_of(row) for row in rows]
    sent = sent_of([row for row, day in zip(rows, days, strict=True) if day <= today])
    asked = sent.days <= sessions[-1]
    latest = max(days, default=today)
    sent = replace(
        sent,
        days=sent.days[asked],
        values=sent.values[:, asked],
        splits=sent.splits[asked],
        latest=latest if latest > today else None,
    )
    if not np.isfinite(sent.values[[CLOSE, VOLUME]]).any():
        return Answer(symbol, Status.EMPTY, "Tiingo has no bar in this range")
    return judge(symbol, sent, sessions)


def _prices(answers: Sequence[Answer], sessions: SessionArray) -> Prices:
    with_bars = [(answer.symbol, answer.bars) for answer in answers if answer.bars is not None]
    shape = (len(sessions), len(with_bars))
    fields = {name: np.empty(shape) for name in Prices.FIELDS}
    for n, (_, bars) in enumerate(with_bars):
        for name, column in zip(Prices.FIELDS, bars, strict=True):
            fields[name][:, n] = column
    return Prices(sessions, tuple(symbol for symbol, _ in with_bars), **fields)
