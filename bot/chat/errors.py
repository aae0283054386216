"""What goes wrong in a conversation, in one line that says what to do next."""

from __future__ import annotations

import secrets

import discord
import structlog
from discord import app_commands
from discord.ext import commands

from bot.chat.words import joined, permission_words, safe, seconds_words, sentence
from bot.questions.parse import QuestionError
from signals.errors import SignalError

log = structlog.get_logger(__name__)

_SERVER_ONLY = "That works in a server only, not in a direct message."
_CHANGED = "That command has changed since Discord last heard of it: wait a minute and try again."
_ALWAYS: dict[type[Exception], str] = {
    commands.NoPrivateMessage: _SERVER_ONLY,
    app_commands.NoPrivateMessage: _SERVER_ONLY,
    app_commands.CommandNotFound: _CHANGED,
    app_commands.CommandSignatureMismatch: _CHANGED,
    app_commands.TransformerError: "I cannot find what you chose: choose it again, or something else.",
    commands.TooManyArguments: "That is more than I expected: put a name of several words in quotation marks.",
    commands.MissingRequiredAttachment: "The file is missing: attach it to the same message.",
    commands.ArgumentParsingError: "A quotation mark is not closed: close it or leave it out.",
}
"""Errors that are always answered the same."""


class Refusal(commands.CheckFailure):
    """A command or button is refused; the message, ours and already safe to show, is the friendly line."""


class TooSoon(Refusal):
    """It was asked too often in too short a time.

    Attributes
    ----------
    wait_s : float
        When it may be tried again.
    """

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"not so fast: try again in {seconds_words(wait_s)}")
        self.wait_s = wait_s


def friendly(error: BaseException) -> str | None:
    """Return the line to answer `error` with; None where it is a defect of ours."""
    error = cause_of(error)
    for kind, line in _ALWAYS.items():
        if isinstance(error, kind):
            return line
    match error:
        case Refusal():
            line = str(error)
        case commands.BotMissingPermissions():
            line = lacking(error.missing_permissions)
        case commands.MissingRequiredArgument() | commands.MissingRequiredFlag():
            line = f"`{_missing(error)}` is missing"
        case commands.RangeError():
            line = _bounds_words(error)
        case SignalError() | QuestionError() | commands.UserInputError():
            line = safe(str(error))
        case discord.HTTPException() if is_gone(error):
            line = "that took too long, or what it was about is gone: ask again"
        case _:
            return None
    return sentence(line)


def _bounds_words(error: commands.RangeError) -> str:
    """Return what was out of bounds: a number, or the length of a text."""
    if isinstance(error.value, int):
        return f"that is out of bounds: {error.minimum} to {error.maximum}, please"
    return f"that is too short or too long: {error.minimum or 0} to {error.maximum} characters, please"


def _missing(error: commands.MissingRequiredArgument | commands.MissingRequiredFlag) -> str | None:
    """Return what is called as it is shown, and was not given."""
    if isinstance(error, commands.MissingRequiredFlag):
        return error.flag.name
    return error.param.displayed_name or error.param.name


def lacking(permissions: list[str], where: str = "this channel") -> str:
    """Return the line that says which permissions the bot needs in a channel."""
    names = joined(permission_words(name) for name in permissions)
    return f"I need {names} in {where}: allow it in the channel's settings, then try again."


def cause_of(error: BaseException) -> BaseException:
    """Return what was raised first: discord.py wraps it once or twice on its way."""
    if isinstance(error, commands.BadUnionArgument) and error.errors:
        return error.errors[0]  # the others say the same of other kinds of thing
    while isinstance(original := getattr(error, "original", None), BaseException):
        error = original
    return error


def unexpected(error: BaseException, **circumstances: object) -> str:
    """Log a defect under a new id and return the line that names the id and nothing else."""
    incident = secrets.token_hex(4)
    cause = cause_of(error)
    log.error(
        "a command failed", incident=incident, exc_info=(type(cause), cause, cause.__traceback__), **circumstances
    )
    return (
        f"Something went wrong on my side (id `{incident}`). Try again; if it happens again, "
        "tell whoever runs this bot that id."
    )


def line_for(error: BaseException, **circumstances: object) -> str:
    """Return the line to answer `error` with, logging it first where it is a defect of ours."""
    return friendly(error) or unexpected(error, **circumstances)


def is_gone(error: discord.HTTPException) -> bool:
    """Whether Discord no longer takes an answer: the interaction expired, or the message or channel is gone."""
    return error.code in {10003, 10004, 10008, 10015, 10062, 40060, 50027}
