from __future__ import annotations

import itertools
import pickle
import warnings
from datetime import date, timedelta

import numpy as np
import pytest
from matplotlib.text import Text

from bot.cards import style
from bot.cards.card import Chart
from bot.cards.fan_data import HORIZON, MOST_PATHS, fan_chart
from bot.cards.picture import drawing, render
from bot.cards.words import MINUS
from signals.paths import Paths
from tests.cards.readings import cross_reading

DAY = date(2025, 8, 6)
RNG = np.random.default_rng(4)
BASE = tuple(RNG.normal(0.04 * distance, 1 + distance**0.5, 900) for distance in range(253))


def paths(count: int = 12, *, running: int | None = 40, drift: float = 0.05) -> Paths:
    """Return `count` complete paths, and one that is still running unless there is none."""
    steps = RNG.normal(drift, 1.2, (count + (running is not None), 253))
    steps[:, 0] = 0
    walks = steps.cumsum(axis=1)
    if running is not None:
        walks[-1, running + 1 :] = np.nan
    days = tuple(DAY - timedelta(days=400 * n) for n in reversed(range(len(walks))))
    return Paths(days, walks, BASE)


def chart_of(found: Paths) -> Chart:
    chart = fan_chart(cross_reading(), found, name="Russell 2000", event="Golden cross")
    assert chart is not None
    return chart


def written(chart: Chart) -> list[Text]:
    """Return all words of the picture that are to be seen."""
    figure = drawing("fan")(chart.data)
    figure.draw_without_rendering()
    for axes in figure.axes:
        low, high = axes.get_xlim()
        for tick in axes.xaxis.get_major_ticks():
            tick.set_visible(low <= tick.get_loc() <= high)
    hidden = {tick.label1 for axes in figure.axes for tick in axes.xaxis.get_major_ticks() if not tick.get_visible()}
    shown = [text for text in figure.findobj(Text) if text.get_text() and text.get_visible() and text not in hidden]
    return [text for text in shown if text.get_window_extent().width]


def test_the_latest_path_is_today_and_no_part_of_the_past() -> None:
    found = paths(running=40)
    data = chart_of(found).data
    assert data["count"] == 12
    assert len(data["running"]) == 41
    assert data["spread"]["sessions"] == 40
    assert data["spread"]["now"] == found.after[-1, 40]
    assert data["spread"]["changes"].tolist() == found.after[:-1, 40].tolist()
    np.testing.assert_allclose(data["median"], np.median(found.after[:-1], axis=0))
    assert data["base"][63] == np.median(BASE[63])


@pytest.mark.parametrize("running", [None, 2])
def test_without_a_path_under_way_the_events_are_spread_at_a_quarter(running: int | None) -> None:
    chart = chart_of(paths(running=running))
    assert chart.data["spread"]["sessions"] == HORIZON
    assert chart.data["spread"]["now"] is None
    assert "Today" not in chart.alt


def test_the_words_tell_the_same_numbers() -> None:
    found = paths(running=40)
    chart = chart_of(found)
    lower = int((found.after[:-1, 40] < found.after[-1, 40]).sum())
    assert "12 past events" in chart.alt
    assert f"after 63 sessions {np.median(found.after[:-1, 63]):+.1f}%".replace("-", MINUS) in chart.alt
    assert f"more than {lower} of 12 at that distance" in chart.alt
    assert "Today, 40 sessions after Wed 6 Aug 2025" in chart.alt


def test_two_paths_have_no_middle_half_and_none_gives_no_picture() -> None:
    assert chart_of(paths(2)).data["low"] is None
    reading = cross_reading()
    for nothing in (Paths((), np.empty((0, 253)), BASE), paths(0), Paths((DAY,), np.full((1, 253), np.nan), BASE)):
        assert fan_chart(reading, nothing, name="", event="") is None


@pytest.mark.parametrize(
    ("count", "running", "theme"),
    [(1, None, "dark"), (1, 1, "light"), (2, 40, "dark"), (12, 251, "light"), (400, 40, "light"), (400, 251, "dark")],
)
def test_words_stay_within_the_picture_and_it_stays_small(count: int, running: int | None, theme: str) -> None:
    chart = chart_of(paths(count, running=running, drift=0.4))
    assert len(chart.data["paths"]) <= MOST_PATHS
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(render(chart, theme=theme)) < 300_000
    boxes = [text.get_window_extent() for text in written(chart)]
    assert all(box.x0 >= 0 and box.x1 <= style.WIDTH_IN * style.DPI for box in boxes)


def test_titles_names_and_values_stand_off_each_other() -> None:
    texts = [text for text in written(chart_of(paths(running=200))) if not text.get_text().startswith("now")]
    boxes = [text.get_window_extent() for text in texts]
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
    assert all(text.get_fontsize() >= style.SMALL_PT for text in texts)


def test_what_goes_to_the_worker_is_plain() -> None:
    assert b"bot." not in pickle.dumps(chart_of(paths()).data)
