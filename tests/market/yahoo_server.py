"""A Yahoo on loopback: TLS under its real names, reached through a CONNECT proxy, failing on demand."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from aiohttp import web

from signals.types import Calendar
from tests.wire.proxy import Proxy, certificates

HOSTS = (
    "query1.finance.yahoo.com",
    "query2.finance.yahoo.com",
    "fc.yahoo.com",
    "guce.yahoo.com",
    "consent.yahoo.com",
)
NEW_YORK = ZoneInfo("America/New_York")
PAGES = {"estimates": "/v10/finance/quoteSummary/", "options": "/v7/finance/options/"}
Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]


class YahooServer:
    """Answers chart requests by symbol; `replies` says how, `otherwise` for the rest, `asked` remembers them."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {}
        self.pages: dict[str, Reply] = {}
        """By ``estimates/STRL`` and ``options/STRL``; what is not there is not found."""
        self.otherwise: Reply = not_found
        self.asked: list[str] = []
        self.was_asked = asyncio.Event()
        self.latency_s = 0.0
        self.crumb_status = 200
        self.environment: dict[str, str] = {}
        self._runner: web.AppRunner | None = None
        self._proxy: Proxy | None = None

    async def start(self, folder: Path) -> None:
        context, authority = certificates(folder, *HOSTS)
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=context)
        await site.start()
        port = self._runner.addresses[0][1]
        self._proxy = Proxy(dict.fromkeys(HOSTS, port))
        await self._proxy.start()
        self.environment = {"HTTPS_PROXY": f"http://127.0.0.1:{self._proxy.port}", "SSL_CERT_FILE": str(authority)}

    async def stop(self) -> None:
        assert self._proxy is not None
        assert self._runner is not None
        await self._proxy.stop()
        await self._runner.cleanup()

    def times_asked(self, symbol: str) -> int:
        return Counter(path.rpartition("/")[2] for path in self.asked if "/v8/finance/chart/" in path)[symbol]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.host + request.path)
        self.was_asked.set()
        await asyncio.sleep(self.latency_s)
        if request.path.startswith("/v8/finance/chart/"):
            symbol = request.path.rpartition("/")[2]
            return await self.replies.get(symbol, self.otherwise)(request)
        for kind, where in PAGES.items():
            if request.path.startswith(where):
                return await self.pages.get(f"{kind}/{request.path.rpartition('/')[2]}", no_page)(request)
        if request.path == "/v1/test/getcrumb":
            return web.Response(
                text="crumb" if self.crumb_status == 200 else "Too Many Requests", status=self.crumb_status
            )
        if request.host == "fc.yahoo.com":
            cookie = {"Set-Cookie": "A3=loopback; Domain=.yahoo.com; Path=/; Max-Age=31557600; Secure"}
            return web.Response(status=404, headers=cookie)
        return web.Response(text="<html></html>", content_type="text/html", status=404)


async def not_found(_request: web.Request) -> web.StreamResponse:
    error = {"code": "Not Found", "description": "No data found, symbol may be delisted"}
    return web.json_response({"chart": {"result": None, "error": error}}, status=404)


async def no_page(_request: web.Request) -> web.StreamResponse:
    error = {"code": "Not Found", "description": "No fundamentals data found"}
    return web.json_response({"quoteSummary": {"result": None, "error": error}}, status=404)


async def reset(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def too_slow(_request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(30)
    return web.Response()


def says(body: str | Mapping[str, Any], status: int = 200) -> Reply:
    async def reply(_request: web.Request) -> web.StreamResponse:
        text = body if isinstance(body, str) else json.dumps(body)
        return web.Response(text=text, status=status, content_type="application/json")

    return reply


def then(*replies: Reply) -> Reply:
    """Return a reply that is each of `replies` in turn, the last one from then on."""
    waiting = list(replies)

    async def reply(request: web.Request) -> web.StreamResponse:
        return await (waiting.pop(0) if len(waiting) > 1 else waiting[0])(request)

    return reply


def chart(
    symbol: str,
    days: Sequence[date],
    closes: Sequence[float | None],
    *,
    volumes: Sequence[int | None] | None = None,
    adjusted: Sequence[float | None] | None = None,
    splits: Mapping[date, tuple[int, int]] | None = None,
    traded_since: date = date(1990, 1, 2),
) -> dict[str, Any]:
    """Return an answer in the layout of Yahoo's chart API."""
    stamps = [opening(day) for day in days]
    events = {
        str(opening(day)): {"date": opening(day), "numerator": new, "denominator": old, "splitRatio": f"{new}:{old}"}
        for day, (new, old) in (splits or {}).items()
    }
    meta = {
        "currency": "USD",
        "symbol": symbol,
        "exchangeName": "NMS",
        "instrumentType": "EQUITY",
        "firstTradeDate": opening(traded_since),
        "regularMarketTime": stamps[-1] if stamps else 0,
        "gmtoffset": -18_000,
        "timezone": "EST",
        "exchangeTimezoneName": "America/New_York",
        "longName": f"{symbol} Incorporated",
        "priceHint": 2,
        "dataGranularity": "1d",
        "range": "",
        "validRanges": ["1d", "5d", "max"],
    }
    result: dict[str, Any] = {"meta": meta, "indicators": {"quote": [{}], "adjclose": [{}]}}
    if stamps:
        quote = {field: list(closes) for field in ("open", "high", "low", "close")}
        quote["volume"] = list(volumes or [1_000] * len(stamps))
        result["timestamp"] = stamps
        result["indicators"] = {"quote": [quote], "adjclose": [{"adjclose": list(adjusted or closes)}]}
    if events:
        result["events"] = {"splits": events}
    return {"chart": {"result": [result], "error": None}}


def opening(day: date) -> int:
    return int(datetime.combine(day, time(9, 30), NEW_YORK).timestamp())


def weekdays(start: date, end: date, *, closed: Sequence[date] = ()) -> Calendar:
    """Return a calendar of the weekdays from `start` to `end` but `closed`, each closing at 16:00 in New York."""
    days = [
        day for day in np.arange(start, end, dtype="datetime64[D]").tolist() if day.weekday() < 5 and day not in closed
    ]
    closes = [datetime.combine(day, time(16), NEW_YORK).astimezone(UTC).replace(tzinfo=None) for day in days]
    return Calendar(np.array(days, dtype="datetime64[D]"), np.array(closes, dtype="datetime64[s]"))
