"""The Yahoo process: reads jobs from stdin, answers on stdout, one frame per symbol; started by `yahoo_child`."""

from __future__ import annotations

import json
import logging
import os
import select
import shutil
import sys
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, date, datetime, time
from typing import Any, BinaryIO
from urllib.parse import quote

import numpy as np
import stamina
import stamina.instrumentation
import yfinance as yf
from yfinance.data import YfData
from yfinance.exceptions import YFPricesMissingError, YFRateLimitError, YFTzMissingError

from bot.market.types import Status
from bot.market.yahoo_bars import Sent, judge
from bot.market.yahoo_estimates import MODULES
from bot.market.yahoo_options import AHEAD_DAYS, expiries_of
from bot.market.yahoo_session import (
    OPTIONS,
    REFUSALS_FROM,
    SUMMARY,
    NoData,
    Refused,
    YahooSession,
    describe,
    is_passing,
    is_unreachable,
)
from bot.market.yahoo_wire import Answer, Asks, Done, Job, Manners, frame

TIME_ZONE = "America/New_York"
HOST = "https://query2.finance.yahoo.com"
COLUMNS = ("Open", "High", "Low", "Close", "Adj Close", "Volume")
UNREACHABLE_AFTER = 24
NICENESS = 5
"""Parsing gives way to the bot's event loop where cores are few."""


class Desk:
    """Asks yfinance for the symbols of a job, many at once, and judges what comes."""

    def __init__(self, manners: Manners) -> None:
        self._manners = manners
        self._session = YahooSession(manners)
        self._pool = ThreadPoolExecutor(manners.width, thread_name_prefix="yahoo")
        self._done = Done()
        self._reached = False
        self._unreached = 0

    def work(self, job: Job) -> Iterator[bytes]:
        """Yield a frame for every symbol of `job` as it ends, then the last frame."""
        YfData.cache_get.cache_clear()  # what an earlier job was told is not what Yahoo says now
        self._done, self._reached, self._unreached = Done(), False, 0
        for future in as_completed([self._pool.submit(self._settle, symbol, job) for symbol in job.symbols]):
            yield future.result().frame()
        yield self._done.frame()

    def _settle(self, symbol: str, job: Job) -> Answer:
        """Return how `symbol` ends, whatever happens on the way."""
        if self._done.stop is not None:
            return Answer(symbol, self._done.stop, f"not asked: {self._done.why}")
        try:
            answer = self._ask(symbol, job)
        except Exception as error:  # noqa: BLE001 - yfinance raises whatever an odd answer trips; the symbol still ends
            return self._ending(symbol, error)
        self._reached = True
        return answer

    def _ending(self, symbol: str, error: Exception) -> Answer:
        if isinstance(error, YFRateLimitError):
            self._done = Done(Status.THROTTLED, f"Yahoo answered 429 (too many requests) to {symbol}")
            return Answer(symbol, Status.THROTTLED, "Yahoo answered 429 (too many requests)")
        if isinstance(error, YFTzMissingError):
            return Answer(symbol, Status.FAILED, "yfinance found no time zone", poisoned=True)
        if isinstance(error, NoData):
            return Answer(symbol, Status.EMPTY, str(error))
        if isinstance(error, YFPricesMissingError):
            return self._without_prices(symbol, error)
        return self._failed(symbol, error)

    def _ask(self, symbol: str, job: Job) -> Answer:
        waits = {"wait_initial": self._manners.backoff_s, "wait_max": 16 * self._manners.backoff_s}
        waits["wait_jitter"] = 2 * self._manners.backoff_s
        for attempt in stamina.retry_context(is_passing, attempts=self._manners.attempts, timeout=None, **waits):
            with attempt:
                if attempt.num > 1:
                    YfData.cache_get.cache_clear()  # a body that was no JSON would be read again
                if job.asks is not Asks.BARS:
                    return Answer(symbol, Status.OK, pages=_pages(symbol, job, self._session))
                sent = _fetch(symbol, job, self._session)
        return judge(symbol, sent, job.sessions)

    def _without_prices(self, symbol: str, error: YFPricesMissingError) -> Answer:
        status = self._session.last_status()
        if status >= REFUSALS_FROM:
            return self._failed(symbol, Refused(status))
        return Answer(symbol, Status.EMPTY, error.yahoo_reason or "Yahoo knows it and has no bar in this range")

    def _failed(self, symbol: str, error: Exception) -> Answer:
        detail = describe(error, self._manners)
        if is_passing(error) and self._manners.attempts > 1:
            detail += f", {self._manners.attempts} times"
        if is_unreachable(error):
            self._unreached += 1
            if self._unreached >= UNREACHABLE_AFTER and not self._reached:
                self._done = Done(Status.FAILED, f"Yahoo cannot be reached: {describe(error, self._manners)}")
        return Answer(symbol, Status.FAILED, detail)


