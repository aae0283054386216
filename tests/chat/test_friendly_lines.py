from __future__ import annotations

from types import SimpleNamespace

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from bot.chat.errors import Refusal, cause_of, friendly
from bot.questions.parse import QuestionError
from signals.errors import InvalidThreshold


def http_error(status: int, code: int) -> discord.HTTPException:
    answer = SimpleNamespace(status=status, reason="no", headers={})
    return discord.HTTPException(answer, {"code": code, "message": "no"})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (Refusal("say `alerts here`"), "Say `alerts here`."),
        (QuestionError("there is no *event*"), r"There is no \*event\*."),
        (
            InvalidThreshold("slow", 1, "must be between 2 and 400 sessions"),
            "Slow is 1: must be between 2 and 400 sessions.",
        ),
        (commands.NoPrivateMessage(), "That works in a server only, not in a direct message."),
        (
            commands.BotMissingPermissions(["embed_links"]),
            "I need Embed Links in this channel: allow it in the channel's settings, then try again.",
        ),
        (
            app_commands.CommandNotFound("cross", []),
            "That command has changed since Discord last heard of it: wait a minute and try again.",
        ),
        (http_error(404, 10062), "That took too long, or what it was about is gone: ask again."),
    ],
)
def test_what_people_can_mend_is_one_line_that_says_how(error, line):
    assert friendly(error) == line


@pytest.mark.parametrize("error", [RuntimeError("x"), KeyError("x"), http_error(500, 0)])
def test_a_defect_has_no_friendly_line(error):
    assert friendly(error) is None


def test_the_cause_is_found_below_what_discord_wraps_around_it():
    cause = QuestionError("ask otherwise")
    assert cause_of(commands.HybridCommandError(app_commands.AppCommandError())) is not cause
    assert cause_of(commands.CommandInvokeError(cause)) is cause
