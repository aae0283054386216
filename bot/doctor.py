"""`smallcap doctor`: what is in order, what is missing, and how to mend it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from bot.settings import Settings, SettingsError, load
from signals.facts import STALE_AFTER_DAYS, Holdings

NO_CALENDAR_DAYS = 60
"""Fewer days of calendar ahead than this, and the program is too old."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `mend` says what to do where it is not in order."""

    name: str
    is_well: bool
    detail: str
    mend: str = ""


async def examine(config: Path | None, data: Path | None) -> bool:
    """Look at everything, print what was found, and return whether all is well."""
    console = Console(highlight=False, soft_wrap=True)
    is_well = True
    async with aclosing(_findings(config, data)) as findings:
        async for finding in findings:
            sign = "[green]ok  [/]" if finding.is_well else "[red]MEND[/]"
            console.print(f"{sign} {finding.name}: {escape(finding.detail)}")
            if not finding.is_well:
                console.print(f"     → {escape(finding.mend)}")
                is_well = False
    console.print("All is well." if is_well else "Mend what is marked, then run smallcap doctor again.")
    return is_well


async def _findings(config: Path | None, data: Path | None) -> AsyncGenerator[Finding, None]:
    yield _python()
    try:
        settings = load(config) if data is None else load(config, data=data, source="folder")
    except SettingsError as error:
        yield Finding("settings", is_well=False, detail=str(error), mend="compare with config/example.toml")
        return
    where = config or "environment, smallcap.toml if there is one, defaults"
    yield Finding("settings", is_well=True, detail=str(where))
    yield _token(settings)
    yield _network()
    yield _state(settings)
    for look in (_database, _calendar, _source, _files, _facts):
        yield await _looked(look, settings)


async def _looked(look: Callable[[Settings], Awaitable[Finding]], settings: Settings) -> Finding:
    """Return what `look` finds; what it did not foresee is a finding too."""
    try:
        return await look(settings)
    except Exception as error:  # noqa: BLE001 - a doctor that falls ill at the sight of blood helps nobody
        name = look.__name__.strip("_")
        return Finding(name, is_well=False, detail=f"{type(error).__name__}: {error}", mend="see the message")


def _python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Finding("python", is_well=sys.version_info >= (3, 11), detail=version, mend="install Python 3.11 or newer")


def _token(settings: Settings) -> Finding:
    if settings.discord_token is None:
        mend = "set DISCORD_TOKEN or DISCORD_TOKEN_FILE; the portal shows a token under Bot (docs/operators/index.md)"
        return Finding("token", is_well=False, detail="there is none", mend=mend)
    parts = settings.discord_token.get_secret_value().split(".")
    if len(parts) != 3 or not all(parts):  # noqa: PLR2004 - a token is three parts
        mend = "copy the whole token: three parts with dots between them"
        return Finding("token", is_well=False, detail="it does not look like a Discord token", mend=mend)
    return Finding("token", is_well=True, detail="there is one (it is checked when the bot connects)")


def _network() -> Finding:
    from bot.network import NetworkError, ca_bundle, discord_proxy, ssl_context

    try:
        proxy, bundle = discord_proxy(), ca_bundle()
        ssl_context()
    except NetworkError as error:
        return Finding("network", is_well=False, detail=str(error), mend="correct or unset the variable")
    detail = f"proxy {_without_secret(proxy) if proxy else 'none'}, certificates {bundle or 'of the system'}"
    return Finding("network", is_well=True, detail=detail)


def _without_secret(url: str) -> str:
    head, at, host = url.rpartition("@")
    return f"{head.partition('://')[0]}://…@{host}" if at else url


def _state(settings: Settings) -> Finding:
    try:
        settings.state.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        mend = "set SMALLCAP_STATE to a folder that can be written to"
        return Finding("state folder", is_well=False, detail=f"{settings.state}: {error.strerror}", mend=mend)
    is_writable = os.access(settings.state, os.W_OK)
    detail = str(settings.state.resolve())
    return Finding("state folder", is_well=is_writable, detail=detail, mend="make it writable, or set SMALLCAP_STATE")


