"""From EDGAR's answers to one table of figures, each dated by the index of filings; kept so that it loads at once."""

from __future__ import annotations

import io
import json
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from bot.market.durable import only_writer, write_durably
from bot.market.edgar_store import FIGURES, EdgarStore, Records
from bot.market.sec_facts import FOLLOWS_IFRS
from bot.market.sec_filings import Fact, rows_of
from bot.market.sec_tags import IFRS
from signals.errors import UnalignedInput
from signals.fundamentals import SHARES, Fundamentals
from signals.types import SessionArray

log = structlog.get_logger(__name__)

SOURCE = "SEC EDGAR"
_FILE = "facts.npz"
_TIME_RESOLUTION_S = 0.001
_COLUMNS = ("company", "period_end", "filed", "months")
_Own = tuple[int, date, date, int, Any]


@dataclass(frozen=True, slots=True)
class Built:
    """How many companies and rows a table has."""

    companies: int
    rows: int


def build(folder: Path, fetched: datetime) -> Built:
    """Make the table of all answers in `folder` and keep it; `fetched` is up to when all of them were asked for."""
    store = EdgarStore(folder)
    newest = store.newest()
    table = replace(tabled(store), source=SOURCE, fetched=fetched)
    with only_writer(folder / ".lock"):
        write_durably(folder / _FILE, _bytes(table), at=datetime.fromtimestamp(newest, UTC))
    return Built(len(table.companies), len(table.company))


def tabled(store: EdgarStore) -> Fundamentals:
    """Return what the companies that are listed filed, from everything that is kept."""
    listed = store.listings()
    own = store.companies()
    facts, follows_ifrs = _by_company(store, listed.symbols.keys())
    ciks = sorted(own.keys() & listed.symbols.keys() | facts.keys() | follows_ifrs, key=lambda cik: listed.symbols[cik])
    symbols = tuple(listed.symbols[cik][0] for cik in ciks)
    rows: list[_Own] = []
    remarks: dict[str, str] = {}
    for place, (cik, symbol) in enumerate(zip(ciks, symbols, strict=True)):
        told = own.get(cik)
        until = max(told["filed"].tolist(), default=date.min) if told is not None else date.min
        found = rows_of(fact for fact in facts.get(cik, ()) if fact.filed > until)
        is_foreign = told is None and cik in follows_ifrs and not any(row.values.keys() - {SHARES} for row in found)
        if not is_foreign:  # a cover alone tells nothing that is not in those accounts
            rows += [(place, row.period_end, row.filed, row.months, row.values) for row in found]
        if told is not None:
            rows += [(place, *row) for row in _rows(told)]
            remark = next((text.decode() for text in told["remark"].tolist() if text), "")
            if remark:
                remarks[symbol] = remark
        elif is_foreign:
            remarks[symbol] = FOLLOWS_IFRS
    told_of = set(symbols)
    classes = {symbol: first for symbol, first in listed.classes.items() if first in told_of}
    return Fundamentals.in_order(symbols, rows, classes=classes, remarks=remarks)


def _by_company(store: EdgarStore, listed: Any) -> tuple[dict[int, list[Fact]], set[int]]:
    """Return the facts of frames by company, and which companies have figures by IFRS."""
    index = store.filings()
    ciks = np.array(sorted(listed), dtype=np.int64)
    found: dict[int, list[Fact]] = defaultdict(list)
    follows_ifrs: set[int] = set()
    for name, given in store.frames():
        taxonomy, _, tag = name.partition(" ")
        facts = given[np.isin(given["cik"], ciks)]
        if taxonomy == IFRS:
            follows_ifrs |= set(facts["cik"].tolist())
            continue
        filed = _filed(facts, index)
        # A filing from before the end of its period speaks of another thing.
        is_sound = filed >= facts["end"]
        columns = (facts[name][is_sound].tolist() for name in ("cik", "end", "months", "value"))
        for day, cik, end, months, value in zip(filed[is_sound].tolist(), *columns, strict=True):
            found[cik].append(Fact(tag, end, day, months, value))
    return found, follows_ifrs


