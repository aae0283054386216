from __future__ import annotations

import contextlib
import io
import json
import logging
from pathlib import Path

import pytest
import structlog

from bot.logs import configure
from bot.settings import load

SECRET = "MTIz.abc.very-secret-token"  # noqa: S105 - opens nothing


@pytest.fixture(autouse=True)
def logging_stays_as_it_was():
    root = logging.getLogger()
    names = ("discord", "apscheduler", "alembic")
    handlers, level, levels = root.handlers[:], root.level, [logging.getLogger(name).level for name in names]
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, kept in zip(names, levels, strict=True):
        logging.getLogger(name).setLevel(kept)
    structlog.reset_defaults()


class Terminal(io.StringIO):
    def isatty(self):
        return True


def configured(form, level, stream=None):
    """Configure logging with a stderr of its own, and return that."""
    with contextlib.redirect_stderr(stream or io.StringIO()) as stderr:
        configure(form, level)
    return stderr


def lines(stderr):
    return stderr.getvalue().splitlines()


def test_machines_get_one_json_object_a_line_on_stderr(capsys):
    stderr = configured("json", "info")
    structlog.get_logger("bot.x").info("alert sent", channel=7)
    logging.getLogger("other").warning("from the standard library %s", 1)
    ours, theirs = map(json.loads, lines(stderr))
    assert (ours["event"], ours["channel"], ours["level"], ours["logger"]) == ("alert sent", 7, "info", "bot.x")
    assert ours["timestamp"].endswith("Z")
    assert (theirs["event"], theirs["level"]) == ("from the standard library 1", "warning")
    assert capsys.readouterr().out == ""


def test_people_get_words():
    stderr = configured("console", "info")
    structlog.get_logger("bot.x").info("alert sent", channel=7)
    (line,) = lines(stderr)
    assert "alert sent" in line
    assert not line.startswith("{")


@pytest.mark.parametrize(("is_terminal", "is_json"), [(False, True), (True, False)])
def test_auto_is_json_unless_somebody_looks(is_terminal, is_json):
    stderr = configured("auto", "info", Terminal() if is_terminal else None)
    structlog.get_logger("bot.x").info("hello")
    assert lines(stderr)[0].startswith("{") is is_json


def test_lines_below_the_level_are_left_out():
    stderr = configured("json", "warning")
    structlog.get_logger("bot.x").info("chatter")
    structlog.get_logger("bot.x").error("trouble")
    assert [json.loads(line)["event"] for line in lines(stderr)] == ["trouble"]


def test_libraries_speak_up_for_warnings_only_even_when_debugging():
    stderr = configured("json", "debug")
    for name in ("discord", "discord.gateway", "apscheduler", "alembic"):
        logging.getLogger(name).info("chatter")
    logging.getLogger("discord").error("trouble")
    assert [json.loads(line)["event"] for line in lines(stderr)] == ["trouble"]


def test_configuring_twice_prints_once():
    configured("json", "info")
    stderr = configured("json", "info")
    structlog.get_logger("bot.y").info("hello")
    assert len(lines(stderr)) == 1


def test_an_exception_is_one_json_line_with_its_trace():
    stderr = configured("json", "info")
    try:
        Path("nowhere").stat()
    except OSError:
        structlog.get_logger("bot.x").exception("failed")
    (line,) = map(json.loads, lines(stderr))
    assert "FileNotFoundError" in line["exception"]


@pytest.mark.parametrize("form", ["json", "console"])
def test_an_exception_is_told_without_what_its_frames_knew(form):
    stderr = configured(form, "info")
    token = SECRET
    try:
        Path("nowhere", token[:0]).stat()
    except OSError:
        structlog.get_logger("bot.x").exception("failed")
    assert "FileNotFoundError" in stderr.getvalue()
    assert SECRET not in stderr.getvalue()


@pytest.mark.parametrize("form", ["json", "console"])
def test_no_secret_is_printed_with_the_settings(form, monkeypatch):
    monkeypatch.setenv("DISCORD_TOKEN", SECRET)
    monkeypatch.setenv("DATABASE_URL", "postgresql://anna:hunter2@host/name")
    settings = load()
    stderr = configured(form, "debug")
    structlog.get_logger("bot.x").info("starting", settings=settings, token=settings.discord_token)
    logging.getLogger("bot").warning("settings %r, url %s", settings, settings.database_url)
    printed = stderr.getvalue()
    assert SECRET not in printed
    assert "hunter2" not in printed
    assert printed.count("starting") == 1
