"""An EDGAR on loopback, laid out like the real one: made-up companies, what they filed by a day, faults on demand."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from aiohttp import web

from bot.market.edgar_client import Addresses

Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]
LIMIT = 10
"""Requests a second."""
REVENUES = ("Revenues", "RevenueFromContractWithCustomerExcludingAssessedTax")
FLOWS = {
    "NetIncomeLoss": 0.1,
    "OperatingIncomeLoss": 0.15,
    "DepreciationDepletionAndAmortization": 0.05,
    "NetCashProvidedByUsedInOperatingActivities": 0.2,
    "PaymentsToAcquirePropertyPlantAndEquipment": 0.06,
}
OF_CASH = frozenset({"NetCashProvidedByUsedInOperatingActivities", "PaymentsToAcquirePropertyPlantAndEquipment"})
"""Of these a report tells the year to date alone."""
BALANCES = {
    "CashAndCashEquivalentsAtCarryingValue": 0.5,
    "StockholdersEquity": 2.0,
    "LongTermDebtNoncurrent": 1.0,
    "LongTermDebtCurrent": 0.1,
    "ShortTermBorrowings": 0.05,
}
SHARES = "EntityCommonStockSharesOutstanding"
NOT_THERE = b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>NoSuchKey</Code></Error>'


@dataclass(frozen=True, slots=True)
class Filing:
    """A report of a fiscal quarter; the fourth is the year's."""

    cik: int
    year: int
    quarter: int

    @property
    def ends(self) -> date:
        return last_day(self.year, self.quarter)

    @property
    def filed(self) -> date:
        return self.ends + timedelta(days=60 if self.quarter == 4 else 35)

    @property
    def form(self) -> str:
        return "10-K" if self.quarter == 4 else "10-Q"

    @property
    def accession(self) -> str:
        return f"{self.cik:010}-{self.filed.year % 100:02}-{self.quarter:06}"

    def a_year_later(self) -> Filing:
        return Filing(self.cik, self.year + 1, self.quarter)


