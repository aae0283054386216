from __future__ import annotations

import pytest

from bot.questions.parse import QuestionError
from bot.questions.subjects import subject_of
from signals.insiders import INSIDERS
from signals.macro import MACRO
from signals.recon import RECON
from tests.cards.markets import market


@pytest.mark.parametrize("typed", ["DGS10", "dgs10", " Dgs10 "])
def test_a_choice_is_found_however_it_is_written(typed):
    assert subject_of(MACRO, typed, market(20)) == "DGS10"


def test_a_choice_there_is_not_names_those_there_are():
    with pytest.raises(QuestionError, match="there is no macro 'DGS99'"):
        subject_of(MACRO, "DGS99", market(20))


def test_a_symbol_is_found_as_people_write_it():
    here = market(20)
    symbol = next(symbol for symbol in here.prices.symbols if not symbol.startswith("^"))
    assert subject_of(INSIDERS, f"${symbol.lower()}", here) == symbol


def test_a_symbol_with_prices_of_which_a_room_knows_nothing_is_not_said_not_to_be_there():
    here = market(20)
    symbol = here.prices.symbols[0]
    with pytest.raises(QuestionError, match=f"recon: nothing is known here of .*{symbol.lstrip('^')}"):
        subject_of(RECON, symbol, here)
