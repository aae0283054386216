"""Faults of time: the scheduling process killed, ten years of sessions, a day of crashes, the gateway's odd endings."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import sqlalchemy as sa

from benchmarks.faults.line import Line
from benchmarks.faults.sender import quietly
from bot.alerts.scan import Request, ScanResult
from bot.alerts.schedule import next_instant, run_instant
from bot.alerts.watch import JOB, Timing, Watch
from bot.clock import SetClock
from bot.store.store import Store
from bot.store.tables import delivery, event, run
from signals.cross import CROSS
from signals.sessions import sessions_between
from signals.types import Calendar, Coverage, Event, Market, Prices

SCRIPTS = tuple(f"tests/wire/test_{name}.py" for name in ("gateway_scripts", "shut_door", "orderly_ends"))
ROOT = Path(__file__).resolve().parents[2]
DELAY = timedelta(minutes=20)
A_SESSION_S = 0.1
"""So long a session lasts on the clock of the killed schedulers."""


@dataclass(frozen=True)
class HurriedClock:
    """A clock on which every session lasts but a moment; all processes that share it agree on the time."""

    instants: tuple[datetime, ...]
    began: float

    def now(self) -> datetime:
        """Return the due instant of the session that is on now."""
        passed = int((time.time() - self.began) / A_SESSION_S)
        return self.instants[max(0, min(passed, len(self.instants) - 1))]

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class OneEach:
    """Finds one event in every session, after a while that differs."""

    async def scan(
        self,
        view: Any,
        session: date,
        requests: Sequence[Request],
        absent: Mapping[str, date],
        posted: Sequence[Event] = (),
        *,
        since: date | None = None,
    ) -> ScanResult:
        """Return what `session` brought."""
        del view, requests, absent, posted, since
        await asyncio.sleep(random.random() * 0.02)  # noqa: S311 - an uneven scan
        thresholds = {name: CROSS.thresholds_with()[name] for name in CROSS.kind("golden_cross").thresholds}
        found = Event("cross", "golden_cross", "^RUT", session, CROSS.version, thresholds, {"close": 1.0})
        return ScanResult(session, (found,), Coverage(1, 1))


@dataclass(frozen=True)
class NoBars:
    """A view of a market in which nobody belongs to any group."""

    session: date
    calendar: Calendar
    released: Mapping[str, date] = field(default_factory=dict)

    def open(self) -> Market:
        """Return the market."""
        sessions = np.array([self.session], "datetime64[D]")
        instant = run_instant(self.calendar, self.session, DELAY)
        return Market(Prices(sessions, (), close=np.empty((1, 0))), instant, "nobody", self.calendar)


@dataclass(frozen=True)
class AnyBook:
    """Has every session."""

    calendar: Calendar

    async def bring(self, session: date) -> NoBars:
        """Return something to scan."""
        return NoBars(session, self.calendar)


def keep_time(url: str, clock: HurriedClock, calendar: Calendar) -> None:
    """Run what is due until killed: the scheduling half of the bot, on its own."""
    quietly()
    asyncio.run(_keep_time(url, clock, calendar))


async def _keep_time(url: str, clock: HurriedClock, calendar: Calendar) -> None:
    store = Store(url)
    await store.open()
    watch = Watch(AnyBook(calendar), store, OneEach(), (CROSS,), Timing(calendar, DELAY), clock)
    while True:
        await watch.run_due()
        await asyncio.sleep(A_SESSION_S / 4)


async def schedulers(*, seed: int, kills: int = 100) -> list[Line]:
    """Let two processes schedule on one database, and kill the one that holds a run, again and again."""
    dice, began = random.Random(seed), time.monotonic()  # noqa: S311 - instants of kills
    calendar = exchange()
    sessions = sessions_between(calendar, date(2019, 1, 2), date(2026, 6, 30)).tolist()
    with tempfile.TemporaryDirectory(prefix="smallcap-faults-") as name:
        url = f"sqlite:///{Path(name) / 'smallcap.sqlite3'}"
        store = Store(url)
        await store.open(migrate=True)
        await store.routes.add(
            guild_id=1, channel_id=11, signal="cross", subjects=(), by=1, at=datetime(2019, 1, 1, tzinfo=UTC)
        )
        clock = HurriedClock(tuple(run_instant(calendar, s, DELAY) for s in sessions), time.time() + 1.0)
        await store.runs.baseline(JOB, sessions[0], clock.instants[0])
        killed, last = await _kill_in_turn(store, url, clock, calendar, dice, kills)
        line = await _accounts(store, [s for s in sessions[1:] if s <= last], killed)
        await store.close()
    return [Line(*line, time.monotonic() - began)]


async def _kill_in_turn(
    store: Store, url: str, clock: HurriedClock, calendar: Calendar, dice: random.Random, kills: int
) -> tuple[int, date]:
    """Kill whichever process has just started a run, as long as there are sessions; return how often, and the last."""
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])

    def start() -> Any:
        process = context.Process(target=keep_time, args=(url, clock, calendar), daemon=True)
        process.start()
        return process

    pair = [start(), start()]
    for killed in range(kills):
        await asyncio.sleep(0.05 + dice.random() * 0.25)
        victim = killed % 2  # which of the two holds the run is chance: at equal odds it is the one under way
        pair[victim].kill()
        await asyncio.to_thread(pair[victim].join)
        pair[victim] = start()
    await asyncio.sleep(0.5)
    last = clock.now().date()
    deadline = time.monotonic() + 60
    while (done := await store.runs.last(JOB)) is None or done.session < last or await store.runs.failed(JOB):
        assert time.monotonic() < deadline, "the survivors do not finish"
        await asyncio.sleep(0.1)
    for process in pair:
        process.kill()
        await asyncio.to_thread(process.join)
    return kills, last


async def _accounts(store: Store, sessions: list[date], killed: int) -> tuple[str, str, str, bool]:
    async with store.database.read() as connection:
        runs = (await connection.execute(sa.select(run.c.session, run.c.state, run.c.computed, run.c.attempt))).all()
        events = Counter((await connection.execute(sa.select(event.c.session))).scalars())
        deliveries = await connection.scalar(sa.select(sa.func.count()).select_from(delivery))
    finished = {row.session for row in runs if row.state == "finished"}
    missed = [session for session in sessions if session not in finished or not events[session]]
    double = sum(n - 1 for n in events.values()) + sum(max(0, row.computed - 1) for row in runs)
    taken_over = sum(row.attempt > 1 for row in runs)
    is_met = not missed and not double and deliveries == sum(events.values())
    figure = f"two schedulers on one database, {killed} kills, {len(finished):,} sessions: double firings / missed"
    return figure, "0 / 0", f"{double} / {len(missed)} ({taken_over} runs taken over)", is_met


def exchange() -> Calendar:
    """Return the exchange's calendar as the bot keeps it."""
    from bot.market.calendar import exchange_calendar

    return exchange_calendar(date(2026, 11, 27))


