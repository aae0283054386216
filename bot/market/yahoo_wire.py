"""What the bot and its Yahoo process say to each other: JSON heads and raw float64 bars, framed on a pipe."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
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


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """Symbols to ask for, and the closed sessions their bars are aligned on."""

    symbols: tuple[str, ...]
    sessions: SessionArray

    def line(self) -> bytes:
        """Return the job as one line of JSON."""
        days = self.sessions.astype("datetime64[D]").astype(np.int64).tolist()
        return json.dumps({"symbols": self.symbols, "days": days}).encode() + b"\n"

    @classmethod
    def read(cls, line: bytes) -> Job:
        """Return the job of `line`."""
        given = json.loads(line)
        return cls(tuple(given["symbols"]), np.array(given["days"], dtype="datetime64[D]"))


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """How one symbol ended, and its bars of shape (fields, sessions) where there are any.

    Attributes
    ----------
    poisoned : bool
        yfinance has cached a failure: this symbol needs a fresh process.
    """

    symbol: str
    status: Status
    detail: str = ""
    last_session: date | None = None
    name: str = ""
    poisoned: bool = False
    bars: FloatArray | None = None

    def frame(self) -> bytes:
        """Return the answer as bytes for the pipe."""
        head = {
            "symbol": self.symbol,
            "status": self.status,
            "detail": self.detail,
            "last": None if self.last_session is None else self.last_session.isoformat(),
            "name": self.name,
            "poisoned": self.poisoned,
        }
        return frame(head, b"" if self.bars is None else np.ascontiguousarray(self.bars, dtype="<f8").tobytes())

    @classmethod
    def read(cls, head: Mapping[str, Any], body: bytes) -> Answer:
        """Return the answer of a frame's two parts."""
        bars = np.frombuffer(body, dtype="<f8").reshape(len(FIELDS), -1) if body else None
        last = None if head["last"] is None else date.fromisoformat(head["last"])
        return cls(head["symbol"], Status(head["status"]), head["detail"], last, head["name"], head["poisoned"], bars)


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
