"""The only wiring: settings become a ground to stand on, and the ground a bot."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bot.alerts.compose import AlertComposer
from bot.alerts.deliver import Deliverer
from bot.alerts.historian import WorkerHistorian
from bot.alerts.hours import quiet_until
from bot.alerts.housekeeping import Housekeeper
from bot.alerts.notices import Herald
from bot.alerts.pace import Pace
from bot.alerts.papers import PaperComposer
from bot.alerts.proof import recompute
from bot.alerts.scanner import WorkerScanner
from bot.alerts.watch import JOB, Timing, Watch, rests_until
from bot.cards.studio import Studio
from bot.clock import Clock, WallClock
from bot.market.book import Book, Habits, SessionUnavailable
from bot.market.calendar import kept_calendar
from bot.market.store import BarStore
from bot.market.types import Source, SourceError
from bot.office import Office
from bot.progress import FetchProgress, LoggedProgress
from bot.questions.briefing import paper_of
from bot.questions.desk import Desk
from bot.questions.findings import Findings
from bot.questions.foresight import Foresight
from bot.questions.inquest import Inquest
from bot.questions.inquest_ports import Procedure, Witnesses
from bot.questions.papers import Newsstand
from bot.questions.parse import QuestionError
from bot.questions.ports import GuildThresholds, Knowledge
from bot.questions.symbols import name_of
from bot.settings import Settings
from signals.catalog import SIGNALS
from signals.sessions import is_session, previous_session
from signals.types import Calendar, Market

if TYPE_CHECKING:
    from bot.alerts.ports import Sender, View
    from bot.chat.client import ChatOptions, SmallcapBot
    from bot.chat.ports import Ports
    from bot.market.furnished import Background
    from bot.store.store import Store

SourceName = Literal["yahoo", "tiingo", "folder", "sample"]
ANSWERING = tuple(signal for signal in SIGNALS if signal.kinds)
"""The signals that raise events."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What every use of the program stands on: a calendar, a clock, a source and the book kept of it."""

    settings: Settings
    calendar: Calendar
    clock: Clock
    source: Source
    book: Book

    @property
    def timing(self) -> Timing:
        """When sessions are due and how long their alerts last."""
        delay = timedelta(minutes=self.settings.close_delay_minutes)
        return Timing(self.calendar, delay=delay, expiry_hours=self.settings.expiry_hours)

    async def session_of(self, day: date | None) -> date:
        """Return the last session there are bars of, on or before `day` where one is given.

        Raises
        ------
        QuestionError
            If the bars begin after `day`.
        SessionUnavailable
            If there are no bars at all.
        """
        first, last = await self.book.span()
        if day is None or day >= last:
            return last
        if day < first:
            raise QuestionError(f"there are no bars before {first}: name a later day than {day}")
        return day if is_session(self.calendar, day) else previous_session(self.calendar, day)


@asynccontextmanager
async def open_ground(
    settings: Settings,
    *,
    default: SourceName,
    clock: Clock | None = None,
    labels: tuple[str, ...] = (),
    is_live: bool = False,
) -> AsyncIterator[Ground]:
    """Open the source that `settings` name (`default` where they name none) and the book kept of it.

    With `is_live`, what the book says grows stale while the source is down.

    Raises
    ------
    SourceError
        If the source cannot be used.
    """
    clock = clock or WallClock()
    bars = _folder(settings.state / "bars")
    calendar = kept_calendar(clock.now().date(), bars)
    async with AsyncExitStack() as stack:
        source, key = _source(settings, settings.source or default, calendar, clock)
        close = getattr(source, "close", None)
        if close is not None:
            stack.push_async_callback(close)
        start = clock.now().date() - timedelta(days=366 * settings.history_years)
        delay = timedelta(minutes=settings.close_delay_minutes)
        habits = Habits(start=start, delay=delay, labels=labels, is_live=is_live, compared=settings.second_symbols)
        second = _second_source(settings, settings.source or default, calendar, clock)
        book = Book(source, BarStore(_folder(bars / key)), calendar, clock, second=second, habits=habits)
        yield Ground(settings, calendar, clock, source, book)


