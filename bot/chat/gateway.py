"""The supervisor: it keeps the bot connected through the gateway's odd endings, within the day's IDENTIFYs.

discord.py resumes by itself where the gateway closes in a way it knows. It gives up, with whatever exception comes up,
where a first connection fails or an event cannot be read; where a later one fails it rests up to seventeen minutes; it
connects again without any rest where the gateway closes every connection at once; and it does not see that heartbeats
are no longer acknowledged while events still come.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import aiohttp
import discord
import structlog

from bot.chat.door import DoorClosed
from bot.chat.health import zombie_after
from bot.chat.lines import FATAL, INTENTS, PATIENCE, TOKEN, NoLine, Patience
from bot.clock import Clock
from bot.errors import CannotRun, Refused

if TYPE_CHECKING:
    from bot.chat.client import SmallcapBot

log = structlog.get_logger(__name__)

RESUMES_TRIED = 5
"""So often in a row the address to resume at may fail before a new session is begun at the common one."""
_UNAUTHORIZED = 401


class Budget(Protocol):
    """Counts IDENTIFYs over all starts of the program; `bot.store` implements it."""

    async def take(self, now: datetime, per_day: int) -> float:
        """Record one and return 0.0; or, recording nothing, the seconds until there may be one."""
        ...


class BudgetSpent(Exception):
    """An IDENTIFY must wait."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"no new session for {wait_s:.0f} s")
        self.wait_s = wait_s


class Rests:
    """Rests that grow, each with a quarter by chance so that many bots do not return at once."""

    def __init__(self, patience: Patience, dice: random.Random) -> None:
        self._patience = patience
        self._dice = dice
        self._next_s = patience.first_rest_s

    def next_s(self, lasted_s: float = 0.0) -> float:
        """Return the rest after something that lasted so long."""
        if lasted_s >= self._patience.lasting_s:
            self._next_s = self._patience.first_rest_s
        rest_s = self._next_s
        self._next_s = min(self._patience.longest_rest_s, 2 * rest_s)
        return min(self._patience.longest_rest_s, rest_s * (1 + self._dice.random() / 4))


