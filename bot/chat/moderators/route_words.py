"""Routes as moderators type them: ``#small-caps cross RUT IWM importance:4 role:@Crosses daily:18:00``, in any order.

discord.py turns the words into options by its flags: after a slash every flag is an option of its own, after a prefix
`parse_flags` finds them among the words.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import time

import discord
from discord.ext import commands

from bot.alerts.route import EVENING
from bot.chat.choices import ALL, Choices, alertable, matching
from bot.chat.clocks import hour_of
from bot.chat.errors import Refusal
from bot.chat.subjects import KINDS_OF_GROUP
from bot.chat.words import TYPED_SHOWN, joined, safe
from bot.people import Cadence
from signals.catalog import SIGNALS
from signals.definition import Signal

Text = commands.Range[str, 1, 600]
Where = discord.TextChannel | discord.Thread | None
LEAST, MOST = 1, 5
"""Of importance."""
OFFERED_HOURS = (17, 18, 19, 20, 21, 22, 7, 8, 9)

_ALIASES = {
    "in": "channel",
    "signal": "signals",
    "subject": "subjects",
    "symbol": "subjects",
    "symbols": "subjects",
    "at": "daily",
}
_WORD = re.compile(r'(?P<key>[a-z]+):\s*(?P<value>"[^"]*"|[^\s"]+)|"(?P<quoted>[^"]*)"|(?P<bare>\S+)', re.IGNORECASE)
_HOUR = re.compile(r"[0-9]{1,2}(?:[:.h][0-9]{2})?(?:[ap]m)?")
_CHANNEL, _ROLE = re.compile(r"<#[0-9]{1,20}>"), re.compile(r"<@&[0-9]{1,20}>")


class _Words(commands.FlagConverter, case_insensitive=True):
    """Words that name some of the flags, in any order."""

    @classmethod
    def parse_flags(cls, argument: str, *, ignore_extra: bool = True) -> dict[str, list[str]]:
        """Return the flags that the words name, each with what it is given."""
        del ignore_extra
        return _Sorter(cls.get_flags()).sort(argument)


class WhichWords(_Words):
    """Which routes: the channel's, of some signals or of all."""

    channel: Where = commands.flag(default=None, description="Of which channel or thread (default: this one)")
    signals: Text = commands.flag(default="", description="Which signals, or all (default: all of that channel's)")


class TestWords(WhichWords):
    """Which route to try."""

    ping: bool = commands.flag(default=False, description="Whether to ping the route's role, too (default: no)")


class RoleWords(_Words):
    """Which routes get a role, and which."""

    signals: Text = commands.flag(default="", description="Which signals (default: all that come to this channel)")
    role: discord.Role | None = commands.flag(
        default=None, description="The role; without it the one they have, or a new one"
    )


class RouteWords(_Words):
    """Everything about routes; what is not named stays as it is, or is the default."""

    channel: Where = commands.flag(default=None, description="Which channel or thread (default: this one)")
    signals: Text = commands.flag(default="", description="One signal or several, or all")
    subjects: Text = commands.flag(
        default="", description="Only these symbols and groups, such as RUT IWM sector:Energy, or all"
    )
    importance: commands.Range[int, LEAST, MOST] = commands.flag(
        default=0, description="The least important events to tell of: 1 (everything) to 5 (crosses alone)"
    )
    role: Text = commands.flag(default="", description="The role to ping, or none")
    cadence: Text = commands.flag(
        default="", description="instant, or daily 18:00: one message a day, in the server's time zone"
    )


def signals_of(typed: str) -> tuple[Signal, ...]:
    """Return the signals that `typed` names, each once; `all` are those that raise events, nothing names none."""
    words = [word for word in typed.replace(",", " ").split() if word]
    if ALL in {word.lower() for word in words}:
        return tuple(signal for signal in SIGNALS if signal.kinds)
    return tuple({signal.name: signal for signal in map(alertable, words)}.values())


