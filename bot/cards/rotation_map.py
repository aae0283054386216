"""A picture of four quadrants with a point and its past weeks for each subject: its data and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from bot.cards.card import Chart
from bot.cards.frame import framed, with_unknown
from signals.types import FloatArray, Market


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """Where a subject was and is, oldest first, the last being now; NaN where unknown."""

    name: str
    x: FloatArray
    y: FloatArray


def map_chart(
    market: Market, session: date, tracks: Sequence[Track], *, title: str, names: tuple[str, str], alt: str
) -> Chart:
    """Return the map of `tracks` around 100; `names` are the axes'. Who is nowhere now is named, not drawn.

    Raises
    ------
    ValueError
        If a track's x and y differ in length.
    """
    for track in tracks:
        if track.x.shape != track.y.shape:
            raise ValueError(f"{track.name!r} has {track.x.shape} x and {track.y.shape} y: they must be as many")
    unknown = [track.name for track in tracks if not _is_somewhere(track)]
    data = {
        "tracks": [(track.name, track.x, track.y) for track in tracks if _is_somewhere(track)],
        "unknown": unknown,
        "names": tuple(names),
    }
    return framed("map", market, session, data, title=title, alt=with_unknown(alt, unknown))


def _is_somewhere(track: Track) -> bool:
    return len(track.x) > 0 and bool(np.isfinite(track.x[-1]) and np.isfinite(track.y[-1]))
