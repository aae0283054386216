"""The wizard of `setup`: every step is stored at once, and shown as it stands afterwards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import discord

from bot.chat.errors import Refusal
from bot.chat.face import Handler, Pressing, defer_update, show
from bot.chat.moderators import presets, trial
from bot.chat.moderators.audits import take_back, undoable
from bot.chat.moderators.places import Place, need_to_post_in, need_to_see, place_of
from bot.chat.moderators.roles import need_pingable, taking_trouble
from bot.chat.moderators.route_edits import Deed, change_routes, need_routes, routes_at
from bot.chat.moderators.setup_cards import Standing, alerts_page, done_card, moderators_page
from bot.chat.permissions import MODERATORS, need_to_appoint
from bot.chat.ports import Ports
from bot.chat.press import Action, press
from bot.chat.words import safe
from bot.chat.zones import zone_named
from bot.people import Edit, Noun
from signals.catalog import SIGNALS

_ZONE = "zone"
_STEP_OF_SETUP = "setup "
"""How the audit names what was done here."""


@dataclass(frozen=True, slots=True)
class Step:
    """One use of the wizard: who it is about, and the channel it is about."""

    pressing: Pressing
    guild: discord.Guild
    member: discord.Member
    place: Place | None

    @property
    def ports(self) -> Ports:
        """Everything the chat is handed."""
        return self.pressing.ports

    @property
    def chosen(self) -> Place:
        """The channel; refuses where none is chosen."""
        if self.place is None:
            raise Refusal("choose a channel first, in the first list")
        return self.place

    def deed(self, action: str) -> Deed:
        """Return what is done, as the audit tells it."""
        return Deed(self.guild.id, self.chosen.id, self.member.id, action)

    async def change(self, action: str, edits: list[Edit], check: presets.Check | None = None) -> str:
        """Store a step; return what to say of it."""
        change = await self.ports.configuration.change(
            guild_id=self.guild.id,
            by=self.member.id,
            at=self.ports.clock.now(),
            action=action,
            edits=edits,
            check=check,
        )
        return "Stored." if change.edits else "That is how it was already."


async def standing_of(guild: discord.Guild, ports: Ports, place: Place | None, application_id: int) -> Standing:
    """Return what holds in a server, and in the channel that the wizard is about."""
    rows = await ports.configuration.rows(guild.id, ports.clock.now())
    routes = await routes_at(ports, guild.id, place.id) if place else []
    return Standing(guild, application_id, place, routes, rows)


async def take_step(pressing: Pressing) -> None:
    """Do what the component says, then show the page anew."""
    name = pressing.arguments[0]
    if name == "zoneform":
        await _ask_zone(pressing)
        return
    if name not in _STEPS:
        raise Refusal("that button is not one I know any more: say `setup` again")
    await defer_update(pressing)
    step = await _step(pressing)
    note = await _STEPS[name](step)
    if name == "channel":
        step = await _step(pressing, _number(pressing.values))
    standing = await standing_of(step.guild, step.ports, step.place, pressing.interaction.application_id)
    if name == "done":
        await show(pressing, done_card(standing))
        return
    page = moderators_page if name in _SECOND_PAGE else alerts_page
    await show(pressing, *page(standing, note))


async def _step(pressing: Pressing, channel_id: int | None = None) -> Step:
    """Return the use of the wizard, its channel looked up anew: what a component says comes from outside."""
    guild, member = pressing.interaction.guild, pressing.interaction.user
    if guild is None or not isinstance(member, discord.Member):
        raise Refusal("that works in a server only")
    number = int(pressing.arguments[1]) if channel_id is None else channel_id
    place = place_of(guild, number) if number and (channel_id or guild.get_channel_or_thread(number)) else None
    if place is not None and place.id != pressing.channel_id:
        await need_to_see(place, member)
    return Step(pressing, guild, member, place)


async def _nothing(_step: Step) -> str:
    return ""


async def _signals(step: Step) -> str:
    """Let exactly the chosen signals come to the channel; what comes there already stays as it is."""
    chosen = set(step.pressing.values)
    known = [signal.name for signal in SIGNALS if signal.kinds]
    if not chosen <= set(known):
        raise Refusal("that is no signal that raises alerts: say `setup` again")
    if chosen:
        need_to_post_in(step.chosen)
    wanted: dict[str, dict[str, object] | None] = {name: {} if name in chosen else None for name in known}
    named = ", ".join(name for name in known if name in chosen) or "none"
    change = await change_routes(step.ports, step.deed(f"setup alerts {named}"), wanted)
    return "Stored." if change.edits else "That is how it was already."


async def _preset(step: Step) -> str:
    preset = presets.preset_named(next(iter(step.pressing.values), ""))
    if preset is None:
        raise Refusal("that is no preset: choose calm, normal or eager")
    return await step.change(f"setup preset {preset.name}", presets.edits_of(preset), presets.check)


async def _role(step: Step) -> str:
    role_id = _number(step.pressing.values)
    role = need_pingable(step.guild.get_role(role_id)) if role_id else None
    routes = await need_routes(step.ports, step.guild.id, step.chosen.id)
    need_to_post_in(step.chosen)
    wanted: dict[str, dict[str, object] | None] = {
        route.signal: {"role_id": role.id if role else None} for route in routes
    }
    change = await change_routes(step.ports, step.deed(f"setup role {role.id if role else 'none'}"), wanted)
    return "Stored." if change.edits else "That is how it was already."


async def _test(step: Step) -> str:
    routes = await need_routes(step.ports, step.guild.id, step.chosen.id)
    return await trial.send(step.pressing.interaction.client, step.ports, trial.Trial(step.chosen, routes))


async def _undo(step: Step) -> str:
    """Take back the last step; what was changed elsewhere since is shown before it is taken back."""
    last = await undoable(step.ports.configuration, step.guild.id)
    if last is not None and not last.action.startswith(_STEP_OF_SETUP):
        raise Refusal("the last change was not made in `setup`: `undo` shows what it was and takes it back")
    undone = await take_back(step.pressing, step.guild, last) if last else None
    return f"Taken back: {safe(undone.action.removeprefix('undo '))}." if undone else "There is nothing to take back."


async def _moderators(step: Step) -> str:
    """Let a role moderate; its members cannot hand that on."""
    role_id = _number(step.pressing.values)
    role = step.guild.get_role(role_id) if role_id else None
    if role_id and role is None:
        raise Refusal("that role is gone: choose another")
    if role is not None and role.is_default():
        raise Refusal("everybody has that role: choose one that few have, or none")
    if role is not None and not taking_trouble(role, None):
        pinged = {route.role_id for route in await step.ports.routes.list(step.guild.id)}
        if role.id in pinged:
            raise Refusal(f"alerts ping <@&{role.id}>, and members may take it by a button: choose another role")
    edits = [Edit(Noun.GUILD, MODERATORS, {"value": role.id} if role else None)]
    need_to_appoint(step.pressing.interaction.permissions, edits)
    return await step.change(f"setup moderators {role.id if role else 'none'}", edits)


async def _zone(step: Step) -> str:
    zone = zone_named((step.pressing.typed or {}).get(_ZONE, ""))
    return await step.change(f"setup zone {zone}", [Edit(Noun.GUILD, "time_zone", {"value": zone})])


async def _ask_zone(pressing: Pressing) -> None:
    """Open the form of the time zone; a form is the first answer, or none."""
    settings = await pressing.ports.configuration.settings(pressing.guild_id)
    says = press(Action.SETUP, _ZONE, pressing.arguments[1])
    form = discord.ui.Modal(title="Time zone of daily messages", custom_id=says.custom_id, timeout=None)
    field: discord.ui.TextInput[discord.ui.Modal] = discord.ui.TextInput(
        label="A city or an IANA name, such as Europe/Berlin",
        custom_id=_ZONE,
        default=settings.time_zone,
        min_length=1,
        max_length=60,
    )
    form.add_item(field)
    form.stop()
    await pressing.interaction.response.send_modal(form)


def _number(values: tuple[str, ...]) -> int:
    """Return the number that was chosen; 0 where nothing was, or no number of Discord's."""
    first = next(iter(values), "")
    return int(first) if first.isascii() and first.isdecimal() and len(first) <= 19 else 0  # noqa: PLR2004 - digits


_SECOND_PAGE = {"next", "moderators", _ZONE, "undomods"}
_STEPS: Mapping[str, Callable[[Step], Awaitable[str]]] = {
    "channel": _nothing,
    "signals": _signals,
    "preset": _preset,
    "role": _role,
    "test": _test,
    "undo": _undo,
    "undomods": _undo,
    "next": _nothing,
    "alerts": _nothing,
    "moderators": _moderators,
    _ZONE: _zone,
    "done": _nothing,
}

HANDLERS: Mapping[Action, Handler] = {Action.SETUP: take_step}
