"""Fakes of what people decide: the ports of the store, kept in dictionaries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Any

from bot.cards.card import Card
from bot.cards.findings_card import Finding, Found
from bot.cards.printed import Printed
from bot.cards.provenance import Grounds
from bot.people import (
    DIRECT,
    THE_BOT,
    WATCHLIST,
    Cadence,
    Change,
    Edit,
    GuildSettings,
    Noun,
    Preferences,
    Rated,
    Received,
    Silence,
    Snooze,
    Subscriber,
    Subscription,
)
from bot.questions.parse import QuestionError
from bot.records import Route, StoredEvent
from signals.types import Basis, Coverage

Rows = dict[tuple[Noun, str], Mapping[str, Any]]

NEW_ROUTE = {"subjects": [], "importance": 1, "role_id": None, "cadence": "instant", "daily_at": None}


class FakeConfiguration:
    """Everything a guild has set, and who set it."""

    def __init__(self) -> None:
        self.kept: dict[int, Rows] = {}
        self.changes: list[Change] = []
        self.broken: Exception | None = None
        self.forgive: Callable[[int], None] = lambda _channel_id: None
        """Called with the channel of every route that is stated."""

    def of(self, guild_id: int) -> Rows:
        return self.kept.setdefault(guild_id, {})

    async def settings(self, guild_id: int) -> GuildSettings:
        given = {key: row["value"] for (noun, key), row in self.of(guild_id).items() if noun is Noun.GUILD}
        return GuildSettings(guild_id, **given)

    async def silences(self, guild_id: int, now: datetime) -> Sequence[Silence]:
        found = []
        for (noun, key), row in self.of(guild_id).items():
            if noun is Noun.SILENCE:
                signal, _, subject = key.partition(" ")
                found.append(Silence(guild_id, signal, subject, datetime.fromisoformat(row["until"]), 1))
        return [silence for silence in found if silence.until > now]

    async def rows(self, guild_id: int, now: datetime) -> Mapping[tuple[Noun, str], Mapping[str, Any]]:
        del now
        return dict(self.of(guild_id))

    async def keywords(self) -> Mapping[int, Mapping[str, str]]:
        return {
            guild_id: {key: row["paper"] for (noun, key), row in rows.items() if noun is Noun.KEYWORD}
            for guild_id, rows in self.kept.items()
        }

    async def change(
        self,
        *,
        guild_id: int,
        by: int,
        at: datetime,
        action: str,
        edits: Sequence[Edit],
        check: Callable[[Rows], None] | None = None,
    ) -> Change:
        if self.broken is not None:
            raise self.broken
        rows = dict(self.of(guild_id))
        done = []
        for named in edits:
            before = rows.get((named.noun, named.key))
            edit = named
            if named.noun is Noun.ROUTE and named.after is not None:
                edit = replace(named, after={**NEW_ROUTE, **(before or {}), **named.after})
            if before != edit.after:
                done.append(replace(edit, before=before))
            rows.pop((edit.noun, edit.key), None)
            if edit.after is not None:
                rows[edit.noun, edit.key] = edit.after
        if check is not None:
            check(rows)
        self.kept[guild_id] = rows
        for edit in edits:
            if edit.noun in {Noun.ROUTE, Noun.ORDER} and edit.after is not None:
                self.forgive(int(edit.key.partition(" ")[0]))
        change = Change(len(self.changes) + 1 if done else 0, guild_id, at, by, action, tuple(done))
        if done:
            self.changes.append(change)
        return change

    async def audit(self, guild_id: int, *, limit: int = 10, before: int | None = None) -> Sequence[Change]:
        mine = [c for c in self.changes if c.guild_id == guild_id and (before is None or c.id < before)]
        return mine[::-1][:limit]

    async def undo(self, *, guild_id: int, by: int, at: datetime, only: int | None = None) -> Change | None:
        for number, last in reversed(list(enumerate(self.changes))):
            if last.guild_id == guild_id and not last.is_undone and last.undoes is None and last.by != THE_BOT:
                if only not in {None, last.id}:
                    return None
                back = [Edit(edit.noun, edit.key, edit.before) for edit in last.edits]
                change = await self.change(guild_id=guild_id, by=by, at=at, action=f"undo {last.action}", edits=back)
                self.changes[number] = replace(last, is_undone=True)
                self.changes[-1] = replace(change, undoes=last.id)
                return self.changes[-1]
        return None


@dataclass
class FakeRoutes:
    configuration: FakeConfiguration
    given: dict[tuple[int, str], Route] = field(default_factory=dict)
    """Routes that a test did not want to set by commands."""

    @property
    def kept(self) -> dict[tuple[int, str], Route]:
        found = dict(self.given)
        for guild_id, rows in self.configuration.kept.items():
            for number, ((noun, key), row) in enumerate(rows.items(), start=1):
                if noun is Noun.ROUTE:
                    channel, _, signal = key.partition(" ")
                    found[int(channel), signal] = self._route(number, guild_id, (int(channel), signal), row)
        return found

    def _route(self, number: int, guild_id: int, key: tuple[int, str], row: Mapping[str, Any]) -> Route:
        changes = [c for c in self.configuration.changes if any(e.key == f"{key[0]} {key[1]}" for e in c.edits)]
        daily_at = time.fromisoformat(row["daily_at"]) if row["daily_at"] else None
        return Route(
            number,
            guild_id,
            *key,
            tuple(row["subjects"]),
            changes[-1].by,
            changes[-1].at,
            row["importance"],
            row["role_id"],
            Cadence(row["cadence"]),
            daily_at,
        )

    async def follow(self, guild_id: int, channel_id: int) -> None:
        """Let a channel get every cross, as a moderator would."""
        row = {"subjects": [], "importance": 1, "role_id": None, "cadence": "instant", "daily_at": None}
        edit = Edit(Noun.ROUTE, f"{channel_id} cross", row)
        await self.configuration.change(
            guild_id=guild_id, by=1, at=datetime(2025, 8, 6, tzinfo=UTC), action="alerts here cross", edits=[edit]
        )

    async def list(self, guild_id: int) -> Sequence[Route]:
        return [route for route in self.kept.values() if route.guild_id == guild_id]

    async def remove(self, *, guild_id: int, channel_id: int, by: int, at: datetime, signal: str | None = None) -> int:
        mine = [route for route in self.kept.values() if route.guild_id == guild_id and route.channel_id == channel_id]
        gone = [route for route in mine if signal in {None, route.signal}]
        edits = [Edit(Noun.ROUTE, f"{channel_id} {route.signal}", None) for route in gone]
        await self.configuration.change(guild_id=guild_id, by=by, at=at, action="alerts off", edits=edits)
        return len(gone)


@dataclass
class FakeThresholds:
    configuration: FakeConfiguration

    @property
    def kept(self) -> dict[tuple[int, str], dict[str, float | int | str]]:
        found: dict[tuple[int, str], dict[str, float | int | str]] = {}
        for guild_id, rows in self.configuration.kept.items():
            for (noun, key), row in rows.items():
                if noun is Noun.THRESHOLD:
                    signal, _, name = key.partition(" ")
                    found.setdefault((guild_id, signal), {})[name] = row["value"]
        return found

    @property
    def set_by(self) -> list[tuple[int, datetime]]:
        return [(c.by, c.at) for c in self.configuration.changes if c.edits[0].noun is Noun.THRESHOLD]

    async def of(self, guild_id: int, signal: str) -> Mapping[str, float | int | str]:
        return dict(self.kept.get((guild_id, signal), {}))


@dataclass
class FakeMembers:
    kept: dict[int, Subscriber] = field(default_factory=dict)
    off: dict[int, str] = field(default_factory=dict)
    broken: Exception | None = None

    async def subscriber(self, user_id: int) -> Subscriber:
        return self.kept.get(user_id) or Subscriber(Preferences(user_id))

    async def subscribe(self, wanted: Subscription) -> Subscription:
        if self.broken is not None:
            raise self.broken
        mine = await self.subscriber(wanted.user_id)
        same = (wanted.signal, wanted.subject, wanted.channel_id)
        others = [s for s in mine.subscriptions if (s.signal, s.subject, s.channel_id) != same]
        number = 1 + max((s.id for kept in self.kept.values() for s in kept.subscriptions), default=0)
        stored = replace(wanted, id=number)
        self.kept[wanted.user_id] = replace(mine, subscriptions=(*others, stored))
        if wanted.channel_id == DIRECT:
            self.off.pop(wanted.user_id, None)
        return stored

    async def unsubscribe(self, user_id: int, ids: Sequence[int]) -> int:
        mine = await self.subscriber(user_id)
        left = tuple(s for s in mine.subscriptions if s.id not in set(ids))
        self.kept[user_id] = replace(mine, subscriptions=left)
        return len(mine.subscriptions) - len(left)

    async def prefer(self, wanted: Preferences, at: datetime) -> None:
        del at
        if self.broken is not None:
            raise self.broken
        self.kept[wanted.user_id] = replace(await self.subscriber(wanted.user_id), preferences=wanted)

    async def snooze(self, wanted: Snooze) -> None:
        mine = await self.subscriber(wanted.user_id)
        others = tuple(s for s in mine.snoozes if s.signal != wanted.signal)
        self.kept[wanted.user_id] = replace(mine, snoozes=(*others, wanted))

    async def watch(self, user_id: int, symbols: Sequence[str], at: datetime) -> int:
        del at
        mine = await self.subscriber(user_id)
        new = [symbol for symbol in dict.fromkeys(symbols) if symbol not in mine.watched]
        self.kept[user_id] = replace(mine, watched=(*mine.watched, *new))
        return len(new)

    async def unwatch(self, user_id: int, symbols: Sequence[str]) -> int:
        mine = await self.subscriber(user_id)
        left = tuple(symbol for symbol in mine.watched if symbol not in set(symbols))
        self.kept[user_id] = replace(mine, watched=left)
        return len(mine.watched) - len(left)

    async def direct_off(self, user_id: int) -> str | None:
        return self.off.get(user_id)


@dataclass
class FakeRatings:
    kept: dict[tuple[int, str, int], int] = field(default_factory=dict)

    async def rate(self, *, guild_id: int, user_id: int, symbol: str, stars: int, at: datetime) -> None:
        del at
        self.kept[guild_id, symbol, user_id] = stars

    async def rated(self, guild_id: int, symbol: str) -> Rated:
        given = [stars for (guild, of, _), stars in self.kept.items() if (guild, of) == (guild_id, symbol)]
        one, two, three, four, five = (given.count(stars) for stars in range(1, 6))
        return Rated(symbol, (one, two, three, four, five))

    async def board(self, guild_id: int, *, least: int = 3) -> Sequence[Rated]:
        symbols = {symbol for guild, symbol, _ in self.kept if guild == guild_id}
        rated = [await self.rated(guild_id, symbol) for symbol in sorted(symbols)]
        return sorted((r for r in rated if r.n >= least), key=lambda r: (-r.mean, -r.n, r.symbol))


@dataclass
class FakePrivacy:
    kept: dict[int, dict[str, Any]] = field(default_factory=dict)

    async def export(self, user_id: int) -> Mapping[str, Any]:
        return self.kept.get(user_id, {})

    async def delete(self, user_id: int, at: datetime) -> int:
        del at
        return len(self.kept.pop(user_id, {}))


@dataclass
class FakeForesight:
    received: Received = field(default_factory=lambda: Received(3, 41, 252))
    asked: list[Any] = field(default_factory=list)
    broken: Exception | None = None

    async def would_have_received(self, subscriber: Subscriber) -> Received:
        self.asked.append(subscriber)
        if self.broken is not None:
            raise self.broken
        return self.received

    async def rehearse(
        self,
        guild_id: int,
        signal: str,
        name: str,
        value: float | str,
        *,
        sessions: int = 252,
        first: date | None = None,
        last: date | None = None,
    ) -> Card:
        self.asked.append((guild_id, signal, name, value, sessions, *((first, last) if first or last else ())))
        if self.broken is not None:
            raise self.broken
        return Card(f"Rehearsal of {signal} {name}", f"{value} instead")


@dataclass
class FakeFindings:
    kept: tuple[Finding, ...] = ()
    asked: list[Any] = field(default_factory=list)
    broken: Exception | None = None

    async def of(self, where: str, kind: str, *, guild_id: int | None, watched: Sequence[str] = ()) -> Found:
        self.asked.append((where, kind, guild_id, tuple(watched)))
        if self.broken is not None:
            raise self.broken
        if where == WATCHLIST and not watched:
            raise QuestionError("your watchlist is empty: add symbols with watch add, or scan a universe")
        if where and where not in dict(self.places()):
            raise QuestionError(f"there is nothing called {where!r} to scan: choose watchlist, smallcap")
        as_of = datetime(2025, 8, 6, 20, 20, tzinfo=UTC)
        grounds = Grounds(date(2025, 8, 6), as_of, "made up", Basis.PRICE, Coverage(3, 3))
        return Found(where or "everything followed", kind, self.kept, grounds)

    def places(self) -> Sequence[tuple[str, str]]:
        return [(WATCHLIST, "your watchlist"), ("smallcap", "smallcap (3 symbols)"), ("sector:Energy", "Energy")]


@dataclass
class FakeInquest:
    told_in: dict[tuple[int, int], Sequence[StoredEvent]] = field(default_factory=dict)
    asked: list[Any] = field(default_factory=list)

    async def told(self, channel_id: int, discord_id: int) -> Sequence[StoredEvent]:
        return self.told_in.get((channel_id, discord_id), ())

    async def why(self, event: StoredEvent) -> Card:
        self.asked.append(event)
        return Card(f"Why: {event.event.subject}", "numbers")

    async def whynot(self, subject: str, signal: str, *, user_id: int, guild_id: int | None, channel_id: int) -> Card:
        self.asked.append((subject, signal, user_id, guild_id, channel_id))
        return Card(f"Why not: {subject}", "causes")


@dataclass
class FakePapers:
    """Prints as many words as it is asked for."""

    asked: list[str] = field(default_factory=list)
    broken: Exception | None = None

    async def briefing(self, name: str) -> Printed:
        self.asked.append(name)
        if self.broken is not None:
            raise self.broken
        card = Card(f"The {name} briefing", "what happened", footer="not advice")
        return Printed(card, f"{name}-briefing-2025-08-06.pdf", b"%PDF-1.7 " + name.encode())


@dataclass
class FakeGuildBook:
    left: dict[int, datetime] = field(default_factory=dict)
    """The servers that the bot has left, and when."""
    known: set[int] = field(default_factory=set)
    """The servers of which something is kept."""

    async def leave(self, guild_id: int, at: datetime) -> None:
        self.left.setdefault(guild_id, at)

    async def rejoin(self, guild_id: int) -> None:
        self.left.pop(guild_id, None)

    async def present(self) -> Sequence[int]:
        return sorted(self.known - set(self.left))
