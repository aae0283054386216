from __future__ import annotations

import itertools

import numpy as np
import pytest
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from bot.cards import style
from bot.cards.heat import draw_heat, heat_in, largest
from bot.cards.theme import DARK, LIGHT
from bot.cards.words import DASH, MINUS

TABLE = {
    "columns": ["1 day", "month", "12 months"],
    "rows": [("Russell 2000", [0.1, -3.0, 12.0]), ("S&P 500", [-0.4, np.nan, 16.1]), ("$x$ & a long name", [0.0] * 3)],
}


def drawn(table=TABLE, theme=DARK):
    height = heat_in(len(table["rows"])) + 0.2
    figure = theme.new_figure(height)
    draw_heat(figure, table, top_in=height - 0.1, left_in=0.12, theme=theme)
    figure.draw_without_rendering()
    return figure


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_every_cell_has_its_number_with_a_sign_and_what_is_unknown_a_dash(theme) -> None:
    words = [text.get_text() for text in drawn(theme=theme).texts]
    assert {"+0.1", f"{MINUS}3.0", "+12.0", f"{MINUS}0.4", "+16.1", "0.0", DASH} <= set(words)


def test_a_cell_is_the_stronger_coloured_the_larger_its_change_in_its_own_column() -> None:
    grounds = [patch.get_facecolor()[:3] for patch in drawn().findobj(Rectangle) if patch.get_height() < 0.5]
    assert grounds[2] != grounds[5] == pytest.approx(DARK.tint(1.0))
    assert grounds[3] == pytest.approx(DARK.tint(-1.0))
    assert grounds[1] == pytest.approx(DARK.tint(-1.0))
    assert grounds[4] == grounds[6] == pytest.approx(DARK.tint(0.0))


def test_words_stay_within_the_picture_and_off_each_other() -> None:
    boxes = [text.get_window_extent() for text in drawn().findobj(Text) if text.get_text()]
    assert all(box.x0 >= 0 and box.x1 <= style.WIDTH_IN * style.DPI for box in boxes)
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))


def test_a_column_of_which_nothing_is_known_has_no_largest_change() -> None:
    assert largest([[1.0, np.nan], [-2.0, np.nan]]) == [2.0, 0.0]
