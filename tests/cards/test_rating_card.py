from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards.embed import embed_payload
from bot.cards.plain import plain_text
from bot.cards.rating_card import A_PAGE, board_page, rating_card
from bot.cards.table import PHONE_COLUMNS
from bot.people import Rated

COUNTS = st.tuples(*[st.integers(0, 10**6)] * 5)
HOSTILE = "@everyone **[x](https://b.example)** " + "long " * 100


def rows(card) -> list[str]:
    return card.text.split("```")[1].strip("\n").split("\n")


def test_the_spread_is_told_in_numbers_and_bars_without_colour():
    card = rating_card(Rated("STRL", (1, 0, 0, 2, 4)), name="Sterling")
    assert card.title == "Sterling (STRL): 4.14 of 5"
    assert rows(card) == [
        "5 ★ ████████████████ 4",
        "4 ★ ████████         2",
        "3 ★                  0",
        "2 ★                  0",
        "1 ★ ████             1",
    ]


def test_a_symbol_that_nobody_rated_has_no_mean():
    card = rating_card(Rated("STRL", (0, 0, 0, 0, 0)), name="STRL")
    assert card.title == "STRL: not rated yet"
    assert "0.00" not in card.text


@given(COUNTS)
@settings(deadline=None)
def test_bars_fit_a_phone_and_every_vote_is_seen(counts):
    if not sum(counts):
        return
    shown = rows(rating_card(Rated("STRL", counts), name="STRL"))
    assert max(map(len, shown)) <= PHONE_COLUMNS
    assert ["█" in row for row in shown] == [count > 0 for count in reversed(counts)]


@pytest.mark.parametrize("page", [0, 2, 99])
def test_a_page_of_the_board_fits_with_the_longest_and_most_hostile_names(page):
    board = [Rated(f"S{n:02d}", (0, 0, 0, 0, 10**6)) for n in range(40)]
    card, at, pages = board_page(board, dict.fromkeys([rated.symbol for rated in board], HOSTILE), page)
    assert (at, pages) == (min(page, 2), 3)
    lines = card.text.split("\n")
    assert len(lines) == (A_PAGE if at < 2 else 10)
    assert lines[0].startswith(f"{at * A_PAGE + 1}. **")
    assert embed_payload(card)["description"] == card.text
    assert card.text in plain_text(card)
    assert "@everyone" not in card.text
    assert "://" not in card.text


def test_an_empty_board_is_one_page():
    card, at, pages = board_page([], {}, 3)
    assert (at, pages) == (0, 1)
    assert "No symbol has been rated by 3 members yet" in card.text
