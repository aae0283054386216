"""A Tiingo on loopback: answers daily prices by symbol, knows one key, and fails on demand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Any

from aiohttp import web

KEY = "0123456789abcdef0123456789abcdef01234567"
Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]


class TiingoServer:
    """`replies` says how each symbol is answered; `asked` remembers symbols, `queries` what else was said."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {}
        self.asked: list[str] = []
        self.queries: list[Mapping[str, str]] = []
        self.address = ""
        self.under_way = self.most_at_once = 0
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/tiingo/daily/{symbol}/prices", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.address = f"http://127.0.0.1:{self._runner.addresses[0][1]}/tiingo/daily"

    async def stop(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        symbol = request.match_info["symbol"]
        self.asked.append(symbol)
        self.queries.append(dict(request.query))
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        try:
            if request.headers.get("Authorization") != f"Token {KEY}":
                return web.json_response({"detail": "Invalid token."}, status=401)
            return await self.replies.get(symbol, not_found)(request)
        finally:
            self.under_way -= 1


async def not_found(request: web.Request) -> web.StreamResponse:
    symbol = request.match_info["symbol"]
    return web.json_response({"detail": f"Error: Ticker '{symbol}' not found"}, status=404)


async def reset(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def too_slow(_request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(30)
    return web.Response()


def says(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    async def reply(_request: web.Request) -> web.StreamResponse:
        if isinstance(body, str):
            return web.Response(text=body, status=status, headers=headers)
        return web.json_response(body, status=status, headers=headers)

    return reply


def then(*replies: Reply) -> Reply:
    """Return a reply that is each of `replies` in turn, the last one from then on."""
    waiting = list(replies)

    async def reply(request: web.Request) -> web.StreamResponse:
        return await (waiting.pop(0) if len(waiting) > 1 else waiting[0])(request)

    return reply


def daily(
    days: Sequence[date],
    closes: Sequence[float | None],
    *,
    splits: Mapping[date, float] | None = None,
    volumes: Sequence[int] | None = None,
) -> list[dict[str, Any]]:
    """Return rows in the layout of Tiingo's daily prices: as printed on the day, and adjusted beside it."""
    splits = splits or {}
    return [
        {
            "date": f"{day}T00:00:00.000Z",
            "close": close,
            "high": None if close is None else close + 1,
            "low": None if close is None else close - 1,
            "open": close,
            "volume": volume,
            "adjClose": None if close is None else close / 2,
            "adjHigh": close,
            "adjLow": close,
            "adjOpen": close,
            "adjVolume": volume,
            "divCash": 0.0,
            "splitFactor": splits.get(day, 1.0),
        }
        for day, close, volume in zip(days, closes, volumes or [1_000] * len(days), strict=True)
    ]
