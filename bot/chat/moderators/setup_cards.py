"""The two pages of `setup`, from what is stored: what holds now, and the components that change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import discord

from bot.cards.card import Card
from bot.chat.moderators.invite import invite_url, needed_in
from bot.chat.moderators.places import Place, lacks
from bot.chat.moderators.presets import PRESETS, preset_in
from bot.chat.moderators.roles import ping_trouble
from bot.chat.moderators.route_cards import signal_words
from bot.chat.parts import Part, button, channel_choice, choice, laid_out, link, role_choice
from bot.chat.press import Action, press
from bot.chat.words import joined, permission_words
from bot.people import EXCHANGE_ZONE, Noun
from bot.records import Route
from signals.catalog import SIGNALS

Shown = tuple[Card, discord.ui.View | None]


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds in a server, and the channel that `setup` is about; None where none is chosen.

    Attributes
    ----------
    routes : sequence of Route
        Those of the channel.
    rows : mapping
        Everything that is set in the server.
    """

    guild: discord.Guild
    application_id: int
    place: Place | None
    routes: Sequence[Route]
    rows: Mapping[tuple[Noun, str], Mapping[str, Any]]

    @property
    def role_id(self) -> int | None:
        """The role that the channel's alerts ping, if it is still there."""
        role_id = next((route.role_id for route in self.routes if route.role_id), None)
        return role_id if role_id and self.guild.get_role(role_id) else None

    @property
    def moderator_role_id(self) -> int | None:
        """The role that may moderate the bot, if it is still there."""
        role_id = self.rows.get((Noun.GUILD, "moderator_role_id"), {}).get("value")
        return role_id if role_id and self.guild.get_role(role_id) else None

    @property
    def zone(self) -> str:
        """The server's time zone."""
        return str(self.rows.get((Noun.GUILD, "time_zone"), {}).get("value", EXCHANGE_ZONE))

    @property
    def has_roles(self) -> bool:
        """Whether any of the server's routes pings a role."""
        return any(row.get("role_id") for (noun, _), row in self.rows.items() if noun is Noun.ROUTE)

    @property
    def channel_id(self) -> int:
        """The chosen channel; 0 where none is."""
        return self.place.id if self.place else 0


def alerts_page(standing: Standing, note: str = "") -> Shown:
    """Return the page about the channel and what comes there."""
    lines = [
        note,
        f"**1. Channel**: {_channel_words(standing.place)}",
        f"**2. Alerts**: {_routes_words(standing)}",
        f"**3. How many**: {_preset_words(standing)}",
        f"**4. Role to ping**: {_role_words(standing)}",
    ]
    foot = "Every step is stored at once; “Undo last” takes the last one back."
    card = Card("Setup, 1 of 2: alerts", "\n\n".join(filter(None, lines)), tone=_tone(standing), footer=foot)
    return card, laid_out(*_alerts_rows(standing))


def moderators_page(standing: Standing, note: str = "") -> Shown:
    """Return the page about who may moderate, and the hours of daily messages."""
    role_id = standing.moderator_role_id
    who = f"members with Manage Server, and <@&{role_id}>" if role_id else "members with Manage Server"
    lines = [
        note,
        f"**5. Who may moderate the bot**: {who}",
        f"**6. Time zone of daily messages**: {standing.zone}",
        "The invite link gives the bot exactly the permissions it needs"
        + (", Manage Roles for its ping roles among them." if standing.has_roles else "."),
    ]
    card = Card("Setup, 2 of 2: moderators", "\n\n".join(filter(None, lines)))
    says = _says(standing)
    url = invite_url(standing.application_id, guild_id=standing.guild.id, with_roles=standing.has_roles)
    buttons = [
        button("Back: alerts", says("alerts")),
        button("Time zone…", says("zoneform")),
        button("Undo last", says("undomods")),
        button("Done", says("done"), "success"),
        link("Invite link", url),
    ]
    roles = role_choice(says("moderators"), hint="5. Who else may moderate (none: choose nobody)", chosen=role_id)
    return card, laid_out([roles], buttons)


def done_card(standing: Standing) -> Card:
    """Return what stands in the place of the wizard once it is done."""
    channels = {key.partition(" ")[0] for noun, key in standing.rows if noun is Noun.ROUTE}
    where = joined(f"<#{channel}>" for channel in sorted(channels)[:10])
    more = f" and {len(channels) - 10} more" if len(channels) > 10 else ""  # noqa: PLR2004 - ten are named
    told = f"Alerts come to {where}{more} after a session's close." if channels else "No channel gets alerts yet."
    next_steps = (
        "`route list` shows what goes where, `route edit` changes it in detail, `alerts role` lets members take the "
        "role by a button, `alerts doctor` checks everything. Say `setup` again at any time."
    )
    return Card("Setup is done", f"{told}\n\n{next_steps}", tone="neutral")


def _alerts_rows(standing: Standing) -> list[list[Part]]:
    says = _says(standing)
    routed = {route.signal for route in standing.routes}
    raising = [(s.name, s.title, s.summary) for s in SIGNALS if s.kinds]
    preset = preset_in(standing.rows)
    signals = choice(
        says("signals"),
        raising,
        hint="2. Which alerts (none: choose nothing)",
        chosen=routed,
        most=len(raising),
        least=0,
    )
    presets = choice(
        says("preset"),
        [(each.name, each.name.capitalize(), each.says) for each in PRESETS],
        hint="3. How many: your own limits hold; choose a preset instead",
        chosen=[preset.name] if preset else [],
    )
    return [
        [channel_choice(says("channel"), hint="1. Which channel or thread", chosen=standing.channel_id or None)],
        [signals],
        [presets],
        [role_choice(says("role"), hint="4. Role to ping (none: choose nobody)", chosen=standing.role_id)],
        [
            button("Send a test alert", says("test"), "primary", is_off=not standing.routes),
            button("Undo last", says("undo")),
            button("Next: moderators", says("next"), "success"),
        ],
    ]


def _says(standing: Standing) -> Any:
    return lambda step: press(Action.SETUP, step, standing.channel_id)


def _channel_words(place: Place | None) -> str:
    if place is None:
        return "none chosen yet: choose one below."
    missing = lacks(place)
    held = " · ".join(f"{'✗' if name in missing else '✓'} {permission_words(name)}" for name in needed_in(place))
    words = f"<#{place.id}>\n{held}"
    if missing:
        words += (
            f"\n→ In the channel's settings, under Permissions, allow my role {joined(map(permission_words, missing))}."
        )
    return words


def _routes_words(standing: Standing) -> str:
    if not standing.routes:
        return "none come there yet: choose some below."
    return "\n".join(f"• {signal_words(route)}" for route in standing.routes)


def _preset_words(standing: Standing) -> str:
    preset = preset_in(standing.rows)
    says = f"{preset.name}: {preset.says}" if preset else "limits of your own (`threshold list` shows them)"
    return f"{says}. It holds for the whole server."


def _role_words(standing: Standing) -> str:
    if standing.role_id is None or standing.place is None:
        return "none."
    role = standing.guild.get_role(standing.role_id)
    trouble = ping_trouble(role, standing.place.permissions_for(standing.guild.me)) if role else ""
    return f"<@&{standing.role_id}>." + (f"\n→ {trouble}." if trouble else "")


def _tone(standing: Standing) -> str:
    return "warning" if standing.place is not None and lacks(standing.place) else "neutral"
