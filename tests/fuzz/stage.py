"""The bot's own commands and components without Discord behind them: what they would send is kept, and looked at.

The client, its tree, its checks and its converters are the real ones; only the last step, the request, is left out, so
that a hundred thousand inputs take minutes.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import discord
import simcord
from discord import app_commands
from discord.ext import commands
from simcord.backend import serializers
from simcord.interactions import base_payload

from bot.cards.plain import CONTENT, plain_text
from bot.chat import pressing
from bot.chat.errors import friendly
from bot.chat.replies import Means, rendered
from tests.chat.conftest import Behind
from tests.fuzz.furnished import HOSTILE_NAME, KnowingDesk, furnish
from tests.fuzz.harmless import troubles_of_answer, troubles_of_choices, troubles_of_form
from tests.fuzz.raw import COMMAND, COMPLETION, COMPONENT, FORM, command_data, component_data, form_data

_T = TypeVar("_T")
SILENCER = 1
"""Who set a silence, as the fake has it."""


class Defect(AssertionError):
    """An input that no friendly line answers, or an answer that does what it must not."""


@dataclass
class Kept:
    """What would have been sent."""

    troubles: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    """Friendly lines."""
    forms: list[discord.ui.Modal] = field(default_factory=list)
    answers: int = 0


class Answers:
    """In the place of an interaction's `response` and `followup`."""

    type = None

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def is_done(self) -> bool:
        return False

    async def defer(self, **_given: Any) -> None:
        pass

    async def send(self, content: str | None = None, **given: Any) -> None:
        self._stage.look(content, given)

    send_message = send

    async def send_modal(self, modal: discord.ui.Modal) -> None:
        self._stage.kept.forms.append(modal)
        self._stage.kept.troubles += troubles_of_form(modal)

    async def autocomplete(self, choices: Sequence[app_commands.Choice[Any]]) -> None:
        self._stage.kept.troubles += troubles_of_choices(choices)


class Recorded(discord.Interaction[Any]):
    """An interaction whose answers are kept."""

    response = followup = property(lambda self: Answers(self.client.stage))  # type: ignore[assignment]

    async def edit_original_response(self, **given: Any) -> None:  # type: ignore[override]
        self.client.stage.look(given.pop("content", None), given)


class Scene(commands.Context[Any]):
    """A context whose answers are kept."""

    async def send(self, content: str | None = None, **given: Any) -> discord.Message:
        self.bot.stage.look(content, given)
        return self.message

    async def defer(self, **_given: Any) -> None:
        pass

    @property
    def bot_permissions(self) -> discord.Permissions:
        return self.bot.stage.allowed


