"""Who may do what: every command in both forms, and every component, by everybody who could try.

Commands and components are taken from the client itself; what is declared here is who may use which, and nothing else.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import discord
import pytest
import simcord
from simcord.actors import MemberActor
from simcord.results import ResponseMessage

from bot.chat.press import GRAMMAR, Action, Needs, Press
from bot.chat.pressing import HANDLERS
from bot.people import Noun
from tests.chat.conftest import Place
from tests.fuzz.furnished import furnish
from tests.fuzz.raw import slashed, used
from tests.fuzz.targets import ACTIONS, COMMANDS, FILE, TYPED, prefixed

MODERATORS_ONLY = {
    "alerts",
    "alerts doctor",
    "alerts here",
    "alerts list",
    "alerts off",
    "alerts role",
    "audit",
    "export",
    "import",
    "keyword",
    "keyword add",
    "keyword list",
    "keyword remove",
    "paper",
    "paper here",
    "paper list",
    "paper off",
    "route",
    "route add",
    "route edit",
    "route list",
    "route remove",
    "route test",
    "route zone",
    "setup",
    "silence",
    "silence add",
    "silence list",
    "silence off",
    "threshold",
    "threshold list",
    "threshold rehearse",
    "threshold reset",
    "threshold set",
    "undo",
}
"""Commands that members may not use."""
SERVER_ONLY = {*MODERATORS_ONLY, "rate", "ratings"}
"""Commands that nobody may use in a direct message."""
EVERYBODYS = {
    Action.BRIEFING,
    Action.CHART,
    Action.EVIDENCE,
    Action.HELP,
    Action.LIST,
    Action.NOW,
    Action.READ,
    Action.RATE,
    Action.REFRESH,
    Action.TAKE,
    Action.WHY,
}
"""Components that everybody may use; the others are one member's, or moderators'."""
MODERATORS = {
    Action.ADJUST,
    Action.AUDIT,
    Action.CANCEL,
    Action.DOCTOR,
    Action.EXAMINE,
    Action.IMPORT,
    Action.KEEP,
    Action.PROPOSE,
    Action.PRUNE,
    Action.REVIVE,
    Action.ROUTES,
    Action.SETUP,
    Action.UNDO,
    Action.UNSILENCE,
}
"""Components that moderators alone may use."""

PREFIX, SLASH = "prefix", "slash"
MEMBER, DIRECT = "a member", "somebody in a direct message"
MODERATING = ("a member with the role of setup", "Manage Server", "an administrator", "the owner")
SOMEBODY_ELSES = "That belongs to somebody else: ask for your own."
NOT_THERE = "That works in a server only, not in a direct message."
FILE_TEXT = b'format = 1\n[thresholds.cross]\nslow = 150\n[server]\ntime_zone = "UTC"\n'


@dataclass
class World:
    """A place with one of each kind of member, in which something of everything is set."""

    place: Place
    actors: dict[str, Any]
    role_id: int
    below: discord.Message
    """A message of the bot's; components are used below it."""

    @property
    def may_not(self) -> str:
        return f"Only members with Manage Server or <@&{self.role_id}> may do that: ask one of them."

    @property
    def refusals(self) -> set[str]:
        return {self.may_not, NOT_THERE, SOMEBODY_ELSES}

    async def furnish(self, user_id: int) -> None:
        await furnish(
            self.place.behind,
            guild_id=self.place.guild.id,
            channel_id=self.place.channel.id,
            user_id=user_id,
            message_id=self.below.id,
        )
        rows = self.place.behind.configuration.of(self.place.guild.id)
        rows[Noun.GUILD, "moderator_role_id"] = {"value": self.role_id}

    def stored(self) -> object:
        """Everything that a command could change: what the fakes keep, roles, and what others than the asker see."""
        behind = self.place.behind
        kept = [behind.configuration.kept, behind.configuration.changes, behind.members.kept, behind.members.off]
        kept += [behind.ratings.kept, behind.privacy.kept, behind.routes.given, behind.destinations.kept]
        return copy.deepcopy([kept, sorted(role.id for role in self.place.guild.roles.values()), self._held()])

    def filled(self, text: str, **numbers: int) -> str:
        known = {
            "user": self.place.moderator.id,
            "channel": self.place.channel.id,
            "role": self.role_id,
            "message": self.below.id,
            **numbers,
        }
        for name, number in known.items():
            text = text.replace(f"{{{name}}}", str(number))
        return text

    def _held(self) -> list[list[int]]:
        members = self.place.env.backend.get_guild(self.place.guild.id).members
        return [sorted(members[actor.id].role_ids) for actor in self.actors.values() if actor.id in members]

    def room_of(self, who: str) -> Any:
        return self.actors[who].dm_channel if who == DIRECT else self.place.channel


