"""What a server has set, looked at as a whole before it is stored."""

from __future__ import annotations

from bot.chat.moderators.keywords import need_few
from bot.chat.moderators.presets import Rows, check


def need_sound(rows: Rows) -> None:
    """Raise where thresholds contradict each other, or there are too many keywords."""
    check(rows)
    need_few(rows)
