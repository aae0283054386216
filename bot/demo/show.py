"""`smallcap demo`: put the stage up, open the browser, play until the reader has seen enough."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import tempfile
import webbrowser
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from rich.console import Console

from bot.alerts.player import Player, deliver_until
from bot.alerts.schedule import run_instant
from bot.alerts.watch import SessionReport
from bot.app import Ground, open_bot, open_ground
from bot.clock import ReplayClock
from bot.demo.page import Page, need_free
from bot.errors import CannotRun
from bot.logs import configure
from bot.settings import Settings, load
from signals.sessions import previous_session, sessions_between
from signals.types import Calendar

DEMO_SESSIONS = 42
"""The sample's last two months: what the demo plays unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the command line asked for."""

    data: Path | None = None
    first: date | None = None
    last: date | None = None
    pace_s: float = 3.0
    port: int = 0
    is_opened: bool = True


async def show(plan: Plan) -> None:
    """Play the demo until it is stopped by a signal."""
    need_free(plan.port)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    console = Console(stderr=True)
    configure("console" if sys.stderr.isatty() else "json", "warning")
    logging.getLogger("discord").setLevel(logging.ERROR)  # what it warns of at its start is about voice
    with console.status("Loading the market and putting the stage up ..."):
        stack = AsyncExitStack()
        page = await stack.enter_async_context(playing(plan))
    async with stack:
        if not stop.is_set():
            await _present(page, plan)
        await stop.wait()
    sys.stdout.write("The demo is over.\n")


async def _present(page: Page, plan: Plan) -> None:
    """Say where the demo is, and open it."""
    sys.stdout.write(f"The demo is at {page.url}  (stop with Ctrl-C)\n")
    sys.stdout.flush()
    if plan.is_opened:
        await asyncio.to_thread(webbrowser.open, page.url)


@asynccontextmanager
async def playing(plan: Plan) -> AsyncIterator[Page]:
    """Put up the market, the bot, the simulated Discord and the page; take them down again in reverse."""
    try:
        from bot.demo.scene import built
        from bot.demo.stage import Stage
    except ImportError as error:
        raise CannotRun(f'the demo needs its extra ({error.name}): pip install "smallcap-signals[demo]"') from None
    from bot.chat.client import ChatOptions

    async with AsyncExitStack() as stack:
        state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="smallcap-demo-")))
        source = "sample" if plan.data is None else "folder"
        settings = load(state=state, source=source, data=plan.data)
        ground, clock, sessions = await _ground(stack, settings, plan)
        database = f"sqlite:///{state / 'demo.sqlite3'}"
        bot = await stack.enter_async_context(open_bot(ground, database=database, options=ChatOptions()))
        await bot.watch.run_due()
        scene = await built(bot.client, stack, start=clock.now())
        player = Player(sessions, ground.timing, clock, bot.watch.run_due, _nobody, plan.pace_s)
        stage = Stage(scene, bot, player, label=_label(ground))

        async def run_due() -> list[SessionReport]:
            await stage.dawn(clock.now())
            return await bot.watch.run_due()

        async def drain() -> None:
            await stage.dawn(clock.now())
            await bot.deliverer.drain()

        async def meanwhile(until: datetime) -> None:
            await deliver_until(until, bot.store.outbox, drain, clock)

        player.run_due, player.arrived, player.meanwhile = run_due, stage.arrived, meanwhile
        stack.push_async_callback(stage.close)
        await bot.studio.warm()
        await stage.open()
        page = Page(stage)
        stack.push_async_callback(page.stop)
        await page.start(plan.port)
        yield page


async def _ground(stack: AsyncExitStack, settings: Settings, plan: Plan) -> tuple[Ground, ReplayClock, list[date]]:
    """Open the market as of the session before the first one played."""
    async with open_ground(settings, default="sample") as today:
        last = await today.session_of(plan.last)
        first = plan.first or _back(today.calendar, last, DEMO_SESSIONS - 1)
    if first > last:
        raise CannotRun(f"--from {first} lies after {last}, the last session there is: name an earlier one")
    before = previous_session(today.calendar, first)
    clock = ReplayClock(run_instant(today.calendar, before, timedelta(hours=1)))
    ground = await stack.enter_async_context(open_ground(settings, default="sample", clock=clock, labels=("replay",)))
    await ground.book.bring(before)
    return ground, clock, sessions_between(today.calendar, first, last).tolist()


def _label(ground: Ground) -> str:
    """Say where the prices come from."""
    name = ground.source.name
    return " · ".join((name, *(label for label in ground.source.labels if label not in name)))


def _back(calendar: Calendar, session: date, count: int) -> date:
    for _ in range(count):
        session = previous_session(calendar, session)
    return session


async def _nobody(_session: date, _reports: list[SessionReport]) -> None:
    """Stand in until the stage is there."""