def _filed(facts: Records, index: Records) -> SessionArray:
    """Return the day of each fact's filing; the day it was first seen where no index has that filing."""
    if not len(index):
        return np.asarray(facts["seen"])
    place = np.minimum(np.searchsorted(index["accession"], facts["accession"]), len(index) - 1)
    is_known = index["accession"][place] == facts["accession"]
    return np.where(is_known, index["filed"][place], facts["seen"])


def _rows(told: Records) -> list[tuple[date, date, int, Any]]:
    rows = []
    for end, filed, months, *figures, remark in told.tolist():
        if not remark:
            values = {name: value for name, value in zip(FIGURES, figures, strict=True) if value == value}  # noqa: PLR0124 - NaN is not itself
            rows.append((end, filed, months, values))
    return rows


def stored(folder: Path) -> Fundamentals | None:
    """Return the table that was made last; None where there is none, or it is damaged and has to be made again."""
    path = folder / _FILE
    try:
        facts = path.stat()
        return _read(path, facts.st_size, facts.st_mtime_ns, facts.st_ino)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, EOFError, KeyError, TypeError, UnalignedInput) as error:
        log.warning("edgar_table_damaged", file=str(path), problem=str(error))
        path.unlink(missing_ok=True)  # so that it is made again
        return None


def is_behind(folder: Path) -> bool:
    """Return whether the answers are others than those the table was made of."""
    newest = EdgarStore(folder).newest()
    try:
        return abs(newest - (folder / _FILE).stat().st_mtime) > _TIME_RESOLUTION_S
    except OSError:
        return newest > 0


def joined(first: Fundamentals, second: Fundamentals) -> Fundamentals:
    """Return both; of a company that both know what `first` says, which may be files of the operator's own."""
    unknown = [symbol for symbol in second.companies if first.company_of(symbol) < 0]
    new = second.only(unknown)
    count, more = len(first.company), len(new.company)
    values = {
        name: np.concatenate(
            [first.values.get(name, np.full(count, np.nan)), new.values.get(name, np.full(more, np.nan))]
        )
        for name in sorted(first.values.keys() | new.values.keys())
    }
    columns = {name: np.concatenate([getattr(first, name), getattr(new, name)]) for name in _COLUMNS[1:]}
    return Fundamentals(
        (*first.companies, *new.companies),
        np.concatenate([first.company, new.company + len(first.companies)]),
        **columns,
        values=values,
        classes={**new.classes, **first.classes},
        remarks={**second.remarks, **first.remarks},
        source=second.source,
        fetched=second.fetched,
    )


@lru_cache(maxsize=2)
def _read(path: Path, _size: int, _time: int, _inode: int) -> Fundamentals:
    """Return a table; the same one for as long as the file is the same."""
    with np.load(path, allow_pickle=False) as file:
        head = json.loads(str(file["head"]))
        company, period_end, filed, months = (file[name] for name in _COLUMNS)
        values = {name: file[f"value {name}"] for name in head["figures"]}
    return Fundamentals(
        companies=tuple(head["companies"]),
        company=company,
        period_end=period_end,
        filed=filed,
        months=months,
        values=values,
        classes=head["classes"],
        remarks=head["remarks"],
        source=head["source"],
        fetched=datetime.fromisoformat(head["fetched"]),
    )


def _bytes(table: Fundamentals) -> bytes:
    head = {
        "companies": table.companies,
        "classes": dict(table.classes),
        "remarks": dict(table.remarks),
        "figures": list(table.values),
        "source": table.source,
        "fetched": None if table.fetched is None else table.fetched.isoformat(),
    }
    arrays: dict[str, Any] = {name: getattr(table, name) for name in _COLUMNS}
    arrays |= {f"value {name}": values for name, values in table.values.items()}
    stream = io.BytesIO()
    np.savez(stream, head=np.array(json.dumps(head)), **arrays)
    return stream.getvalue()
