"""Below one's subscriptions: end some, pause, wake up, test, turn the page."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.durations import duration_of
from bot.chat.face import Handler, Pressing, defer_update, show
from bot.chat.press import NUMBER, Action
from bot.chat.subscribers.subscription_cards import WAKE, names_of, subscriptions_answer
from bot.chat.subscribers.subscriptions import EVERY_SIGNAL, end, pause, send_test, wake


async def turn(pressing: Pressing) -> None:
    """Show a page of the presser's subscriptions."""
    await defer_update(pressing)
    await _show(pressing, page=int(pressing.arguments[1]))


async def unsubscribe(pressing: Pressing) -> None:
    """End the chosen ones; those that are none of the presser's are passed over."""
    await defer_update(pressing)
    ids = {int(value) for value in pressing.values if NUMBER.fullmatch(value)}
    mine = (await pressing.ports.members.subscriber(pressing.user_id)).subscriptions
    ending = [one for one in mine if one.id in ids]
    note = await end(pressing.ports, pressing.user_id, ending) if ending else "Those had ended already."
    await _show(pressing, page=int(pressing.arguments[1]), note=note)


async def snooze(pressing: Pressing) -> None:
    """Snooze every signal, or end all snoozes."""
    length = pressing.arguments[1]
    until = None if length == WAKE else pressing.ports.clock.now() + duration_of(length)
    await defer_update(pressing)
    ports, user_id = pressing.ports, pressing.user_id
    note = await (wake(ports, user_id) if until is None else pause(ports, user_id, EVERY_SIGNAL, until))
    await _show(pressing, note=note)


async def test_direct(pressing: Pressing) -> None:
    """Send the presser a direct message."""
    await defer_update(pressing)
    await _show(pressing, note=await send_test(pressing.ports, pressing.interaction.user))


async def _show(pressing: Pressing, *, page: int = 0, note: str = "") -> None:
    name_of = names_of(pressing.interaction.client)
    await show(pressing, *await subscriptions_answer(pressing.ports, pressing.user_id, name_of, page=page, note=note))


HANDLERS: Mapping[Action, Handler] = {
    Action.SUBSCRIPTIONS: turn,
    Action.UNSUBSCRIBE: unsubscribe,
    Action.SNOOZE: snooze,
    Action.TEST_DIRECT: test_direct,
}
