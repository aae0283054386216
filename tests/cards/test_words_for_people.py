from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards import words
from bot.cards.plain import without_markup

MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.234, "+1.23%"),
        (-0.61, f"{MINUS}0.61%"),
        (0.0, "0.00%"),
        (-0.001, "0.00%"),
        (0.004, "0.00%"),
        (1234.5, "+1,234.50%"),
        (None, "unknown"),
        (float("nan"), "unknown"),
        (float("-inf"), "unknown"),
        ("text", "unknown"),
        (True, "unknown"),
    ],
)
def test_percent_has_a_sign_a_proper_minus_and_no_false_zero(value: object, text: str) -> None:
    assert words.percent(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(2232.814, "2,232.81"), (0.0123, "0.0123"), (None, "unknown"), (1_000_000, "1,000,000.00")]
)
def test_prices_have_thousands_separators_and_enough_digits(value: object, text: str) -> None:
    assert words.price(value) == text


def test_sessions_are_told_with_their_weekday() -> None:
    assert words.session_words(date(2025, 8, 6)) == "Wed 6 Aug 2025"
    assert words.session_words("2025-08-06") == "Wed 6 Aug 2025"
    assert words.session_words(None) == "unknown"
    assert words.session_words("soon") == "unknown"
    assert words.instant_words(datetime(2025, 8, 6, 20, 5, tzinfo=UTC)) == "6 Aug 2025 20:05 UTC"


def test_counts_agree_with_their_noun() -> None:
    assert [words.sessions(count) for count in (0, 1, 2, None)] == ["0 sessions", "1 session", "2 sessions", "unknown"]


@given(st.text())
@settings(deadline=None)
def test_foreign_text_never_mentions_formats_or_links(text: str) -> None:
    told = words.escape(text)
    assert "@everyone" not in told
    assert "<@" not in told
    assert "://" not in told
    bare = told.replace("\\\\", "")
    for mark in "*_~`|>#[]<":
        assert bare.count(mark) == bare.count(f"\\{mark}")


@given(st.text(alphabet=st.characters(exclude_categories=("Z", "C"))))
@settings(deadline=None)
def test_a_terminal_shows_foreign_text_as_it_was(text: str) -> None:
    assert without_markup(words.escape(text)) == text


@given(st.floats(allow_nan=True, allow_infinity=True))
@settings(deadline=None)
def test_no_number_is_ever_shown_as_nan_or_infinite(value: float) -> None:
    for tell in (words.percent, words.price, words.times, words.decimal, words.signed, words.share, words.brief):
        assert "nan" not in tell(value)
        assert "inf" not in tell(value)


def test_invisible_letters_are_taken_out_of_foreign_text() -> None:
    assert words.escape("Ster\u202eling\u200b\x07 Inc\n2") == "Sterling Inc 2"
