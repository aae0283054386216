"""What `help` teaches: one lesson per command, grouped by what one wants to know."""

from __future__ import annotations

from dataclasses import dataclass

from bot.cards.card import Card, Field


@dataclass(frozen=True, slots=True)
class Lesson:
    """One command: how it is called, what it answers, and an example in both forms.

    Attributes
    ----------
    command : str
        Its full name, such as ``alerts here``.
    takes : str
        What may follow: ``[optional]``, ``<needed>``.
    """

    command: str
    takes: str
    says: str
    prefix_example: str
    slash_example: str

    def usage(self, mark: str) -> str:
        """Return how to call it, with `mark` before its name."""
        return f"{mark}{self.command} {self.takes}".rstrip()


LESSONS: dict[str, tuple[Lesson, ...]] = {
    "How does one symbol stand?": (
        Lesson(
            "cross",
            "[symbol]",
            "its two averages, which one leads and since when, what would make them cross, with a chart",
            "cross IWM",
            "cross symbol:IWM",
        ),
    ),
    "How do small caps do?": (
        Lesson(
            "smallcap",
            "",
            "the Russell 2000 beside the large indices: day, week, month, quarter, year",
            "smallcap",
            "smallcap",
        ),
    ),
    "What came after that in the past?": (
        Lesson(
            "evidence",
            "[symbol] [event]",
            "every past event with the returns that followed, beside the base rate",
            "evidence RUT golden_cross",
            "evidence symbol:RUT event:golden_cross",
        ),
    ),
    "Can I trust it?": (
        Lesson("status", "", "last session, coverage, symbols held back and why, next run", "status", "status"),
        Lesson("about", "", "where prices come from, how late they are, what this bot is not", "about", "about"),
        Lesson("help", "[command]", "this page, or one command with examples", "help cross", "help command:cross"),
    ),
    "For moderators (Manage Server)": (
        Lesson(
            "alerts here",
            "[signal] [symbols…]",
            "post alerts in this channel: of all symbols, or of those named",
            "alerts here cross RUT IWM",
            "alerts here signal:cross symbols:RUT IWM",
        ),
        Lesson(
            "alerts off",
            "[signal]",
            "stop them in this channel: of one signal, or all",
            "alerts off cross",
            "alerts off signal:cross",
        ),
        Lesson("alerts list", "", "which channel gets what", "alerts list", "alerts list"),
        Lesson(
            "threshold list",
            "[signal]",
            "this server's thresholds with their bounds",
            "threshold list cross",
            "threshold list signal:cross",
        ),
        Lesson(
            "threshold set",
            "<signal> <name> <value>",
            "change one for this server",
            "threshold set cross slow 150",
            "threshold set signal:cross name:slow value:150",
        ),
        Lesson(
            "threshold reset",
            "<signal> [name]",
            "back to the default: one, or all of a signal",
            "threshold reset cross slow",
            "threshold reset signal:cross name:slow",
        ),
    ),
}
"""Question to the commands that answer it."""


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


def contents(prefix: str | None) -> Card:
    """Return the page of all commands; without a `prefix` there are slash commands alone."""
    fields = tuple(
        Field(question, "\n".join(_line(lesson, prefix) for lesson in lessons)) for question, lessons in LESSONS.items()
    )
    forms = f"Type `/` and choose, or type `{prefix}cross IWM`." if prefix else "Type `/` and choose a command."
    more = f"`{prefix}help cross`" if prefix else "`/help command:cross`"
    return Card(
        "What would you like to know?",
        f"{forms} `[…]` may be left out, `<…>` is needed; {more} shows examples.",
        fields=fields,
        footer="Numbers about the market, never advice.",
    )


def page(lessons: tuple[Lesson, ...], prefix: str | None) -> Card:
    """Return the page of one command, or of one group of them."""
    return Card(
        lessons[0].command if len(lessons) == 1 else lessons[0].command.split()[0],
        "",
        fields=tuple(Field(_line(lesson, prefix), _examples(lesson, prefix)) for lesson in lessons),
        footer="[…] may be left out, <…> is needed.",
    )


def examples_of(command: str, prefix: str | None) -> str:
    """Return how to call `command`, to stand behind a complaint; empty where there is no lesson of it."""
    lessons = lessons_of(command)
    return " ".join(f"For example: {_example(lesson, prefix)}" for lesson in lessons[:1])


def _line(lesson: Lesson, prefix: str | None) -> str:
    return f"`{lesson.usage(prefix or '/')}`: {lesson.says}"


def _example(lesson: Lesson, prefix: str | None) -> str:
    return f"`{prefix}{lesson.prefix_example}`" if prefix else f"`/{lesson.slash_example}`"


def _examples(lesson: Lesson, prefix: str | None) -> str:
    both = [f"`{prefix}{lesson.prefix_example}`"] if prefix else []
    return "\n".join([*both, f"`/{lesson.slash_example}`"])
