"""A made-up market on the evening of a golden cross, and a real store."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from bot.alerts.hours import quiet_until
from bot.alerts.proof import proofs_of, recompute
from bot.alerts.scan import Request, scan_market
from bot.alerts.watch import JOB, rests_until
from bot.cards.card import Card
from bot.clock import SetClock
from bot.market.gate import Held, Kind
from bot.market.types import Outcome, Status
from bot.people import DIRECT, Edit, Noun, Preferences, Snooze, Subscription
from bot.questions.inquest import Inquest
from bot.questions.inquest_ports import Procedure, Witnesses
from bot.records import DeliveryState, Outbound, Planned, Settlement, StoredEvent
from bot.store.store import Store
from signals.cross import CROSS
from signals.sessions import close_of
from signals.types import Event, Market
from tests.alerts.worlds import calendar, golden_row, market, session_at

ROW = golden_row()
SESSION = session_at(ROW)
CLOSE = close_of(calendar(), SESSION)
NOW = CLOSE + timedelta(hours=1)
EARLIER = CLOSE - timedelta(days=30)
GUILD, CHANNEL, USER = 1, 11, 77
DELAY = timedelta(minutes=20)
LEASE_S = 60.0


@dataclass
class Knowledge:
    known: Market

    def market(self) -> Market:
        return self.known


@dataclass
class Bars:
    bars: list[Held] = field(default_factory=list)
    ended: list[Outcome] = field(default_factory=list)

    def held(self):
        return self.bars

    def outcomes(self):
        return self.ended


@dataclass
class Scene:
    """Everything an inquest looks at; the session of the cross is closed, and nothing has happened yet."""

    store: Store
    knowledge: Knowledge = field(default_factory=lambda: Knowledge(known_at(ROW)))
    bars: Bars = field(default_factory=Bars)
    clock: SetClock = field(default_factory=lambda: SetClock(NOW))

    @property
    def inquest(self) -> Inquest:
        store = self.store
        witnesses = Witnesses(
            knowledge=self.knowledge,
            bars=self.bars,
            archive=store.archive,
            runs=store.runs,
            routes=store.routes,
            destinations=store.destinations,
            silences=store.configuration,
            members=store.members,
            thresholds=store.thresholds,
            clock=self.clock,
        )
        return Inquest(witnesses, Procedure(JOB, DELAY, recompute, rests_until, quiet_until))

    async def begin(self, row: int = ROW - 30) -> None:
        """Let the bot have been started first, with everything up to that row for history."""
        await self.store.runs.baseline(JOB, session_at(row), EARLIER)

    async def route(self, *subjects: str, at: datetime = EARLIER) -> int:
        given = {"guild_id": GUILD, "channel_id": CHANNEL, "signal": "cross", "by": 5}
        return (await self.store.routes.add(subjects=subjects, at=at, **given)).id

    async def silence(self, signal: str, subject: str, until: datetime) -> None:
        edit = Edit(Noun.SILENCE, f"{signal} {subject}", {"until": until.isoformat()})
        await self.store.configuration.change(guild_id=GUILD, by=5, at=EARLIER, action="silence", edits=[edit])

    async def subscribe(self, subject: str = "VEE", **given) -> None:
        given = {"signal": "cross", "channel_id": DIRECT, "asked_in": CHANNEL, "created_at": EARLIER, **given}
        await self.store.members.subscribe(Subscription(0, USER, GUILD, subject=subject, **given))

    async def prefer(self, **given) -> None:
        await self.store.members.prefer(Preferences(USER, **given), EARLIER)

    async def snooze(self, signal: str, until: datetime) -> None:
        await self.store.members.snooze(Snooze(USER, signal, until))

    async def watch(self, *symbols: str) -> None:
        await self.store.members.watch(USER, symbols, EARLIER)

    async def refuse(self, reason: str) -> None:
        """Let Discord refuse what is being sent, for good."""
        assert await self.store.destinations.switch_off(await self.claim(), reason, NOW, notice_text="mend it")

    async def scan(
        self, *plans: Planned, events: tuple[Event, ...] | None = None, session: date = SESSION, **given
    ) -> None:
        """Record a finished scan: by default of the cross and with its proof."""
        run = await self.store.runs.start(JOB, session, NOW)
        assert run is not None
        found = (cross(),) if events is None else events
        proofs = given.pop("proofs", [*proofs_of(found, self.knowledge.known)])
        await self.store.ledger.record(run, found, plans, at=NOW, proofs=proofs, **given)

    async def fail(self, reason: str) -> None:
        run = await self.store.runs.start(JOB, SESSION, NOW)
        assert run is not None
        await self.store.runs.fail(run, reason, NOW)

    async def claim(self, now: datetime = NOW) -> Outbound:
        [message] = await self.store.outbox.claim(10, now, LEASE_S)
        return message

    async def end(self, state: DeliveryState, *, now: datetime = NOW, **given) -> None:
        message = await self.claim(now)
        assert await self.store.outbox.settle([Settlement(message.id, message.lease, state, now, **given)])

    async def whynot(self, subject: str = "VEE", *, guild_id: int | None = GUILD) -> Card:
        return await self.inquest.whynot(subject, "cross", user_id=USER, guild_id=guild_id, channel_id=CHANNEL)

    async def latest(self) -> StoredEvent:
        [stored] = await self.store.ledger.latest(1)
        return stored


def known_at(row: int, **changed) -> Market:
    whole = market(**changed)
    as_of = close_of(whole.calendar, session_at(row)) + DELAY
    return replace(whole, prices=whole.prices.upto(session_at(row)), as_of=as_of)


def cross(**thresholds) -> Event:
    """Return the golden cross of VEE as a scan finds it."""
    found = scan_market(known_at(ROW), SESSION, [Request("cross", CROSS.thresholds_with(thresholds))]).events
    return next(event for event in found if (event.subject, event.kind) == ("VEE", "golden_cross"))


def planned(event: Event | None = None, **given) -> Planned:
    event = event or cross()
    plan = {"identity": event.identity, "route_id": 1, "guild_id": GUILD, "channel_id": CHANNEL, "why": "it asked"}
    return Planned(**{**plan, "priority": 5, "expires_at": NOW + timedelta(days=1), **given})


def direct(**given) -> Planned:
    return planned(**{"channel_id": USER, "is_direct": True, "route_id": None, **given})


def jump(session: date, reason: str = "moved +95 % in a day") -> Held:
    return Held("VEE", session, reason, Kind.JUMP, session)


def outcome(status: Status, detail: str) -> Outcome:
    return Outcome("VEE", status, detail)


def stations(card: Card) -> dict[str, list[str]]:
    """Return the lines of each station."""
    return {name.title: name.text.splitlines() for name in card.fields}


def first_cause(card: Card) -> str:
    return card.text.splitlines()[0]