class EdgarServer:
    """`today` is the last day whose filings are in; `replies` says what is answered by path, `asked` remembers them."""

    def __init__(self, companies: int = 6, *, today: date = date(2025, 8, 8), is_strict: bool = False) -> None:
        self.ciks = range(1001, 1001 + companies)
        self.today, self._is_strict = today, is_strict
        self.replies: dict[str, Reply] = {}
        self.asked: list[str] = []
        self.agents: set[str] = set()
        self.refused = 0
        self.latency_s = 0.0
        self._starts: list[float] = []
        self._runner: web.AppRunner | None = None
        self._ready: dict[str, tuple[int, bytes]] = {}
        self.addresses = Addresses()

    async def start(self, port: int = 0) -> None:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        address = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.addresses = Addresses(address, address)

    async def stop(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        self.asked.append(path)
        self.agents.add(request.headers.get("User-Agent", ""))
        now = time.monotonic()
        self._starts = [*(at for at in self._starts if now - at < 1.0), now]
        if self._is_strict and len(self._starts) > LIMIT:
            self.refused += 1
            return web.Response(status=429, text="Request Rate Threshold Exceeded", headers={"Retry-After": "600"})
        await asyncio.sleep(self.latency_s)
        if path in self.replies:
            return await self.replies[path](request)
        return await self.told(path)

    async def told(self, path: str) -> web.Response:
        """Return what the real one would."""
        status, body = self._ready[path] if path in self._ready else self.answer(path)
        return web.Response(status=status, body=body)

    def prepare(self, paths: Iterable[str]) -> None:
        """Have answers ready: it takes a moment to make one of thousands of companies."""
        self._ready = {path: self.answer(path) for path in paths}

    def answer(self, path: str) -> tuple[int, bytes]:
        """Return status and body of an answer."""
        match path.split("/"):
            case ["files", "company_tickers.json"]:
                return 200, json.dumps(self.tickers()).encode()
            case ["api", "xbrl", "frames", taxonomy, tag, unit, period]:
                found = self.frame(taxonomy, tag, unit, period.removesuffix(".json"))
                return (200, json.dumps(found).encode()) if found["pts"] else (404, NOT_THERE)
            case ["api", "xbrl", "companyfacts", name]:
                return 200, json.dumps(self.company(int(name[3:13]))).encode()
            case ["Archives", "edgar", "full-index", year, quarter, "xbrl.idx"]:
                return 200, self.index(int(year), int(quarter[3:])).encode()
        return 404, NOT_THERE

    def tickers(self) -> dict[str, Any]:
        rows = [{"cik_str": cik, "ticker": symbol_of(cik), "title": f"Company {cik}"} for cik in self.ciks]
        return {str(n): row for n, row in enumerate(rows)}

    def filings(self, cik: int) -> Iterator[Filing]:
        """Yield the reports of a company that are in, the oldest first."""
        for year in range(self.today.year - 4, self.today.year + 1):
            for quarter in (1, 2, 3, 4):
                filing = Filing(cik, year, quarter)
                if filing.filed <= self.today:
                    yield filing

    def frame(self, taxonomy: str, tag: str, unit: str, period: str) -> dict[str, Any]:
        year, quarter = int(period[2:6]), int(period[7]) if "Q" in period else 0
        months = 0 if period.endswith("I") else 3 if quarter else 12
        data = []
        for cik in self.ciks:
            own = Filing(cik, year, quarter or 4)
            if own.filed > self.today or not is_told(cik, tag, unit, months, own.quarter):
                continue
            later = own.a_year_later()
            by = later if later.filed <= self.today and (months or quarter == 4) else own
            row = {"accn": by.accession, "cik": cik, "entityName": f"Company {cik}", "loc": "US-TX"}
            row |= {"start": (own.ends - timedelta(days=364 if months == 12 else 89)).isoformat()} if months else {}
            data.append({**row, "end": own.ends.isoformat(), "val": value_of(own, tag, months)})
        label = {"label": tag, "description": f"What {tag} means."}
        return {"taxonomy": taxonomy, "tag": tag, "ccp": period, "uom": unit, **label, "pts": len(data), "data": data}

    def company(self, cik: int) -> dict[str, Any]:
        facts: dict[str, dict[str, Any]] = {"us-gaap": {}, "dei": {}}
        for filing in self.filings(cik):
            told = {"accn": filing.accession, "fy": filing.year, "fp": f"Q{filing.quarter}"}
            told |= {"form": filing.form, "filed": filing.filed.isoformat(), "end": filing.ends.isoformat()}
            for tag in (*REVENUES, *FLOWS, *BALANCES, SHARES):
                taxonomy, unit = ("dei", "shares") if tag == SHARES else ("us-gaap", "USD")
                rows = facts[taxonomy].setdefault(tag, {"label": tag, "units": {unit: []}})["units"][unit]
                spans = (0,) if tag in BALANCES or tag == SHARES else (3, 3 * filing.quarter)
                for months in dict.fromkeys(spans):
                    if is_told(cik, tag, unit, months, filing.quarter):
                        start = date(filing.year, (filing.quarter * 3) - months + 1, 1) if months else None
                        begins = {"start": start.isoformat()} if start else {}
                        rows.append({**begins, **told, "val": value_of(filing, tag, months)})
        return {"cik": cik, "entityName": f"Company {cik}", "facts": facts}

    def index(self, year: int, quarter: int) -> str:
        banner = [
            "Description:           XBRL Index of EDGAR Dissemination Feed",
            f"Last Data Received:    {self.today}",
            "",
        ]
        lines = ["CIK|Company Name|Form Type|Date Filed|Filename", "-" * 80]
        for cik in self.ciks:
            for filing in self.filings(cik):
                if (filing.filed.year, (filing.filed.month + 2) // 3) == (year, quarter):
                    path = f"edgar/data/{cik}/{filing.accession}.txt"
                    lines.append(f"{cik}|Company {cik}|{filing.form}|{filing.filed}|{path}")
        return "\n".join([*banner, *lines, ""])


def symbol_of(cik: int) -> str:
    return f"S{cik - 1000:04}"


def last_day(year: int, quarter: int) -> date:
    return date(year + quarter // 4, quarter % 4 * 3 + 1, 1) - timedelta(days=1)


def is_told(cik: int, tag: str, unit: str, months: int, quarter: int) -> bool:
    """Tell whether a company files under a tag for such a period: a year has no fourth quarter of its own."""
    if tag in BALANCES or tag == SHARES:
        return months == 0 and unit == ("shares" if tag == SHARES else "USD")
    known = tag in FLOWS or tag == REVENUES[cik % 2]
    to_date = 3 * quarter
    spans = {to_date} if tag in OF_CASH else {3, to_date} - ({3} if quarter == 4 else set())
    return known and unit == "USD" and months in spans


def value_of(filing: Filing, tag: str, months: int) -> float:
    """Return a figure: a quarter brings ten thousand times the company's number, growing with the quarters."""
    if tag == SHARES:
        return filing.cik * 1_000
    if tag in BALANCES:
        return round(filing.cik * 1e4 * BALANCES[tag])
    quarters = range(filing.quarter - months // 3 + 1, filing.quarter + 1)
    share = FLOWS.get(tag, 1.0)
    return round(sum(filing.cik * 1e4 * share * (1 + 0.01 * ((filing.year - 2020) * 4 + each)) for each in quarters))


def says(body: str | bytes, status: int = 200, **headers: str) -> Reply:
    async def reply(_request: web.Request) -> web.StreamResponse:
        content = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(body=content, status=status, headers=named)

    return reply


async def cut(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def then(server: EdgarServer, *replies: Reply) -> Reply:
    """Return a reply that is each of `replies` in turn, and then what the real one says."""
    waiting = list(replies)

    async def reply(request: web.Request) -> web.StreamResponse:
        return await waiting.pop(0)(request) if waiting else await server.told(request.match_info["path"])

    return reply
