"""What Yahoo was asked for beside bars, and what it said: a line each, written down as it comes and never lost."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from bot.market.durable import instant_of, only_writer, write_durably
from bot.market.splits import Split
from bot.market.types import Status
from bot.market.yahoo_estimates import Expected
from bot.market.yahoo_json import NEW_YORK
from bot.market.yahoo_wire import Asks
from signals.estimates import Estimates

log = structlog.get_logger(__name__)

SOURCE = "Yahoo"
CARRIED = timedelta(days=45)
"""How long what was said of a company stands beside what is newly said of others."""
EVENING = timedelta(hours=8)
"""What comes after 16:00 in New York was not known at that day's close."""
MOST_STALE = 5_000
"""Lines of options that later ones have replaced, before the file is written anew without them."""
FIELDS = Estimates.FIELDS


@dataclass(frozen=True, slots=True)
class Told:
    """What Yahoo said of one symbol when it was asked for `asks`.

    Attributes
    ----------
    expected : Expected or None
        Of estimates, what is expected of the company; None where nothing is.
    """

    asks: Asks
    symbol: str
    at: datetime
    status: Status
    detail: str = ""
    expected: Expected | None = None

    @property
    def day(self) -> date:
        """The first day at whose close it was known."""
        return (self.at.astimezone(NEW_YORK) + EVENING).date()

    def line(self) -> str:
        """Return it as a line of JSON."""
        row: dict[str, Any] = {"asks": self.asks, "symbol": self.symbol, "at": self.at.isoformat(), "source": SOURCE}
        row |= {"status": self.status, "detail": self.detail}
        if self.expected is not None:
            figures = {name: getattr(self.expected, name) for name in FIELDS}
            row["expected"] = {name: None if math.isnan(value) else value for name, value in figures.items()}
        return json.dumps(row)

    @classmethod
    def read(cls, line: str) -> Told:
        """Return what a line says; raise `ValueError`, `KeyError` or `TypeError` where it is damaged."""
        row = dict(json.loads(line))
        given = row.get("expected")
        expected = None
        if given is not None:
            expected = Expected(*(math.nan if given[name] is None else float(given[name]) for name in FIELDS))
        at, status = instant_of(row["at"]), Status(row["status"])
        return cls(Asks(row["asks"]), row["symbol"], at, status, row["detail"], expected)


class Journal:
    """Lines in one file; `read` them once, `add` what comes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> tuple[Told, ...]:
        """Return all there is, the oldest first; a line that a loss of power has cut is left out.

        Of options the last line of each symbol is enough: where many others have gathered, they are taken out.
        """
        kept, stale = self._kept()
        if stale > MOST_STALE:
            with only_writer(self.path.with_suffix(".lock")):
                kept, _ = self._kept()  # once more: another process may have added to it
                write_durably(self.path, "".join(f"{told.line()}\n" for told in kept).encode())
        return tuple(sorted(kept, key=lambda told: told.at))

    def _kept(self) -> tuple[list[Told], int]:
        """Return the lines that count, and how many of options later ones have replaced."""
        try:
            lines = self.path.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return [], 0
        found = [told for line in lines if (told := _told(line)) is not None]
        if len(found) < len(lines):
            log.warning("journal_damaged", file=self.path.name, lines=len(lines) - len(found))
        last = {told.symbol: told for told in found if told.asks is Asks.OPTIONS}
        kept = [told for told in found if told.asks is not Asks.OPTIONS or last[told.symbol] is told]
        return kept, len(found) - len(kept)

    def add(self, told: Sequence[Told]) -> None:
        """Write lines down, so that they outlive a loss of power."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with only_writer(self.path.with_suffix(".lock")), self.path.open("a+b") as file:
            size = file.seek(0, os.SEEK_END)
            if size and file.seek(size - 1) >= 0 and file.read(1) != b"\n":
                file.write(b"\n")  # a line that was cut stays one by itself
            file.write("".join(f"{one.line()}\n" for one in told).encode())
            file.flush()
            os.fsync(file.fileno())


def estimates_in(lines: Iterable[Told], splits: Sequence[Split] = ()) -> tuple[Estimates, ...]:
    """Return what was expected on each day on which something was heard, the oldest first.

    What was said of a company within 45 days stands beside what is said of others that day, its earnings in the shares
    of that day: those `splits` in between have made.
    """
    by_day: dict[date, list[Told]] = {}
    for told in lines:
        if told.asks is Asks.ESTIMATES:
            by_day.setdefault(told.day, []).append(told)
    last: dict[str, Told] = {}
    found = []
    for day, heard in sorted(by_day.items()):
        last |= {told.symbol: told for told in sorted(heard, key=lambda told: told.at)}
        last = {symbol: told for symbol, told in last.items() if day - told.day <= CARRIED}
        found.append(_on(day, last, splits))
    return tuple(found)


def _on(day: date, last: Mapping[str, Told], splits: Sequence[Split]) -> Estimates:
    known = {symbol: told.expected for symbol, told in sorted(last.items()) if told.expected is not None}
    columns = [np.array([getattr(each, name) for each in known.values()], dtype=np.float64) for name in FIELDS]
    forward = dict(zip(known, columns[FIELDS.index("forward_eps")].tolist(), strict=True))
    for split in splits:
        if split.symbol in known and last[split.symbol].day < split.day <= day:
            forward[split.symbol] /= split.new_per_old
    columns[FIELDS.index("forward_eps")] = np.array(list(forward.values()), dtype=np.float64)
    return Estimates(day, tuple(known), *columns)


def _told(line: str) -> Told | None:
    try:
        return Told.read(line)
    except (ValueError, KeyError, TypeError):
        return None
