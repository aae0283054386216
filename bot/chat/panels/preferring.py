"""Below one's preferences: what was chosen or written is stored, and the panel shows what holds now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot.chat.clocks import hour_of, span_between
from bot.chat.errors import Refusal
from bot.chat.face import Handler, Pressing, defer_update, show
from bot.chat.press import Action
from bot.chat.subscribers.preference_cards import (
    CADENCE,
    CHOSEN_SIGNALS,
    DAILY,
    FROM,
    IMPORTANCE,
    OWN,
    QUIET,
    TO,
    TYPED,
    ZONE,
    form_for,
    preferences_answer,
)
from bot.chat.subscribers.preferring import (
    Changes,
    daily_change,
    importance_change,
    prefer,
    quiet_change,
    signals_change,
    zone_change,
)
from bot.people import Cadence

_STALE = "that choice is not one I know any more: say `preferences` again"


async def open_panel(pressing: Pressing) -> None:
    """Show the presser's preferences."""
    await defer_update(pressing)
    await show(pressing, *await preferences_answer(pressing.ports, pressing.user_id))


async def choose(pressing: Pressing) -> None:
    """Store what was chosen in a select."""
    what, values = pressing.arguments[1], pressing.values
    if (what, values) == (QUIET, (OWN,)):
        await _open_form(pressing, QUIET)
        return
    if what not in _CHOSEN:
        raise Refusal(_STALE)
    await _store(pressing, _CHOSEN[what](values))


async def ask(pressing: Pressing) -> None:
    """Open a form."""
    await _open_form(pressing, pressing.arguments[1])


async def answer(pressing: Pressing) -> None:
    """Store what was written into a form."""
    what, typed = pressing.arguments[1], pressing.typed or {}
    if what not in _WRITTEN:
        raise Refusal(_STALE)
    await _store(pressing, _WRITTEN[what](typed))


async def _open_form(pressing: Pressing, what: str) -> None:
    wanted = (await pressing.ports.members.subscriber(pressing.user_id)).preferences
    await pressing.interaction.response.send_modal(form_for(what, wanted))


async def _store(pressing: Pressing, changes: Changes) -> None:
    await defer_update(pressing)
    note = await prefer(pressing.ports, pressing.user_id, changes)
    await show(pressing, *await preferences_answer(pressing.ports, pressing.user_id, note=note))


def _cadence(values: Sequence[str]) -> Changes:
    if "".join(values) not in set(Cadence):
        raise Refusal(_STALE)
    return {"cadence": Cadence("".join(values))}


def _own_quiet(typed: Mapping[str, str]) -> Changes:
    begin, end = span_between(hour_of(typed.get(FROM, "")), hour_of(typed.get(TO, "")))
    return {"quiet_from": begin, "quiet_to": end}


_CHOSEN: Mapping[str, Callable[[Sequence[str]], Changes]] = {
    CADENCE: _cadence,
    IMPORTANCE: lambda values: importance_change("".join(values)),
    CHOSEN_SIGNALS: signals_change,
    QUIET: lambda values: quiet_change("".join(values)),
}
_WRITTEN: Mapping[str, Callable[[Mapping[str, str]], Changes]] = {
    QUIET: _own_quiet,
    ZONE: lambda typed: zone_change(typed.get(TYPED, "")),
    DAILY: lambda typed: daily_change(typed.get(TYPED, "")),
}

HANDLERS: Mapping[Action, Handler] = {
    Action.PREFERENCES: open_panel,
    Action.PREFER: choose,
    Action.ASK: ask,
    Action.ANSWER: answer,
}
