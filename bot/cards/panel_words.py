"""The words of one panel and the room they need: its title, its legend, what stands beside its lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bot.cards import style
from bot.cards.ends import END_IN, End
from bot.cards.measure import fitted, width_in
from bot.cards.scale import Scale, scale_of
from bot.cards.words import UNKNOWN
from signals.types import FloatArray

ROW_IN = 0.27
"""Height of a line of words above a panel."""
SHORT_NAME = 8
"""Letters of a name that fits beside its line."""
LEVEL_IN, TITLE_IN = 1.4, 7.0
"""Widest that a level's name and a panel's title may be."""
LEGEND_IN, HANDLE_IN = 6.6, 0.6
"""Width of a row of names, and of a line's pattern with the space around it."""
TITLE_GAP_IN = 0.25
"""Between a title and the names on the same row."""
MARK_WORDS_IN = 0.42
"""Height of a mark's words and the way to them."""


@dataclass(frozen=True, slots=True, eq=False)
class Wording:
    """What is written around a panel.

    Attributes
    ----------
    legend : tuple of str
        A name for each line, to stand above the panel; empty where they stand beside the lines or there is one line
        that the title names.
    ends : tuple of End
        What stands beside the panel.
    """

    title: str
    legend: tuple[str, ...]
    ends: tuple[End, ...]
    scale: Scale

    @property
    def legend_columns(self) -> int:
        """How many names stand in a row."""
        return len(self.legend) if self._legend_in <= LEGEND_IN else 2

    @property
    def after_title_in(self) -> float | None:
        """How far to the right the names begin where they stand on the title's row; None where they do not."""
        start = width_in(self.title, style.SMALL_PT, is_bold=True) + TITLE_GAP_IN
        return start if self.title and self.legend and start + self._legend_in <= LEGEND_IN else None

    @property
    def _legend_in(self) -> float:
        return sum(HANDLE_IN + width_in(name, style.SMALL_PT) for name in self.legend)

    @property
    def above_in(self) -> float:
        """Height of the words above the panel."""
        rows = -(-len(self.legend) // self.legend_columns) if self.legend else 0
        return ROW_IN * (1 if self.after_title_in is not None else rows + bool(self.title))

    @property
    def beside_in(self) -> float:
        """Width of the words beside the lines."""
        return max((end.wide_in for end in self.ends), default=0.0)


def wording_of(panel: Mapping[str, Any], body_in: float) -> Wording:
    """Return the words of a panel `body_in` high: short names beside their lines, long ones above the panel."""
    scale = scale_of(values_of(panel), panel["unit"])
    names = [name for _, name, *_ in panel["lines"]]
    now = [scale.words(values[-1]) if np.isfinite(values[-1]) else "" for values, *_ in panel["lines"]]
    room = int(body_in / END_IN)
    has_ends = len(names) <= room
    is_titled = len(names) <= 1 and all(name in panel["title"] for name in names)
    is_beside = has_ends and all(len(name) <= SHORT_NAME for name in names) and not is_titled
    told = [f"{name} {value}".strip() for name, value in zip(names, now, strict=True)] if is_beside else now
    ends = _ends(panel, told, scale) if has_ends else []
    legend = () if is_beside or is_titled else _legend(names, [""] * len(names) if has_ends else now)
    levels = [(value, name) for value, name in panel["levels"] if name]
    fits = len(ends) + len(levels) <= room
    if fits:
        ends += [
            End(value, fitted(name, style.SMALL_PT, LEVEL_IN), style.MUTED, is_level=True) for value, name in levels
        ]
    return Wording(_title(panel, [] if fits else [name for _, name in levels]), legend, tuple(ends), scale)


def _legend(names: list[str], values: list[str]) -> tuple[str, ...]:
    """Return the names to stand above a panel, cut to leave room for the values that cannot stand beside it."""
    most = LEGEND_IN / min(len(names), 2) - HANDLE_IN
    rooms = [most - width_in(f" {value}", style.SMALL_PT) for value in values]
    fitting = [fitted(name, style.SMALL_PT, room) for name, room in zip(names, rooms, strict=True)]
    return tuple(f"{name} {value}".strip() for name, value in zip(fitting, values, strict=True))


def _ends(panel: Mapping[str, Any], told: list[str], scale: Scale) -> list[End]:
    """Return what stands beside the lines, at their last known values; columns without lines have their last one."""
    if not panel["lines"] and panel["bars"] is not None and np.isfinite(panel["bars"][-1]):
        return [End(float(panel["bars"][-1]), scale.words(panel["bars"][-1]), style.TEXT)]
    return [
        End(float(values[np.isfinite(values)][-1]), words, colour)
        for (values, _, colour, *_), words in zip(panel["lines"], told, strict=True)
        if words
    ]


def values_of(panel: Mapping[str, Any]) -> FloatArray:
    """Return all values that a panel's scale must hold."""
    columns = [] if panel["bars"] is None else [panel["bars"], np.zeros(1)]
    points = np.array([value for value, _ in panel["levels"]] + [value for _, value, *_ in panel["marks"]], dtype=float)
    return np.concatenate([points, *columns, *(values for values, *_ in panel["lines"])])


def _title(panel: Mapping[str, Any], levels: list[str]) -> str:
    parts = [panel["title"]]
    parts += [f"dashed: {', '.join(levels)}"] if levels else []
    parts += [f"{UNKNOWN}: {', '.join(panel['unknown'])}"] if panel["unknown"] else []
    return fitted(" · ".join(part for part in parts if part), style.SMALL_PT, TITLE_IN, is_bold=True)
