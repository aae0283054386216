from __future__ import annotations

import itertools
import pickle
import warnings

import numpy as np
import pytest
from matplotlib.text import Text

from bot.cards import style
from bot.cards.card import Chart
from bot.cards.panel_ink import patterns
from bot.cards.panels import Level, Line, Mark, Panel, Shade, panels_chart
from bot.cards.picture import drawing, render
from bot.cards.scale import scale_of
from bot.cards.words import MINUS, TIMES, session_words
from tests.cards.markets import closes_of, market

MARKET = market(300)
SESSIONS = MARKET.prices.sessions
COLOURS = (style.SMALL, style.LARGE, style.NASDAQ, style.EQUAL, style.GOLDEN, style.DEATH, style.DOW)


def walk(seed: int = 1) -> np.ndarray:
    return closes_of(len(SESSIONS), 1, seed=seed)[:, 0]


def chart_of(*panels: Panel, sessions: np.ndarray = SESSIONS, title: str = "Title", labels=()) -> Chart:
    return panels_chart(market(3, labels=labels), sessions, panels, title=title, alt="In words.")


def written(chart: Chart) -> list[Text]:
    """Return all words of the picture that are to be seen."""
    figure = drawing("panels")(chart.data)
    figure.draw_without_rendering()
    shown = [text for text in figure.findobj(Text) if text.get_text() and text.get_visible()]
    return [text for text in shown if text.axes is None or text.get_window_extent().width]


def test_short_names_stand_beside_their_lines_and_long_ones_above() -> None:
    lines = (Line(walk(1), "Small", style.SMALL), Line(walk(2), "Large", style.LARGE))
    beside = [text.get_text() for text in written(chart_of(Panel("Both", lines)))]
    assert f"Small {walk(1)[-1]:,.1f}" in beside
    named = (Line(walk(1), "50-session average", style.SMALL), Line(walk(2), "200-session average", style.LARGE))
    above = [text.get_text() for text in written(chart_of(Panel("Both", named)))]
    assert {"50-session average", f"{walk(1)[-1]:,.1f}"} <= set(above)


def test_words_stay_within_the_picture_and_off_each_other_beside_the_lines() -> None:
    close = walk()
    names = ("W" * 11, "QQQE/QQQ", "S&P 500", "Russell", "$1 & $2")
    lines = tuple(Line(close * (1 + n / 5000), name, COLOURS[n]) for n, name in enumerate(names))
    levels = (Level(float(close[-1]), "a level of 16 ch"), Level(float(close[-1]) * 1.001, "another"))
    long = tuple(Line(close + n, f"A theme with quite a long name, {n}", COLOURS[n]) for n in range(7))
    panels = (Panel("T" * 200, lines, levels=levels, height=2), Panel("Many", long, unit="pt"))
    for chart in (chart_of(*panels, title="A title " * 20), chart_of(*panels[::-1], labels=("simulated", "replay"))):
        texts = written(chart)
        boxes = [text.get_window_extent() for text in texts]
        assert all(box.x0 >= 0 and box.x1 <= style.WIDTH_IN * style.DPI for box in boxes)
        assert all(text.get_fontsize() >= style.SMALL_PT for text in texts)
        assert f"+{close[-1] + 6:.1f} pt" in " ".join(text.get_text() for text in texts)
        beside = [box for box in boxes if box.x0 > 0.6 * style.WIDTH_IN * style.DPI]
        inside = [box for box in beside if box.y1 < max(other.y1 for other in boxes) - 150]
        assert not any(one.overlaps(other) for one, other in itertools.combinations(inside, 2))


def test_lines_differ_without_colour_and_keep_the_pattern_they_came_with() -> None:
    own = (0, (7, 3))
    lines = (*(Line(walk(n), str(n), style.SMALL) for n in range(5)), Line(walk(9), "own", style.SMALL, dash=own))
    found = patterns(chart_of(Panel("", lines)).data["panels"][0])
    assert len({str(pattern) for pattern in found}) == 6
    assert found[0] == "-"
    assert found[-1] == own


def test_what_is_unknown_is_left_out_and_said_and_never_drawn_over() -> None:
    close = walk()
    close[50:60] = np.nan
    chart = chart_of(Panel("Ratio", (Line(close, "known", style.SMALL), Line(close * np.nan, "QQQJ", style.LARGE))))
    assert chart.alt == "In words. Unknown: QQQJ."
    assert any(text.get_text() == "Ratio · unknown: QQQJ" for text in written(chart))
    (drawn, _) = drawing("panels")(chart.data).axes[0].lines
    assert np.isnan(drawn.get_ydata()[50:60]).all()


def test_a_value_between_unknown_ones_is_a_dot() -> None:
    spots = np.full(len(SESSIONS), np.nan)
    spots[[5, 90, 200]] = 1.0, 2.0, 1.5
    axes = drawing("panels")(chart_of(Panel("Spots", (Line(spots, "", style.SMALL),))).data).axes[0]
    dots = next(line for line in axes.lines if line.get_marker() == "o")
    assert list(dots.get_ydata()) == [1.0, 2.0, 1.5]


def test_the_picture_ends_where_knowledge_does_and_says_which_session_that_is() -> None:
    close = walk()
    close[-4:] = np.nan
    marks = (
        Mark(10, 100.0, "▲", style.GOLDEN),
        Mark(len(close) - 1, 100.0, "▼", style.DEATH),
        Mark(3, np.nan, "•", "red"),
    )
    shades = (Shade(280, 299, style.SMALL), Shade(298, 299, style.LARGE), Shade(-5, 3, style.LARGE))
    chart = chart_of(Panel("", (Line(close, "", style.SMALL),), shades=shades, marks=marks))
    assert chart.data["sessions"][-1] == SESSIONS[-5]
    assert chart.data["as_of"] == f"As of {session_words(SESSIONS[-5].item())} · made up · price basis"
    (panel,) = chart.data["panels"]
    assert [(first, last) for first, last, _ in panel["shades"]] == [(280, 295), (0, 3)]
    assert [row for row, *_ in panel["marks"]] == [10]


