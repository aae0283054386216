"""Where the names on a map stand: near their points, off each other, off other points and tails."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from signals.types import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RINGS = (4, 12, 22, 34, 48, 64, 84, 110, 140)
"""Distances from a point's edge that are tried, in points."""
DIRECTIONS = 16
POINT_PT = 6
"""Half the size of a point."""
OVER_NAME, OVER_POINT, OVER_EDGE, OVER_TAIL = 1000.0, 300.0, 2000.0, 12.0
"""What it costs to stand on each; a point of distance costs one."""

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle: left, bottom, right, top."""

    x0: float
    y0: float
    x1: float
    y1: float

    def overlaps(self, other: Box) -> bool:
        """Whether the two share any area."""
        return self.x0 < other.x1 and other.x0 < self.x1 and self.y0 < other.y1 and other.y0 < self.y1

    def holds(self, other: Box) -> bool:
        """Whether the other lies within."""
        return self.x0 <= other.x0 and self.y0 <= other.y0 and other.x1 <= self.x1 and other.y1 <= self.y1

    def count(self, places: FloatArray) -> int:
        """Return how many places lie within; unknown ones do not."""
        x, y = places[:, 0], places[:, 1]
        return int(((x > self.x0) & (x < self.x1) & (y > self.y0) & (y < self.y1)).sum())


def placed(
    points: Sequence[Place],
    sizes: Sequence[Place],
    tails: Sequence[FloatArray],
    room: Box,
    *,
    step: float,
    written: Sequence[Box] = (),
) -> list[Place]:
    """Return a centre for each name of `sizes`, one after the other the cheapest; `step` is a point in pixels.

    What is `written` already is kept clear like a name.

    Names of crowded points choose first: who stands alone finds a place anyway.
    """
    dots = [Box(x - POINT_PT * step, y - POINT_PT * step, x + POINT_PT * step, y + POINT_PT * step) for x, y in points]
    trodden = np.concatenate([np.empty((0, 2)), *tails])
    taken = list(written)
    centres: list[Place] = [(0.0, 0.0)] * len(points)
    for place in sorted(range(len(points)), key=lambda n: (-_neighbours(points, n, 60 * step), n)):
        best = min(
            _candidates(points[place], sizes[place], step),
            key=lambda found: found[1] + _cost(found[0], taken, dots, trodden, room),
        )
        taken.append(best[0])
        centres[place] = ((best[0].x0 + best[0].x1) / 2, (best[0].y0 + best[0].y1) / 2)
    return centres


def in_axes(axes: Axes, place: Place) -> Place:
    """Return a place in pixels as shares of the axes: a paper has other pixels than the screen."""
    x, y = axes.transAxes.inverted().transform(place).tolist()
    return x, y


def _candidates(point: Place, size: Place, step: float) -> list[tuple[Box, float]]:
    """Return boxes round a point, each with its distance."""
    found = []
    half_x, half_y = size[0] / 2, size[1] / 2
    for ring in RINGS:
        for turn in range(DIRECTIONS):
            angle = 2 * math.pi * turn / DIRECTIONS
            reach = (POINT_PT + ring) * step
            x = point[0] + math.cos(angle) * (reach + half_x)
            y = point[1] + math.sin(angle) * (reach + half_y)
            found.append((Box(x - half_x, y - half_y, x + half_x, y + half_y), float(ring)))
    return found


def _cost(box: Box, taken: list[Box], dots: list[Box], trodden: FloatArray, room: Box) -> float:
    return (
        OVER_NAME * sum(box.overlaps(other) for other in taken)
        + OVER_POINT * sum(box.overlaps(dot) for dot in dots)
        + OVER_TAIL * box.count(trodden)
        + OVER_EDGE * (not room.holds(box))
    )


def _neighbours(points: Sequence[Place], place: int, near: float) -> int:
    x, y = points[place]
    return sum(math.hypot(x - other_x, y - other_y) < near for other_x, other_y in points)