@pytest.fixture
async def world(place: Place) -> World:
    guild, env = place.guild, place.env
    setup_role = guild.create_role("Helpers")
    ruling = guild.create_role("Rulers", permissions=discord.Permissions(administrator=True))
    actors = {
        MEMBER: place.member,
        MODERATING[0]: guild.add_member(env.create_user("helper"), roles=[setup_role]),
        MODERATING[1]: place.moderator,
        MODERATING[2]: guild.add_member(env.create_user("ruler"), roles=[ruling]),
        MODERATING[3]: MemberActor(env, guild, guild.owner),
        DIRECT: env.create_user("stranger"),
    }
    below = await env.bot.get_partial_messageable(place.channel.id).send("an alert")
    return World(place, actors, setup_role.id, below)


def lines_of(messages: list[Any]) -> list[str]:
    return [message.content for message in messages if message.content]


async def answers_to(world: World, who: str, form: str, command: str) -> list[Any]:
    """What the bot answers somebody who uses a command as it is meant to be used."""
    place, actor = world.place, world.actors[who]
    given = {name: world.filled(value) for name, value in COMMANDS[command].items() if value}
    room = world.room_of(who)
    before = len(said_in(place, room))
    if form == SLASH and command == "import" and who != DIRECT:
        return parts_of(await actor.slash(room, command, file=("a.toml", FILE_TEXT)))
    if form == SLASH:
        texts = {name: value for name, value in given.items() if is_text(place, command, name)}
        return parts_of(await slashed(place, actor, command, texts))
    text, files = prefixed(place.env.bot, command, given), [("a.toml", FILE_TEXT)] if FILE in COMMANDS[command] else []
    if who == DIRECT:
        await actor.send_dm(text, attachments=place.env.backend.store_attachments(room.id, files))
    else:
        await actor.send(room, text, attachments=files)
    return [each for each in said_in(place, room)[before:] if each.message.author.id == place.env.bot.user.id]


def said_in(place: Place, room: Any) -> list[ResponseMessage]:
    """Everything that was said in a channel; a message is only made where it is looked at."""
    return [ResponseMessage(place.env, stored) for stored in place.env.backend.messages[room.id].values()]


def parts_of(result: simcord.InteractionResult) -> list[Any]:
    return [part for part in (result.response, *result.followups) if part is not None]


def is_text(place: Place, command: str, option: str) -> bool:
    found = place.env.bot.get_command(command).app_command.get_parameter(option)
    return found is not None and found.type is discord.AppCommandOptionType.string


def commands_of(place: Place, form: str) -> list[str]:
    """Every command; the name of a group alone is none after a slash."""
    every = sorted(command.qualified_name for command in place.env.bot.walk_commands())
    return [name for name in every if form == PREFIX or TYPED not in COMMANDS[name]]


def refusal_of(world: World, who: str, command: str) -> str | None:
    if who == DIRECT:
        return NOT_THERE if command in SERVER_ONLY else None
    return world.may_not if who == MEMBER and command in MODERATORS_ONLY else None


@pytest.mark.parametrize("form", [PREFIX, SLASH])
@pytest.mark.parametrize("who", [MEMBER, *MODERATING, DIRECT])
async def test_every_command_is_refused_to_whom_it_is_not_for_and_to_nobody_else(world: World, who: str, form: str):
    wrong = {}
    for command in commands_of(world.place, form):
        await world.furnish(world.actors[who].id)
        before, expected = world.stored(), refusal_of(world, who, command)
        answers = await answers_to(world, who, form, command)
        lines = lines_of(answers)
        if expected is None:
            is_right = bool(answers) and not world.refusals & set(lines)
        else:
            is_hidden = form == PREFIX or all(answer.ephemeral for answer in answers)
            is_right = lines == [expected] and is_hidden and world.stored() == before
        if not is_right:
            wrong[command] = (expected, lines)
    assert wrong == {}


def test_every_action_has_a_handler_and_a_sample():
    assert set(HANDLERS) == set(GRAMMAR) == set(Action) == set(ACTIONS)


def test_every_action_is_for_whom_it_is_declared_here():
    assert set(of_whom(Needs.EVERYBODY)) == EVERYBODYS
    assert set(of_whom(Needs.MODERATOR)) == MODERATORS


def of_whom(needs: Needs) -> list[Action]:
    return [action for action, grammar in GRAMMAR.items() if grammar.needs is needs]


def custom_id_of(world: World, action: Action, **numbers: int) -> str:
    return Press(action, tuple(world.filled(each, **numbers) for each in ACTIONS[action].arguments)).custom_id


async def pressed(world: World, who: str, action: Action, custom_id: str) -> list[Any]:
    """What the bot answers somebody who uses a component, or hands its form in, but for a change of the message."""
    sample = ACTIONS[action]
    below = world.below
    if who == DIRECT:
        dm = await world.place.env.bot.fetch_user(world.actors[who].id)
        below = await dm.send("an alert")
    values = [world.filled(value) for value in sample.values[:1]]
    typed = dict.fromkeys(sample.fields, "180") if sample.fields and not sample.values else None
    answers = parts_of(await used(world.place, world.actors[who], below, custom_id, values=values, typed=typed))
    return [answer for answer in answers if answer.id != below.id]


