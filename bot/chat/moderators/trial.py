"""A test message on the way that alerts take: a card with a picture and buttons, frozen, through the same sender."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import discord

from bot.alerts.compose import PICTURE
from bot.alerts.ports import SendFailed
from bot.alerts.route import why
from bot.cards.card import Card
from bot.cards.embed import embed_payload, picture_description
from bot.cards.plain import CONTENT, plain_text
from bot.cards.studio import PictureUnavailable
from bot.cards.words import length
from bot.chat.errors import Refusal
from bot.chat.moderators.places import Place, need_to_post_in
from bot.chat.moderators.roles import ping_trouble
from bot.chat.ports import Pictures, Ports
from bot.chat.sender import DiscordSender
from bot.chat.views import event_of, trial_components
from bot.questions.parse import DEFAULT_SYMBOL, QuestionError
from bot.records import Attachment, Outbound, Route
from signals.catalog import by_name
from signals.errors import SignalError

TITLE = "Test: no event happened"
_STANDS = "**This is a test: no event happened.** An alert looks like this; below it stands how things are now."
_BARE = "**This is a test: no event happened.** An alert comes on this way, with numbers and a picture."
_LASTS = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Trial:
    """A test of the routes of one channel; `pings` the role of the first that has one."""

    place: Place
    routes: Sequence[Route]
    pings: bool = False

    @property
    def role_id(self) -> int | None:
        """The role to ping."""
        return next((route.role_id for route in self.routes if route.role_id), None) if self.pings else None


async def send(client: discord.Client, ports: Ports, trial: Trial) -> str:
    """Send the test and say that it arrived; refuse, naming the permission or the reason, where it cannot."""
    need_to_post_in(trial.place)
    _need_to_ping(trial)
    route = trial.routes[0]
    subject, card = await _card(ports, route)
    below = trial_components(by_name(route.signal), subject, event=event_of(card)) if subject else []
    message = await _outbound(ports, trial, card, below)
    try:
        await DiscordSender(client).send(message)
    except SendFailed as failed:
        raise Refusal(f"the test did not arrive in <#{trial.place.id}>: {failed.reason}") from failed
    pinged = f" It pinged <@&{trial.role_id}>." if trial.role_id else ""
    return f"The test arrived in <#{trial.place.id}>: alerts will, too.{pinged}"


def _need_to_ping(trial: Trial) -> None:
    if not trial.pings:
        return
    role_id = trial.role_id
    if role_id is None:
        raise Refusal("no role is pinged there: set one with `route edit`, or leave out `ping`")
    role = trial.place.guild.get_role(role_id)
    trouble = ping_trouble(role, trial.place.permissions_for(trial.place.guild.me)) if role else "that role is gone"
    if trouble:
        raise Refusal(trouble)


async def _card(ports: Ports, route: Route) -> tuple[str, Card]:
    """Return a subject of the route and a card of how it stands, or of words alone while there are no prices."""
    signal = by_name(route.signal)
    named = [subject for subject in route.subjects if ":" not in subject]
    subject = (named[0] if named else DEFAULT_SYMBOL) if signal.choices is None else ""
    try:
        if signal.choices is None:
            subject = ports.desk.resolve(subject)
        else:
            subject = next(iter(dict(ports.desk.choices_of(signal.name))), "")
        now = await ports.desk.ask(signal.command, subject, guild_id=route.guild_id)
    except (QuestionError, SignalError):
        return subject, Card(TITLE, _BARE, footer=why(route))
    return subject, replace(
        now, title=TITLE, text=f"{_STANDS}\n\n**{now.title}**\n{now.text}", footer=f"test · {why(route)} · {now.footer}"
    )


async def _outbound(ports: Ports, trial: Trial, card: Card, below: list[dict[str, Any]]) -> Outbound:
    files = await _files(ports.pictures, card)
    words = f"<@&{trial.role_id}>" if trial.role_id else ""
    payload: dict[str, Any] = {
        "content": words,
        "embeds": [embed_payload(card, picture_name=files[0].name if files else None)],
        "plain": f"{words}\n{plain_text(card, limit=CONTENT - length(words) - 1)}".strip(),
        "components": below,
        "pings": {"role": trial.role_id, "users": []},
    }
    now = ports.clock.now()
    return Outbound(
        id=0,
        channel_id=trial.place.id,
        session=now.date(),
        nonce=f"test-{secrets.token_hex(8)}",
        lease="",
        attempt=1,
        expires_at=now + _LASTS,
        events=(),
        payload=payload,
        guild_id=trial.place.guild.id,
        attachments=files,
        role_id=trial.role_id,
    )


async def _files(pictures: Pictures, card: Card) -> tuple[Attachment, ...]:
    if card.chart is None:
        return ()
    try:
        png = await pictures.png(card.chart)
    except PictureUnavailable:
        return ()
    return (Attachment(PICTURE, png, picture_description(card) or ""),)
