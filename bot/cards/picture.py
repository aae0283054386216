"""A chart's data as PNG bytes: the one function the worker process runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

from bot.cards.card import Chart

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Draw = Callable[[Mapping[str, Any]], "Figure"]


def render(chart: Chart) -> bytes:
    """Return the chart as PNG; its alt text travels in the file's description."""
    buffer = BytesIO()
    drawing(chart.kind)(chart.data).savefig(
        buffer,
        format="png",
        metadata={"Description": chart.alt, "Software": "smallcap-signals"},
        pil_kwargs={"compress_level": 6},
    )
    return buffer.getvalue()


def prepare() -> None:
    """Import what drawing needs."""
    from matplotlib.backends import backend_agg  # noqa: F401 - imported for its effect: it is slow the first time
    from matplotlib.figure import Figure

    Figure().savefig(BytesIO(), format="png")


def drawing(kind: str) -> Draw:
    """Return the function that draws charts of `kind`."""
    if kind == "cross":
        from bot.cards.chart_cross import draw

        return draw
    if kind == "smallcap":
        from bot.cards.chart_smallcap import draw

        return draw
    if kind == "evidence":
        from bot.cards.chart_evidence import draw

        return draw
    raise ValueError(f"there is no chart of kind {kind!r}: kinds are cross, smallcap and evidence")