def test_a_line_that_ended_earlier_has_its_name_but_no_value_of_now() -> None:
    ended = walk(2)
    ended[200:] = np.nan
    lines = (Line(walk(1), "goes on", style.SMALL), Line(ended, "ended", style.LARGE))
    words = [text.get_text() for text in written(chart_of(Panel("", lines)))]
    assert "ended" in words


def test_levels_are_named_beside_the_panel_or_where_there_is_no_room_in_its_title() -> None:
    few = (Level(101.0, "above 101"), Level(99.0), Level(98.0, "below 98"))
    words = [text.get_text() for text in written(chart_of(Panel("VIX", (Line(walk(), "", style.SMALL),), levels=few)))]
    assert {"VIX", "above 101", "below 98"} <= set(words)
    many = tuple(Level(100.0 + n, f"level {n}") for n in range(9))
    panel = Panel("VIX", (Line(walk(), "", style.SMALL),), levels=many)
    words = [text.get_text() for text in written(chart_of(panel, panel, panel))]
    assert any(word.startswith("VIX · dashed: level 0, level 1") for word in words)


def test_a_level_outside_the_lines_is_on_the_picture() -> None:
    axes = drawing("panels")(chart_of(Panel("", (Line(walk(), "", style.SMALL),), levels=(Level(500.0),))).data).axes[0]
    assert axes.get_ylim()[1] > 500


def test_columns_start_from_zero_and_their_side_shows() -> None:
    bars = np.where(np.arange(len(SESSIONS)) % 2 == 0, 3.0, -2.0)
    bars[7] = np.nan
    chart = chart_of(Panel("New highs minus new lows", (), bars=bars))
    axes = drawing("panels")(chart.data).axes[0]
    (columns,) = axes.collections
    assert len(columns.get_segments()) == len(bars) - 1
    assert len({tuple(colour) for colour in columns.get_colors()}) == 2
    assert axes.get_ylim()[0] < -2
    assert axes.get_ylim()[1] > 3
    assert f"{MINUS}2" in [text.get_text() for text in written(chart)]


@pytest.mark.parametrize(
    "values",
    [np.full(300, np.nan), np.full(300, 7.0), np.zeros(300), np.full(300, -1e-7), np.linspace(0, 3e9, 300)],
    ids=["unknown", "flat", "zero", "tiny", "billions"],
)
@pytest.mark.parametrize("rows", [0, 1, 2, 300])
def test_odd_values_still_give_a_picture_without_a_warning(values: np.ndarray, rows: int) -> None:
    cut = values[:rows]
    lines = (Line(cut, "$a$ Ω <odd>", style.SMALL), Line(cut, "b", style.LARGE))
    marks = (Mark(0, float(cut[0]), "✗", style.DEATH),) if rows else ()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        panels = (Panel("one", lines, unit="%", marks=marks), Panel("two", (), bars=cut))
        assert len(render(chart_of(*panels, sessions=SESSIONS[:rows]))) < 300_000


def test_labels_are_on_the_picture_and_in_its_words() -> None:
    chart = chart_of(Panel("", (Line(walk(), "", style.SMALL),)), labels=("simulated", "replay"))
    assert chart.alt == "SIMULATED · REPLAY. In words."
    assert "SIMULATED · REPLAY" in [text.get_text() for text in written(chart)]


def test_what_goes_to_the_worker_is_plain() -> None:
    data = chart_of(Panel("", (Line(walk(), "", style.SMALL),), levels=(Level(1.0),))).data
    assert b"bot." not in pickle.dumps(data)


def test_decades_of_sessions_are_drawn_small() -> None:
    long = market(9500)
    close = long.prices.close
    lines = tuple(Line(close[:, n], f"line {n}", COLOURS[n]) for n in range(3))
    chart = panels_chart(
        long, long.prices.sessions, [Panel("", lines), Panel("", (), bars=close[:, 3])], title="", alt=""
    )
    assert len(render(chart)) < 300_000


@pytest.mark.parametrize("count", [0, 5])
def test_no_panel_and_more_than_four_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match="one to 4 panels"):
        chart_of(*[Panel("", (Line(walk(), "", style.SMALL),))] * count)


def test_values_of_other_sessions_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'short' has the shape"):
        chart_of(Panel("", (Line(walk()[1:], "short", style.SMALL),)))


@pytest.mark.parametrize(
    ("values", "unit", "value", "words"),
    [
        ([0.34, 0.44], "", 0.36431, "0.3643"),
        ([1600, 2436.2], "", 2436.2, "2,436"),
        ([-9.0, 12.0], "%", 3.04, "+3.0%"),
        ([4.0, 4.5], "%", 4.126, "4.13%"),
        ([20.0, 81.0], "%", 81.0, "81.0%"),
        ([0.3, 2.31], "pt", 2.31, "+2.31 pt"),
        ([0.5, 7.0], TIMES, 1.234, f"1.23{TIMES}"),
        ([1e6, 45_600_000.0], "", 45_600_000.0, "45.6M"),
        ([0.0, 2.5e9], "", 1.25e9, "1.25B"),
        ([-3.0, 14.0], "", -3.0, f"{MINUS}3"),
        ([], "%", 1.0, "1.00%"),
    ],
)
def test_a_scale_writes_as_many_digits_as_tell_its_values_apart(values, unit: str, value: float, words: str) -> None:
    assert scale_of(np.array(values, dtype=float), unit).words(value) == words
