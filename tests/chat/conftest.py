"""A server with a member and a moderator, a bot with fakes behind it, and what it learnt."""

from __future__ import annotations

import difflib
import random
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import discord
import pytest
import simcord

from bot.cards.card import Card, Chart
from bot.cards.studio import PictureUnavailable
from bot.chat.client import ChatOptions, SmallcapBot
from bot.chat.errors import friendly
from bot.chat.gateway import Gateway
from bot.chat.pace import Rate
from bot.chat.ports import Ports
from bot.chat.views import alert_components
from bot.clock import SetClock
from bot.people import Groups
from bot.questions.parse import QuestionError
from bot.records import Attachment, Destination, Outbound, StoredEvent
from signals.catalog import by_name
from signals.errors import UnknownSubject
from signals.example import example_market
from signals.types import Event
from tests.chat.listing import FakeRosters
from tests.chat.people import (
    FakeConfiguration,
    FakeFindings,
    FakeForesight,
    FakeGuildBook,
    FakeInquest,
    FakeMembers,
    FakePapers,
    FakePrivacy,
    FakeRatings,
    FakeRoutes,
    FakeThresholds,
)
from tests.chat.scripted import AT, Budget, Client
from tests.memory import Memory

NOW = datetime(2025, 8, 6, 20, 30, tzinfo=UTC)
KNOWN = {"^RUT": "Russell 2000", "IWM": "iShares Russell 2000", "STRL": "Sterling Infrastructure"}
GROUPS = {
    "universe:smallcap": frozenset({"STRL", "REI", "UE"}),
    "sector:Energy": frozenset({"REI"}),
    "sector:Real Estate": frozenset({"UE"}),
    "theme:optical": frozenset({"optical", "STRL"}),
}
ALIASES = {"RUT": "^RUT", "RUSSELL 2000": "^RUT"}
PNG = b"\x89PNG\r\n\x1a\n"


def an_event(subject: str = "^RUT", kind: str = "golden_cross", signal: str = "cross") -> Event:
    return Event(signal, kind, subject, date(2025, 8, 6), 1, {}, {})


class FakeDesk:
    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.broken: Exception | None = None
        self.tone = "golden"
        self.before: Callable[[], object] = lambda: None

    async def ask(self, topic: str, subject: str, *, guild_id: int | None, period: str = "1y") -> Card:
        if topic != "cross":
            self._note(topic, *([subject] if subject else []), guild_id)
            return Card("Small caps" if topic == "smallcap" else topic, "a table", footer="not advice")
        self._note("cross", subject, period, guild_id)
        chart = Chart("cross", {"symbol": subject, "period": period}, f"{subject} over {period}")
        return Card(f"{subject} cross", f"shown over {period}", tone=self.tone, chart=chart, footer="not advice")

    async def evidence(self, symbol: str, event: str, *, guild_id: int | None) -> Card:
        self._note("evidence", symbol, event, guild_id)
        if event == "confirmed":
            raise QuestionError("no confirmed cross has happened yet: ask for golden_cross")
        return Card(f"{symbol} after {event}", "numbers", footer="not advice")

    async def watchlist(self, symbols: Sequence[str], *, guild_id: int | None) -> Card:
        self._note("watchlist", *symbols, guild_id)
        return Card("Your list", "\n".join(f"{symbol} golden" for symbol in symbols), footer="not advice")

    async def status(self) -> Card:
        self._note("status")
        return Card("Status", "all well")

    def about(self) -> Card:
        self._note("about")
        return Card("About", "simulated prices, not advice")

    def resolve(self, text: str) -> str:
        typed = " ".join(text.upper().split())
        symbol = ALIASES.get(typed, typed)
        if symbol not in KNOWN:
            near = difflib.get_close_matches(typed, KNOWN, n=1)
            raise UnknownSubject("symbol", text, f"did you mean {near[0]}?" if near else "it is not followed here")
        return symbol

    def suggest(self, text: str, limit: int = 25) -> Sequence[tuple[str, str]]:
        return [(symbol, name) for symbol, name in KNOWN.items() if text.upper() in f"{symbol} {name.upper()}"][:limit]

    def name_of(self, subject: str, signal: str = "") -> str:  # noqa: ARG002 - the port's
        return subject

    def choices_of(self, signal: str) -> Sequence[tuple[str, str]]:
        choices = by_name(signal).choices
        return [] if choices is None else [*choices(example_market("STRL", [6, 4, 2, 8, 6])).items()]

    def events_of(self, signal: str) -> Sequence[tuple[str, str]]:
        self.asked.append(("events", signal))
        if signal != "cross":
            return []
        return [("golden_cross", "Golden cross"), ("death_cross", "Death cross"), ("confirmed", "Confirmed")]

    def groups(self) -> Groups:
        return dict(GROUPS)

    def _note(self, *asked: Any) -> None:
        self.before()
        self.asked.append(asked)
        if self.broken is not None:
            raise self.broken


