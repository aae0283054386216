from __future__ import annotations

import itertools
import pickle
import warnings
from datetime import date

import numpy as np
import pytest
from matplotlib.text import Text

from bot.cards import style
from bot.cards.bars import MOST_BARS, Bar, bars_chart, falling
from bot.cards.card import Chart
from bot.cards.picture import drawing, render
from bot.cards.words import MINUS, TIMES
from tests.cards.markets import market

SECTORS = [
    Bar("Industrials", 2.31, "16.8%"),
    Bar("Financials", 1.87, "19.1%"),
    Bar("Real estate", 0.0, "6.3%"),
    Bar("Consumer discretionary", -1.2, "10.1%"),
]


def chart_of(bars: list[Bar], *, unit: str = "pt", labels=()) -> Chart:
    chart = bars_chart(market(3, labels=labels), date(2025, 9, 30), bars, title="Title", unit=unit, alt="In words.")
    assert chart is not None
    return chart


def written(chart: Chart) -> list[Text]:
    figure = drawing("bars")(chart.data)
    figure.draw_without_rendering()
    return [text for text in figure.findobj(Text) if text.get_text() and text.get_window_extent().width]


def test_every_bar_has_its_name_value_and_note_in_the_order_given() -> None:
    texts = written(chart_of(SECTORS))
    high = {text.get_text(): text.get_window_extent().y0 for text in texts}
    assert {"+2.31 pt", "+1.87 pt", "0.00 pt", f"{MINUS}1.20 pt", "16.8%", "10.1%"} <= set(high)
    names = [high[bar.name] for bar in SECTORS]
    assert names == sorted(names, reverse=True)


def test_bars_start_at_zero_and_show_their_side_without_colour() -> None:
    figure = drawing("bars")(chart_of(SECTORS).data)
    bars = figure.axes[0].patches
    assert [(bar.get_x(), bar.get_width()) for bar in bars] == [(0, bar.value) for bar in SECTORS]
    assert [bool(bar.get_hatch()) for bar in bars] == [False, False, False, True]


@pytest.mark.parametrize(
    "bars",
    [
        SECTORS,
        [Bar("W" * 40, 1e7 + n, "W" * 40) for n in range(5)],
        [Bar(f"N {n}", -n / 10, "n = 3") for n in range(4)],
        [Bar("$1 & $2 Ω", -1.0), Bar("b", 1e-9)],
        [Bar("zero", 0.0, "note")],
    ],
    ids=["sectors", "wide", "all below", "odd names", "zero"],
)
@pytest.mark.parametrize("unit", ["pt", "%", TIMES, ""])
def test_nothing_leaves_the_picture_and_nothing_overlaps(bars: list[Bar], unit: str) -> None:
    chart = chart_of(bars, unit=unit, labels=("simulated",))
    texts = written(chart)
    boxes = [text.get_window_extent() for text in texts]
    assert all(box.x0 >= 0 and box.x1 <= style.WIDTH_IN * style.DPI for box in boxes)
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
    assert all(text.get_fontsize() >= style.SMALL_PT for text in texts)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(render(chart)) < 300_000


def test_a_waterfall_goes_on_where_the_bar_above_ended_and_unknown_ones_move_nothing() -> None:
    whole = Bar("Sum", 2.98, is_whole=True)
    chart = chart_of([*falling([SECTORS[0], Bar("Energy", np.nan), *SECTORS[1:]]), whole])
    bars = drawing("bars")(chart.data).axes[0].patches
    starts = [0, 2.31, 2.31 + 1.87, 2.31 + 1.87, 0]
    assert [bar.get_x() for bar in bars] == pytest.approx(starts)
    assert bars[3].get_x() + bars[3].get_width() == pytest.approx(whole.value)


def test_values_show_their_sign_where_that_is_wanted() -> None:
    bars = [Bar("A", 4.0), Bar("B", 9.0)]
    signed = bars_chart(market(3), date(2025, 9, 30), bars, title="", unit="%", alt="", is_signed=True)
    assert {"+4.0%", "+9.0%"} <= {text.get_text() for text in written(signed)}
    assert {"4.0%", "9.0%"} <= {text.get_text() for text in written(chart_of(bars, unit="%"))}


def test_what_is_unknown_is_said_and_has_no_bar() -> None:
    chart = chart_of([*SECTORS, Bar("Energy", np.nan), Bar("Staples", np.nan)])
    assert chart.alt == "In words. Unknown: Energy, Staples."
    assert "unknown: Energy, Staples" in [text.get_text() for text in written(chart)]
    assert len(drawing("bars")(chart.data).axes[0].patches) == len(SECTORS)


@pytest.mark.parametrize("bars", [[], [Bar("Energy", np.nan)]])
def test_of_nothing_known_there_is_no_picture(bars: list[Bar]) -> None:
    assert bars_chart(market(3), date(2025, 9, 30), bars, title="Title", unit="pt", alt="In words.") is None


def test_what_goes_to_the_worker_is_plain() -> None:
    assert b"bot." not in pickle.dumps(chart_of(SECTORS).data)


def test_more_bars_than_a_phone_can_show_are_counted() -> None:
    texts = [text.get_text() for text in written(chart_of([Bar(f"N {n}", 99.0 - n) for n in range(MOST_BARS + 6)]))]
    assert "… and 6 more" in texts
    assert f"N {MOST_BARS - 1}" in texts
    assert f"N {MOST_BARS}" not in texts


def test_labels_session_and_source_are_on_the_picture() -> None:
    chart = chart_of(SECTORS, labels=("simulated", "replay"))
    assert chart.alt.startswith("SIMULATED · REPLAY. ")
    words = [text.get_text() for text in written(chart)]
    assert {"SIMULATED · REPLAY", "As of Tue 30 Sep 2025 · made up · price basis"} <= set(words)
