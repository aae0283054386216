"""The cross picture: price, both averages and their crosses, volume, RSI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.cards import style
from bot.cards.cross_marks import draw_marks
from bot.cards.ends import OFF_PT, End, write_ends
from bot.cards.panel_ink import draw_columns
from bot.cards.scale import Scale, digits_for, scale_of
from bot.cards.theme import DARK, Theme
from bot.cards.words import brief, decimal
from signals.types import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT_IN = 6.0
LEFT_IN, RIGHT_IN = 0.8, 0.2
TOP, BOTTOM = 0.9, 0.115
DECADE = 10
"""From this ratio of highest to lowest close on, one, two and five of each power of ten are ticks enough."""
FEW = 3
"""Fewer closes than this are dots: a line would not be seen."""
RSI_LEVELS = (30, 70)


def draw(data: Mapping[str, Any], theme: Theme = DARK) -> Figure:
    """Return the figure of `bot.cards.cross_data.cross_chart`'s data."""
    figure = theme.new_figure(HEIGHT_IN)
    theme.caption(figure, title=data["title"], as_of=data["as_of"], label=data["label"])
    days = data["sessions"].astype("datetime64[D]").astype(np.float64)
    scale = scale_of(data["close"], "")
    ends = _price_ends(data, scale)
    right = RIGHT_IN + OFF_PT / 72 + max((end.wide_in for end in ends), default=0.0)
    has_volume, has_rsi = bool(np.isfinite(data["volume"]).any()), not data["is_log"]
    panels = _panels(figure, [3.4, *[0.8] * (has_volume + has_rsi)], right, theme)
    _prices(panels[0], days, data, theme)
    style.time_axis(panels[-1], days)
    write_ends(panels[0], ends, theme)
    draw_marks(panels[0], days, data, theme)
    if has_volume:
        _volume(panels[1], days, data, theme)
    if has_rsi:  # decades of it are a grey bar: it is left out there
        _rsi(panels[-1], days, data["rsi"], "RSI 14" if has_volume else f"RSI 14 · {data['volume_name']}", theme)
    return figure


def _price_ends(data: Mapping[str, Any], scale: Scale) -> list[End]:
    """Return the last close and the averages at it, as far as they are known."""
    lines = (("close", data["colour"]), ("fast", style.FAST), ("slow", style.SLOW))
    return [
        End(float(data[name][-1]), scale.words(data[name][-1]), colour)
        for name, colour in lines
        if np.isfinite(data[name][-1])
    ]


def _panels(figure: Figure, ratios: list[float], right_in: float, theme: Theme) -> list[Axes]:
    """Return panels above each other on one time axis."""
    left, right = LEFT_IN / style.WIDTH_IN, 1 - right_in / style.WIDTH_IN
    grid = figure.add_gridspec(
        len(ratios), 1, height_ratios=ratios, left=left, right=right, top=TOP, bottom=BOTTOM, hspace=0.3
    )
    top = figure.add_subplot(grid[0])
    panels = [top, *(figure.add_subplot(grid[row], sharex=top) for row in range(1, len(ratios)))]
    for axes in panels:
        theme.dress(axes)
        axes.tick_params(labelbottom=axes is panels[-1])
    return panels


def _prices(axes: Axes, days: FloatArray, data: Mapping[str, Any], theme: Theme) -> None:
    close, fast, slow = data["close"], data["fast"], data["slow"]
    if data["is_log"]:
        axes.set_yscale("log")
    _price_ticks(axes, close, is_log=data["is_log"])
    with np.errstate(invalid="ignore"):
        for where, colour in ((fast > slow, style.GOLDEN), (fast < slow, style.DEATH)):
            axes.fill_between(days, fast, slow, where=where, color=theme.ink(colour), alpha=0.28, linewidth=0)
    thin = 0.6 if data["is_log"] else 1.0
    count = int(np.isfinite(close).sum())
    lines = (
        (close, data["colour"], 1.9, "-", "close"),
        (fast, style.FAST, 1.5, "-", data["fast_name"]),
        (slow, style.SLOW, 1.8, (0, (4, 1.6)), data["slow_name"]),
    )
    for values, colour, width, pattern, name in lines:
        marker = "o" if count < FEW and values is close else None
        ink = theme.ink(colour)
        axes.plot(days, values, color=ink, linewidth=width * thin, linestyle=pattern, label=name, marker=marker)
    axes.margins(y=0.09)
    if not count:
        axes.set_yticks([])
        words = {"color": theme.muted, "fontsize": style.LABEL_PT}
        axes.text(0.5, 0.5, "no prices known", words, transform=axes.transAxes, ha="center", va="center")
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=3,
        fontsize=style.SMALL_PT,
        labelcolor=theme.text,
        frameon=False,
        borderaxespad=0.1,
        borderpad=0.0,
        handlelength=1.9,
        columnspacing=1.2,
    )


def _volume(axes: Axes, days: FloatArray, data: Mapping[str, Any], theme: Theme) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    volume = data["volume"]
    _panel_title(axes, data["volume_name"], theme)
    draw_columns(axes, days, volume, theme.ink(style.VOLUME))
    axes.plot(days, data["volume_mean"], color=theme.text, linewidth=1.4, zorder=3)
    axes.set_ylim(0, float(np.nanmax(volume)) * 1.1)
    scale = scale_of(volume, "")
    axes.yaxis.set_major_locator(MaxNLocator(2))
    step = float(axes.get_yticks()[1])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: scale.tick(value, step) if value else "0"))


def _rsi(axes: Axes, days: FloatArray, rsi: FloatArray, title: str, theme: Theme) -> None:
    axes.set_ylim(0, 100)
    axes.set_yticks(RSI_LEVELS)
    axes.grid(visible=False, axis="y")
    for level in RSI_LEVELS:
        axes.axhline(level, color=theme.muted, linewidth=1, linestyle=(0, (3, 3)))
    axes.plot(days, rsi, color=theme.text, linewidth=1.5)
    _panel_title(axes, title, theme)
    if np.isfinite(rsi[-1]):
        write_ends(axes, [End(float(rsi[-1]), decimal(rsi[-1], 1), style.TEXT)], theme)


def _panel_title(axes: Axes, text: str, theme: Theme) -> None:
    look: dict[str, Any] = {"color": theme.text, "fontsize": style.SMALL_PT, "fontweight": "bold"}
    axes.text(0.0, 1.04, text, transform=axes.transAxes, va="bottom", parse_math=False, **look)


def _price_ticks(axes: Axes, close: FloatArray, *, is_log: bool) -> None:
    """Write few and plain prices, on a log scale of decades at one, two and five."""
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

    known = close[np.isfinite(close)]
    is_wide = is_log and len(known) > 0 and known.min() > 0 and known.max() / known.min() > DECADE
    axes.yaxis.set_major_locator(LogLocator(base=10, subs=(1.0, 2.0, 5.0)) if is_wide else MaxNLocator(5))

    def words(value: float, _place: int) -> str:
        ticks = axes.get_yticks()
        step = float(ticks[1] - ticks[0]) if len(ticks) > 1 else value
        return brief(value) if is_wide else decimal(value, digits_for(step))

    axes.yaxis.set_major_formatter(FuncFormatter(words))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_formatter(NullFormatter())