def _folder(path: Path) -> Path:
    """Make `path` a folder that can be written to, and return it."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = f"the state folder {path} cannot be made ({error.strerror}): set SMALLCAP_STATE to another one"
        raise SourceError(reason) from None
    if not os.access(path, os.W_OK):
        raise SourceError(f"the state folder {path} cannot be written to: set SMALLCAP_STATE to another one")
    return path


def _source(settings: Settings, name: SourceName, calendar: Calendar, clock: Clock) -> tuple[Source, str]:
    """Return the source and a name for the folder of its bars."""
    match name:
        case "folder":
            from bot.market.folder import FolderSource

            if settings.data is None:
                raise SourceError("no folder was named: give --data DIR")
            digest = hashlib.sha256(str(settings.data.resolve()).encode()).hexdigest()[:12]
            return FolderSource(settings.data), f"folder-{digest}"
        case "sample":
            from bot.market.sample import SampleSource

            return SampleSource(calendar), "sample"
        case "yahoo":
            from bot.market.splits import FILE as SPLITS
            from bot.market.spool import spool_beside
            from bot.market.yahoo import YahooSource
            from bot.market.yahoo_facts import YahooFacts

            yahoo = YahooSource(
                calendar,
                clock,
                symbols=settings.symbols,
                on_progress=FetchProgress(),
                spool=spool_beside(settings.state / "bars" / "yahoo"),
                splits=settings.state / SPLITS,
            )
            asked = yahoo if settings.yahoo_facts and isinstance(clock, WallClock) else None
            facts = YahooFacts(asked, settings.state / "yahoo", clock, calendar, first=settings.symbols)
            return _furnished(yahoo, settings, calendar, clock, facts), "yahoo"
        case "tiingo":
            tiingo = _tiingo(settings, calendar, clock, symbols=settings.symbols)
            return _furnished(tiingo, settings, calendar, clock), "tiingo"


def _second_source(settings: Settings, name: SourceName, calendar: Calendar, clock: Clock) -> Source | None:
    """Return the second source; none beside simulated prices and in a replay, which asks nobody anything."""
    if settings.second_source is None or name == "sample" or not isinstance(clock, WallClock):
        return None
    return _tiingo(settings, calendar, clock)


def _tiingo(settings: Settings, calendar: Calendar, clock: Clock, *, symbols: tuple[str, ...] = ()) -> Source:
    from bot.market.tiingo import TiingoSource

    if settings.tiingo_key is None:
        raise SourceError("Tiingo needs a key: set SMALLCAP_TIINGO_KEY or TIINGO_API_KEY")
    progress = FetchProgress() if symbols else None
    return TiingoSource(calendar, clock, settings.tiingo_key, symbols=symbols, on_progress=progress)


def _furnished(bars: Source, settings: Settings, calendar: Calendar, clock: Clock, *background: Background) -> Source:
    """Return `bars` with the facts of the state folder beside them; a replay downloads nothing."""
    from bot.market.furnished import FurnishedSource, Furniture
    from bot.market.ishares import Downloads
    from bot.market.universe import FUND_OF

    furniture = Furniture(settings.state, settings.holdings, settings.symbols, settings.universes)
    funds = [FUND_OF[name] for name in settings.universes if name in FUND_OF]
    if settings.fred and isinstance(clock, WallClock):
        from bot.market.fred import Fred

        furniture = replace(furniture, downloads=(Fred(settings.state / "fred", clock, calendar=calendar),))
    if settings.holdings_download and funds and isinstance(clock, WallClock):
        holdings = Downloads(furniture.holdings_folder, clock, funds=funds)
        furniture = replace(furniture, downloads=(*furniture.downloads, holdings))
    furniture = replace(furniture, background=(*background, *_filings(settings, calendar, clock)))
    return FurnishedSource(bars, furniture)


def _filings(settings: Settings, calendar: Calendar, clock: Clock) -> tuple[Background, ...]:
    """Return what was filed, as kept in the state folder; EDGAR is asked by a bot of today that says for whom."""
    from bot.market.edgar import CompanyFilings
    from bot.market.edgar_client import Edgar
    from bot.market.edgar_insiders import FormFilings

    is_asked = settings.edgar_contact is not None and isinstance(clock, WallClock)
    edgar = Edgar(settings.edgar_contact or "", clock) if is_asked else None
    folder = settings.state / "edgar"
    figures = CompanyFilings(edgar, folder, clock, calendar, on_progress=LoggedProgress("EDGAR"))
    return figures, FormFilings(edgar, folder, clock)


_LOADING = "the prices are still being loaded: try again in a minute"


@dataclass(frozen=True, slots=True)
class Present:
    """What the desk knows of a running bot's book: the present market, or that there is none yet."""

    book: Book

    def market(self) -> Market:
        """Return the present market; raise `QuestionError` while prices are still being loaded."""
        try:
            return self.book.market()
        except SessionUnavailable:
            raise QuestionError(_LOADING) from None

    def view(self) -> View:
        """Return what the present market is opened from; raise `QuestionError` while prices are still being loaded."""
        try:
            return self.book.view()
        except SessionUnavailable:
            raise QuestionError(_LOADING) from None


