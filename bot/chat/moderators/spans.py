"""Spans of sessions that a threshold is rehearsed over: as moderators say them, and as a button does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from discord.ext import commands

from bot.chat.errors import Refusal
from bot.chat.words import TYPED_SHOWN, joined, safe

LEAST_SESSIONS, MOST_SESSIONS, A_YEAR = 21, 2520, 252
_DAY, _PRESSED_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), "%Y%m%d"
_BARE = ("signal", "name", "value", "sessions")
"""What words without a name are, in this order."""
_ALIASES = {"from": "first", "since": "first", "to": "last", "until": "last"}

Word = commands.Range[str, 1, 60]


@dataclass(frozen=True, slots=True)
class Span:
    """The last `sessions`, or those up to `last`; those from `first` on where it is given."""

    sessions: int = A_YEAR
    first: date | None = None
    last: date | None = None

    @property
    def pressed(self) -> str:
        """The span as a button says it; `span_pressed` reads back the same."""
        start = f"{self.first:{_PRESSED_DAY}}" if self.first else str(self.sessions)
        end = f"{self.last:{_PRESSED_DAY}}" if self.last else ""
        return f"{start}-{end}" if self.first or self.last else start

    @property
    def given(self) -> dict[str, Any]:
        """The span as `Foresight.rehearse` takes it."""
        return {"sessions": self.sessions, "first": self.first, "last": self.last}


class RehearsalWords(commands.FlagConverter, case_insensitive=True):
    """What to rehearse, and over which sessions; after a prefix the span may stand anywhere among the words."""

    signal: Word = commands.flag(description="Of which signal")
    name: Word = commands.flag(description="Which threshold")
    value: Word = commands.flag(description="The value to try")
    sessions: commands.Range[int, LEAST_SESSIONS, MOST_SESSIONS] = commands.flag(
        default=0, description="How many sessions to look back over (default: 252, a year)"
    )
    first: Word = commands.flag(default="", description="Instead: from which day on, such as 2020-01-31")
    last: Word = commands.flag(
        default="", description="Up to which day, such as 2020-12-31 (default: the last session)"
    )

    @classmethod
    def parse_flags(cls, argument: str, *, ignore_extra: bool = True) -> dict[str, list[str]]:
        """Return the words by what they are; refuse one too many."""
        del ignore_extra
        found: dict[str, list[str]] = {}
        words = re.sub(r"\b([a-z]+):\s+", r"\1:", argument.replace('"', " "), flags=re.IGNORECASE).split()
        for word in words:
            key, colon, value = word.partition(":")
            name = _ALIASES.get(key.lower(), key.lower()) if colon else next((n for n in _BARE if n not in found), "")
            if not name:
                raise commands.TooManyArguments
            if name not in cls.get_flags():
                known = joined(f"`{each}:`" for each in ("from", "to", *_BARE))
                raise Refusal(f"I do not know `{safe(key, TYPED_SHOWN)}:` here: there is {known}")
            if name in found:
                raise Refusal(f"`{safe(key, TYPED_SHOWN)}:` is named twice: name it once")
            found[name] = [value if colon else word]
        missing = [name for name in _BARE[:3] if name not in found]
        if missing:
            raise commands.MissingRequiredFlag(cls.get_flags()[missing[0]])
        return found


def span_of(words: RehearsalWords) -> Span:
    """Return the span that the words name; refuse one that cannot be."""
    first, last = _day("from", words.first), _day("to", words.last)
    if first and words.sessions:
        raise Refusal("say how many sessions, or from which day on: not both")
    if first and last and last < first:
        raise Refusal(f"{last} is before {first}: say `from:` the earlier day `to:` the later one")
    return Span(words.sessions or A_YEAR, first, last)


def span_pressed(text: str) -> Span:
    """Return the span that a button says; refuse what is none."""
    start, _, end = text.partition("-")
    try:
        last = datetime.strptime(end, _PRESSED_DAY).date() if end else None  # noqa: DTZ007 - a day has no zone
        if len(start) == len("20200131"):
            return Span(first=datetime.strptime(start, _PRESSED_DAY).date(), last=last)  # noqa: DTZ007
        return Span(int(start), last=last)
    except ValueError:
        raise Refusal("that button is not one I know any more: say `threshold rehearse` again") from None


def _day(name: str, typed: str) -> date | None:
    if not typed:
        return None
    try:
        if _DAY.fullmatch(typed.strip()):
            return date.fromisoformat(typed.strip())
    except ValueError:
        pass
    raise Refusal(f"{safe(typed, TYPED_SHOWN)} is no day: say `{name}:` and one such as 2020-01-31")
