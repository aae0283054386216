from __future__ import annotations

import io
import sys

import pytest
import structlog

from bot.progress import FetchProgress, LoggedProgress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def logged():
    with structlog.testing.capture_logs() as lines:
        yield lines


def test_a_log_has_four_lines_for_a_fetch_and_as_many_for_the_next(logged):
    progress = FetchProgress()
    for _ in range(2):
        for done in range(1, 101):
            progress(done, 100)
    assert [line["done"] for line in logged] == [25, 50, 75, 100, 25, 50, 75, 100]


def test_a_terminal_shows_a_bar_that_ends_with_the_fetch(monkeypatch, logged):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    progress = FetchProgress()
    for done in range(1, 15):
        progress(done, 14)
    assert "Fetching prices" in terminal.getvalue()
    assert "14/14" in terminal.getvalue()
    assert not logged
    progress.close()


def test_the_lines_of_a_log_say_how_long_it_may_still_take(monkeypatch, logged):
    seconds = iter([100.0, 110.0, 110.0])
    monkeypatch.setattr("bot.progress.time.monotonic", lambda: next(seconds))
    progress = FetchProgress()
    progress(1, 100)
    progress(25, 100)
    assert logged == [{"event": "fetching prices", "log_level": "info", "done": 25, "of": 100, "left_s": 30}]


def test_a_fetch_that_was_cut_short_leaves_nothing_to_the_next(monkeypatch, logged):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    progress = FetchProgress()
    progress(5, 14)
    progress.close()
    for done in range(1, 4):
        progress(done, 3)
    assert "3/3" in terminal.getvalue()
    assert not logged


def test_what_is_fetched_in_the_background_draws_no_bar_and_logs_four_lines_each_time(monkeypatch, logged):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    progress = LoggedProgress("EDGAR")
    for _ in range(2):
        for done in range(1, 101):
            progress(done, 100)
    assert [(line["source"], line["done"]) for line in logged] == [("EDGAR", n) for n in (25, 50, 75, 100)] * 2
    assert terminal.getvalue() == ""
