"""A fund's holdings as its provider hands them out: preamble, BOM, legal footer, cash lines, ``-`` tickers and all."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from bot.market.price_csv import UnreadableFile

NEEDED = ("ticker", "name")
MARKS = ("asset class", "identifier")
"""The column that tells whose layout it is: iShares' or State Street's."""
COLUMNS = frozenset((*NEEDED, *MARKS, "sector", "exchange", "weight (%)", "weight", "market value"))
LAYOUTS = "Ticker, Name and Asset Class (iShares) or Ticker, Name and Identifier (State Street)"
AGAIN = "download it again from the fund's page"
WORKBOOK = "open it in a spreadsheet and save it as CSV, or take iShares' file, which is one"

UNLISTED = ("no market", "non-nms")
"""How the exchanges of rights, escrows and warrants begin, which have no price of their own."""
NO_SHARE = frozenset(("WARRANT", "WARRANTS", "CONTRA", "EMINI", "E-MINI", "FUT"))
"""Words of names of what is no share, on whatever exchange a provider puts it."""
NO_SHARE_AT_THE_END = frozenset(("CVR", "RIGHT", "RIGHTS", "ESCROW", "PRVT"))
"""The same where they come last: CVR Energy is a company."""
CASH = re.compile(r"MONEY MARKET|CASH COLLATERAL|\bCASH$|^US DOLLAR$")
"""Names of cash, where no column says what is."""
SYMBOL = re.compile(r"[A-Z]{1,5}(-[A-Z]{1,2})?")

CLASSES = {
    "BFA": "BF-A",
    "BFB": "BF-B",
    "BRKA": "BRK-A",
    "BRKB": "BRK-B",
    "CRDA": "CRD-A",
    "CRDB": "CRD-B",
    "CWENA": "CWEN-A",
    "GEFB": "GEF-B",
    "HEIA": "HEI-A",
    "LENB": "LEN-B",
    "LGFA": "LGF-A",
    "LGFB": "LGF-B",
    "MOGA": "MOG-A",
    "MOGB": "MOG-B",
    "UHALB": "UHAL-B",
}
"""Share classes iShares writes without the dot; no rule tells them from ZETA or ACVA, which are whole tickers."""

MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec"
_AS_OF = re.compile(r"^(?:fund )?holdings:?,? *as of:?,? *(.*)$", re.IGNORECASE)
_DATES = (
    re.compile(r"(?P<month>[A-Za-z]{3})[a-z]*\.? (?P<day>\d{1,2}),? *(?P<year>\d{4})"),
    re.compile(r"(?P<day>\d{1,2})[-/ ](?P<month>[A-Za-z]{3})[a-z]*[-/ ](?P<year>\d{4}|\d{2})"),
    re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})"),
)


@dataclass(frozen=True, slots=True)
class Holding:
    """One share a fund holds, its symbol in Yahoo's style."""

    symbol: str
    name: str
    sector: str
    weight_pct: float | None
    market_value_usd: float | None


@dataclass(frozen=True, slots=True)
class HoldingsFile:
    """What a fund held on `effective_date`, shares of companies alone, each once; `symbol` is empty where not told."""

    fund: str
    symbol: str
    effective_date: date
    rows: tuple[Holding, ...]


def read_holdings(path: Path) -> HoldingsFile:
    """Return the shares of a holdings file; raise `UnreadableFile` where it is none."""
    try:
        return holdings_in(path.read_bytes())
    except OSError as error:
        raise UnreadableFile(f"cannot be read ({error.strerror}); {AGAIN}") from None


def holdings_in(content: bytes) -> HoldingsFile:
    """Return the shares of a holdings file's `content`; raise `UnreadableFile` where it is none."""
    _require_csv(content)
    try:
        lines = list(csv.reader(io.StringIO(_text(content).lstrip("\ufeff"), newline="")))
    except csv.Error as error:
        raise UnreadableFile(f"cannot be read ({error}); {AGAIN}") from None
    head = next((n for n, row in enumerate(lines) if _is_header(row)), None)
    if head is None:
        raise UnreadableFile(f"no line with the columns {LAYOUTS}; {AGAIN}")
    preamble = [[cell.strip() for cell in row] for row in lines[:head]]
    effective_date = _effective_date(preamble)
    held = _shares(lines, head)
    if not held:
        raise UnreadableFile(f"line {head + 2}: no share under the header; {AGAIN}")
    fund, symbol = _fund(preamble)
    return HoldingsFile(fund, symbol, effective_date, held)


