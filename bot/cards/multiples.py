"""A picture of small multiples: a small panel for each of several series, all over the same time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.cards import style
from bot.cards.card import Chart
from bot.cards.frame import framed, with_unknown
from bot.cards.panels import Level
from signals.types import FloatArray, Market, SessionArray

MOST_MULTIPLES = 8


@dataclass(frozen=True, slots=True, eq=False)
class Multiple:
    """A series on a scale of its own.

    Attributes
    ----------
    values : ndarray of float64
        Over the picture's sessions, NaN where unknown.
    now : str
        Its last value in words.
    note : str
        What else is to be said of it, such as its change.
    """

    name: str
    values: FloatArray
    now: str
    note: str = ""
    unit: str = ""
    levels: tuple[Level, ...] = ()
    colour: str = style.FAST


def multiples_chart(
    market: Market, sessions: SessionArray, multiples: Sequence[Multiple], *, title: str, alt: str
) -> Chart:
    """Return the picture of `multiples`; unknown ones keep their place and say so.

    Raises
    ------
    ValueError
        If there are none or too many, or values are not aligned to `sessions`.
    """
    if not 1 <= len(multiples) <= MOST_MULTIPLES:
        raise ValueError(f"a picture has one to {MOST_MULTIPLES} small panels, not {len(multiples)}")
    for each in multiples:
        if each.values.shape != sessions.shape:
            shapes = f"{each.values.shape}: it must be that of sessions, {sessions.shape}"
            raise ValueError(f"{each.name!r} has the shape {shapes}")
    known = np.any([np.isfinite(each.values) for each in multiples], axis=0)
    end = int(np.flatnonzero(known)[-1]) + 1 if known.any() else len(sessions)
    data = {
        "sessions": sessions[:end],
        "multiples": [
            {
                "name": each.name,
                "values": each.values[:end],
                "now": each.now,
                "note": each.note,
                "unit": each.unit,
                "levels": [(level.value, level.name) for level in each.levels],
                "colour": each.colour,
            }
            for each in multiples
        ],
    }
    unknown = [each.name for each in multiples if not np.isfinite(each.values).any()]
    last = sessions[end - 1].astype("datetime64[D]").item() if end else None
    return framed("multiples", market, last, data, title=title, alt=with_unknown(alt, unknown))