class Stage:
    """One server with a moderator who may say everything, and a bot with fakes behind it."""

    def __init__(self) -> None:
        self.behind = Behind(desk=KnowingDesk())
        self.kept = Kept()
        self.allowed = discord.Permissions.all()
        self._loop = asyncio.new_event_loop()
        self._env = simcord.Env(self.behind.bot(), check_errors=False)
        self.run(self._open())

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        return self._loop.run_until_complete(work)

    def close(self) -> None:
        self.run(self._env.shutdown())
        self.run(self._loop.shutdown_default_executor())
        self._loop.close()

    @property
    def bot(self) -> Any:
        return self._env.bot

    @property
    def known(self) -> set[int]:
        """The numbers that may be mentioned in answers; nobody was asked for any other, nor for everybody's role."""
        roles = {role.id for role in self.guild.roles if not role.is_default()}
        return {self.user_id, self.channel_id, self.bot.user.id, *roles, SILENCER}

    async def _open(self) -> None:
        await self._env.start()
        self._guild = self._env.create_guild(name=HOSTILE_NAME[:100])
        self._channel = self._guild.create_text_channel("bot")
        self._role = self._guild.create_role(HOSTILE_NAME[:100])
        managing = self._guild.create_role("Moderators", permissions=discord.Permissions(manage_guild=True))
        self._actor = self._guild.add_member(self._env.create_user("mod"), roles=[managing])
        self.guild: discord.Guild = self.bot.get_guild(self._guild.id)
        self.member = await self.guild.fetch_member(self._actor.id)
        self.user_id, self.channel_id, self.role_id = self._actor.id, self._channel.id, self._role.id
        await self._actor.send(self._channel, "hello")
        backend = self._env.backend
        guild = backend.get_guild(self._guild.id)
        member = serializers.member_payload(backend, guild, guild.members[self.user_id], with_user=False)
        self._message = {**self._stored(), "member": dict(member)}
        await self.bot.get_partial_messageable(self.channel_id).send("an alert")
        self._below = self._stored()
        self.message_id = int(self._below["id"])
        self._interpose()

    def _stored(self) -> dict[str, Any]:
        [*_, message] = self._env.backend.messages[self.channel_id].values()
        return copy.deepcopy(dict(serializers.message_payload(self._env.backend, message)))

    def _interpose(self) -> None:
        bot, dispatch = self.bot, self.bot.dispatch
        bot.stage, get_context = self, bot.get_context

        def heard(event: str, /, *given: Any) -> None:
            if event == "command_error":
                self.decline(*given)
            elif not event.startswith(("command", "app_command")):
                dispatch(event, *given)

        async def context(origin: Any, /, **_given: Any) -> Any:
            return await get_context(origin, cls=Scene)

        bot.dispatch, bot.get_context = heard, context

    def clear(self) -> None:
        """Forget what was stored and said; begin with the same as always."""
        self.kept = Kept()
        self.allowed = discord.Permissions.all()
        self.run(
            furnish(
                self.behind,
                guild_id=self._guild.id,
                channel_id=self.channel_id,
                user_id=self.user_id,
                message_id=self.message_id,
            )
        )

    def look(self, content: str | None, given: Mapping[str, Any]) -> None:
        """Keep what is wrong with an answer, sent with what discord.py would be given."""
        embeds = [embed for embed in (given.get("embed"), *given.get("embeds", ())) if embed]
        view = given.get("view")
        self.kept.answers += 1
        self.kept.troubles += troubles_of_answer(content, embeds, view.to_components() if view else [], self.known)
        self.kept.troubles += ["allows mentions"] if given.get("allowed_mentions") else []
        has_something = content or embeds or given.get("file") or given.get("files") or "content" in given
        self.kept.troubles += [] if has_something else ["says nothing"]

    def decline(self, ctx: Any, error: Exception) -> None:
        """Keep the friendly line that answers an error; one that there is none for is a defect."""
        if isinstance(error, commands.CommandNotFound):
            return
        self._need_friendly(error)
        self._say(self.bot._line(ctx, error))

    def _need_friendly(self, error: Exception) -> None:
        if friendly(error) is None:
            raise Defect(f"no friendly line for {error!r}") from error

    def _say(self, line: str | None) -> None:
        self.kept.lines.append(line or "")
        self.look(line, {})

    def need_harmless(self) -> None:
        """Raise where anything that was said does what it must not."""
        if self.kept.troubles:
            raise Defect("\n".join(self.kept.troubles))

    async def say(self, text: str) -> None:
        """Send a message to the channel."""
        message = discord.Message(
            state=self.bot._connection,
            channel=self.bot.get_channel(self.channel_id),
            data={**self._message, "content": text},  # type: ignore[typeddict-item]
        )
        ctx = await self.bot.get_context(message)
        if ctx.command is None:
            if ctx.invoked_with:
                line = self.bot._line(ctx, commands.CommandNotFound(f'Command "{ctx.invoked_with}" is not found'))
                self._say(line) if line else None
            return
        try:
            await self.bot.can_run(ctx, call_once=True)
            await ctx.command.invoke(ctx)
        except commands.CommandError as error:
            self.decline(ctx, error)

    async def slash(self, command: str, options: Mapping[str, str]) -> None:
        """Use a slash command with options of text."""
        interaction = self._interaction(COMMAND, command_data(command, options))
        found, given = self.bot.tree._get_app_command_options(interaction.data)
        try:
            await found._invoke_with_namespace(interaction, app_commands.Namespace(interaction, {}, given))
        except app_commands.AppCommandError as error:
            self._need_friendly(error)
            self._say(friendly(error))

    async def complete(self, command: str, option: str, options: Mapping[str, str]) -> None:
        """Type into an option that completes; discord.py swallows what goes wrong there, so here it does not."""
        interaction = self._interaction(COMPLETION, command_data(command, options))
        found, given = self.bot.tree._get_app_command_options(interaction.data)
        interaction._cs_namespace = namespace = app_commands.Namespace(interaction, {}, given)
        await found._invoke_autocomplete(interaction, option, namespace)

    async def press(self, custom_id: str, values: Sequence[str] = (), typed: Mapping[str, str] | None = None) -> None:
        """Use a component, or hand a form in."""
        kind, data = (
            (COMPONENT, component_data(custom_id, values)) if typed is None else (FORM, form_data(custom_id, typed))
        )
        interaction = self._interaction(kind, data, message=self._below)
        try:
            await pressing._use(interaction, self.bot)
        except Exception as error:  # noqa: BLE001 - as `use` does, which would answer every one of them
            self._need_friendly(error)
            self._say(friendly(error))

    async def show(self, card: Any, view: discord.ui.View | None = None) -> None:
        """Look at a card as an embed and as plain words."""
        for means in (Means(), Means(embeds=False)):
            shown = await rendered(card, self.behind.pictures, means)
            self.look(shown.content, {"embed": shown.embed, "view": view})
        self.look(plain_text(card, limit=CONTENT), {})

    def _interaction(self, kind: int, data: dict[str, Any], **more: Any) -> Recorded:
        if not hasattr(self, "_wire"):
            _, self._wire = base_payload(
                self._env.backend,
                type=kind,
                channel_id=self.channel_id,
                guild_id=self._guild.id,
                user_id=self.user_id,
                data={},
            )
        return Recorded(data={**self._wire, "type": kind, "data": data, **more}, state=self.bot._connection)  # type: ignore[typeddict-item]
