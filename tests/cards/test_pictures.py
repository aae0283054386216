from __future__ import annotations

import itertools
import json
import subprocess
import sys
import warnings
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bot.cards.card import Chart
from bot.cards.cross_data import cross_chart
from bot.cards.ends import spread
from bot.cards.evidence_data import HORIZONS, evidence_chart
from bot.cards.picture import drawing, render
from bot.cards.smallcap_data import smallcap_chart
from bot.cards.span import MOST_ROWS, SPANS
from bot.cards.words import MINUS, percent, session_words
from signals.cross import CROSS
from signals.smallcap import SMALLCAP
from signals.types import History, Market
from tests.cards.markets import closes_of, market
from tests.cards.readings import cross_reading


def history_of(made: Market) -> History:
    return CROSS.history(made, CROSS.thresholds_with())


def picture(chart: Chart) -> Image.Image:
    data = render(chart)
    assert len(data) < 300_000
    return Image.open(BytesIO(data))


@pytest.mark.parametrize("span", SPANS)
def test_a_cross_picture_is_sharp_small_and_carries_its_words(span: str) -> None:
    chart = cross_chart(history_of(market()), "^RUT", name="Russell 2000", span=span)
    image = picture(chart)
    assert image.width == 1600
    assert image.info["Description"] == chart.alt


def test_a_picture_ends_where_the_cards_numbers_do_when_the_last_closes_miss() -> None:
    close = closes_of(600, 5)
    close[-2:, 0] = np.nan
    made = market(600, close=close)
    chart = cross_chart(history_of(made), "^RUT")
    last = made.prices.sessions[-3].item()
    assert chart.data["sessions"][-1].item() == last
    assert chart.data["as_of"].startswith(f"As of {session_words(last)}")
    assert "unknown" not in chart.alt


@pytest.mark.parametrize("factor", [0.001, 1.0, 1000.0])
def test_the_whole_of_a_short_history_has_several_prices_on_its_axis(factor: float) -> None:
    made = market(2500, close=closes_of(2500, 5) * factor)
    chart = cross_chart(history_of(made), "^RUT", span="all")
    figure = drawing("cross")(chart.data)
    figure.draw_without_rendering()
    panel = figure.axes[0]
    low, high = panel.get_ylim()
    assert sum(low <= tick <= high for tick in panel.get_yticks()) >= 3


def test_every_label_of_a_cross_stays_within_its_panel() -> None:
    for seed in range(6):
        made = market(2500, close=closes_of(2500, 5, seed=seed))
        figure = drawing("cross")(cross_chart(history_of(made), "^RUT", span="all").data)
        figure.draw_without_rendering()
        panel = figure.axes[0]
        frame = panel.get_window_extent()
        labels = [text.get_window_extent() for text in panel.texts if text.get_text().startswith(("golden", "death"))]
        assert labels
        assert all(frame.y0 <= box.y0 and box.y1 <= frame.y1 for box in labels), seed


@pytest.mark.parametrize(
    "close",
    [
        np.full((30, 1), 12.5),
        np.full((1, 1), 12.5),
        np.full((300, 1), np.nan),
        np.full((300, 1), 0.0012),
        np.where(np.arange(500)[:, None] % 90 < 60, 50.0, np.nan),
    ],
    ids=["30 bars", "one bar", "no bar", "flat and tiny", "holes"],
)
@pytest.mark.parametrize("span", ["6m", "all"])
def test_odd_prices_still_give_a_picture_without_a_warning(close: np.ndarray, span: str) -> None:
    made = market(len(close), symbols=("ODD",), close=close)
    chart = cross_chart(history_of(made), "ODD", name="$1 & $2 Ω <odd>", span=span)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture(chart)
    assert "nan" not in chart.alt


def test_a_long_history_is_thinned_to_weeks_and_keeps_the_true_days_of_crosses() -> None:
    history = history_of(market(6000, symbols=("ABC",), close=None))
    chart = cross_chart(history, "ABC", span="all")
    assert len(chart.data["sessions"]) <= MOST_ROWS
    assert chart.data["sessions"][-1] == history.sessions[-1]
    crossed = history.sessions[np.flatnonzero(history["crossed"][:, 0])].tolist()
    assert [mark[3] for mark in chart.data["crosses"]] == crossed


def test_what_is_sent_to_the_worker_is_only_what_is_seen() -> None:
    chart = cross_chart(history_of(market(3000)), "^RUT", span="6m")
    assert all(len(values) == 126 for values in chart.data.values() if isinstance(values, np.ndarray))


def test_an_index_shows_its_funds_volume_and_says_so() -> None:
    assert cross_chart(history_of(market()), "^RUT").data["volume_name"].startswith("Volume of IWM")
    assert cross_chart(history_of(market()), "IWM").data["volume_name"].startswith("Volume;")
    assert cross_chart(history_of(market(symbols=("^RUT",))), "^RUT").data["volume_name"] == "Volume: unknown"


def test_labels_are_on_the_picture_and_in_its_words() -> None:
    made = market(labels=("simulated", "replay"))
    for chart in (cross_chart(history_of(made), "^RUT"), smallcap_chart(SMALLCAP.history(made, {}))):
        assert chart.data["label"] == "SIMULATED · REPLAY"
        assert chart.alt.startswith("SIMULATED · REPLAY")


