"""Closes on which two sources disagree, remembered beside the bars across restarts, and until when."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from bot.market.durable import instant_of, only_writer, write_durably


@dataclass(frozen=True, slots=True)
class Dispute:
    """A bar two sources close at different prices.

    Attributes
    ----------
    at : datetime
        When the difference was seen first.
    settled : datetime or None
        When both were seen to agree after all; None while they do not.
    """

    symbol: str
    session: date
    words: str
    at: datetime
    settled: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hearing:
    """What is known of the comparison.

    Attributes
    ----------
    disputes : tuple of Dispute
        Every one there ever was, oldest first.
    compared : mapping of str to date
        The last session on which both sources had a close of a symbol.
    asked : datetime or None
        When the second source was asked last.
    """

    disputes: tuple[Dispute, ...] = ()
    compared: Mapping[str, date] = field(default_factory=dict)
    asked: datetime | None = None

    @property
    def open(self) -> tuple[Dispute, ...]:
        """The disputes that are not settled."""
        return tuple(dispute for dispute in self.disputes if dispute.settled is None)


@dataclass(slots=True)
class Comparison:
    """What a comparison has found: closes apart, closes that agree again, and how far each symbol was compared."""

    disputes: list[Dispute] = field(default_factory=list)
    settled: list[Dispute] = field(default_factory=list)
    compared: dict[str, date] = field(default_factory=dict)


class DisputesDamaged(Exception):
    """The file of disputes cannot be read: one line that says what to do."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What a comparison found, when, and when the second source was asked for it."""

    found: Comparison
    at: datetime
    asked: datetime | None


class Disputes:
    """The hearing in one JSON file; every read sees the file as it is now.

    What could not be written counts all the same, as long as this object lives, and is written with what comes next: a
    close in dispute must not be believed because a disk is full.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._unkept: tuple[_Found, ...] = ()

    def read(self) -> Hearing:
        """Return what is known; nothing where there is no file and nothing was found."""
        return self._with_unkept(self._kept())

    def record(self, found: Comparison, *, at: datetime, asked: datetime | None) -> bool:
        """Remember what was found at `at`; return whether a bar is disputed that was not before, or one no more.

        `asked` is when the second source was asked about the last session; None where it was about an older one. An
        `OSError` says that it could not be written: it is known all the same.
        """
        new = _Found(found, at, asked)
        try:
            with only_writer(self.path.with_suffix(".lock")):
                kept = self._kept()
                known = self._with_unkept(kept)
                now = _heard(known, new)
                if now != kept:
                    write_durably(self.path, json.dumps(_written(now), indent=1).encode())
        except OSError:
            self._unkept = (*self._unkept, new)
            raise
        self._unkept = ()
        return now.disputes != known.disputes

    def _kept(self) -> Hearing:
        try:
            return _hearing(json.loads(self.path.read_bytes()))
        except FileNotFoundError:
            return Hearing()
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DisputesDamaged(f"{self.path} cannot be read ({error}): correct it or delete it") from None

    def _with_unkept(self, hearing: Hearing) -> Hearing:
        for each in self._unkept:
            hearing = _heard(hearing, each)
        return hearing


def _heard(known: Hearing, new: _Found) -> Hearing:
    """Return what is known once `new` is."""
    disputes = {(each.symbol, each.session): each for each in known.disputes}
    for each in new.found.settled:
        was = disputes.get((each.symbol, each.session))
        if was is not None:  # somebody may have deleted the file meanwhile
            disputes[each.symbol, each.session] = replace(was, settled=new.at)
    for each in new.found.disputes:
        was = disputes.get((each.symbol, each.session), each)
        since = was.at if was.settled is None else each.at
        disputes[each.symbol, each.session] = replace(each, at=since)
    return Hearing(tuple(disputes.values()), _later(known.compared, new.found.compared), new.asked or known.asked)


def _later(known: Mapping[str, date], compared: Mapping[str, date]) -> dict[str, date]:
    return {**known, **{symbol: max(day, known.get(symbol, day)) for symbol, day in compared.items()}}


def _hearing(rows: Mapping[str, Any]) -> Hearing:
    disputes = tuple(
        Dispute(
            row["symbol"],
            date.fromisoformat(row["session"]),
            row["words"],
            instant_of(row["at"]),
            None if row["settled"] is None else instant_of(row["settled"]),
        )
        for row in rows["disputes"]
    )
    compared = {symbol: date.fromisoformat(day) for symbol, day in rows["compared"].items()}
    return Hearing(disputes, compared, None if rows["asked"] is None else instant_of(rows["asked"]))


def _written(hearing: Hearing) -> dict[str, Any]:
    return {
        "disputes": [
            {
                "symbol": each.symbol,
                "session": each.session.isoformat(),
                "words": each.words,
                "at": each.at.isoformat(),
                "settled": None if each.settled is None else each.settled.isoformat(),
            }
            for each in hearing.disputes
        ],
        "compared": {symbol: day.isoformat() for symbol, day in hearing.compared.items()},
        "asked": None if hearing.asked is None else hearing.asked.isoformat(),
    }
