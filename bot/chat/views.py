"""What stands below the cards of the market and below alerts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord

from bot.cards.card import Card
from bot.cards.digest_card import LINES
from bot.chat.parts import Part, as_json, button, laid_out, turns
from bot.chat.press import DEFAULT_PERIOD, PERIODS, Action, press
from bot.people import BRIEFINGS, PaperName
from signals.catalog import SIGNALS, by_name
from signals.definition import Signal
from signals.inquiry import studied_of
from signals.types import Event

GOLDEN, DEATH = "golden_cross", "death_cross"


def cross_view(symbol: str, period: str = DEFAULT_PERIOD, *, event: str = GOLDEN) -> discord.ui.View | None:
    """Return the buttons below a cross of `symbol`; the period shown is highlighted."""
    periods = [
        button(label, press(Action.CHART, name, symbol), "primary" if name == period else "secondary")
        for name, label in PERIODS.items()
    ]
    more = [
        button("Evidence", press(Action.EVIDENCE, event, symbol)),
        button("Refresh", press(Action.REFRESH, period, symbol)),
    ]
    return laid_out(periods, more)


def stock_view(symbol: str) -> discord.ui.View | None:
    """Return the buttons below everything about `symbol`: its averages with their picture, and its activity."""
    asked = [button("Averages", press(Action.NOW, DEFAULT_PERIOD, symbol))]
    asked += [
        button(signal.command.capitalize(), press(Action.READ, signal.command, symbol))
        for signal in SIGNALS
        if signal.choices is None and signal.name != "cross"
    ]
    return laid_out(asked)


def list_view(message_id: int, page: int, pages: int) -> discord.ui.View | None:
    """Return the buttons that turn the pages of a list; none where there is one page."""
    return laid_out(turns(page, pages, lambda other: press(Action.LIST, other, message_id)))


def event_of(card: Card) -> str:
    """Return the event whose evidence belongs below a cross: that of the state it shows."""
    return DEATH if card.tone == "death" else GOLDEN


def briefing_button(name: str, label: str = "Briefing (PDF)") -> Part:
    """Return what hands out a briefing."""
    return button(label, press(Action.BRIEFING, name))


def answer_view(signal: Signal) -> discord.ui.View | None:
    """Return what stands below the answer of a signal that has a briefing; nothing below others."""
    return laid_out([briefing_button(signal.name)] if signal.name in BRIEFINGS else [])


def alert_components(event: Event) -> list[dict[str, Any]]:
    """Return the JSON of the buttons below an alert: what followed such events, where it stands now, and why."""
    about = _about(by_name(event.signal), event.subject, event.kind)
    return as_json([*about, button("Why?", press(Action.WHY))])


def trial_components(signal: Signal, subject: str, *, event: str = GOLDEN) -> list[dict[str, Any]]:
    """Return the same without the one that tells why, where there is no event to tell of."""
    kinds = [kind.name for kind in signal.kinds]
    return as_json(_about(signal, subject, event if event in kinds else kinds[0]))


def _about(signal: Signal, subject: str, kind: str) -> list[discord.ui.Item[discord.ui.View]]:
    studied = studied_of(signal, subject)
    past = [button("Evidence", press(Action.EVIDENCE, kind, studied))] if studied else []
    is_cross = signal.name == "cross"
    stands = press(Action.NOW, DEFAULT_PERIOD, subject) if is_cross else press(Action.READ, signal.command, subject)
    return [*past, button("Where it stands now", stands)]


class BelowAlerts:
    """Implements the alerts' `Buttons`: what can be pressed below a message."""

    def of_subject(self, event: Event) -> list[dict[str, Any]]:
        """Return what belongs below the events of one subject, of which `event` is one."""
        return alert_components(event)

    def of_paper(self, name: str) -> list[dict[str, Any]]:
        """Return what leads from a paper to its details, and from a day's to the briefings."""
        details = [
            button(title, press(Action.READ, by_name(of).command, about)) for of, (title, about) in LINES.items()
        ]
        more = [briefing_button(each, f"{each.capitalize()} (PDF)") for each in BRIEFINGS]
        return as_json([*details, *(more if name == PaperName.DIGEST else [])])

    def of_list(self, message_id: int) -> list[dict[str, Any]]:
        """Return what shows all events of a message that lists the most important alone."""
        return as_json([button("Show all", press(Action.LIST, 0, message_id))])


def view_of(components: Sequence[dict[str, Any]]) -> discord.ui.View | None:
    """Return rows of buttons' frozen JSON as discord.py sends them; None where there are none."""
    return laid_out(
        *(
            [
                discord.ui.Button(
                    label=each["label"], style=discord.ButtonStyle(each["style"]), custom_id=each["custom_id"]
                )
                for each in row["components"]
            ]
            for row in components
        )
    )
