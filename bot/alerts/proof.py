"""What an event rests on, kept: the reading of its session, and the bars it was computed from, packed small.

The pack holds every bar of the subject up to the session that was scanned: an average, and still more an index that
remembers, comes out the same to the last bit only where it begins at the same row.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import numpy as np

from bot.cards.reading_json import reading_json
from bot.records import Proof
from signals.catalog import by_name
from signals.definition import Signal
from signals.errors import SignalError
from signals.inquiry import read_for
from signals.lazy_columns import LazyColumns
from signals.types import Basis, Calendar, Event, FloatArray, History, Market, Prices, SessionArray, Thresholds

MAGIC = b"scsbars1"
"""What a pack of this version of the format begins with."""
LEVEL = 1
"""Closes hardly shrink: the highest level takes twice the time of this one for two parts in a hundred."""
AT_ONCE = 128
"""So many symbols share one history: the kernels go through the sessions once for all of them."""
SIDE_BY_SIDE = 2
"""So many histories are made and packed at a time."""

_HEADER = struct.Struct("<I")

Chosen = tuple[tuple[str, float | int | str], ...]
"""Thresholds in the order of their names."""
BySubject = Mapping[str, Mapping[Chosen, Sequence[Event]]]
"""Events by their subject and their complete thresholds."""


class ProofDamaged(SignalError):
    """Kept bars cannot be read."""


def proofs_of(events: Iterable[Event], market: Market) -> Iterator[Proof]:
    """Yield the proof of every event that rests on the bars of a symbol alone, from `market` as it was scanned.

    Readings are made for many symbols at a time. Columns are independent of each other (see `history_of`), so each
    is, to the byte, what `recompute` makes of its own bars; a test holds that to be true.
    """

    def proved(part: tuple[Signal, BySubject]) -> list[Proof]:
        return list(_proved(*part, market))

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:  # packing and the kernels let go of the interpreter
        for found in pool.map(proved, list(_parts(events))):
            yield from found


def _parts(events: Iterable[Event]) -> Iterator[tuple[Signal, BySubject]]:
    """Yield the signals and the events that one history serves: their windows agree."""
    alike: dict[tuple[str, Chosen], dict[str, dict[Chosen, list[Event]]]] = defaultdict(lambda: defaultdict(dict))
    for event in events:
        signal = by_name(event.signal)
        if signal.subject_kind == "symbol" and not signal.beside:
            windows, own = _complete(event.signal, _ordered(event.thresholds))
            alike[event.signal, windows][event.subject].setdefault(own, []).append(event)
    for (name, _), by_subject in alike.items():
        subjects = list(by_subject)
        for start in range(0, len(subjects), AT_ONCE):
            yield by_name(name), {subject: by_subject[subject] for subject in subjects[start : start + AT_ONCE]}


class Packer:
    """Packs the bars of one symbol of a market after the other: the bars that a signal needs, and no others.

    Parameters
    ----------
    signal : Signal
        Whose needs they are.
    market : Market
        Prices of shape (T, N).
    """

    def __init__(self, signal: Signal, market: Market) -> None:
        needed = {"close", *signal.needs.fields} | ({"adj_close"} if market.basis is Basis.TOTAL_RETURN else set())
        self._market = market
        self._days = _days(market.prices.sessions)
        self._fields = {
            name: np.ascontiguousarray(values.T, dtype="<f8")
            for name, values in market.prices.fields()
            if name in needed
        }

    def pack(self, subject: str, thresholds: Thresholds) -> bytes:
        """Return the bars of `subject`, with what a reading says beside them; the same bytes always."""
        market, symbols = self._market, read_for(self._market, subject)
        header = {
            "symbols": symbols,
            "sessions": len(market.prices.sessions),
            "fields": list(self._fields),
            "source": market.source,
            "basis": market.basis.value,
            "labels": market.labels,
            "as_of": market.as_of.isoformat(),
            "thresholds": dict(thresholds),
        }
        words = _canonical(header).encode()
        columns = [market.prices.column(symbol) for symbol in symbols]
        bars = [_shuffled(values[columns]) for values in self._fields.values()]
        return MAGIC + zlib.compress(b"".join([_HEADER.pack(len(words)), words, self._days, *bars]), LEVEL)


@lru_cache(maxsize=1024)
def _complete(name: str, told: Chosen) -> tuple[Chosen, Chosen]:
    """Return the windows, and all thresholds, of events that tell some of them; many events tell the same."""
    signal = by_name(name)
    thresholds = signal.thresholds_with(dict(told))
    return _ordered(signal.windows_of(thresholds)), _ordered(thresholds)


def _ordered(thresholds: Thresholds) -> Chosen:
    return tuple(sorted(thresholds.items()))


def unpack(bars: bytes, calendar: Calendar) -> Market:
    """Return the market that was packed; raise `ProofDamaged` where the bytes are not what was kept."""
    return _unpacked(bars, calendar)[0]


def recompute(event: Event, bars: bytes, calendar: Calendar) -> str:
    """Return the reading of the session of `event` as JSON text, computed again from the packed bars alone.

    Raises
    ------
    ProofDamaged
        If the bars cannot be read.
    SignalError
        If the signal of this version cannot answer for them.
    """
    market, kept = _unpacked(bars, calendar)
    signal = by_name(event.signal)
    thresholds = signal.thresholds_with(kept)
    return _read(signal, signal.history(market, thresholds), event, thresholds)


def _proved(signal: Signal, by_subject: BySubject, market: Market) -> Iterator[Proof]:
    needed = dict.fromkeys(symbol for subject in by_subject for symbol in read_for(market, subject))
    cut = market.only(list(needed))
    any_of_them = next(iter(next(iter(by_subject.values()))))
    history = signal.history(cut, dict(any_of_them))
    if isinstance(history.columns, LazyColumns):
        earliest = min(event.session for sets in by_subject.values() for events in sets.values() for event in events)
        history.columns.fill(_row_of(history, earliest))  # at once, not for every reading
    packer = Packer(signal, cut)
    for subject, by_thresholds in by_subject.items():
        for chosen, events in by_thresholds.items():
            thresholds = dict(chosen)
            bars = packer.pack(subject, thresholds)
            for event in events:
                yield Proof(event.identity, _read(signal, history, event, thresholds), bars)


def _read(signal: Signal, history: History, event: Event, thresholds: Thresholds) -> str:
    row = _row_of(history, event.session)
    return _canonical(reading_json(signal.reading(history, event.subject, thresholds, row)))


def _row_of(history: History, session: date) -> int:
    return int(np.searchsorted(history.sessions, np.datetime64(session, "D")))


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, allow_nan=False, ensure_ascii=False, separators=(",", ":"))


def _days(sessions: SessionArray) -> bytes:
    """Return sessions as steps from one to the next, which are nearly all alike and so pack into next to nothing."""
    return np.diff(sessions.astype(np.int64), prepend=0).astype("<i4").tobytes()


def _shuffled(by_symbol: FloatArray) -> bytes:
    """Return values, symbol by symbol: their first bytes first, then their second …: neighbours are alike."""
    return by_symbol.view(np.uint8).reshape(-1, 8).T.tobytes()


def _unshuffled(content: bytes, shape: tuple[int, int]) -> FloatArray:
    as_bytes = np.frombuffer(content, np.uint8).reshape(8, -1)
    column_wise = np.ascontiguousarray(as_bytes.T).view("<f8").reshape(shape[1], shape[0])
    return np.ascontiguousarray(column_wise.T, dtype=np.float64)


def _unpacked(bars: bytes, calendar: Calendar) -> tuple[Market, Thresholds]:
    if not bars.startswith(MAGIC):
        raise ProofDamaged("kept bars", "unreadable", "they are in a format that this version does not know")
    try:
        body = zlib.decompress(bars[len(MAGIC) :])
        (length,) = _HEADER.unpack_from(body)
        start = _HEADER.size + length
        header = json.loads(body[_HEADER.size : start])
        return _market(header, body[start:], calendar), header["thresholds"]
    except (zlib.error, struct.error, ValueError, KeyError, TypeError) as error:
        raise ProofDamaged("kept bars", "unreadable", f"they do not unpack, {error}") from error


def _market(header: Mapping[str, Any], body: bytes, calendar: Calendar) -> Market:
    count, symbols = header["sessions"], tuple(header["symbols"])
    size = 8 * count * len(symbols)
    steps = np.frombuffer(body, "<i4", count)
    fields = {
        name: _unshuffled(body[start : start + size], (count, len(symbols)))
        for name, start in zip(header["fields"], range(steps.nbytes, len(body), size), strict=True)
    }
    prices = Prices(np.cumsum(steps, dtype=np.int64).astype("datetime64[D]"), symbols, **fields)
    return Market(
        prices,
        datetime.fromisoformat(header["as_of"]),
        header["source"],
        calendar,
        basis=Basis(header["basis"]),
        labels=tuple(header["labels"]),
    )
