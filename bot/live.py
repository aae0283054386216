"""`smallcap run`: the bot in a real Discord, on live prices or on replayed history."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import signal
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from bot.alerts.player import RETRIES_S, Player, deliver_until
from bot.alerts.schedule import run_instant
from bot.alerts.timetable import Timetable
from bot.alerts.watch import JOB, SessionReport
from bot.app import Bot, Ground, open_bot, open_ground
from bot.clock import ReplayClock, WallClock
from bot.errors import CannotRun, Refused, StillComing
from bot.logs import configure
from bot.market.book import Book, SessionUnavailable
from bot.market.view import View
from bot.settings import Settings
from signals.sessions import previous_session, sessions_between

log = structlog.get_logger(__name__)

WAIT_FOR_ROUTE_S = 0.5
WAIT_FOR_PRICES_S = 60.0
LONGEST_WAIT_S = 30.0
"""A rate limit that lasts longer is an answer and not waited out inside the request."""


async def live(settings: Settings, *, replay_from: date | None = None, pace_s: float | None = None) -> None:
    """Run until SIGTERM or SIGINT, or until Discord refuses the bot.

    Raises
    ------
    CannotRun
        If there is no token.
    Refused
        If Discord refuses it, or the intents.
    """
    configure(settings.log_format, settings.log_level)
    token = settings.discord_token
    if token is None:
        raise CannotRun("there is no token: set DISCORD_TOKEN or DISCORD_TOKEN_FILE (smallcap doctor tells more)")
    secret = token.get_secret_value()
    with _stop_signals() as stop:
        if replay_from is None or pace_s is None:
            await _until(stop, _present(settings, secret))
        else:
            await _until(stop, _replay(settings, secret, replay_from, pace_s))


async def _until(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Do `work` to its end, or cancel it once `stop` is set, whatever it is doing then."""
    working, stopped = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait((working, stopped), return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if working.done():
        working.result()
        return
    log.info("stopping")
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working


async def _present(settings: Settings, token: str) -> None:
    """Keep up with the market as it is."""
    async with (
        open_ground(settings, default="yahoo", is_live=True) as ground,
        _together(ground, settings.database) as bot,
    ):
        await _run(bot, token, _keep_time(bot))


async def _replay(settings: Settings, token: str, first: date, pace_s: float) -> None:
    """Play history through the live bot, on a database of its own: one per source and first session."""
    async with open_ground(settings, default="sample") as today:
        last = await today.session_of(None)
        calendar = today.calendar
    if first > last:
        raise CannotRun(f"--from {first} lies after {last}, the last session there is: name an earlier one")
    sessions = sessions_between(calendar, first, last).tolist()
    clock = ReplayClock(run_instant(calendar, previous_session(calendar, first), timedelta(hours=1)))
    async with (
        open_ground(settings, default="sample", clock=clock, labels=("replay",)) as ground,
        _together(ground, f"sqlite:///{_replay_file(settings, first)}") as bot,
    ):
        await ground.book.bring(previous_session(calendar, first))
        await _run(bot, token, _play(bot, clock, sessions, pace_s))


def _replay_file(settings: Settings, first: date) -> Path:
    source = settings.data.resolve() if settings.data else settings.source or "sample"
    digest = hashlib.sha256(str(source).encode()).hexdigest()[:8]
    return settings.state / f"replay-{first.isoformat()}-{digest}.sqlite3"


@contextmanager
def _stop_signals() -> Iterator[asyncio.Event]:
    """Turn SIGTERM and SIGINT into an event."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGTERM, signal.SIGINT)
    for number in numbers:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


@asynccontextmanager
async def _together(ground: Ground, database: str) -> AsyncIterator[Bot]:
    """Put the bot together with the connection settings of the environment."""
    from bot.chat.client import ChatOptions
    from bot.network import discord_connector, discord_proxy

    options = ChatOptions(
        prefix=ground.settings.prefix,
        message_content=ground.settings.message_content,
        connection={
            "proxy": discord_proxy(),
            "connector": discord_connector(),
            "max_ratelimit_timeout": LONGEST_WAIT_S,  # the outbox waits better: others go on meanwhile
        },
    )
    async with open_bot(ground, database=database, options=options) as bot:
        yield bot


async def _run(bot: Bot, token: str, timekeeping: Coroutine[Any, Any, None]) -> None:
    """Connect, keep time and deliver, until cancelled or until one of them ends."""
    from bot.chat.gateway import Gateway
    from bot.chat.health import Vitals

    wall, store, per_day = WallClock(), bot.store, bot.ground.settings.identifies_per_day
    gateway = Gateway(bot.client, token, clock=wall, budget=store.identifies, per_day=per_day)
    vitals = Vitals(bot.client, store.identifies, store.notes, wall)
    async with bot.client:
        running = [
            asyncio.create_task(gateway.run(bot.opened), name="gateway"),
            asyncio.create_task(gateway.watch(), name="heartbeat"),
            asyncio.create_task(vitals.run(), name="health"),
            asyncio.create_task(_refused(bot), name="refused"),
            asyncio.create_task(_once_ready(bot, timekeeping), name="time"),
            asyncio.create_task(_once_ready(bot, bot.deliverer.run()), name="deliver"),
            asyncio.create_task(_once_ready(bot, bot.housekeeper.run()), name="housekeeping"),
        ]
        try:
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            timekeeping.close()
            await gateway.close()


async def _once_ready(bot: Bot, work: Coroutine[Any, Any, Any]) -> None:
    """Do `work` once Discord has let the bot in."""
    try:
        await bot.opened.wait()
        await work
    finally:
        work.close()


async def _refused(bot: Bot) -> None:
    """Raise once Discord has refused the token in the middle of things: a bot that cannot speak need not run."""
    from bot.chat.lines import TOKEN

    await bot.client.door.refused.wait()
    raise Refused(TOKEN)


async def _keep_time(bot: Bot) -> None:
    """Load the prices, scan what was missed, and then each session when it is due."""
    book = bot.ground.book
    while True:
        try:
            session = await bot.ground.session_of(None)
            view = await _brought(book, session)
            break
        except SessionUnavailable as error:
            log.warning("no prices yet", reason=str(error), next_try_s=WAIT_FOR_PRICES_S)
            await asyncio.sleep(WAIT_FOR_PRICES_S)
    bot.desk.freshen()
    _settle_down()
    log.info("prices loaded", source=view.source, session=view.session.isoformat(), held=len(view.held))

    async def ring() -> None:
        await bot.watch.run_due()
        await book.catch_up()
        bot.desk.freshen()  # bars may have come, and a close makes the market another one

    timetable = Timetable(bot.ground.timing, bot.ground.clock, ring)
    try:
        await timetable.start()
        await _for_ever()
    finally:
        await timetable.stop()


async def _brought(book: Book, session: date) -> View:
    """Bring `session`; the rest of a universe is waited for by the watch, and by nobody who asks."""
    try:
        return await book.bring(session)
    except StillComing:
        return await book.at(session)


async def _play(bot: Bot, clock: ReplayClock, sessions: list[date], pace_s: float) -> None:
    """Let sessions pass every `pace_s` seconds, once a channel listens; a second start goes on where it was."""
    ground = bot.ground
    await bot.watch.run_due()
    played = await bot.store.runs.last(JOB)
    past = [session for session in sessions if played is not None and session <= played.session]
    if past:
        clock.set(run_instant(ground.calendar, past[-1], ground.timing.delay))
        await ground.book.bring(past[-1])
    bot.desk.freshen()

    async def arrived(session: date, reports: list[SessionReport]) -> None:
        if not reports:
            await ground.book.bring(session)
            bot.desk.freshen()
        await _delivered(bot)

    left = sessions[len(past) :]
    player = Player(left, ground.timing, clock, bot.watch.run_due, arrived, pace_s, partial(_delivered, bot))
    if left and not await bot.store.routes.all():
        log.info("the replay begins once a channel listens", hint=f"type {ground.settings.prefix}alerts here in one")
        while not await bot.store.routes.all():  # noqa: ASYNC110 - the database rings no bell
            await asyncio.sleep(WAIT_FOR_ROUTE_S)
    await _delivered(bot)  # what a crash left behind
    _settle_down()
    log.info("replaying", sessions=len(left), of=len(sessions), first=str(sessions[0]), last=str(sessions[-1]))
    await player.play()
    log.info("the replay is over; questions are still answered")
    await _for_ever()


async def _delivered(bot: Bot, until: datetime | None = None) -> None:
    """Wait until nothing is on its way any more that is due by then: a replay's clock is about to leap over it."""
    clock = bot.ground.clock
    if isinstance(clock, ReplayClock):
        soon = clock.now() + timedelta(seconds=RETRIES_S)
        await deliver_until(until or soon, bot.store.outbox, bot.deliverer.drain, clock)


def _settle_down() -> None:
    """Tell the garbage collector that what has been loaded stays: looking through it all held the loop up for 0.1 s."""
    gc.collect()
    gc.freeze()


async def _for_ever() -> None:
    await asyncio.Event().wait()
