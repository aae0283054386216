"""A chart's data as PNG bytes: the one function the worker process runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.cards.card import Chart

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = 128

KINDS = ("cross", "smallcap", "evidence", "rehearsal", "panels", "bars", "map")
"""Every kind of chart; ``bot.cards.chart_<kind>`` draws it."""

Draw = Callable[[Mapping[str, Any]], "Figure"]


def render(chart: Chart) -> bytes:
    """Return the chart as PNG; its alt text travels in the file's description.

    A palette of 128 colours makes the file a third as large, takes half the time, and nobody sees it.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL.Image import Dither, Quantize, fromarray
    from PIL.PngImagePlugin import PngInfo

    canvas = FigureCanvasAgg(drawing(chart.kind)(chart.data))
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
    from bot.cards.style import caption, new_figure

    figure = new_figure(1)
    caption(figure, title="Ready", as_of="", label="")
    buffer = BytesIO()
    figure.savefig(buffer, format="png")


def drawing(kind: str) -> Draw:
    """Return the function that draws charts of `kind`: its module's ``draw``, imported where it is first used."""
    if kind not in KINDS:
        raise ValueError(f"there is no chart of kind {kind!r}: kinds are {', '.join(KINDS[:-1])} and {KINDS[-1]}")
    draw: Draw = import_module(f"bot.cards.chart_{kind}").draw
    return draw
