"""Hostile words through the whole path: a message or a slash command comes in, the real client answers on SimCord."""

from __future__ import annotations

from typing import Any

import discord
import pytest
import simcord
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.errors import friendly
from tests.chat.conftest import Place
from tests.fuzz.conftest import IS_FULL, fuzzed
from tests.fuzz.furnished import HOSTILE_NAME, furnish
from tests.fuzz.harmless import troubles_of_answer
from tests.fuzz.hostile import files, words
from tests.fuzz.stage import SILENCER
from tests.fuzz.targets import COMMANDS, FILE, prefixed

BATCHES, EACH = (10, 50) if IS_FULL else (4, 15)
"""500 inputs at full length, 60 in a slice; every batch has a server of its own and its share of the commands."""
MESSAGE = 2000
FED = [command for command, given in COMMANDS.items() if given]
INPUTS = st.tuples(st.integers(0, len(FED)), st.integers(0, 9), words(), files())


@pytest.mark.parametrize("batch", range(BATCHES))
@fuzzed(EACH)
@given(drawn=INPUTS)
async def test_hostile_words_are_answered_harmlessly(place: Place, tried, batch: int, drawn):
    tried()
    which, at, text, content = drawn
    mine = FED[batch::BATCHES]
    command = mine[which % len(mine)]
    option = list(COMMANDS[command])[at % len(COMMANDS[command])]
    place.guild.roles.get(HOSTILE_NAME) or place.guild.create_role(HOSTILE_NAME)
    await _furnished(place)
    before = {message.id for message in _answers(place)}
    if option == FILE:
        await place.moderator.send(place.channel, f"!{command}", attachments=[("a.toml", content)])
        results = [await place.moderator.slash(place.channel, command, file=("a.toml", content))]
    else:
        results = await _said(place, command, option, text)
    answers = [message for message in _answers(place) if message.id not in before]
    assert answers or results or text.isspace() or not text
    for answer in [*answers, *(each.message for result in results for each in _parts(result))]:
        _need_harmless(place, answer)
    assert [error for error in place.env.errors if friendly(error) is None] == []


async def _furnished(place: Place) -> None:
    await furnish(
        place.behind,
        guild_id=place.guild.id,
        channel_id=place.channel.id,
        user_id=place.moderator.id,
        message_id=1,
    )


async def _said(place: Place, command: str, option: str, text: str) -> list[simcord.InteractionResult]:
    """Say a command after a prefix, and use it with a slash where it takes words there."""
    others = {name: value for name, value in COMMANDS[command].items() if value and name != option}
    typed = prefixed(place.env.bot, command, {**others, option: text})
    await place.moderator.send(place.channel, typed[:MESSAGE])
    offered = _texts_of(place, command)
    if option not in offered:
        return []
    given = {name: value for name, value in others.items() if name in offered}
    fitting = text[: offered[option]].ljust(1, "x")
    return [await place.moderator.slash(place.channel, command, **{**given, option: fitting})]


def _texts_of(place: Place, command: str) -> dict[str, int]:
    """Return the options of a slash command that take words, and how many characters each takes."""
    parameters = getattr(place.env.bot.get_command(command).app_command, "parameters", [])
    return {p.name: int(p.max_value or MESSAGE) for p in parameters if p.type is discord.AppCommandOptionType.string}


def _parts(result: simcord.InteractionResult) -> list[Any]:
    return [part for part in (result.response, *result.followups) if part is not None]


def _answers(place: Place) -> list[discord.Message]:
    """Return what the bot has said, in the channel and to the moderator."""
    rooms = (place.channel, place.moderator.user.dm_channel)
    return [message for room in rooms for message in room.history() if message.author.id == place.env.bot.user.id]


def _need_harmless(place: Place, answer: discord.Message) -> None:
    roles = {role.id for role in place.guild.roles.values()} - {place.guild.default_role.id}
    known = {place.moderator.id, place.channel.id, SILENCER, *roles}
    rows = [row.to_dict() for row in answer.components]
    assert troubles_of_answer(answer.content, answer.embeds, rows, known) == []
    assert not answer.mention_everyone
    assert answer.mentions == []
    assert answer.role_mentions == []
