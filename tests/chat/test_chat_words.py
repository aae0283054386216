from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.choices import last_symbol_choices, matching, offered, subjects_named, value_choices
from bot.chat.errors import Refusal
from bot.chat.teaching.lessons import examples_of, lesson_of, lessons_of
from bot.chat.words import joined, permission_words, safe, seconds_words, sentence
from signals.catalog import by_name
from signals.definition import Threshold
from signals.errors import SignalError
from tests.chat.conftest import KNOWN, FakeDesk

HOSTILE = st.text(max_size=200) | st.lists(
    st.sampled_from(
        [
            "@everyone",
            "<@1>",
            "<#2>",
            "<@&3>",
            "**",
            "`",
            "```",
            "[a](",
            "https://x.y",
            "\u202e",
            "\n# ",
            "discord.gg/a",
        ]
    )
).map("".join)


@given(HOSTILE)
def test_nothing_that_was_typed_pings_links_formats_or_turns_the_line(typed):
    line = safe(typed)
    assert "@everyone" not in line
    assert "://" not in line
    assert "\n" not in line
    assert "\u202e" not in line
    assert not re.search(r"discord\.gg/", line, re.IGNORECASE)
    assert not re.search(r"(?<!\\)(?:\\\\)*[*_`~|<\[\]]", line)


def test_a_line_ends_once():
    assert [sentence(text) for text in ("so", "so?", "so.", "", "so`")] == ["So.", "So?", "So.", "", "So`."]


def test_waiting_is_rounded_up_and_never_nothing():
    assert [seconds_words(s) for s in (0.01, 1.0, 1.2)] == ["1 second", "1 second", "2 seconds"]


def test_names_are_joined_as_people_do():
    assert [joined(n) for n in ([], ["A"], ["A", "B"], ["A", "B", "C"])] == ["", "A", "A and B", "A, B and C"]


def test_permissions_are_called_what_discord_calls_them():
    assert permission_words("view_channel") == "View Channel"
    assert permission_words("send_messages_in_threads") == "Send Messages in Threads"


def test_choices_stay_within_discords_limits():
    many = [(f"v{n}" * (60 if n == 0 else 1), "w" * 200) for n in range(40)]
    choices = offered(many)
    assert len(choices) == 25
    assert all(len(choice.name) <= 100 and len(choice.value) <= 100 for choice in choices)


def test_choices_match_value_or_words_in_any_case():
    pairs = [("slow", "the long average"), ("fast", "the SHORT average")]
    assert [choice.value for choice in matching("short", pairs)] == ["fast"]


def test_the_last_symbol_of_several_is_completed():
    values = [choice.value for choice in last_symbol_choices(FakeDesk(), "IWM str")]
    assert values == ["IWM STRL"]


@given(HOSTILE)
def test_any_words_become_symbols_or_a_friendly_refusal(typed):
    try:
        subjects = subjects_named(FakeDesk(), by_name("cross"), typed)
    except (Refusal, SignalError):
        return
    assert set(subjects) <= set(KNOWN)


def test_all_and_nothing_mean_every_symbol():
    for typed in ("", "all", " ALL "):
        assert subjects_named(FakeDesk(), by_name("cross"), typed) == ()


def test_a_threshold_that_is_a_word_offers_its_words():
    basis = Threshold("basis", "limit", "", "price", 0, 0, "which close", choices=("price", "total_return"))
    values = [choice.value for choice in value_choices(basis, "price", "tot")]
    assert "total_return" in values
    assert values.count("price") == 1


@pytest.mark.parametrize("name", ["cross", "!cross", "/cross", " Cross "])
def test_lessons_are_found_however_the_command_is_written(name):
    lesson = lesson_of(name)
    assert lesson is not None
    assert lesson.command == "cross"


def test_a_group_has_the_lessons_of_its_commands():
    assert [lesson.command for lesson in lessons_of("watch")] == ["watch add", "watch remove", "watch list"]
    assert lessons_of("") == ()
    assert examples_of("nothing", "!") == ""
