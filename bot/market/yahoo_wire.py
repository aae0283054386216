"""What the bot and its Yahoo process say to each other: JSON heads and raw float64 bars, framed on a pipe."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import numpy as np

from bot.market.types import Status
from signals.types import FloatArray, Prices, SessionArray

FIELDS = Prices.FIELDS
"""Order of the rows in `Answer.bars`."""
LENGTHS = struct.Struct(">II")
"""Bytes of the head and of the bars, before every frame."""


@dataclass(frozen=True, slots=True)
class Manners:
    """How the Yahoo process behaves towards Yahoo.

    Attributes
    ----------
    width : int
        Requests under way at once.
    spacing_s : float
        Least time between the starts of two requests.
    attempts, backoff_s :
        Tries of a request that met a passing fault, and the first wait between them (doubled and jittered after).
    idle_s : float
        The process ends by itself after this long without work.
    """

    width: int = 24
    spacing_s: float = 0.02
    timeout_s: float = 15.0
    attempts: int = 3
    backoff_s: float = 0.5
    idle_s: float = 120.0


class Asks(StrEnum):
    """What is asked of Yahoo."""

    BARS = "bars"
    ESTIMATES = "estimates"
    OPTIONS = "options"


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """Symbols to ask for, and the closed sessions their bars are aligned on.

    Attributes
    ----------
    asks : Asks
        BARS, or pages that are handed over as they come; of options also that of the expiry nearest to 30 days after
        the last of `sessions`.
    """

    symbols: tuple[str, ...]
    sessions: SessionArray
    asks: Asks = Asks.BARS

    def line(self) -> bytes:
        """Return the job as one line of JSON."""
        days = self.sessions.astype("datetime64[D]").astype(np.int64).tolist()
        return json.dumps({"symbols": self.symbols, "days": days, "asks": self.asks}).encode() + b"\n"

    @classmethod
    def read(cls, line: bytes) -> Job:
        """Return the job of `line`."""
        given = json.loads(line)
        days = np.array(given["days"], dtype="datetime64[D]")
        return cls(tuple(given["symbols"]), days, Asks(given["asks"]))


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """How one symbol ended, and its bars of shape (fields, sessions) where there are any.

    Attributes
    ----------
    poisoned : bool
        yfinance has cached a failure: this symbol needs a fresh process.
    pages : tuple of bytes
        Bodies of the answers, where a job asks for other things than bars.
    splits : tuple of (date, float)
        Days of the splits that the bars are adjusted for, and new shares for each old one.
    """

    symbol: str
    status: Status
    detail: str = ""
    last_session: date | None = None
    name: str = ""
    poisoned: bool = False
    bars: FloatArray | None = None
    pages: tuple[bytes, ...] = ()
    splits: tuple[tuple[date, float], ...] = ()

    def frame(self) -> bytes:
        """Return the answer as bytes for the pipe."""
        head = {
            "symbol": self.symbol,
            "status": self.status,
            "detail": self.detail,
            "last": None if self.last_session is None else self.last_session.isoformat(),
            "name": self.name,
            "poisoned": self.poisoned,
            "pages": [len(page) for page in self.pages],
            "splits": [(day.isoformat(), ratio) for day, ratio in self.splits],
        }
        if self.bars is None:
            return frame(head, b"".join(self.pages))
        return frame(head, np.ascontiguousarray(self.bars, dtype="<f8").tobytes())

    @classmethod
    def read(cls, head: Mapping[str, Any], body: bytes) -> Answer:
        """Return the answer of a frame's two parts."""
        lengths = head.get("pages", [])  # what an older version has left on disk has none
        ends = [sum(lengths[: n + 1]) for n in range(len(lengths))]
        pages = tuple(body[end - length : end] for end, length in zip(ends, lengths, strict=True))
        bars = np.frombuffer(body, dtype="<f8").reshape(len(FIELDS), -1) if body and not pages else None
        last = None if head["last"] is None else date.fromisoformat(head["last"])
        status, detail = Status(head["status"]), head["detail"]
        splits = tuple((date.fromisoformat(day), float(ratio)) for day, ratio in head.get("splits", []))
        return cls(head["symbol"], status, detail, last, head["name"], head["poisoned"], bars, pages, splits)


@dataclass(frozen=True, slots=True)
class Done:
    """The job's last frame.

    Attributes
    ----------
    stop : Status or None
        THROTTLED or FAILED where the rest is not to be asked for now; `why` says the reason. None: the job is complete.
    """

    stop: Status | None = None
    why: str = ""

    def frame(self) -> bytes:
        """Return it as bytes for the pipe."""
        return frame(asdict(self))

    @classmethod
    def read(cls, head: Mapping[str, Any]) -> Done:
        """Return what a frame's head says."""
        return cls(None if head["stop"] is None else Status(head["stop"]), head["why"])


def frame(head: Mapping[str, Any], body: bytes = b"") -> bytes:
    """Return both parts behind their lengths."""
    text = json.dumps(head).encode()
    return LENGTHS.pack(len(text), len(body)) + text + body