def _fetch(symbol: str, job: Job, session: YahooSession) -> Sent:
    ticker = yf.Ticker(symbol, session=session)
    ticker._tz = TIME_ZONE  # noqa: SLF001 - saves a look-up per symbol; without the attribute yfinance looks it up
    frame = ticker.history(
        start=str(job.sessions[0]),
        end=str(job.sessions[-1] + 1),
        interval="1d",
        auto_adjust=False,
        actions=True,
        keepna=True,
        repair=False,
    )
    facts = ticker.get_history_metadata()
    raw = session.last_rows()
    return Sent(
        frame.index.tz_localize(None).to_numpy().astype("datetime64[D]"),
        np.array([frame[column].to_numpy(dtype=np.float64) for column in COLUMNS]),
        frame["Stock Splits"].to_numpy(dtype=np.float64),
        str(facts.get("longName") or facts.get("shortName") or ""),
        _day(facts.get("firstTradeDate")),
        str(facts.get("symbol") or ""),
        str(facts.get("currency") or ""),
        np.array(raw.disputed, dtype="datetime64[D]"),
        None if raw.last is None else np.datetime64(raw.last, "D").item(),
    )


def _pages(symbol: str, job: Job, session: YahooSession) -> tuple[bytes, ...]:
    """Return the pages that tell what is asked for, one after the other."""
    name = quote(symbol)
    if job.asks is Asks.ESTIMATES:
        params = {"formatted": "false", "modules": ",".join(MODULES)}
        return (session.page(f"{HOST}{SUMMARY}{name}", params),)
    first = session.page(f"{HOST}{OPTIONS}{name}", {})
    expiries = expiries_of(first)
    last: date = job.sessions[-1].item()
    wanted = min(expiries, key=lambda day: abs((day - last).days - AHEAD_DAYS), default=None)
    if wanted is None or wanted == expiries[0]:
        return (first,)
    seconds = int(datetime.combine(wanted, time(), UTC).timestamp())
    return first, session.page(f"{HOST}{OPTIONS}{name}", {"date": str(seconds)})


def _day(instant: Any) -> date | None:
    day: date | None = instant.date() if hasattr(instant, "date") else None
    return day


def main() -> None:
    """Answer jobs until stdin ends or nothing has come for a while."""
    manners, cache = Manners(**json.loads(sys.argv[1])), sys.argv[2]
    os.nice(NICENESS)
    out = _claim_stdout()
    threading.excepthook = _die
    _quieten(cache)
    desk = Desk(manners)
    _send(out, frame({"ready": True}))
    work: threading.Thread | None = None
    while True:
        heard = select.select([sys.stdin], [], [], manners.idle_s)[0]
        line = sys.stdin.buffer.readline() if heard else b""
        if heard and line:
            work = threading.Thread(target=_answer, args=(desk, Job.read(line), out), daemon=True)
            work.start()
        elif heard or work is None or not work.is_alive():
            shutil.rmtree(cache, ignore_errors=True)  # the bot may be gone; a folder that stays does no harm
            os._exit(0)  # threads that still wait for Yahoo must not keep the process


def _answer(desk: Desk, job: Job, out: BinaryIO) -> None:
    for piece in desk.work(job):
        _send(out, piece)


def _send(out: BinaryIO, piece: bytes) -> None:
    try:
        out.write(piece)
        out.flush()
    except BrokenPipeError:
        os._exit(0)


def _claim_stdout() -> BinaryIO:
    """Keep the pipe for frames alone: whatever a library prints goes to stderr."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return out


def _die(args: threading.ExceptHookArgs) -> None:
    """End at once, so that the bot sees it, instead of never answering."""
    sys.excepthook(args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback)
    os._exit(1)


def _quieten(cache: str) -> None:
    warnings.simplefilter("ignore")  # pandas warns of yfinance's code about eight times a symbol
    logging.getLogger("yfinance").setLevel(logging.CRITICAL)
    stamina.instrumentation.set_on_retry_hooks([])
    yf.set_tz_cache_location(cache)
    yf.config.debug.hide_exceptions = False


if __name__ == "__main__":
    main()
