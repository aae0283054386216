"""The cross picture: price, both averages and their crosses, volume, RSI."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.cards import style
from bot.cards.words import short_session

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT_IN = 6.0
LABELLED = 4
CROWDED = 16
"""More crosses than this are marked smaller."""
NEAR_EDGE = 0.9
WORDS_PT = 32
"""Height of a cross's words: two lines and their halo."""
DECADE = 10
"""From this ratio of highest to lowest close on, one, two and five of each power of ten are ticks enough."""
FEW = 3
"""Fewer closes than this are dots: a line would not be seen."""


def draw(data: Mapping[str, Any]) -> Figure:
    """Return the figure of `bot.cards.cross_data.cross_chart`'s data."""
    figure = style.new_figure(HEIGHT_IN)
    style.caption(figure, title=data["title"], as_of=data["as_of"], label=data["label"])
    days = data["sessions"].astype("datetime64[D]").astype(np.float64)
    panels = _panels(figure, [3.4, 0.8] if data["is_log"] else [3.4, 0.8, 0.8])
    _prices(panels[0], days, data)
    _volume(panels[1], days, data)
    if len(panels) > 2:  # noqa: PLR2004 - decades of RSI are a grey bar: it is left out there
        _rsi(panels[2], days, data["rsi"])
    style.time_axis(panels[-1], days)
    return figure


def _panels(figure: Figure, ratios: list[float]) -> list[Axes]:
    """Return panels above each other on one time axis, their scales on the right where the latest values are."""
    grid = figure.add_gridspec(
        len(ratios), 1, height_ratios=ratios, left=0.02, right=0.885, top=0.9, bottom=0.115, hspace=0.3
    )
    top = figure.add_subplot(grid[0])
    panels = [top, *(figure.add_subplot(grid[row], sharex=top) for row in range(1, len(ratios)))]
    for axes in panels:
        style.dress(axes)
        axes.yaxis.tick_right()
        axes.tick_params(labelbottom=axes is panels[-1])
    return panels


def _prices(axes: Axes, days: np.ndarray, data: Mapping[str, Any]) -> None:
    close, fast, slow = data["close"], data["fast"], data["slow"]
    if data["is_log"]:
        axes.set_yscale("log")
        _plain_log_ticks(axes, close)
    else:
        from matplotlib.ticker import StrMethodFormatter

        axes.yaxis.set_major_formatter(StrMethodFormatter(_ticks_format(close)))
    with np.errstate(invalid="ignore"):
        axes.fill_between(days, fast, slow, where=fast > slow, color=style.GOLDEN, alpha=0.28, linewidth=0)
        axes.fill_between(days, fast, slow, where=fast < slow, color=style.DEATH, alpha=0.28, linewidth=0)
    thin = 0.6 if data["is_log"] else 1.0
    count = int(np.isfinite(close).sum())
    marker = "o" if count < FEW else None
    axes.plot(days, close, color=data["colour"], linewidth=1.8 * thin, label="close", marker=marker)
    axes.plot(days, fast, color=style.FAST, linewidth=1.6 * thin, label=data["fast_name"])
    axes.plot(days, slow, color=style.SLOW, linewidth=1.8 * thin, linestyle=(0, (4, 1.6)), label=data["slow_name"])
    axes.margins(y=0.09)
    if not count:
        axes.set_yticks([])
        place = axes.transAxes
        words = {"color": style.MUTED, "fontsize": style.LABEL_PT}
        axes.text(0.5, 0.5, "no prices known", words, transform=place, ha="center", va="center")
    _marks(axes, days, data["crosses"])
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=3,
        fontsize=style.SMALL_PT,
        labelcolor=style.TEXT,
        frameon=False,
        borderaxespad=0.1,
        borderpad=0.0,
        handlelength=1.6,
        columnspacing=1.2,
    )


