"""A client that knows of Discord only what is published, to hold the loopback Discord to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.wire.loopback import connector
from tests.wire.shapes import TOKEN

PATIENCE_S = 5.0


@dataclass
class Clock:
    """A clock that a test moves."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Heard:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def code(self) -> int | None:
        return self.body.get("code") if isinstance(self.body, dict) else None


class Line:
    """A gateway connection, frame by frame."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def hear(self) -> dict[str, Any]:
        return await self.socket.receive_json(timeout=PATIENCE_S)

    async def hear_nothing(self, seconds: float = 0.1) -> bool:
        """Whether nothing comes for so long."""
        try:
            await self.socket.receive(timeout=seconds)
        except TimeoutError:
            return True
        return False

    async def say(self, op: int, data: Any = None) -> None:
        await self.socket.send_str(json.dumps({"op": op, "d": data}))

    async def identify(self, token: str = TOKEN, intents: int = 0, **more: Any) -> dict[str, Any]:
        """Identify and return what READY tells."""
        await self.say(2, {"token": token, "intents": intents, "properties": {}, **more})
        said = await self.hear()
        assert said["t"] == "READY"
        return said["d"]

    async def resume(self, session: str, seen: int, token: str = TOKEN) -> None:
        await self.say(6, {"token": token, "session_id": session, "seq": seen})

    async def close_code(self) -> int | None:
        """Wait for the server's close and return its code."""
        while (await self.socket.receive(timeout=PATIENCE_S)).type is not aiohttp.WSMsgType.CLOSE:
            pass
        return self.socket.close_code

    async def close(self, code: int) -> None:
        await self.socket.close(code=code)


class Caller:
    """Plain aiohttp, led to the loopback."""

    def __init__(self, port: int, ca_path: Path) -> None:
        self._session = aiohttp.ClientSession(connector=connector(port, ca_path))
        self._lines: list[Line] = []

    async def close(self) -> None:
        for line in self._lines:
            await line.close(1000)
        await self._session.close()

    async def ask(self, method: str, path: str, *, token: str | None = TOKEN, **more: Any) -> Heard:
        """Send one request to the API, and never a second."""
        headers = {"Authorization": f"Bot {token}"} if token else {}
        url = f"https://discord.com/api/v10{path}"
        async with self._session.request(method, url, headers=headers, **more) as response:
            text = await response.text()
            is_json = response.headers.get("Content-Type") == "application/json"
            return Heard(response.status, response.headers.copy(), json.loads(text) if is_json else text)

    async def create(self, channel: int, content: str | None = "hello", **payload: Any) -> Heard:
        """Create a message."""
        return await self.ask("POST", f"/channels/{channel}/messages", json={"content": content, **payload})

    async def attach(self, channel: int, files: int = 1, **payload: Any) -> Heard:
        """Create a message with files."""
        form = aiohttp.FormData({"payload_json": json.dumps(payload)})
        for n in range(files):
            form.add_field(f"files[{n}]", b"picture", filename=f"{n}.png", content_type="image/png")
        return await self.ask("POST", f"/channels/{channel}/messages", data=form)

    async def history(self, channel: int, **query: Any) -> Heard:
        return await self.ask("GET", f"/channels/{channel}/messages", params=query)

    async def line(self) -> Line:
        """Connect to the gateway and hear its HELLO."""
        impatient = aiohttp.ClientWSTimeout(ws_close=0.2)
        url = "wss://gateway.discord.gg/?v=10&encoding=json"
        line = Line(await self._session.ws_connect(url, timeout=impatient))
        self._lines.append(line)
        assert (await line.hear())["op"] == 10
        return line
