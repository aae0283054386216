"""Papers and keywords in a file of a server's settings."""

from __future__ import annotations

import pytest

from bot.chat.moderators.config_file import config_text
from bot.people import Noun
from tests.chat.test_config_files import ABOUT, complaints, read

PAPERS = """\
format = 1

[[papers]]
channel = "11"
paper = "smallcap"
rhythm = "weekly"
at = 18:00:00

[keywords]
"Morning  NOTE" = "rotation"
rpm = "off"
"""


def test_papers_and_keywords_are_read_in_their_one_form():
    assert read(PAPERS).rows == {
        (Noun.ORDER, "11 smallcap"): {"rhythm": "weekly", "at": "18:00"},
        (Noun.KEYWORD, "morning note"): {"paper": "rotation"},
        (Noun.KEYWORD, "rpm"): {"paper": "off"},
    }
    text = config_text(read(PAPERS).rows, ABOUT)
    for line in ('channel = "11"  # #alerts', 'rhythm = "weekly"  # daily or weekly', '"morning note" = "rotation"'):
        assert line in text.split("\n")


def test_a_keyword_that_says_what_it_says_anyway_needs_no_row():
    assert read('format = 1\n[keywords]\nRPM = "rotation"\n').rows == {}


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ('"smallcap"', '"cross"', "line 5, paper 1.paper: must be one of smallcap, rotation, digest"),
        ('"weekly"', '"monthly"', "line 6, paper 1.rhythm: must be one of daily, weekly"),
        ('rhythm = "weekly"\n', "", "paper 1.rhythm: must be one of daily, weekly"),
        ("18:00:00", '"6pm"', 'line 7, paper 1.at: must be an hour of the day, such as "18:00"'),
        ("at = 18", "hour = 18", "line 7, paper 1.hour: I do not know hour: there are channel, paper"),
        ("[keywords]", '[[papers]]\nchannel = 11\npaper = "smallcap"\nrhythm = "daily"\n[keywords]', "say it once"),
        ('"off"', '"digest"', "line 11, keywords.rpm: must be one of smallcap, rotation, off"),
        ('"off"', "3", "line 11, keywords.rpm: must be one of smallcap, rotation, off"),
        ("rpm", '"@everyone"', "a keyword is made of letters, digits and spaces"),
        ("rpm", '"morning note"', "stands there twice, but for case and spaces"),
        ("rpm", '"12"', "a keyword has 3 to 40 characters"),
        ("rpm", '"SC rotation"', "keywords.SC rotation: what begins with sc is a command"),
        ("[keywords]", "[[keywords]]", "keywords: must be a table"),
    ],
)
def test_what_is_wrong_with_papers_and_keywords_is_told(before, after, complaint):
    assert before in PAPERS
    told = complaints(PAPERS.replace(before, after, 1))
    assert any(complaint in line for line in told), told


def test_a_keyword_that_stands_already_is_taken_although_the_prefix_has_changed_since():
    present = {(Noun.KEYWORD, "sc rotation"): {"paper": "rotation"}}
    assert read('format = 1\n[keywords]\n"SC rotation" = "rotation"\n', present).rows == present


def test_so_many_keywords_are_too_many():
    lines = "".join(f'"words {n}" = "rotation"\n' for n in range(21))
    assert "at most 20 keywords" in complaints(f"format = 1\n[keywords]\n{lines}")[0]


def test_a_paper_for_a_channel_of_another_server_is_named_and_left_out():
    found = read(PAPERS.replace('"11"', '"99"'))
    assert (Noun.ORDER, "99 smallcap") not in found.rows
    assert found.left_out == ("paper smallcap in channel 99, which this server does not have or you cannot see",)