class FakePictures:
    def __init__(self) -> None:
        self.is_broken = False
        self.before: Callable[[], object] = lambda: None

    async def png(self, chart: Chart) -> bytes:
        self.before()
        if self.is_broken:
            raise PictureUnavailable("the process that draws pictures died twice")
        return PNG + repr(dict(chart.data)).encode()


@dataclass
class FakeDestinations:
    kept: list[Destination] = field(default_factory=list)

    async def off(self, guild_id: int) -> Sequence[Destination]:
        return [found for found in self.kept if found.guild_id == guild_id]

    def forgive(self, channel_id: int) -> None:
        self.kept = [found for found in self.kept if found.channel_id != channel_id]


@dataclass
class FakeTold:
    kept: dict[tuple[int, int], Sequence[StoredEvent]] = field(default_factory=dict)

    async def told_in(self, message_id: int, channel_id: int) -> Sequence[StoredEvent]:
        return self.kept.get((message_id, channel_id), ())


@dataclass
class Behind:
    """The fakes behind the bot, for a test to prepare and to look at."""

    desk: FakeDesk = field(default_factory=FakeDesk)
    pictures: FakePictures = field(default_factory=FakePictures)
    configuration: FakeConfiguration = field(default_factory=FakeConfiguration)
    members: FakeMembers = field(default_factory=FakeMembers)
    ratings: FakeRatings = field(default_factory=FakeRatings)
    privacy: FakePrivacy = field(default_factory=FakePrivacy)
    foresight: FakeForesight = field(default_factory=FakeForesight)
    findings: FakeFindings = field(default_factory=FakeFindings)
    rosters: FakeRosters = field(default_factory=FakeRosters)
    inquest: FakeInquest = field(default_factory=FakeInquest)
    guilds: FakeGuildBook = field(default_factory=FakeGuildBook)
    papers: FakePapers = field(default_factory=FakePapers)
    memory: Memory = field(default_factory=Memory)
    destinations: FakeDestinations = field(default_factory=FakeDestinations)
    told: FakeTold = field(default_factory=FakeTold)
    defect_expected: bool = False

    def __post_init__(self) -> None:
        self.configuration.forgive = self.destinations.forgive
        self.routes = FakeRoutes(self.configuration)
        self.thresholds = FakeThresholds(self.configuration)

    def bot(self, **options: Any) -> SmallcapBot:
        given = {
            "user_rate": Rate(1000, 1.0),
            "channel_rate": Rate(1000, 1.0),
            "guild_rate": Rate(1000, 1.0),
            **options,
        }
        ports = Ports(
            desk=self.desk,
            pictures=self.pictures,
            routes=self.routes,
            destinations=self.destinations,
            told=self.told,
            thresholds=self.thresholds,
            memory=self.memory,
            clock=SetClock(NOW),
            configuration=self.configuration,
            members=self.members,
            ratings=self.ratings,
            privacy=self.privacy,
            foresight=self.foresight,
            findings=self.findings,
            rosters=self.rosters,
            inquest=self.inquest,
            guilds=self.guilds,
            papers=self.papers,
        )
        return SmallcapBot(ChatOptions(**given), ports)


