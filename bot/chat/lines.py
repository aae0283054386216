"""The client's websockets as they open and fail, seen through the public hooks of aiohttp and discord.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace

import aiohttp
import discord

from bot.chat.door import Door
from bot.clock import Clock
from bot.errors import Refused

TOKEN = "Discord refuses the token: reset it in the developer portal and set the new one"  # noqa: S105 - words about it
INTENTS = (
    "Discord does not grant Message Content: switch the intent on in the developer portal, "
    "or set message_content = false"
)
FATAL = {
    4004: TOKEN,
    4010: "Discord refuses the shard the bot asks for (4010): update smallcap-signals",
    4011: "the bot is in more servers than one connection may serve (4011): remove it from some, or start a second bot",
    4012: "Discord no longer speaks this version of its gateway (4012): update discord.py",
    4013: "Discord does not know the intents the bot asks for (4013): update smallcap-signals",
    4014: INTENTS,
}
"""The gateway's close codes after which another attempt gets the same answer."""
Receive = Callable[[float | None], Awaitable[aiohttp.WSMessage]]
_SWITCHING = 101
_RESET = 54
"""The error number of a reset connection on macOS, by which discord.py tells that it may resume at once."""


class NoLine(Exception):
    """No websocket could be opened; of a kind that discord.py leaves to its caller."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for what.

    Attributes
    ----------
    first_rest_s, longest_rest_s : float
        Between attempts to connect anew; each rest is twice the one before.
    lasting_s : float
        After a connection that lasted so long the rests begin anew.
    free_lines, quick_s, longest_pause_s : int, float, float
        So many websockets may each open less than `quick_s` after the one before; then pauses grow up to the longest.
    shortest_zombie_s, look_every_s : float
        A heartbeat may go unacknowledged for two and a half intervals, and at least so long; how often to look.
    polite_s : float
        What Discord gets to answer a farewell before the connection is cut.
    """

    first_rest_s: float = 5.0
    longest_rest_s: float = 300.0
    lasting_s: float = 300.0
    free_lines: int = 3
    quick_s: float = 60.0
    longest_pause_s: float = 30.0
    shortest_zombie_s: float = 60.0
    look_every_s: float = 5.0
    polite_s: float = 2.0


PATIENCE = Patience()


class Lines:
    """The websockets of one client, as they open: none is left open beside a later one, and none opens in a rush."""

    def __init__(self, clock: Clock, door: Door) -> None:
        self._clock = clock
        self._door = door
        self.patience = PATIENCE
        self._session: aiohttp.ClientSession | None = None
        self._open: list[aiohttp.ClientResponse] = []
        self._last_at: datetime | None = None
        self._quick = 0
        self.missed = 0
        """Attempts in a row that opened nothing."""
        self.resumes_next = False
        """Whether the next attempt is to look like a reset, after which discord.py resumes the session it had."""

    def follow(self, trace: aiohttp.TraceConfig) -> None:
        """Look at every request of the sessions that `trace` is given to, before the door does."""
        trace.on_request_start.insert(0, self._begin)
        trace.on_request_end.append(self._opened)
        trace.on_request_exception.append(self._failed)

    def listen(self, http: discord.http.HTTPClient) -> None:
        """Hear a fatal close code before it is lost.

        Discord hangs up as soon as it has said why; aiohttp then fails to answer, tells 1006 instead of what it heard,
        and discord.py would go on trying.
        """
        connect = http.ws_connect

        async def listened(url: str, *, compress: int = 0) -> aiohttp.ClientWebSocketResponse:
            socket = await connect(url, compress=compress)
            socket.receive = _alert(socket.receive)  # type: ignore[assignment, method-assign]  # overloaded there
            return socket

        http.ws_connect = listened  # type: ignore[method-assign]  # there is no hook for it

    @property
    def open(self) -> list[aiohttp.ClientResponse]:
        """The answers that became websockets, and still are."""
        return [line for line in self._open if line.connection is not None]

    def cut(self, lines: list[aiohttp.ClientResponse]) -> None:
        """Cut `lines` without a farewell."""
        for line in lines:
            if line.connection is not None and line.connection.transport is not None:
                line.connection.transport.abort()  # closing alone would wait for the other end to agree
            line.close()

    def forget_session(self) -> None:
        """Part the connector from the session of a login that failed: the next login makes a session of its own."""
        if self._session is not None:
            self._session.detach()

    async def _begin(
        self, session: aiohttp.ClientSession, _context: SimpleNamespace, params: aiohttp.TraceRequestStartParams
    ) -> None:
        self._session = session
        if not _is_websocket(params.url.scheme):
            return
        if self.resumes_next:
            self.resumes_next = False
            raise ConnectionResetError(_RESET, "the session is resumed")
        if (closed := self._door.closed()) is not None:
            raise NoLine(closed)
        self.cut(self.open)  # discord.py loses sight of one that fails between HELLO and IDENTIFY
        await self._clock.sleep(self._pause_s())

    async def _opened(
        self, _session: aiohttp.ClientSession, _context: SimpleNamespace, params: aiohttp.TraceRequestEndParams
    ) -> None:
        if not _is_websocket(params.url.scheme):
            return
        if params.response.status != _SWITCHING:
            self.missed += 1
            raise NoLine(RuntimeError(f"the gateway answers {params.response.status}"))
        self.missed = 0
        self._open = [*self.open, params.response]

    async def _failed(
        self, _session: aiohttp.ClientSession, _context: SimpleNamespace, params: aiohttp.TraceRequestExceptionParams
    ) -> None:
        error: BaseException = params.exception
        if _is_websocket(params.url.scheme) and isinstance(error, Exception) and not isinstance(error, NoLine):
            self.missed += 1
            raise NoLine(error)

    def _pause_s(self) -> float:
        now, patience = self._clock.now(), self.patience
        is_quick = self._last_at is not None and (now - self._last_at).total_seconds() < patience.quick_s
        self._quick = self._quick + 1 if is_quick else 0
        pressed = self._quick - patience.free_lines
        pause_s = min(patience.longest_pause_s, 2.0 ** min(pressed, 20)) if pressed >= 0 else 0.0
        self._last_at = now + timedelta(seconds=pause_s)
        return pause_s


def _alert(receive: Receive) -> Receive:
    """Return `receive`, except that it raises where it hears a fatal close."""

    async def alert(timeout: float | None = None) -> aiohttp.WSMessage:  # noqa: ASYNC109 - the signature is aiohttp's
        message = await receive(timeout)
        if message.type is aiohttp.WSMsgType.CLOSE and message.data in FATAL:
            raise Refused(FATAL[message.data])
        return message

    return alert


def _is_websocket(scheme: str) -> bool:
    return scheme in {"ws", "wss"}
