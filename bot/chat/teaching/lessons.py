"""Everything there is to teach, and how a lesson of it is found; `primer` makes pages of them."""

from __future__ import annotations

from bot.chat.teaching.lesson import Lesson
from bot.chat.teaching.member_lessons import MEMBER_LESSONS
from bot.chat.teaching.moderator_lessons import MODERATOR_LESSONS

LESSONS: dict[str, tuple[Lesson, ...]] = {**MEMBER_LESSONS, **MODERATOR_LESSONS}
"""Question to the commands that answer it, the moderators' last."""


def lesson_of(command: str) -> Lesson | None:
    """Return the lesson of `command`, or None."""
    wanted = " ".join(command.lower().lstrip("!/").split())
    return next((lesson for lesson in all_lessons() if lesson.command == wanted), None)


def lessons_of(command: str) -> tuple[Lesson, ...]:
    """Return the lesson of `command`, or those of the group it is the name of."""
    one = lesson_of(command)
    if one is not None:
        return (one,)
    group = " ".join(command.lower().lstrip("!/").split())
    return tuple(lesson for lesson in all_lessons() if group and lesson.command.split()[0] == group)


def all_lessons() -> tuple[Lesson, ...]:
    """Return every lesson, in the order of the page."""
    return tuple(lesson for group in LESSONS.values() for lesson in group)


def examples_of(command: str, prefix: str | None) -> str:
    """Return how to call `command`, to stand behind a complaint; empty where there is no lesson of it."""
    lessons = lessons_of(command)
    return " ".join(f"For example: {_example(lesson, prefix)}" for lesson in lessons[:1])


def _example(lesson: Lesson, prefix: str | None) -> str:
    return f"`{prefix}{lesson.prefix_example}`" if prefix else f"`/{lesson.slash_example}`"
