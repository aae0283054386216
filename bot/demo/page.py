"""The demo's web server: SimCord's preview page under one address, with channels and replay controls above it.

SimCord's preview shows one channel on a port of its own. This server stands before it, adds a bar to its page and
passes everything else through; it listens on loopback alone and answers to loopback host names alone.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from importlib import resources
from typing import Any, Protocol

import aiohttp
from aiohttp import web

_PASSED_ON = ("content-type", "x-simcord-capability", "x-simcord-context", "accept")
_HIDDEN = {"transfer-encoding", "content-length", "content-encoding", "connection", "server", "date"}
_ASSETS = {
    "demo.css": "text/css",
    "demo.js": "text/javascript",
    "follow.js": "text/javascript",
    "patience.js": "text/javascript",
    "smallcap.png": "image/png",
}
_ICON = '<link rel="icon" href="/demo/smallcap.png"><link rel="stylesheet" href="/demo/demo.css">'
_TAKEN = "port {port} is in use: name another one with --port, or --port 0 for any that is free"
_NO_STORE = {"Cache-Control": "no-store"}


class Stage(Protocol):
    """What the bar shows and steers."""

    @property
    def preview_origin(self) -> str:
        """Where SimCord's preview listens, e.g. ``http://127.0.0.1:41000``."""
        ...

    @property
    def capability(self) -> str:
        """The secret that preview page needs in its address."""
        ...

    @property
    def quiet(self) -> asyncio.Lock:
        """Held by whoever asks something of SimCord, which does one thing at a time."""
        ...

    def viewed_as(self, user_id: str) -> None:
        """Take note of whom the reader chose to be."""
        ...

    def state(self) -> dict[str, Any]:
        """Return what the bar shows, as JSON."""
        ...

    async def do(self, action: str, value: str) -> None:
        """Carry out a press on the bar; raise ValueError with a plain line where it makes no sense."""
        ...


class PortTaken(Exception):
    """The port is in use: name another one."""