@dataclass
class Place:
    """A server with one channel, a member, and a moderator."""

    env: simcord.Env
    behind: Behind
    guild: simcord.GuildHandle
    channel: simcord.ChannelHandle
    member: simcord.MemberActor
    moderator: simcord.MemberActor

    def last(self) -> discord.Message:
        message = self.channel.last_message
        assert message is not None
        return message

    def channel_without(self, *permissions: str) -> simcord.ChannelHandle:
        """A channel in which the bot lacks `permissions`."""
        denied = discord.PermissionOverwrite(**dict.fromkeys(permissions, False))
        return self.guild.create_text_channel("strict", overwrites={self.guild.me: denied})

    async def with_button(self, custom_id: str, channel_id: int | None = None) -> discord.Message:
        """A message of the bot's with a button that no code of ours need have made."""
        return await self._with(discord.ui.Button(label="?", custom_id=custom_id), channel_id)

    async def with_select(self, custom_id: str, value: str) -> discord.Message:
        """A message of the bot's with a select that no code of ours need have made."""
        options = [discord.SelectOption(label="?", value=value)]
        return await self._with(discord.ui.Select(custom_id=custom_id, options=options))

    async def _with(self, part: discord.ui.Item[Any], channel_id: int | None = None) -> discord.Message:
        view = discord.ui.View(timeout=None)
        view.add_item(part)
        view.stop()
        return await self.env.bot.get_partial_messageable(channel_id or self.channel.id).send("x", view=view)

    async def restart(self, **options: Any) -> None:
        await self.env.restart_bot(self.behind.bot(**options))


def refused_by_discord(code: int) -> discord.HTTPException:
    answer = SimpleNamespace(status=403 if code else 503, reason="No", headers={"Via": "1", "Content-Type": "text"})
    return discord.HTTPException(answer, {"code": code, "message": "Cannot send messages to this user"})


@pytest.fixture
def behind() -> Behind:
    return Behind()


@pytest.fixture
def chat_options() -> dict[str, Any]:
    """Override in a module or by parametrization to start the bot otherwise."""
    return {}


@pytest.fixture
async def place(behind: Behind, chat_options: dict[str, Any]) -> AsyncIterator[Place]:
    """A running bot in a server; an error that is not answered in a friendly line fails the test at its end."""
    env = simcord.Env(behind.bot(**chat_options), check_errors=False)
    await env.start()
    try:
        guild = env.create_guild()
        channel = guild.create_text_channel("bot")
        managing = guild.create_role("Moderators", permissions=discord.Permissions(manage_guild=True))
        member = guild.add_member(env.create_user("ann"))
        moderator = guild.add_member(env.create_user("mod"), roles=[managing])
        yield Place(env, behind, guild, channel, member, moderator)
    finally:
        await env.shutdown()
    defects = [error for error in env.errors if friendly(error) is None and behind.defect_expected is False]
    assert defects == []


@pytest.fixture
def closed(place: Place, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Let Discord refuse every direct message, with the error of whose code the test may choose another."""
    answer = {"code": 50007}

    async def send(*_args: Any, **_kwargs: Any) -> None:
        raise refused_by_discord(answer["code"])

    monkeypatch.setattr(discord.DMChannel, "send", send)
    return answer


@pytest.fixture
def alert(place: Place) -> Outbound:
    """A frozen alert for the place's channel: embed, plain words, buttons, a picture."""
    payload = {
        "content": "",
        "embeds": [
            {
                "title": "Golden cross: ^RUT",
                "description": "@everyone <@1>",
                "type": "rich",
                "image": {"url": "attachment://cross.png"},
            }
        ],
        "plain": "**Golden cross: ^RUT** in plain words, https://b.example",
        "components": alert_components(an_event("^RUT")),
    }
    return Outbound(
        id=7,
        channel_id=place.channel.id,
        session=date(2025, 8, 6),
        nonce="smallcap-7",
        lease="a",
        attempt=1,
        expires_at=datetime(2025, 8, 7, 20, tzinfo=UTC),
        events=(),
        payload=payload,
        guild_id=place.guild.id,
        attachments=(Attachment("cross.png", b"\x89PNG", "the picture in words"),),
    )


@pytest.fixture
def clock() -> SetClock:
    return SetClock(AT)


@pytest.fixture
def client(clock) -> Client:
    return Client(clock)


@pytest.fixture
def budget() -> Budget:
    return Budget()


@pytest.fixture
def gateway(client, clock, budget) -> Gateway:
    return Gateway(client, "token", clock=clock, budget=budget, per_day=200, dice=random.Random(7))  # noqa: S311 - it must repeat
