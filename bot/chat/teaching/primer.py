"""What `help` shows: a page of everything, a page per question, a page per command or group of commands."""

from __future__ import annotations

import discord

from bot.cards.card import Card, Field
from bot.chat.errors import Refusal
from bot.chat.parts import Option, choice, laid_out
from bot.chat.press import Action, press
from bot.chat.teaching.lesson import Lesson
from bot.chat.teaching.lessons import LESSONS
from bot.chat.teaching.moderator_lessons import FOR_MODERATORS

EVERYTHING = "everything"
"""What the select says for the page of all commands."""

_WHAT = "What would you like to know?"
_LEGEND = "[…] may be left out, <…> is needed."
_NO_ADVICE = "Numbers about the market, never advice."


def contents(prefix: str | None) -> Card:
    """Return the page of all commands, a line each; without a `prefix` there are slash commands alone."""
    fields = [
        Field(question, "\n".join(f"`{prefix or '/'}{lesson.command}` {lesson.gist}" for lesson in lessons))
        for question, lessons in LESSONS.items()
    ]
    return Card(_WHAT, _ways_to_ask(prefix), fields=tuple(fields), footer=_NO_ADVICE)


def question_page(question: str, prefix: str | None) -> Card:
    """Return the page of the commands that answer one question; refuse a question that is none."""
    if question == EVERYTHING:
        return contents(prefix)
    if question not in LESSONS:
        raise Refusal("that page is not there any more: ask again with `/help`")
    who = "For members with Manage Server, or with the role that may moderate the bot."
    text = who if question.startswith(FOR_MODERATORS) else ""
    return Card(question, text, fields=_explained(LESSONS[question], prefix), footer=_LEGEND)


def page(lessons: tuple[Lesson, ...], prefix: str | None) -> Card:
    """Return the page of one command, or of one group of them."""
    title = lessons[0].command if len(lessons) == 1 else lessons[0].command.split()[0]
    return Card(title, "", fields=_explained(lessons, prefix), footer=_LEGEND)


def help_view(shown: str = EVERYTHING) -> discord.ui.View | None:
    """Return what stands below a page of help: one option per question, the one shown marked."""
    whole: Option = (EVERYTHING, "Everything", "all commands, a line each")
    questions = [(question, question, ", ".join(_names(lessons))) for question, lessons in LESSONS.items()]
    return laid_out([choice(press(Action.HELP), [whole, *questions], hint=_WHAT, chosen=[shown])])


def _ways_to_ask(prefix: str | None) -> str:
    if prefix is None:
        return "Type `/` and choose a command. Choose a question below for examples, or ask `/help command:cross`."
    return (
        f"Type `/` and choose, or type `{prefix}cross IWM`. Mentioning me is as good as `{prefix}`, and in a direct "
        f"message neither is needed. Choose a question below for examples, or ask `{prefix}help cross`."
    )


def _explained(lessons: tuple[Lesson, ...], prefix: str | None) -> tuple[Field, ...]:
    return tuple(
        Field(f"`{lesson.usage(prefix or '/')}`: {lesson.says}", _examples(lesson, prefix)) for lesson in lessons
    )


def _examples(lesson: Lesson, prefix: str | None) -> str:
    both = [f"`{prefix}{lesson.prefix_example}`"] if prefix else []
    return "\n".join([*both, f"`/{lesson.slash_example}`"])


def _names(lessons: tuple[Lesson, ...]) -> list[str]:
    return [lesson.command for lesson in lessons]
