from __future__ import annotations

import itertools
import pickle
import warnings
from datetime import date

import numpy as np
import pytest
from matplotlib.text import Text

from bot.cards import style
from bot.cards.card import Chart
from bot.cards.picture import drawing, render
from bot.cards.rotation_map import Track, map_chart
from tests.cards.markets import market

FUNDS = ("XLB", "XLC", "XLE", "XLF", "XLI", "XLK", "XLP", "XLRE", "XLU", "XLV", "XLY")
QUADRANTS = {"Leading": (1, 1), "Weakening": (1, -1), "Lagging": (-1, -1), "Improving": (-1, 1)}


def tracks(seed: int = 1, *, spread: float = 3.0, weeks: int = 8) -> list[Track]:
    moves = np.random.default_rng(seed).normal(0, spread, (len(FUNDS), 2, weeks)).cumsum(axis=2)
    walked = np.clip(100 + moves, 80, 120)
    return [Track(name, *walk) for name, walk in zip(FUNDS, walked, strict=True)]


def crowd(*, weeks: int = 1) -> list[Track]:
    return [Track(name, np.full(weeks, 80.0), np.full(weeks, 120.0)) for name in FUNDS]


def chart_of(found: list[Track], *, labels=(), names=("Relative strength", "Momentum")) -> Chart:
    title = "Rotation map · sectors against SPY"
    return map_chart(market(3, labels=labels), date(2025, 9, 30), found, title=title, names=names, alt="In words.")


def written(chart: Chart) -> dict[str, Text]:
    figure = drawing("map")(chart.data)
    figure.draw_without_rendering()
    return {text.get_text(): text for text in figure.findobj(Text) if text.get_text()}


@pytest.mark.parametrize(
    "found",
    [*(tracks(seed) for seed in range(8)), tracks(spread=0.01), crowd(), crowd(weeks=5), tracks(weeks=1)],
)
def test_eleven_names_never_overlap_and_stay_on_the_map(found: list[Track]) -> None:
    texts = written(chart_of(found))
    boxes = [texts[name].get_window_extent() for name in FUNDS]
    frame = next(text.axes for text in texts.values() if text.axes).get_window_extent()
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
    assert all(frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1 for box in boxes)


def test_the_quadrants_are_named_in_their_corners_and_the_centre_is_100() -> None:
    texts = written(chart_of(tracks()))
    axes = texts["Leading"].axes
    assert np.mean(axes.get_xlim()) == pytest.approx(100)
    assert np.mean(axes.get_ylim()) == pytest.approx(100)
    centre = axes.transData.transform((100, 100))
    for name, (right, up) in QUADRANTS.items():
        box = texts[name].get_window_extent()
        assert np.sign(box.x0 - centre[0]) == np.sign(box.x1 - centre[0]) == right
        assert np.sign(box.y0 - centre[1]) == np.sign(box.y1 - centre[1]) == up
    assert {"Relative strength →", "Momentum →"} <= set(texts)
    assert not any("RRG" in words for words in texts)


def test_a_point_is_where_its_subject_is_now_and_its_past_fades() -> None:
    found = tracks()
    axes = drawing("map")(chart_of(found).data).axes[0]
    points = [line for line in axes.lines if line.get_markersize() > 9 and line.get_marker() in ("o", "s")]
    assert [(point.get_xdata()[0], point.get_ydata()[0]) for point in points] == [
        (track.x[-1], track.y[-1]) for track in found
    ]
    assert len({(point.get_color(), point.get_marker()) for point in points}) == len(FUNDS)
    tail = axes.collections[0]
    alphas = [colour[3] for colour in tail.get_colors()]
    assert len(alphas) == len(found[0].x) - 1
    assert alphas == sorted(alphas)


def test_an_unknown_week_leaves_a_gap_in_the_tail() -> None:
    track = tracks()[0]
    track.x[3] = np.nan
    axes = drawing("map")(chart_of([track]).data).axes[0]
    assert len(axes.collections[0].get_segments()) == len(track.x) - 3


def test_who_is_nowhere_now_is_named_and_not_drawn() -> None:
    found = tracks()
    found[1].y[-1] = np.nan
    chart = chart_of([*found, Track("EMPTY", np.array([]), np.array([]))])
    assert chart.alt == "In words. Unknown: XLC, EMPTY."
    texts = written(chart)
    assert "XLC" not in texts
    assert "unknown: XLC, EMPTY" in texts


@pytest.mark.parametrize("found", [[], [Track("A", np.array([np.nan]), np.array([100.0]))]])
def test_nothing_known_still_gives_a_map_that_says_so(found: list[Track]) -> None:
    chart = chart_of(found)
    assert {"nothing known", "Leading"} <= set(written(chart))
    render(chart)


def test_odd_names_and_still_subjects_are_drawn_without_a_warning() -> None:
    still = [
        Track("$1 & $2 Ω with a long name", np.full(3, 100.0), np.full(3, 100.0)),
        Track("", *np.full((2, 1), 101.0)),
    ]
    chart = chart_of(still, labels=("simulated",), names=("S" * 200, "$m$" * 50))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(render(chart)) < 300_000
    texts = written(chart)
    wide, high = style.WIDTH_IN * style.DPI, texts["Leading"].figure.bbox.height
    for text in texts.values():
        box = text.get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= wide
        assert box.y0 >= 0
        assert box.y1 <= high
        assert text.get_fontsize() >= style.SMALL_PT


def test_the_same_map_is_drawn_the_same() -> None:
    assert render(chart_of(tracks())) == render(chart_of(tracks()))


def test_what_goes_to_the_worker_is_plain() -> None:
    assert b"bot." not in pickle.dumps(chart_of(tracks()).data)


def test_labels_session_and_source_are_on_the_map() -> None:
    chart = chart_of(tracks(), labels=("simulated", "replay"))
    assert chart.alt.startswith("SIMULATED · REPLAY. ")
    assert {"SIMULATED · REPLAY", "As of Tue 30 Sep 2025 · made up · price basis"} <= set(written(chart))


def test_a_track_whose_sides_differ_in_length_is_refused() -> None:
    with pytest.raises(ValueError, match="'A' has"):
        chart_of([Track("A", np.ones(3), np.ones(2))])