def desk_of(ground: Ground, knowledge: Knowledge, thresholds: GuildThresholds) -> Desk:
    """Return a desk without a running bot behind it, as the command line uses it."""
    return Desk(knowledge, thresholds, Office(ground.book, knowledge, None, None, ground.timing, ground.clock))


@dataclass(frozen=True, slots=True)
class Bot:
    """Everything that runs: what watches, what delivers, what answers."""

    ground: Ground
    store: Store
    studio: Studio
    desk: Desk
    watch: Watch
    deliverer: Deliverer
    client: SmallcapBot
    housekeeper: Housekeeper
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once Discord has let the bot in."""


@asynccontextmanager
async def open_bot(
    ground: Ground, *, database: str, options: ChatOptions, sender: Sender | None = None
) -> AsyncIterator[Bot]:
    """Open the database and put the bot together; nothing runs and nothing is sent yet."""
    from bot.chat.client import SmallcapBot
    from bot.chat.sender import DiscordSender
    from bot.chat.views import BelowAlerts
    from bot.chat.whereabouts import GuildAttendance, GuildModerators
    from bot.store.store import Store

    async with AsyncExitStack() as stack:
        store = Store(database)
        stack.push_async_callback(store.close)
        await store.open(migrate=True)
        _tell_what_is_watched(ground.source, store)
        studio = await stack.enter_async_context(Studio())
        scanner = WorkerScanner()
        stack.push_async_callback(scanner.close)
        historian = WorkerHistorian()
        stack.push_async_callback(historian.close)
        newsstand = Newsstand(Present(ground.book), ground.book, studio, paper_of, WallClock())
        desk, ports = _answering(ground, store, (studio, newsstand), historian)
        stack.push_async_callback(desk.close)
        client = SmallcapBot(options, ports)
        alerts = AlertComposer(ground.book, studio, name_of=name_of, buttons=BelowAlerts())
        composer = PaperComposer(alerts, newsstand, BelowAlerts())
        pace = Pace(per_second=ground.settings.sends_per_second)
        herald = Herald(store.notices, store.destinations, GuildModerators(client), ground.clock, JOB)
        deliverer = Deliverer(
            store.outbox,
            store.destinations,
            composer,
            sender or DiscordSender(client),
            ground.clock,
            pace,
            tell_moderators=herald.tell,
        )

        def tell() -> None:
            deliverer.wake()
            desk.freshen()

        watch = Watch(
            book=ground.book,
            memory=store,
            scanner=scanner,
            signals=ANSWERING,
            timing=ground.timing,
            clock=ground.clock,
            tell=tell,
        )
        housekeeper = Housekeeper(store.guilds, store.memberships, GuildAttendance(client), WallClock())
        yield Bot(ground, store, studio, desk, watch, deliverer, client, housekeeper)


def _tell_what_is_watched(source: Source, store: Store) -> None:
    """Let what asks for facts symbol by symbol begin with those that members watch."""
    from bot.market.yahoo_facts import YahooFacts

    for each in getattr(source, "background", ()):
        if isinstance(each, YahooFacts):
            each.watched = store.members.watched


def _answering(
    ground: Ground, store: Store, printing: tuple[Studio, Newsstand], historian: WorkerHistorian
) -> tuple[Desk, Ports]:
    """Put together what answers questions, and hand the chat all it asks of the rest."""
    from bot.chat.ports import Ports

    present, clock = Present(ground.book), ground.clock
    office = Office(ground.book, present, store.runs, store.outbox, ground.timing, clock, store.destinations)
    desk = Desk(present, store.thresholds, office)
    witnesses = Witnesses(
        knowledge=present,
        bars=ground.book,
        archive=store.archive,
        runs=store.runs,
        routes=store.routes,
        destinations=store.destinations,
        silences=store.configuration,
        members=store.members,
        thresholds=store.thresholds,
        clock=clock,
    )
    ports = Ports(
        desk=desk,
        pictures=printing[0],
        papers=printing[1],
        routes=store.routes,
        destinations=store.destinations,
        told=store.ledger,
        thresholds=store.thresholds,
        memory=store.notes,
        clock=clock,
        configuration=store.configuration,
        members=store.members,
        ratings=store.ratings,
        privacy=store.privacy,
        foresight=Foresight(present, store.thresholds, historian),
        findings=Findings(present, store.thresholds),
        rosters=desk.rosters,
        inquest=Inquest(witnesses, Procedure(JOB, ground.timing.delay, recompute, rests_until, quiet_until)),
        guilds=store.guilds,
    )
    return desk, ports
