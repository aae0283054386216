"""What a button says when it is pressed: its `custom_id`, which comes back from outside and is believed in nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.chat.errors import Refusal

PERIODS = {"6m": "6 months", "1y": "1 year", "5y": "5 years", "all": "All"}
"""How far back a chart of `cross` reaches, and what its button says."""
DEFAULT_PERIOD = "1y"

MARK = "sc:"
_VERSION = "1"
_EVENT = re.compile(r"[a-z][a-z0-9_]{0,39}")
_SYMBOL = re.compile(r"[!-~]{1,40}")
_PAGE, _NUMBER = re.compile(r"[0-9]{1,3}"), re.compile(r"[0-9]{1,18}")


class Action(StrEnum):
    """What a button does."""

    CHART = "chart"
    """Show another period, in place."""
    REFRESH = "refresh"
    """Show the present state, in place."""
    EVIDENCE = "evidence"
    """Show what followed, to the presser alone."""
    LIST = "list"
    """Show all events of a message that lists the most important alone, to the presser alone, a page at a time."""
    NOW = "now"
    """Show where it stands now, to the presser alone: an alert stays as it was sent."""


@dataclass(frozen=True, slots=True)
class Press:
    """What a button asks for.

    Attributes
    ----------
    detail : str
        The event where `action` is `Action.EVIDENCE`, the page where it is `Action.LIST`, else the period.
    symbol : str
        The symbol; the number of the message where `action` is `Action.LIST`.
    """

    action: Action
    detail: str
    symbol: str

    @property
    def custom_id(self) -> str:
        """The press as Discord keeps it, at most 100 characters."""
        return f"{MARK}{_VERSION}:{self.action}:{self.detail}:{self.symbol}"


def parse_press(custom_id: str) -> Press:
    """Return what `custom_id` asks for; refuse what no button of ours can have said."""
    parts = custom_id.removeprefix(MARK).split(":", 3)
    match parts:
        case [version, action, detail, symbol] if version == _VERSION and action in set(Action):
            if _fits(Action(action), detail, symbol):
                return Press(Action(action), detail, symbol)
    raise Refusal("that button is not one I know any more: ask again with `/cross`")


def _fits(action: Action, detail: str, symbol: str) -> bool:
    match action:
        case Action.LIST:
            return bool(_PAGE.fullmatch(detail) and _NUMBER.fullmatch(symbol))
        case Action.EVIDENCE:
            return bool(_EVENT.fullmatch(detail) and _SYMBOL.fullmatch(symbol))
    return detail in PERIODS and bool(_SYMBOL.fullmatch(symbol))
