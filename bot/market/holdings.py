"""An iShares holdings file as downloaded: preamble, BOM, legal footer, cash lines, ``-`` tickers and all."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from bot.market.price_csv import UnreadableFile

NEEDED = ("Ticker", "Name", "Sector", "Asset Class")
UNLISTED = ("NO MARKET", "Non-Nms")
"""How the exchanges of rights, escrows and warrants begin, which have no price of their own."""

CLASSES = {
    "BFA": "BF-A",
    "BFB": "BF-B",
    "BRKB": "BRK-B",
    "CRDA": "CRD-A",
    "CRDB": "CRD-B",
    "GEFB": "GEF-B",
    "HEIA": "HEI-A",
    "LENB": "LEN-B",
    "MOGA": "MOG-A",
    "MOGB": "MOG-B",
    "UHALB": "UHAL-B",
}
"""Share classes iShares writes without the dot; no rule tells them from ZETA or ACVA, which are whole tickers."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One share a fund holds, its symbol in Yahoo's style."""

    symbol: str
    name: str
    sector: str
    weight_pct: float | None
    market_value_usd: float | None


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a fund held on `effective_date`, shares of companies alone."""

    fund: str
    effective_date: date
    rows: tuple[Holding, ...]


def read_holdings(path: Path) -> Holdings:
    """Return the shares of an iShares file; raise `UnreadableFile` where it is none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = [[cell.strip() for cell in row] for row in csv.reader(file)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFile(f"cannot be read ({error}); download it again") from None
    head = next((n for n, row in enumerate(lines) if row[:1] == ["Ticker"]), None)
    if head is None or not set(NEEDED) <= set(lines[head]):
        raise UnreadableFile(f"no line with the columns {', '.join(NEEDED)}; download it again from iShares")
    held = [holding for row in lines[head + 1 :] if (holding := _holding(lines[head], row)) is not None]
    if not held:
        raise UnreadableFile(f"line {head + 2}: no share under the header; download it again from iShares")
    fund = lines[0][0] if lines[0] else path.stem
    return Holdings(fund, _effective_date(lines[:head]), tuple(held))


def _holding(header: list[str], row: list[str]) -> Holding | None:
    if len(row) != len(header):
        return None  # blank lines and the legal footer
    cells = dict(zip(header, row, strict=True))
    if cells["Asset Class"] != "Equity" or cells["Ticker"] in {"", "-"}:
        return None  # cash, futures, and rights that have no ticker
    if cells.get("Exchange", "").startswith(UNLISTED):
        return None
    symbol = yahoo_symbol(cells["Ticker"])
    weight, value = _number(cells.get("Weight (%)", "")), _number(cells.get("Market Value", ""))
    return Holding(symbol, cells["Name"], cells["Sector"], weight, value)


def _effective_date(preamble: list[list[str]]) -> date:
    for row in preamble:
        if len(row) > 1 and row[0].startswith("Fund Holdings as of"):
            try:
                return datetime.strptime(row[1], "%b %d, %Y").date()  # noqa: DTZ007 - a day, no instant
            except ValueError:
                raise UnreadableFile(f"{row[1]!r} is no date like 'May 13, 2025'; download it again") from None
    raise UnreadableFile("no line 'Fund Holdings as of'; download it again from iShares")


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return None


def yahoo_symbol(ticker: str) -> str:
    """Return `ticker` as Yahoo writes it: a share class stands after a dash, ``BRK.B`` is ``BRK-B``."""
    symbol = ticker.strip().upper().replace(".", "-").replace("/", "-").replace(" ", "-")
    return CLASSES.get(symbol, symbol)