def _marks(axes: Axes, days: np.ndarray, crosses: list[tuple[int, str, float, date]]) -> None:
    size = 13 if len(crosses) <= CROWDED else 7
    for row, kind, level, _ in crosses:
        is_golden = kind == "golden"
        axes.plot(
            days[row],
            level,
            marker="^" if is_golden else "v",
            color=style.GOLDEN if is_golden else style.DEATH,
            markersize=size,
            markeredgecolor=style.BACKGROUND,
            markeredgewidth=1.2,
            linestyle="none",
            zorder=5,
        )
    is_crowded = len(crosses) > CROWDED
    for row, kind, level, day in _labelled(crosses, apart=len(days) // 6)[: 1 if is_crowded else LABELLED]:
        _mark_label(
            axes, (float(days[row]), level), f"{kind}\n{short_session(day)}", row / len(days), is_far=is_crowded
        )


def _labelled(crosses: list[tuple[int, str, float, date]], *, apart: int) -> list[tuple[int, str, float, date]]:
    """Return the youngest crosses of each kind that stand far enough from each other for their words."""
    chosen: list[tuple[int, str, float, date]] = []
    for mark in reversed(crosses):
        if all(mark[1] != other[1] or other[0] - mark[0] >= apart for other in chosen):
            chosen.append(mark)
        if len(chosen) == LABELLED:
            break
    return chosen


def _mark_label(axes: Axes, at: tuple[float, float], words: str, place: float, *, is_far: bool) -> None:
    """Write a cross's kind and date below a golden and above a death one, or opposite where the panel ends.

    With a line to it where it must stand off.
    """
    from matplotlib.patheffects import withStroke

    is_golden = words.startswith("golden")
    distance = 48 if is_far else 12
    height = float(axes.transAxes.inverted().transform(axes.transData.transform(at))[1])
    room = (distance + WORDS_PT) * style.DPI / 72 / axes.get_window_extent().height
    is_below = height >= room if is_golden else height + room > 1
    axes.annotate(
        words,
        at,
        xytext=(0, -distance if is_below else distance),
        textcoords="offset points",
        ha="right" if place > NEAR_EDGE else "left" if place < 1 - NEAR_EDGE else "center",
        va="top" if is_below else "bottom",
        fontsize=style.SMALL_PT,
        color=style.GOLDEN if is_golden else style.DEATH,
        fontweight="bold",
        linespacing=1.05,
        arrowprops={"arrowstyle": "-", "color": style.MUTED, "shrinkB": 6} if is_far else None,
        zorder=6,
        path_effects=[withStroke(linewidth=3.5, foreground=style.BACKGROUND)],
    )


def _volume(axes: Axes, days: np.ndarray, data: Mapping[str, Any]) -> None:
    from matplotlib.ticker import EngFormatter, MaxNLocator

    volume = data["volume"]
    if np.isfinite(volume).any():
        axes.fill_between(days, 0, np.nan_to_num(volume), step="mid", color=style.VOLUME, linewidth=0)
        axes.plot(days, data["volume_mean"], color=style.TEXT, linewidth=1.3)
        axes.set_ylim(0, float(np.nanmax(volume)) * 1.28)
        axes.yaxis.set_major_formatter(EngFormatter(sep=""))
        axes.yaxis.set_major_locator(MaxNLocator(2))
    else:
        axes.set_yticks([])
    _panel_title(axes, data["volume_name"])


def _rsi(axes: Axes, days: np.ndarray, rsi: np.ndarray) -> None:
    axes.set_ylim(0, 100)
    axes.set_yticks([30, 70])
    axes.grid(visible=False, axis="y")
    for level in (30, 70):
        axes.axhline(level, color=style.MUTED, linewidth=1, linestyle=(0, (3, 3)))
    axes.plot(days, rsi, color=style.TEXT, linewidth=1.5)
    _panel_title(axes, "RSI 14")


def _panel_title(axes: Axes, text: str) -> None:
    axes.text(
        0.0,
        1.04,
        text,
        transform=axes.transAxes,
        color=style.TEXT,
        fontsize=style.SMALL_PT,
        va="bottom",
        parse_math=False,
    )


def _plain_log_ticks(axes: Axes, close: np.ndarray) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

    known = close[np.isfinite(close)]
    is_wide = len(known) > 0 and known.min() > 0 and known.max() / known.min() > DECADE
    axes.yaxis.set_major_locator(LogLocator(base=10, subs=(1.0, 2.0, 5.0)) if is_wide else MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:,.10g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_formatter(NullFormatter())


def _ticks_format(close: np.ndarray) -> str:
    highest = float(np.nanmax(close)) if np.isfinite(close).any() else 0.0
    return "{x:,.0f}" if highest >= 20 else "{x:,.2f}"  # noqa: PLR2004 - below it, whole numbers would repeat