class Gateway:
    """Logs the client in, keeps it connected, and says when that is over."""

    def __init__(
        self,
        client: SmallcapBot,
        token: str,
        *,
        clock: Clock,
        budget: Budget,
        per_day: int,
        patience: Patience = PATIENCE,
        dice: random.Random | None = None,
    ) -> None:
        self._client = client
        self._token = token
        self._clock = clock
        self._budget = budget
        self._per_day = per_day
        self._patience = patience
        self._dice = dice or random.Random()  # noqa: S311 - it only spreads rests
        self._has_ticket = False
        client.admit = self.admit
        client.lines.patience = patience

    async def run(self, opened: asyncio.Event) -> None:
        """Log in, set `opened`, and stay connected until cancelled or until the client is closed.

        Raises
        ------
        Refused
            If Discord does not want this bot as it is, however often it comes.
        """
        await self._client.door.restore()
        await self._log_in()
        opened.set()
        await self._stay()

    async def watch(self) -> None:
        """Give up connections on which heartbeats go unacknowledged, until cancelled."""
        while True:
            await self._clock.sleep(self._patience.look_every_s)
            await self.check()

    async def check(self) -> None:
        """Give the connection up where it is a zombie; discord.py then resumes the session on another."""
        pulse, lines = self._client.pulse, self._client.lines
        silence, dead = pulse.silence(), lines.open
        shortest = timedelta(seconds=self._patience.shortest_zombie_s)
        if silence is None or not dead or silence <= zombie_after(pulse.interval_s, shortest):
            return
        log.warning("Discord acknowledges no heartbeat: connecting anew", since_s=round(silence.total_seconds(), 1))
        pulse.fade()
        await self._say_farewell()
        await self._clock.sleep(self._patience.polite_s)  # discord.py itself waits half a minute for an answer
        lines.cut(dead)

    async def admit(self) -> None:
        """Let one IDENTIFY pass, the one that was taken from the day's budget beforehand or another.

        Raises
        ------
        BudgetSpent
            If there is none left now.
        """
        await self._take_ticket()
        self._has_ticket = False

    async def close(self) -> None:
        """Close the client, also where the other end no longer answers."""
        closing = asyncio.create_task(self._client.close())
        await asyncio.wait({closing}, timeout=self._patience.polite_s)
        if not closing.done():
            self._client.lines.cut(self._client.lines.open)
        await closing

    async def _log_in(self) -> None:
        rests = Rests(self._patience, self._dice)
        while True:
            await self._wait_for_the_door()
            try:
                await self._client.login(self._token)
            except Exception as error:
                if (refused := refusal(error)) is not None:
                    raise refused from None
                if self._client.user is not None and self._client.application is not None:
                    raise  # Discord has answered: what failed is our own setting up
                rest_s = rests.next_s()
                log.warning("Discord cannot be reached", reason=_words(error), next_try_s=round(rest_s, 1))
                await self._clock.sleep(rest_s)
                self._client.lines.forget_session()
            else:
                log.info("logged in", user=str(self._client.user))
                return

    async def _stay(self) -> None:
        """Connect, and again where discord.py gives up."""
        rests = Rests(self._patience, self._dice)
        while not self._client.is_closed():
            await self._wait_for_the_door()
            began = self._clock.now()
            try:
                if not self._client.lines.resumes_next:
                    await self._take_ticket()
                await self._client.connect()
            except Exception as caught:  # noqa: BLE001 - whatever a parser of discord.py may raise ends a connection
                error = caught.cause if isinstance(caught, NoLine) else caught
                self._let_through(error)
                await self._hang_up()
                rest_s = self._rest_s(error, rests, began)
                self._client.lines.resumes_next = self._can_resume(error)
                await self._clock.sleep(rest_s)

    def _let_through(self, error: Exception) -> None:
        """Raise what ends the process."""
        if (refused := refusal(error)) is not None:
            raise refused from None
        if self._client.is_closed():
            raise CannotRun(f"the connection to Discord is over ({_words(error)}): start the bot again") from error

    def _rest_s(self, error: Exception, rests: Rests, began: datetime) -> float:
        """Return how long to rest, and log why."""
        if isinstance(error, BudgetSpent):
            rest_s = max(error.wait_s, self._patience.first_rest_s)
            log.warning("too many new sessions today: waiting for the next", per_day=self._per_day, next_try_s=rest_s)
            return rest_s
        rest_s = rests.next_s((self._clock.now() - began).total_seconds())
        log.warning("the connection was lost", reason=_words(error), next_try_s=round(rest_s, 1))
        return rest_s

    def _can_resume(self, error: Exception) -> bool:
        """Whether the session is worth going on with: events are then replayed, and no IDENTIFY is spent.

        Not so where a READY could not be read: what the client knows is then half of what it should.
        """
        session = getattr(self._client.ws, "session_id", None)
        if session is None or isinstance(error, BudgetSpent) or self._client.pulse.event == "READY":
            return False
        return self._client.lines.missed < RESUMES_TRIED

    async def _take_ticket(self) -> None:
        """Take an IDENTIFY from the budget before anything is opened for it; one that was not used stays in hand."""
        if self._has_ticket:
            return
        wait_s = await self._budget.take(self._clock.now(), self._per_day)
        if wait_s > 0:
            raise BudgetSpent(wait_s)
        self._has_ticket = True

    async def _wait_for_the_door(self) -> None:
        while (closed := self._client.door.closed()) is not None:
            if closed.retry_after_s is None:
                raise Refused(TOKEN)
            await self._clock.sleep(closed.retry_after_s)

    async def _hang_up(self) -> None:
        """Leave nothing open: a socket's heartbeat would go on beside the next one's."""
        await self._say_farewell()
        lines = self._client.lines
        lines.cut(lines.open)

    async def _say_farewell(self) -> None:
        """Close the websocket in a way that keeps the session."""
        socket: discord.gateway.DiscordWebSocket | None = self._client.ws
        if socket is None or not socket.open:
            return
        with suppress(TimeoutError, aiohttp.ClientError, OSError, RuntimeError):
            async with asyncio.timeout(self._patience.polite_s):
                await socket.close(4000)


def refusal(error: Exception) -> Refused | None:
    """Return what to tell the operator where Discord's answer would be the same again; None where it may change."""
    match error:
        case Refused():
            return error
        case discord.LoginFailure() | DoorClosed(retry_after_s=None):
            return Refused(TOKEN)
        case discord.PrivilegedIntentsRequired():
            return Refused(INTENTS)
        case discord.ConnectionClosed(code=code) if code in FATAL:
            return Refused(FATAL[code])
        case discord.HTTPException(status=status) if status == _UNAUTHORIZED:
            return Refused(TOKEN)
        case _:
            return None


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".removesuffix(": ")