def cadence_of(typed: str) -> tuple[Cadence, time | None]:
    """Return how soon alerts shall come, and at which hour of the day where it is once a day."""
    words = typed.lower().replace(",", " ").split()
    if words in (["instant"], ["now"], ["at", "once"]):
        return Cadence.INSTANT, None
    kept = [word for word in words if word not in {"daily", "at"}]
    return Cadence.DAILY, hour_of(" ".join(kept)) if kept else EVENING


def cadence_choices(typed: str) -> Choices:
    """Return what fits of instant and some hours of the day; what was typed first, where it is a cadence."""
    offered = [
        ("instant", "instant: after the session's close"),
        *((f"daily {hour:02}:00", "") for hour in OFFERED_HOURS),
    ]
    try:
        cadence, at = cadence_of(typed) if typed.strip() else (Cadence.INSTANT, None)
    except Refusal:
        return matching(typed, offered)
    if cadence is Cadence.INSTANT or at is None:
        return matching(typed, offered)
    return matching("", dict.fromkeys([(f"daily {at:%H:%M}", ""), *offered]))


class _Sorter:
    """Puts each word where it belongs."""

    def __init__(self, flags: Collection[str]) -> None:
        self._flags = flags
        self._found: dict[str, list[str]] = {}
        self._hour_may_follow = False

    def sort(self, argument: str) -> dict[str, list[str]]:
        """Return the words by flag: several symbols are one text, while two channels are one too many."""
        for word in _WORD.finditer(argument):
            key = (word["key"] or "").lower()
            if not key:
                self._bare(word["bare"] or f'"{word["quoted"]}"')
            elif key in KINDS_OF_GROUP:
                self._put("subjects", f"{key}:{word['value']}")
            else:
                self._keyed(_ALIASES.get(key, key), word["value"].strip('"'))
        return {name: [" ".join(words)] for name, words in self._found.items()}

    def _keyed(self, key: str, value: str) -> None:
        if key == "daily":
            key, value = "cadence", f"daily {value}"
        self._hour_may_follow = key == "cadence" and value.lower() == "daily"
        if key == "importance" and value not in {str(n) for n in range(LEAST, MOST + 1)}:
            raise Refusal("importance goes from 1 (everything) to 5 (crosses alone)")
        self._put(key, value)

    def _bare(self, word: str) -> None:
        plain = word.lower().rstrip(",")
        if self._hour_may_follow and _HOUR.fullmatch(plain):
            self._found["cadence"] = [f"daily {plain}"]
            self._hour_may_follow = False
            return
        key = self._place_of(word, plain)
        if key:
            self._put(key, word.rstrip(",") if key != "subjects" else word)

    def _place_of(self, word: str, plain: str) -> str:
        """Return the flag that a word without a name belongs to; nothing for a word that says nothing."""
        if plain == "here":
            return ""
        if _CHANNEL.fullmatch(plain) or (word.startswith("#") and "channel" not in self._found):
            return "channel"
        if _ROLE.fullmatch(plain):
            return "role"
        if plain in {"instant", "daily"}:
            self._hour_may_follow = plain == "daily"
            return "cadence"
        is_first_all = plain == ALL and not {"signals", "subjects"} & set(self._found)
        if is_first_all or plain in {signal.name for signal in SIGNALS}:
            return "signals"
        return "subjects" if "subjects" in self._flags else "signals"

    def _put(self, key: str, value: str) -> None:
        if key not in self._flags:
            raise Refusal(f"I do not know `{safe(key, TYPED_SHOWN)}:` here: there is {_named(self._flags)}")
        if key in self._found and key not in {"signals", "subjects"}:
            raise Refusal(f"`{key}` is named twice: name it once")
        self._found.setdefault(key, []).append(value.lstrip("#") if key == "channel" else value)


def _named(flags: Iterable[str]) -> str:
    return joined(f"`{name}:`" for name in flags)