@pytest.mark.parametrize("who", [MEMBER, *MODERATING, DIRECT])
async def test_components_of_moderators_are_refused_to_everybody_else(world: World, who: str):
    wrong = {}
    for action in of_whom(Needs.MODERATOR):
        await world.furnish(world.actors[who].id)
        before, expected = world.stored(), {MEMBER: world.may_not, DIRECT: NOT_THERE}.get(who)
        answers = await pressed(world, who, action, custom_id_of(world, action))
        if expected is None:
            is_right = not world.refusals & set(lines_of(answers))
        else:
            is_right = is_refused(answers, expected) and world.stored() == before
        if not is_right:
            wrong[action] = (expected, lines_of(answers))
    assert wrong == {}


@pytest.mark.parametrize("who", [MEMBER, *MODERATING, DIRECT])
async def test_components_of_one_member_are_refused_to_every_other(world: World, who: str):
    wrong = {}
    somebody = world.place.env.create_user("somebody").id
    for action in of_whom(Needs.OWNER):
        await world.furnish(somebody)
        before = world.stored()
        answers = await pressed(world, who, action, custom_id_of(world, action, user=somebody))
        if not is_refused(answers, SOMEBODY_ELSES) or world.stored() != before:
            wrong[action] = lines_of(answers)
        await world.furnish(world.actors[who].id)
        answers = await pressed(world, who, action, custom_id_of(world, action, user=world.actors[who].id))
        if SOMEBODY_ELSES in lines_of(answers):
            wrong[action] = ["their own"]
    assert wrong == {}


def is_refused(answers: list[Any], line: str) -> bool:
    return [answer.content for answer in answers] == [line] and all(answer.ephemeral for answer in answers)


def forgeries(world: World, action: Action) -> Iterator[str]:
    """What no component of the action can have said, or one that was sent by another version, or for another server."""
    good = custom_id_of(world, action)
    head, *arguments = good.split(":")[2:]
    for version in ("0", "2", "", "1.0", "01"):
        yield f"sc:{version}:{':'.join((head, *arguments))}"
    yield f"{good}:1"
    yield f"{good}:"
    yield good.upper()
    yield good.replace(f":{head}", f":{head}x", 1)
    if arguments:
        yield good.rpartition(":")[0]
        yield f"sc:1:{head}"
    for at in range(len(arguments)):
        for other in ("9" * 80, "", "-1", "\u0661", "x" * 60, "1\n", "<@4>"):
            yield f"sc:1:{':'.join((head, *arguments[:at], other, *arguments[at + 1 :]))}"


LENIENT = {Action.SCAN, Action.SORT, Action.ROSTER, Action.RANK, Action.NARROW, Action.HELP}
"""Their last word is what somebody typed, or nothing: any other is looked for, and not found or found."""


@pytest.mark.parametrize("needs", Needs)
async def test_forged_and_stale_components_are_refused_politely_and_store_nothing(world: World, needs: Needs):
    await world.furnish(world.place.moderator.id)
    before, wrong = world.stored(), []
    for action in of_whom(needs):
        for custom_id in forgeries(world, action):
            answers = await pressed(world, MODERATING[1], action, custom_id)
            lines = lines_of(answers)
            is_polite = lines and all("went wrong" not in line for line in lines) and answers[-1].ephemeral
            if (not is_polite and action not in LENIENT) or world.stored() != before:
                wrong.append((custom_id, lines))
    assert wrong == []


@pytest.mark.parametrize(
    "action", [action for action, sample in ACTIONS.items() if {"{channel}", "{role}"} & set(sample.arguments)]
)
async def test_numbers_of_another_server_are_refused(world: World, action: Action):
    other = world.place.env.create_guild("Elsewhere")
    channel, role = other.create_text_channel("there"), other.create_role("there")
    await world.furnish(world.place.moderator.id)
    world.place.behind.inquest.told_in[channel.id, world.below.id] = world.place.behind.inquest.told_in[
        world.place.channel.id, world.below.id
    ]
    before = world.stored()
    custom_id = custom_id_of(world, action, channel=channel.id, role=role.id)
    answers = await pressed(world, MODERATING[1], action, custom_id)
    assert len(lines_of(answers)) == 1
    assert answers[-1].ephemeral
    assert world.stored() == before


@pytest.mark.parametrize("step", sorted({*ACTIONS[Action.SETUP].steps} - {"done", "next", "alerts", "zoneform"}))
async def test_every_step_of_setup_about_another_server_stores_nothing_there(world: World, step: str):
    other = world.place.env.create_guild("Elsewhere")
    channel, role = other.create_text_channel("there"), other.create_role("there")
    await world.furnish(world.place.moderator.id)
    custom_id = Press(Action.SETUP, (step, str(channel.id))).custom_id
    for values in ([str(channel.id)], [str(role.id)], ["cross"]):
        await used(world.place, world.place.moderator, world.below, custom_id, values=values)
    kept = world.place.behind.configuration.kept
    assert kept.get(other.id, {}) == {}
    assert not [key for _, key in kept[world.place.guild.id] if str(channel.id) in key]
    assert role.id not in [row.get("role_id", row.get("value")) for row in kept[world.place.guild.id].values()]