def need_free(port: int) -> None:
    """Raise `PortTaken` where `port` of loopback is in use; 0 always is free."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            raise PortTaken(_TAKEN.format(port=port)) from None


class Page:
    """Serves the demo on ``http://127.0.0.1:<port>/``."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """The address to open."""
        return f"http://127.0.0.1:{self.port}/"

    async def start(self, port: int = 0) -> None:
        """Listen on `port` of loopback; 0 takes a free one."""
        app = web.Application(middlewares=[self._only_loopback_names], client_max_size=32 * 2**20)
        app.router.add_get("/", self._index)
        app.router.add_get("/demo/enter.js", self._enter)
        app.router.add_get("/demo/state", self._state)
        app.router.add_post("/demo/do", self._do)
        app.router.add_get("/demo/{name}", self._asset)
        app.router.add_post("/api/action", self._act)
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        self._session = aiohttp.ClientSession(auto_decompress=False)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, "127.0.0.1", port).start()
        except OSError:
            await self.stop()
            raise PortTaken(_TAKEN.format(port=port)) from None
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close the server and its connections."""
        if self._runner is not None:
            await self._runner.cleanup()
        if self._session is not None:
            await self._session.close()

    @web.middleware
    async def _only_loopback_names(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        # A page elsewhere that points its own name at 127.0.0.1 must not be able to drive the demo.
        own = {f"127.0.0.1:{self.port}", f"localhost:{self.port}"}
        origin = request.headers.get("Origin")
        # Nor may it load our scripts into itself: one of them holds the preview's secret.
        is_borrowed = request.path != "/" and request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}
        is_foreign = origin is not None and origin.removeprefix("http://") not in own
        if request.host not in own or is_foreign or is_borrowed:
            raise web.HTTPForbidden(text="this page answers to 127.0.0.1 alone")
        return await handler(request)

    async def _index(self, request: web.Request) -> web.Response:
        passed = await self._fetch(request, await request.read())
        html = passed.body.decode() if isinstance(passed.body, bytes) else ""
        html = html.replace("<title>SimCord Preview</title>", "<title>smallcap demo</title>", 1)
        html = html.replace("<head>", '<head><script src="/demo/enter.js"></script>', 1)
        html = html.replace("</head>", f"{_ICON}</head>", 1)
        html = html.replace("</body>", '<script type="module" src="/demo/demo.js"></script></body>', 1)
        return web.Response(text=html, content_type="text/html", headers=_kept(passed))

    async def _enter(self, _request: web.Request) -> web.Response:
        # SimCord reads its secret from the address; a reader who opened the bare address is led there.
        secret = json.dumps(f"#{self._stage.capability}")
        script = f"if (location.hash !== {secret}) {{ history.replaceState(null, '', '/' + {secret}); }}"
        return web.Response(text=script, content_type="text/javascript", headers=_NO_STORE)

    async def _asset(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in _ASSETS:
            raise web.HTTPNotFound
        body = resources.files("bot.demo").joinpath("static", name).read_bytes()
        return web.Response(body=body, content_type=_ASSETS[name], charset="utf-8", headers=_NO_STORE)

    async def _state(self, _request: web.Request) -> web.Response:
        return web.json_response(self._stage.state())

    async def _do(self, request: web.Request) -> web.Response:
        try:
            body = await request.json()
            await self._stage.do(str(body["action"]), str(body.get("value", "")))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response(self._stage.state())

    async def _act(self, request: web.Request) -> web.Response:
        """Pass on what the reader did, alone, and again where the page had moved on in the meantime."""
        content = await request.read()
        async with self._stage.quiet:
            answer = await self._fetch(request, content)
            renewed = _renewed(content, answer)
            if renewed is not None:
                answer = await self._fetch(request, renewed)
        sent = _parsed(content)
        if sent.get("kind") == "viewer":
            self._stage.viewed_as(str(sent.get("viewer_id")))
        return _forgiven(answer)

    async def _pass_on(self, request: web.Request) -> web.Response:
        return await self._fetch(request, await request.read())

    async def _fetch(self, request: web.Request, content: bytes) -> web.Response:
        origin = self._stage.preview_origin
        if self._session is None or not origin:
            # The preview is replaced while a channel is changed; the page asks again by itself.
            raise web.HTTPServiceUnavailable
        headers = {name: value for name, value in request.headers.items() if name.lower() in _PASSED_ON}
        if "Origin" in request.headers:
            headers["Origin"] = origin
        url = f"{origin}{request.path_qs}"
        try:
            async with self._session.request(request.method, url, headers=headers, data=content or None) as answer:
                kept = {name: value for name, value in answer.headers.items() if name.lower() not in _HIDDEN}
                return web.Response(body=await answer.read(), status=answer.status, headers=kept)
        except aiohttp.ClientError:
            raise web.HTTPServiceUnavailable from None


def _kept(response: web.Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name.lower() not in _HIDDEN | {"content-type"}}


def _renewed(content: bytes, answer: web.Response) -> bytes | None:
    """Return the action as of the page's present revision where it was refused for an older one, else None.

    A session that arrives between a reader's look and his click renews the page; his click means the same still.
    """
    sent, receipt = _parsed(content), _parsed(answer.body if isinstance(answer.body, bytes) else b"")
    if not sent or not receipt.get("rejected") or "stale-revision" not in _codes(receipt):
        return None
    return json.dumps(sent | {"published_revision": receipt.get("revision")}).encode()


def _forgiven(answer: web.Response) -> web.Response:
    """Return the receipt of an action that the bot refused as one that succeeded.

    SimCord takes every refusal for a defect of the bot and would leave the words in the reader's box; but the bot has
    answered in one line why it refuses, and a defect of its own is answered and logged as well.
    """
    receipt = _parsed(answer.body if isinstance(answer.body, bytes) else b"")
    if receipt.get("settlement") != "failed" or _codes(receipt) != {"action-callback-error"}:
        return answer
    settled = receipt | {"settlement": "settled", "diagnostics": [], "uncertain": False}
    return web.json_response(settled, headers=_kept(answer))


def _codes(receipt: dict[str, Any]) -> set[str]:
    return {str(item.get("code")) for item in receipt.get("diagnostics") or [] if isinstance(item, dict)}


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
