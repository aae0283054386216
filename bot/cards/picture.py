"""A chart's data as PNG bytes: the one function the worker process runs."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from bot.cards.card import Chart
from bot.cards.theme import DARK, Theme, ThemeName, theme_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = 128

KINDS = ("cross", "smallcap", "evidence", "fan", "rehearsal", "panels", "multiples", "bars", "map", "gates")
"""Every kind of chart; ``bot.cards.chart_<kind>`` draws it."""


class Draw(Protocol):
    """What draws a chart's data."""

    def __call__(self, data: Mapping[str, Any], theme: Theme = DARK, /) -> Figure:
        """Return the figure of `data`."""


def render(chart: Chart, *, theme: ThemeName | None = None) -> bytes:
    """Return the chart as PNG, in its own theme unless another is named; its alt text travels in the description.

    A palette of 128 colours makes the file a third as large, takes half the time, and nobody sees it.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL.Image import Dither, Quantize, fromarray
    from PIL.PngImagePlugin import PngInfo

    canvas = FigureCanvasAgg(drawing(chart.kind)(chart.data, theme_of(theme or chart.theme)))
    canvas.draw()  # type: ignore[no-untyped-call] # matplotlib types its canvas loosely
    image = fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")  # type: ignore[no-untyped-call] # the same
    notes = PngInfo()
    notes.add_itxt("Description", chart.alt)
    buffer = BytesIO()
    small = image.quantize(COLOURS, method=Quantize.FASTOCTREE, dither=Dither.NONE)
    small.save(buffer, "PNG", compress_level=6, pnginfo=notes)
    return buffer.getvalue()


def prepare() -> None:
    """Import what drawing needs, fonts included."""
    figure = DARK.new_figure(1)
    DARK.caption(figure, title="Ready", as_of="", label="")
    buffer = BytesIO()
    figure.savefig(buffer, format="png")


def drawing(kind: str) -> Draw:
    """Return the function that draws charts of `kind`: its module's ``draw``, imported where it is first used."""
    if kind not in KINDS:
        raise ValueError(f"there is no chart of kind {kind!r}: kinds are {', '.join(KINDS[:-1])} and {KINDS[-1]}")
    draw: Draw = import_module(f"bot.cards.chart_{kind}").draw
    return draw
