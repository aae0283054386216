from __future__ import annotations

import io
import sys

import pytest
import structlog

from bot.progress import FetchProgress


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
