from __future__ import annotations

import pytest

from bot.questions.parse import Question, QuestionError, parse


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("cross", Question("cross")),
        ("cross strl", Question("cross", "strl")),
        ("  !Cross   IWM ", Question("cross", "IWM")),
        ("/smallcap", Question("smallcap")),
        ("evidence", Question("evidence", "", "golden_cross")),
        ("evidence IWM", Question("evidence", "IWM", "golden_cross")),
        ("evidence IWM Death_Cross", Question("evidence", "IWM", "death_cross")),
    ],
)
def test_what_people_type_is_understood(text, question):
    assert parse(text) == question


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "ask one of: cross"),
        (" ! ", "ask one of: cross"),
        ("croos RUT", "did you mean cross"),
        ("weather", "ask one of: cross"),
        ("smallcap now", "too many words after smallcap"),
        ("cross RUT IWM", r"ask cross \[symbol\]"),
        ("evidence a b c", "too many words"),
    ],
)
def test_what_is_not_understood_is_answered_with_how_to_ask(text, hint):
    with pytest.raises(QuestionError, match=hint):
        parse(text)


def test_a_long_word_is_not_repeated_whole():
    with pytest.raises(QuestionError) as caught:
        parse("x" * 5000)
    assert len(str(caught.value)) < 300
