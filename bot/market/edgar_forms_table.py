"""What the kept indexes and forms say as one table of trades and one of deals, kept so that they load at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog

from bot.market.durable import instant_of, only_writer, write_durably
from bot.market.edgar_forms import FormStore, accession_of, covered_days, insider_lines, row_of, trade_of
from bot.market.edgar_store import EdgarStore
from bot.market.edgar_table import SOURCE
from signals.deal_facts import FORMS as DEALS
from signals.deal_facts import DealFiling, Deals
from signals.errors import UnalignedInput
from signals.insider_facts import InsiderTrades

log = structlog.get_logger(__name__)

_FILE = "forms.json"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """From which days on deals and trades are told, and when EDGAR was asked last."""

    deals: date
    trades: date
    asked: datetime


def build(folder: Path, ciks: Mapping[int, str], span: Span) -> None:
    """Make the tables of what is kept in `folder`, for the companies that are followed, and keep them."""
    store, listed = FormStore(folder / "forms"), EdgarStore(folder).listings()
    days = covered_days(store, span.deals, span.asked.date())
    first_symbols = {cik: symbols[0] for cik, symbols in listed.symbols.items()}
    deals = _deals(store, first_symbols, days)
    trades, unreadable = store.told()
    lines = insider_lines(store, ciks, span.trades)
    is_read = store.forms() - unreadable
    covered = _covered(lines, ciks, is_read, (max(days[-1][0], span.trades), days[-1][1])) if days else {}
    told = {
        "asked": span.asked.isoformat(),
        "days": [[first.isoformat(), last.isoformat()] for first, last in days],
        "deals": [
            [each.filed.isoformat(), each.form, each.company, each.cik, each.symbol, each.accession] for each in deals
        ],
        "trades": [row_of(trade) for trade in trades],
        "covered": {symbol: [first.isoformat(), last.isoformat()] for symbol, (first, last) in covered.items()},
        "classes": dict(listed.classes),
    }
    with only_writer(store.folder / ".lock"):
        write_durably(store.folder / _FILE, json.dumps(told).encode())


def stored(folder: Path) -> tuple[InsiderTrades | None, Deals | None]:
    """Return trades and deals as they were made last; None where there are none, or they are damaged."""
    path = folder / _FILE
    try:
        facts = path.stat()
        return _read(path, facts.st_size, facts.st_mtime_ns, facts.st_ino)
    except FileNotFoundError:
        return None, None
    except (OSError, ValueError, KeyError, TypeError, UnalignedInput) as error:
        log.warning("edgar_forms_damaged", file=str(path), problem=str(error))
        path.unlink(missing_ok=True)  # so that it is made again
        return None, None


@lru_cache(maxsize=2)
def _read(path: Path, _size: int, _time: int, _inode: int) -> tuple[InsiderTrades, Deals]:
    """Return both; the same ones for as long as the file is the same."""
    told = json.loads(path.read_bytes())
    asked = instant_of(told["asked"])
    covered = {symbol: _span(days) for symbol, days in told["covered"].items()}
    trades = InsiderTrades.of(map(trade_of, told["trades"]), covered, told["classes"], source=SOURCE, fetched=asked)
    filings = tuple(DealFiling(date.fromisoformat(filed), *rest) for filed, *rest in told["deals"])
    return trades, Deals(filings, tuple(_span(days) for days in told["days"]), SOURCE, asked)


def _span(days: list[str]) -> tuple[date, date]:
    first, last = map(date.fromisoformat, days)
    return first, last


def _deals(store: FormStore, symbols: Mapping[int, str], days: list[tuple[date, date]]) -> list[DealFiling]:
    """Return the merger filings of the days that are covered, the oldest first."""
    found: set[DealFiling] = set()
    for name in (*store.names("quarters"), *store.names("days")):
        for form, cik, filed, path, company in store.lines(name).tolist():
            if form.decode() in DEALS and any(first <= filed <= last for first, last in days):
                words, number = company.decode(errors="replace"), accession_of(path.decode())
                found.add(DealFiling(filed, form.decode(), words, cik, symbols.get(cik, ""), number))
    return sorted(found, key=lambda each: (each.filed, each.form, each.accession, each.cik))


def _covered(
    lines: Iterable[Mapping[str, Any]], ciks: Mapping[int, str], is_read: set[str], span: tuple[date, date]
) -> dict[str, tuple[date, date]]:
    """Return of each company the days, up to the last one of `span`, of which all its forms are read."""
    begin, end = span
    last_missing = dict.fromkeys(ciks, begin - _DAY)
    for line in lines:
        if accession_of(line["path"]) not in is_read:
            last_missing[line["cik"]] = max(last_missing[line["cik"]], line["filed"])
    starts = {symbol: last_missing[cik] + _DAY for cik, symbol in ciks.items()}
    return {symbol: (start, end) for symbol, start in starts.items() if start <= end}