def _require_csv(content: bytes) -> None:
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if not start:
        raise UnreadableFile(f"is empty; {AGAIN}")
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")) or b"workbook" in start:
        raise UnreadableFile(f"is a workbook; {WORKBOOK}")
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<script", b"{")):
        raise UnreadableFile(f"is a web page, no CSV; {AGAIN}")


def _text(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")  # as spreadsheets save it; the symbols are plain letters


def _is_header(row: list[str]) -> bool:
    cells = {cell.strip().casefold() for cell in row}
    return cells.issuperset(NEEDED) and not cells.isdisjoint(MARKS)


def _shares(lines: list[list[str]], head: int) -> tuple[Holding, ...]:
    """Return the shares of the rows from the header to the blank line before the legal footer."""
    names = [cell.strip().casefold() for cell in lines[head]]
    width = max(n for n, name in enumerate(names) if name) + 1
    places = {name: n for n, name in reversed(list(enumerate(names))) if name}
    found: dict[str, Holding] = {}
    is_begun = False
    for number, row in enumerate(lines[head + 1 :], start=head + 2):
        if not any(map(str.strip, row)):
            if is_begun:
                break
            continue
        is_begun = True
        share = _share({name: row[n].strip() for name, n in places.items() if name in COLUMNS and n < len(row)})
        if share is None:
            continue
        if any(map(str.strip, row[width:])):
            raise UnreadableFile(f"line {number}: more cells than columns; put numbers that have commas into quotes")
        before = found.get(share.symbol)
        found[share.symbol] = share if before is None else _joined(before, share)
    return tuple(found.values())


def _share(cells: dict[str, str]) -> Holding | None:
    """Return the share a row speaks of; None for cash, futures, rights, and what has no ticker."""
    if not cells.get("asset class", "equity").casefold().startswith("equit"):
        return None
    if cells.get("exchange", "").casefold().startswith(UNLISTED):
        return None
    name = cells.get("name", "").upper()
    words = name.split()
    if not NO_SHARE.isdisjoint(words) or not NO_SHARE_AT_THE_END.isdisjoint(words[-1:]):
        return None
    if "asset class" not in cells and CASH.search(name):
        return None
    symbol = yahoo_symbol(cells["ticker"])
    if not SYMBOL.fullmatch(symbol):
        return None
    sector = "" if cells.get("sector", "") in {"-", "Unassigned"} else cells.get("sector", "")
    weight = _number(cells.get("weight (%)", cells.get("weight", "")))
    return Holding(symbol, cells.get("name", ""), sector, weight, _number(cells.get("market value", "")))


def _joined(before: Holding, share: Holding) -> Holding:
    """Return two lines of one share as one."""
    return replace(
        before,
        weight_pct=_sum(before.weight_pct, share.weight_pct),
        market_value_usd=_sum(before.market_value_usd, share.market_value_usd),
    )


def _sum(one: float | None, other: float | None) -> float | None:
    return one if other is None else other if one is None else one + other


def _fund(preamble: list[list[str]]) -> tuple[str, str]:
    """Return the fund's name and, where it is told, its symbol."""
    told = {row[0].rstrip(":").casefold(): row[1] for row in preamble if len(row) > 1}
    first = next((row[0] for row in preamble if row and row[0]), "")
    return told.get("fund name", first), told.get("ticker symbol", "").upper()


def _effective_date(preamble: list[list[str]]) -> date:
    lines = (", ".join(filter(None, row)) for row in preamble)
    said = next((found[1].strip(' "') for line in lines if (found := _AS_OF.match(line))), None)
    if said is None:
        raise UnreadableFile(f"no line 'Fund Holdings as of' nor 'Holdings: As of'; {AGAIN}")
    if said in {"", "-"}:
        raise UnreadableFile("has no date yet: the fund has not published that day; download it later")
    day = _day(said)
    if day is None:
        raise UnreadableFile(f"{said!r} is no date like 'May 13, 2025'; {AGAIN}")
    return day


def _day(text: str) -> date | None:
    found = next((match for pattern in _DATES if (match := pattern.fullmatch(text))), None)
    if found is None:
        return None
    month, year = found["month"].lower(), int(found["year"])
    try:
        number = int(month) if month.isdigit() else MONTHS.split().index(month) + 1
        return date(year if year > 99 else 2000 + year, number, int(found["day"]))  # noqa: PLR2004 - two digits
    except ValueError:
        return None


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "").strip("$% "))
    except ValueError:
        return None


def yahoo_symbol(ticker: str) -> str:
    """Return `ticker` as Yahoo writes it: a share class stands after a dash, ``BRK.B`` is ``BRK-B``."""
    symbol = ticker.strip().upper().replace(".", "-").replace("/", "-").replace(" ", "-")
    return CLASSES.get(symbol, symbol)