async def _database(settings: Settings) -> Finding:
    from bot.store.errors import SchemaTooNew, SchemaTooOld, StoreError
    from bot.store.store import Store

    store = Store(settings.database)
    try:
        await store.open()
    except SchemaTooOld as error:
        return Finding("database", is_well=False, detail=str(error), mend="run smallcap migrate")
    except SchemaTooNew as error:
        return Finding("database", is_well=False, detail=str(error), mend="upgrade the program, or restore a backup")
    except StoreError as error:
        return Finding("database", is_well=False, detail=str(error), mend="correct DATABASE_URL, start the database")
    finally:
        await store.close()
    return Finding("database", is_well=True, detail=store.database.name)


async def _calendar(_settings: Settings) -> Finding:
    from bot.market.calendar import exchange_calendar
    from signals.sessions import close_of, last_closed, next_session

    now = datetime.now(UTC)
    calendar = exchange_calendar(now.date())
    ahead = (calendar.sessions[-1].item() - now.date()).days
    upcoming: date = next_session(calendar, last_closed(calendar, now))
    close = f"{close_of(calendar, upcoming):%H:%M} UTC"
    detail = f"the next close is that of {upcoming}, at {close}; known to {calendar.sessions[-1]}"
    return Finding("calendar", is_well=ahead > NO_CALENDAR_DAYS, detail=detail, mend="upgrade exchange-calendars")


async def _source(settings: Settings) -> Finding:
    from bot.app import open_ground
    from bot.market.book import SessionUnavailable
    from bot.market.types import SourceError, Status

    mend = "check the folder, or the network and the proxy settings; Yahoo may be refusing requests for a while"
    try:
        async with open_ground(settings, default="yahoo") as ground:
            await ground.book.bring(await ground.session_of(None))
            outcomes, last = ground.book.outcomes(), ground.book.view().session
    except (SourceError, SessionUnavailable) as error:
        return Finding("prices", is_well=False, detail=str(error), mend=mend)
    fine = sum(outcome.status is Status.OK for outcome in outcomes)
    detail = f"{ground.source.name}: {fine} of {len(outcomes)} symbols came in whole, last session {last}"
    return Finding("prices", is_well=fine > 0, detail=detail, mend=mend)


async def _files(settings: Settings) -> Finding:
    """Return what the files beside the prices are like: holdings, series, themes, dates."""
    from bot.app import open_ground
    from bot.market.book import SessionUnavailable
    from bot.market.types import SourceError

    try:
        async with open_ground(settings, default="yahoo") as ground:
            found = await asyncio.to_thread(ground.source.reference)
            day = await ground.session_of(None)
    except (SourceError, SessionUnavailable):
        return Finding("files", is_well=True, detail="not looked at: there are no prices to go with them")
    faults = [*found.faults, *_stale(found.facts.holdings, day)]
    if faults:
        return Finding(
            "files", is_well=False, detail="; ".join(faults), mend="correct, replace or remove what is named"
        )
    newest = {file.universe: file for file in found.facts.holdings}
    told = [f"{name} by {file.fund} of {file.effective_date}" for name, file in newest.items()]
    detail = ", ".join(told) or "no holdings file: no universe but the source's own"
    return Finding("files", is_well=True, detail=detail)


async def _facts(settings: Settings) -> Finding:
    """Return how far what is fetched in the background has come: filings, estimates."""
    from bot.app import open_ground
    from bot.market.types import Renewing, SourceError

    try:
        async with open_ground(settings, default="yahoo") as ground:
            told = ground.source.renewing if isinstance(ground.source, Renewing) else ()
    except SourceError:
        return Finding("facts", is_well=True, detail="not looked at: the source of prices cannot be used")
    return Finding("facts", is_well=True, detail="; ".join(told) or "nothing is fetched beside these prices")


def _stale(files: Sequence[Holdings], day: date) -> list[str]:
    newest = {file.universe: file for file in files}
    return [
        f"{name} is stale: its newest holdings file is of {file.effective_date}, {(day - file.effective_date).days}"
        f" days before {day}; download a newer one"
        for name, file in newest.items()
        if (day - file.effective_date).days > STALE_AFTER_DAYS
    ]
