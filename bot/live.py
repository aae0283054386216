"""`smallcap run`: the bot in a real Discord, on live prices or on replayed history."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta

import structlog

from bot.alerts.player import Player
from bot.alerts.schedule import run_instant
from bot.alerts.timetable import Timetable
from bot.alerts.watch import SessionReport
from bot.app import Bot, Ground, open_bot, open_ground
from bot.clock import ReplayClock
from bot.errors import CannotRun
from bot.logs import configure
from bot.settings import Settings
from signals.sessions import previous_session, sessions_between

log = structlog.get_logger(__name__)

WAIT_FOR_ROUTE_S = 0.5


async def live(settings: Settings, *, replay_from: date | None = None, pace_s: float | None = None) -> None:
    """Run until SIGTERM or SIGINT, or until Discord refuses the token.

    Raises
    ------
    CannotRun
        If there is no token, or Discord refuses it or the intents.
    """
    configure(settings.log_format, settings.log_level)
    if settings.discord_token is None:
        raise CannotRun("there is no token: set DISCORD_TOKEN or DISCORD_TOKEN_FILE (smallcap doctor tells more)")
    if replay_from is None or pace_s is None:
        async with open_ground(settings, default="yahoo") as ground, _connected(ground, settings.database) as bot:
            await _until_stopped(bot, _keep_time(bot))
    else:
        await _replay(settings, replay_from, pace_s)


async def _replay(settings: Settings, first: date, pace_s: float) -> None:
    """Play history through the live bot, on a database of its own."""
    async with open_ground(settings, default="sample") as today:
        last = await today.session_of(None)
        calendar = today.calendar
    if first > last:
        raise CannotRun(f"--from {first} lies after {last}, the last session there is: name an earlier one")
    clock = ReplayClock(run_instant(calendar, previous_session(calendar, first), timedelta(hours=1)))
    database = f"sqlite:///{settings.state / 'replay.sqlite3'}"
    async with (
        open_ground(settings, default="sample", clock=clock, labels=("replay",)) as ground,
        _connected(ground, database) as bot,
    ):
        await ground.book.bring(previous_session(calendar, first))
        await _until_stopped(bot, _play(bot, clock, sessions_between(calendar, first, last).tolist(), pace_s))


@asynccontextmanager
async def _connected(ground: Ground, database: str) -> AsyncIterator[Bot]:
    from bot.chat.client import ChatOptions
    from bot.network import discord_connector, discord_proxy

    options = ChatOptions(
        prefix=ground.settings.prefix,
        message_content=ground.settings.message_content,
        connection={"proxy": discord_proxy(), "connector": discord_connector()},
    )
    async with open_bot(ground, database=database, options=options) as bot:
        yield bot


async def _until_stopped(bot: Bot, timekeeping: contextlib.AbstractAsyncContextManager[None]) -> None:
    """Connect, keep time and deliver, until a signal or the end of the connection."""
    import discord

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    token = bot.ground.settings.discord_token
    if token is None:
        raise CannotRun("there is no token")
    async with bot.client:
        try:
            await bot.client.login(token.get_secret_value())
        except discord.LoginFailure:
            raise CannotRun("Discord refuses the token: reset it in the developer portal and set the new one") from None
        running = [asyncio.create_task(bot.client.connect(), name="gateway")]
        running.append(asyncio.create_task(_wait(stop), name="stop"))
        try:
            await _first_of(running[0], asyncio.create_task(bot.client.wait_until_ready()))
            async with timekeeping:
                running.append(asyncio.create_task(bot.deliverer.run(), name="deliver"))
                done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    _explain(task)
        finally:
            log.info("stopping")
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)


async def _wait(stop: asyncio.Event) -> None:
    await stop.wait()


async def _first_of(gateway: asyncio.Task[None], ready: asyncio.Task[None]) -> None:
    """Wait for either; a gateway that ends before it is ready says why."""
    await asyncio.wait([gateway, ready], return_when=asyncio.FIRST_COMPLETED)
    if gateway.done():
        ready.cancel()
        _explain(gateway)


def _explain(task: asyncio.Task[object]) -> None:
    """Raise what ended `task`, in words where Discord's answer has a known meaning."""
    import discord

    error = task.exception()
    if isinstance(error, discord.PrivilegedIntentsRequired):
        raise CannotRun(
            "Discord does not grant Message Content: switch the intent on in the developer portal, "
            "or set message_content = false"
        ) from None
    if isinstance(error, discord.ConnectionClosed) and error.code == 4004:  # noqa: PLR2004 - Discord's close code
        raise CannotRun("Discord refuses the token: reset it in the developer portal and set the new one") from None
    if error is not None:
        raise error


@asynccontextmanager
async def _keep_time(bot: Bot) -> AsyncIterator[None]:
    """Scan each session when it is due, and what was missed at once."""
    timetable = Timetable(bot.ground.timing, bot.ground.clock, bot.watch.run_due)
    await bot.ground.book.bring(await bot.ground.session_of(None))
    starting = asyncio.create_task(timetable.start())
    try:
        yield
    finally:
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await timetable.stop()


@asynccontextmanager
async def _play(bot: Bot, clock: ReplayClock, sessions: list[date], pace_s: float) -> AsyncIterator[None]:
    """Let sessions pass every `pace_s` seconds, once a channel listens."""
    ground = bot.ground
    await bot.watch.run_due()

    async def arrived(session: date, reports: list[SessionReport]) -> None:
        if not reports:
            await ground.book.bring(session)

    player = Player(sessions, ground.timing, clock, bot.watch.run_due, arrived, pace_s)

    async def play() -> None:
        if not await bot.store.routes.all():
            log.info("waiting for a channel", hint=f"type {ground.settings.prefix}alerts here in one")
        while not await bot.store.routes.all():  # noqa: ASYNC110 - the database rings no bell
            await asyncio.sleep(WAIT_FOR_ROUTE_S)
        log.info("replaying", sessions=len(sessions), first=str(sessions[0]), last=str(sessions[-1]))
        await player.play()
        log.info("the replay is over; questions are still answered")

    playing = asyncio.create_task(play())
    try:
        yield
    finally:
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
