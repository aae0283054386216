"""The panel of a member's preferences: selects for what is chosen, forms for what is written."""

from __future__ import annotations

from datetime import time

import discord

from bot.cards.card import Card, Field
from bot.chat.clocks import hour_words, span_words
from bot.chat.errors import Refusal
from bot.chat.parts import Option, Part, button, choice, form, laid_out
from bot.chat.ports import Ports
from bot.chat.press import Action, press
from bot.chat.subscribers.preferring import (
    IMPORTANCES,
    OFF,
    importance_examples,
    importance_words,
    pushed_words,
    quiet_words,
    signals_words,
)
from bot.chat.words import sentence
from bot.chat.zones import local_words
from bot.people import Cadence, Preferences
from signals.catalog import SIGNALS

CADENCE, IMPORTANCE, CHOSEN_SIGNALS, QUIET, ZONE, DAILY = "cadence", "importance", "signals", "quiet", "zone", "daily"
"""What can be preferred, as components name it."""
OWN = "own"
QUIET_SPANS = ("22:00-07:00", "23:00-08:00", "21:00-09:00", "00:00-08:00", "18:00-09:00")
"""Offered; others are written into a form."""
FROM, TO, TYPED = "from", "to", "typed"
"""Lines of forms."""
_STARTS = (time(22, 0), time(7, 0))


async def preferences_answer(ports: Ports, user_id: int, *, note: str = "") -> tuple[Card, discord.ui.View | None]:
    """Return a member's preferences, and the components that change them."""
    wanted = (await ports.members.subscriber(user_id)).preferences
    now = ports.clock.now()
    fields = (
        Field("When", "\n".join([_when(wanted), *pushed_words(wanted, now)])),
        Field("What", f"{sentence(importance_words(wanted))} {sentence(signals_words(wanted))}"),
        Field("Quiet hours", _quietly(wanted)),
        Field("Time zone", f"{wanted.time_zone.replace('_', ' ')}: {local_words(wanted.time_zone, now)}"),
    )
    text = note or "This is how direct messages come to you, from every server. A choice counts at once."
    card = Card(
        "Your preferences", text, fields=fields, footer="Channels have routes of their own: moderators set those."
    )
    return card, laid_out(
        [_cadence(user_id, wanted)],
        [_importance(user_id, wanted)],
        [_signals(user_id, wanted)],
        [_quiet(user_id, wanted)],
        [
            button("Time zone…", press(Action.ASK, user_id, ZONE)),
            button("Daily hour…", press(Action.ASK, user_id, DAILY)),
            button("Subscriptions", press(Action.SUBSCRIPTIONS, user_id, 0)),
        ],
    )


def form_for(what: str, wanted: Preferences) -> discord.ui.Modal:
    """Return the form that asks for a preference, the present one written into it; refuse what is not asked for so."""
    says = press(Action.ANSWER, wanted.user_id, what)
    if what == QUIET:
        begin, end = wanted.quiet_from or _STARTS[0], wanted.quiet_to or _STARTS[1]
        how = "Such as 22:00, 22 or 10pm"
        return form(
            says, "Quiet hours", (FROM, "From", how, hour_words(begin)), (TO, "To", "16 hours at most", hour_words(end))
        )
    if what == ZONE:
        how = "A city or a name, such as Berlin or America/New_York"
        return form(says, "Time zone", (TYPED, "Where your clock is", how, wanted.time_zone))
    if what == DAILY:
        how = "Such as 18:00, 18 or 6pm; all of a day comes then in one message"
        return form(says, "Daily hour", (TYPED, "At what time", how, hour_words(wanted.daily_at)))
    raise Refusal("there is no form for that: say `preferences` again")


def _when(wanted: Preferences) -> str:
    if wanted.cadence is Cadence.DAILY:
        return f"One message a day, at {hour_words(wanted.daily_at)}."
    return "Each message at once, after a session's close."


def _quietly(wanted: Preferences) -> str:
    if wanted.quiet_from is None:
        return sentence(quiet_words(wanted))
    return f"{sentence(quiet_words(wanted))} Alerts wait for their end; none is lost by them."


def _cadence(user_id: int, wanted: Preferences) -> Part:
    options: list[Option] = [
        (Cadence.INSTANT, "At once", "Each message after the session's close"),
        (Cadence.DAILY, "Once a day", f"All of a day in one message, at {hour_words(wanted.daily_at)}"),
    ]
    return choice(press(Action.PREFER, user_id, CADENCE), options, hint="How soon?", chosen=[wanted.cadence])


def _importance(user_id: int, wanted: Preferences) -> Part:
    options = [
        (str(n), f"{n}: {words}" + (" and up" if 1 < n < max(IMPORTANCES) else ""), importance_examples(n))
        for n, words in IMPORTANCES.items()
    ]
    says = press(Action.PREFER, user_id, IMPORTANCE)
    return choice(says, options, hint="How important at least?", chosen=[str(wanted.importance)])


def _signals(user_id: int, wanted: Preferences) -> Part:
    options = [(signal.name, signal.name, signal.title) for signal in SIGNALS if signal.kinds]
    says = press(Action.PREFER, user_id, CHOSEN_SIGNALS)
    hint = "Every signal; choose to hear of some alone"
    return choice(says, options, hint=hint, chosen=wanted.signals, most=len(options), least=0)


def _quiet(user_id: int, wanted: Preferences) -> Part:
    present = OFF
    if wanted.quiet_from is not None and wanted.quiet_to is not None:
        present = span_words(wanted.quiet_from, wanted.quiet_to)
    spans = [*QUIET_SPANS] if present in {OFF, *QUIET_SPANS} else [present, *QUIET_SPANS]
    options: list[Option] = [
        (OFF, "No quiet hours", "Messages may come at any hour"),
        *((span, f"Quiet {span.replace('-', ' to ')}", "") for span in spans),
        (OWN, "Hours of your own…", "Opens a form"),
    ]
    return choice(press(Action.PREFER, user_id, QUIET), options, hint="Quiet hours?", chosen=[present])