def test_the_smallcap_picture_ends_where_the_1y_column_does() -> None:
    history = SMALLCAP.history(market(), {})
    chart = smallcap_chart(history)
    picture(chart)
    for symbol, _, _, values in chart.data["lines"]:
        assert values[-1] == pytest.approx(history["y1_pct"][-1, history.subjects.index(symbol)])
    assert "Dow" not in chart.alt


def test_the_table_of_the_smallcap_picture_says_what_the_card_does() -> None:
    history = SMALLCAP.history(market(), {})
    values = SMALLCAP.reading(history, "market", {}).values
    chart = smallcap_chart(history)
    rows = dict(chart.data["table"]["rows"])
    returns = ("d1_pct", "d5_pct", "mtd_pct", "qtd_pct", "ytd_pct", "y1_pct")
    assert rows["Russell 2000"] == pytest.approx([values[f"^RUT.{name}"] for name in returns])
    assert rows[f"Small {MINUS} large, pt"] == pytest.approx([values[f"small_minus_large.{name}"] for name in returns])
    assert "Dow Jones" not in rows
    assert f"{percent(values['^RUT.mtd_pct'], 1)} this month" in chart.alt


def test_a_chart_is_drawn_in_its_own_theme_unless_another_is_named() -> None:
    chart = cross_chart(history_of(market()), "^RUT", span="6m")
    dark, light = (picture(each).convert("L").getpixel((2, 2)) for each in (chart, replace(chart, theme="light")))
    assert dark < 40
    assert light > 250
    assert render(chart, theme="light") == render(replace(chart, theme="light"))


@pytest.mark.parametrize("dpi", [72, 300])
def test_words_placed_among_the_lines_stay_where_they_are_on_paper_which_has_other_pixels(dpi: int) -> None:
    figure = drawing("cross")(cross_chart(history_of(market(1400)), "^RUT", span="5y").data)
    figure.draw_without_rendering()
    labels = [text for text in figure.axes[0].texts if text.get_text().startswith(("golden", "death"))]
    before = [text.get_window_extent().x0 / figure.bbox.width for text in labels]
    figure.set_dpi(dpi)
    figure.draw_without_rendering()
    assert [text.get_window_extent().x0 / figure.bbox.width for text in labels] == pytest.approx(before, abs=0.01)
    assert len(labels) > 1


def test_words_of_crosses_stand_off_each_other() -> None:
    for seed in range(4):
        made = market(1400, close=closes_of(1400, 5, seed=seed))
        figure = drawing("cross")(cross_chart(history_of(made), "^RUT", span="5y").data)
        figure.draw_without_rendering()
        labels = [text for text in figure.axes[0].texts if text.get_text().startswith(("golden", "death"))]
        boxes = [text.get_window_extent() for text in labels]
        assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2)), seed


def test_a_dashboard_without_any_index_still_gives_a_picture() -> None:
    chart = smallcap_chart(SMALLCAP.history(market(symbols=("ABC",)), {}))
    assert "nothing known" in chart.alt
    picture(chart)


def test_names_beside_lines_never_overlap() -> None:
    for places in ([0.5, 0.5, 0.5, 0.5, 0.5], [0.0, 0.01, 0.97, 0.98, 1.0], [0.3], []):
        spaced = spread(places, 0.085)
        assert all(upper - lower > 0.0849 for lower, upper in itertools.pairwise(spaced))
        assert all(-0.01 <= place <= 1.01 for place in spaced)


@pytest.mark.parametrize("interval", [(-3.0, 2.0), (None, None)], ids=["intervals", "no intervals"])
def test_an_evidence_picture_is_drawn_with_and_without_intervals(interval) -> None:
    values = {}
    low, high = interval
    for horizon in HORIZONS:
        figures = {"n": 27, "mean_pct": 1.5, "base_mean_pct": 2.0, "diff_low_pct": low, "diff_high_pct": high}
        values |= {f"{horizon}.{name}": figure for name, figure in figures.items()}
    chart = evidence_chart(cross_reading(values=values), name="Russell 2000", event="Golden cross")
    picture(chart)
    assert "+1.50% against +2.00%" in chart.alt
    assert ("unknown" in chart.alt) is (low is None)


def test_an_unknown_kind_of_picture_is_refused_with_the_known_ones() -> None:
    with pytest.raises(
        ValueError, match="cross, smallcap, evidence, fan, rehearsal, panels, multiples, bars, map and gates"
    ):
        render(Chart("heat", {}, ""))


def test_cards_load_without_drawing_and_draw_without_pyplot() -> None:
    code = (
        "import json, sys, pkgutil, importlib, bot.cards\n"
        "for m in pkgutil.iter_modules(bot.cards.__path__): importlib.import_module('bot.cards.' + m.name)\n"
        "before = [m for m in ('matplotlib', 'PIL', 'pandas', 'discord') if m in sys.modules]\n"
        "from bot.cards.picture import prepare\n"
        "prepare()\n"
        "print(json.dumps([before, 'matplotlib.pyplot' in sys.modules]))"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert json.loads(done.stdout) == [[], False]