NEW_YORK = ZoneInfo("America/New_York")


def by_the_rules(session: date) -> datetime:
    """Return a session's close by the exchange's published rules alone: 16:00, or 13:00 before holidays."""
    is_short = _is_day_after_thanksgiving(session) or _is_eve_of_christmas(session) or _is_eve_of_independence(session)
    return datetime(session.year, session.month, session.day, 13 if is_short else 16, tzinfo=NEW_YORK).astimezone(UTC)


def _is_day_after_thanksgiving(day: date) -> bool:
    return day.month == 11 and day.weekday() == 4 and 23 <= day.day <= 29


def _is_eve_of_christmas(day: date) -> bool:
    return (day.month, day.day) == (12, 24)


def _is_eve_of_independence(day: date) -> bool:
    """3 July is short where the 4th is a session's day off in the same week."""
    return (day.month, day.day) == (7, 3) and day.weekday() <= 3


async def instants(*, seed: int) -> list[Line]:
    """Compare ten years of run instants with the exchange's rules, and let an alarm clock ring through all of them."""
    del seed
    began, calendar = time.monotonic(), exchange()
    sessions = sessions_between(calendar, date(2016, 11, 1), date(2026, 11, 25)).tolist()
    wrong = [s for s in sessions if run_instant(calendar, s, DELAY) != by_the_rules(s) + DELAY]
    rung, now = [], run_instant(calendar, sessions[0], DELAY) - timedelta(seconds=1)
    while len(rung) < len(sessions):
        now = next_instant(calendar, now, DELAY)
        rung.append(now)
    wrong += [s for s, instant in zip(sessions, rung, strict=True) if instant != by_the_rules(s) + DELAY]
    short = sum(by_the_rules(s).astimezone(NEW_YORK).hour == 13 for s in sessions)
    winter = sum(by_the_rules(s).astimezone(NEW_YORK).utcoffset() == timedelta(hours=-5) for s in sessions)
    found = f"{len(sessions) - len(set(wrong)):,} of {len(sessions):,} ({short} half days, {winter:,} in winter time)"
    figure = "XNYS run instants over 10 years, DST and half days"
    return [Line(figure, "all right", found, not wrong, time.monotonic() - began)]


async def crash_loop(*, seed: int, per_day: int = 200, days: float = 3.0) -> list[Line]:
    """Crash right after every IDENTIFY for some days, and start anew at once each time; the budget is on disk."""
    dice, began = random.Random(seed), time.monotonic()  # noqa: S311 - how long a life lasts
    clock, sent = SetClock(datetime(2026, 3, 6, tzinfo=UTC)), []
    end = clock.now() + timedelta(days=days)
    with tempfile.TemporaryDirectory(prefix="smallcap-faults-") as name:
        url = f"sqlite:///{Path(name) / 'smallcap.sqlite3'}"
        first = Store(url)
        await first.open(migrate=True)
        await first.close()
        while clock.now() < end:
            store = Store(url)  # every life knows only what is on disk
            wait_s = await store.identifies.take(clock.now(), per_day)
            await store.close()
            if wait_s:
                await clock.sleep(min(wait_s, 3600.0))
            else:
                sent.append(clock.now())
                await clock.sleep(dice.random() * 3)
    day = timedelta(days=1)
    most = max(sum(a <= b < a + day for b in sent) for a in sent)
    figure = f"IDENTIFYs in any 24 h of a simulated crash loop ({days:g} days)"
    return [Line(figure, f"≤ {per_day}", f"{most} ({len(sent)} in all)", most <= per_day, time.monotonic() - began)]


async def gateway(*, seed: int) -> list[Line]:
    """Play the gateway's scripts against the real client over TLS, as the tests do; every one must be survived."""
    del seed
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", *SCRIPTS]
    played = await asyncio.to_thread(
        subprocess.run, command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    last = played.stdout.strip().splitlines()[-1] if played.stdout.strip() else played.stderr[-200:]
    figure = "gateway scripts (op 7, op 9, close codes, zombie, half-open, refused, malformed)"
    return [Line(figure, "all survived or ended", last, played.returncode == 0, time.monotonic() - began)]
