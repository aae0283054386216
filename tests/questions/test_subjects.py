from __future__ import annotations

import pytest

from bot.questions.parse import QuestionError
from bot.questions.subjects import subject_of
from signals.macro import MACRO
from tests.cards.markets import market


@pytest.mark.parametrize("typed", ["DGS10", "dgs10", " Dgs10 "])
def test_a_choice_is_found_however_it_is_written(typed):
    assert subject_of(MACRO, typed, market(20)) == "DGS10"


def test_a_choice_there_is_not_names_those_there_are():
    with pytest.raises(QuestionError, match="there is no macro 'DGS99'"):
        subject_of(MACRO, "DGS99", market(20))
