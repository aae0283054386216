from __future__ import annotations

import itertools
import pickle
import warnings

import numpy as np
import pytest
from matplotlib.text import Text

from bot.cards import style
from bot.cards.card import Chart
from bot.cards.multiples import MOST_MULTIPLES, Multiple, multiples_chart
from bot.cards.panels import Level
from bot.cards.picture import drawing, render
from bot.cards.words import session_words
from tests.cards.markets import closes_of, market

MARKET = market(300)
SESSIONS = MARKET.prices.sessions


def walk(seed: int = 1) -> np.ndarray:
    return closes_of(len(SESSIONS), 1, seed=seed)[:, 0]


def chart_of(*multiples: Multiple, sessions: np.ndarray = SESSIONS, labels=()) -> Chart:
    return multiples_chart(market(3, labels=labels), sessions, multiples, title="Rates", alt="In words.")


def written(chart: Chart) -> list[Text]:
    figure = drawing("multiples")(chart.data)
    figure.draw_without_rendering()
    shown = [text for text in figure.findobj(Text) if text.get_text() and text.get_visible()]
    return [text for text in shown if text.get_window_extent().width]


def test_each_has_its_name_its_value_of_now_and_its_note() -> None:
    words = [text.get_text() for text in written(chart_of(Multiple("VIX", walk(), "16.3", "+0.9 in 21 sessions")))]
    assert {"VIX", "16.3", "+0.9 in 21 sessions"} <= set(words)


@pytest.mark.parametrize("count", [1, 2, 5, 8])
def test_words_stay_within_the_picture_and_off_each_other(count: int) -> None:
    multiples = [
        Multiple(f"{n} with quite a long name $a$", walk(n) * 10.0 ** (n % 4 - 2), "+1,234.56 pt", "a note " * 9, "pt")
        for n in range(count)
    ]
    chart = chart_of(*multiples, labels=("simulated",))
    texts = written(chart)
    boxes = [text.get_window_extent() for text in texts]
    assert all(box.x0 >= 0 and box.x1 <= style.WIDTH_IN * style.DPI for box in boxes)
    assert all(text.get_fontsize() >= style.SMALL_PT for text in texts)
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))


@pytest.mark.parametrize(
    "values",
    [np.full(300, np.nan), np.full(300, 7.0), np.zeros(300), np.full(300, -1e-7), np.linspace(0, 3e9, 300)],
    ids=["unknown", "flat", "zero", "tiny", "billions"],
)
@pytest.mark.parametrize("rows", [0, 1, 2, 300])
def test_odd_values_still_give_a_picture_without_a_warning(values: np.ndarray, rows: int) -> None:
    odd = Multiple("odd", values[:rows], "?", unit="%", levels=(Level(0.5),))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for theme in ("dark", "light"):
            assert len(render(chart_of(odd, odd, odd, sessions=SESSIONS[:rows]), theme=theme)) < 300_000


def test_what_is_unknown_keeps_its_place_and_is_said() -> None:
    chart = chart_of(Multiple("known", walk(), "1"), Multiple("QQQJ", walk() * np.nan, "unknown"))
    assert chart.alt == "In words. Unknown: QQQJ."
    assert "nothing known" in [text.get_text() for text in written(chart)]


def test_the_picture_ends_where_knowledge_does_and_says_which_session_that_is() -> None:
    values = walk()
    values[-4:] = np.nan
    chart = chart_of(Multiple("one", values, "1"))
    assert chart.data["sessions"][-1] == SESSIONS[-5]
    assert chart.data["as_of"].startswith(f"As of {session_words(SESSIONS[-5].item())}")


@pytest.mark.parametrize("count", [0, MOST_MULTIPLES + 1])
def test_none_and_too_many_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match="one to 8 small panels"):
        chart_of(*[Multiple("", walk(), "")] * count)


def test_values_of_other_sessions_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'short' has the shape"):
        chart_of(Multiple("short", walk()[1:], ""))


def test_what_goes_to_the_worker_is_plain() -> None:
    assert b"bot." not in pickle.dumps(chart_of(Multiple("", walk(), "", levels=(Level(1.0),))).data)
