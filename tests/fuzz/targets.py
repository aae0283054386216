"""What is fed with hostile words: every option of every command, every component, and the parsers by themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from discord.ext import commands

from bot.chat import clocks, durations, subjects, zones
from bot.chat.choices import alertable, signal_named
from bot.chat.keywords import keyword_of
from bot.chat.members import briefings, named, scans
from bot.chat.moderators import orders, roles, route_words, silences, spans
from bot.chat.moderators.config_document import document_of
from bot.chat.press import Action, parse_press
from bot.chat.subscribers import snoozing, wishes
from bot.chat.words import safe
from bot.people import PaperName
from bot.questions.parse import parse
from bot.questions.rosters import wanted_of
from bot.questions.symbols import resolve
from signals.catalog import by_name
from tests.chat.conftest import NOW
from tests.fuzz.furnished import ROW, KnowingDesk
from tests.fuzz.stage import Stage

TYPED = "typed"
"""What follows the name of a group that is no command of it."""
FILE = "file"
"""An attachment, which is fed with hostile files instead of words."""

COMMANDS: Mapping[str, Mapping[str, str]] = {
    "about": {},
    "activity": {"symbol": "STRL"},
    "alerts": {TYPED: "x"},
    "alerts doctor": {},
    "alerts here": {"signal": "cross", "symbols": "STRL"},
    "alerts list": {},
    "alerts off": {"signal": "cross"},
    "alerts role": {"signals": "cross", "role": ""},
    "audit": {"page": "1"},
    "breadth": {},
    "briefing": {"name": "rotation"},
    "catchup": {},
    "cross": {"symbol": "IWM"},
    "deals": {"which": "market"},
    "evidence": {"symbol": "IWM", "event": "golden_cross"},
    "export": {},
    "help": {"command": "cross"},
    "import": {FILE: ""},
    "insiders": {"which": "STRL"},
    "keyword": {TYPED: "x"},
    "keyword add": {"name": "rotation", "words": "morning note"},
    "keyword list": {},
    "keyword remove": {"words": "rpm"},
    "leaders": {"which": "ytd"},
    "leverage": {},
    "macro": {},
    "options": {"symbol": "STRL"},
    "paper": {TYPED: "x"},
    "paper here": {"name": "digest", "when": "daily 18:00"},
    "paper list": {},
    "paper off": {"name": "smallcap"},
    "preferences": {TYPED: ""},
    "preferences daily": {"hour": "18:00"},
    "preferences importance": {"least": "3"},
    "preferences instant": {},
    "preferences quiet": {"hours": "22:00-07:00"},
    "preferences show": {},
    "preferences signals": {"names": "cross"},
    "preferences timezone": {"zone": "Europe/Berlin"},
    "privacy": {TYPED: "x"},
    "privacy delete": {},
    "privacy export": {},
    "quality": {"which": "STRL"},
    "rate": {"symbol": "STRL", "stars": "4"},
    "ratings": {"symbol": "STRL"},
    "rotation": {"which": "small"},
    "recon": {"which": "calendar"},
    "route": {TYPED: "x"},
    "route add": {
        "channel": "",
        "signals": "cross",
        "subjects": "IWM",
        "importance": "3",
        "role": "none",
        "cadence": "daily 18:00",
    },
    "route edit": {
        "channel": "",
        "signals": "cross",
        "subjects": "IWM",
        "importance": "3",
        "role": "none",
        "cadence": "instant",
    },
    "route list": {},
    "route remove": {"channel": "", "signals": "cross"},
    "route test": {"channel": "", "signals": "cross", "ping": "no"},
    "route zone": {"name": "Europe/Berlin"},
    "scan": {"where": "smallcap", "kind": "crosses"},
    "setup": {},
    "silence": {TYPED: "cross 3d"},
    "silence add": {"what": "cross", "duration": "3d", "symbol": ""},
    "silence list": {},
    "silence off": {"what": "cross STRL"},
    "smallcap": {},
    "snooze": {"duration": "3d", "signal": "cross"},
    "status": {},
    "stock": {"symbol": "STRL"},
    "subscribe": {"signal": "cross", "subject": "IWM", "where": "dm"},
    "subscriptions": {},
    "theme": {"theme": "optical"},
    "threshold": {TYPED: "x"},
    "threshold list": {"signal": "cross"},
    "threshold rehearse": {
        "signal": "cross",
        "name": "slow",
        "value": "180",
        "sessions": "252",
        "first": "",
        "last": "2025-01-31",
    },
    "threshold reset": {"signal": "cross", "name": "slow"},
    "threshold set": {"signal": "cross", "name": "slow", "value": "180"},
    "undo": {},
    "unsubscribe": {"signal": "cross", "subject": "STRL", "where": "dm"},
    "valuation": {},
    "watch": {TYPED: "x"},
    "watch add": {"symbols": "REI"},
    "watch list": {},
    "watch remove": {"symbols": "STRL"},
    "why": {"alert": "{message}"},
    "whynot": {"symbol": "STRL", "signal": "cross"},
}
"""Every command, each of its options, and what may well be said there; empty where it is left out while others are fed.

A command or an option that is missing here fails a test: nothing can be added that hostile words are not tried on.
"""


@dataclass(frozen=True, slots=True)
class Option:
    """One option of one command as the tree has it."""

    command: str
    name: str
    is_flag: bool
    is_last: bool
    """Takes the rest of the line after a prefix."""


def options_in(tree: Any) -> Iterator[Option]:
    """Return every option of every command of a client."""
    for command in tree.walk_commands():
        for name, parameter in command.clean_params.items():
            is_last = parameter.kind is parameter.KEYWORD_ONLY
            converter = parameter.converter
            if isinstance(converter, type) and issubclass(converter, commands.FlagConverter):
                for flag in converter.get_flags():
                    yield Option(command.qualified_name, flag, is_flag=True, is_last=is_last)
            else:
                yield Option(command.qualified_name, name, is_flag=False, is_last=is_last)


@cache
def options_of(tree: Any, command: str) -> tuple[Option, ...]:
    """Return the options of one command, in their order."""
    return tuple(option for option in options_in(tree) if option.command == command)


def prefixed(tree: Any, command: str, given: Mapping[str, str]) -> str:
    """Return a command as it is typed: flags by their names, the others in their order up to the last one given."""
    options = options_of(tree, command)
    last = max((at for at, option in enumerate(options) if given.get(option.name)), default=-1)
    parts = [f"!{command}"]
    for option in options[: last + 1]:
        value = given.get(option.name) or ("" if option.is_flag else COMMANDS[command][option.name])
        if option.is_flag:
            parts += [f"{option.name}:{value}"] if value else []
        else:
            parts.append(value if option.is_last or " " not in value else f'"{value}"')
    return " ".join(parts)


@dataclass(frozen=True, slots=True)
class Sample:
    """A component as it may well be used.

    Attributes
    ----------
    arguments : tuple of str
        What its `custom_id` says behind the action; ``{user}``, ``{channel}``, ``{role}`` and ``{message}`` stand for
        numbers.
    values : tuple of str
        What may be chosen; nothing for a button.
    fields : tuple of str
        The lines of the form that is handed in; None for no form.
    """

    arguments: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    fields: tuple[str, ...] | None = None
    steps: tuple[str, ...] = ()
    """What else its last word but the numbers may be."""


MINUTE = int(NOW.timestamp()) // 60
ACTIONS: Mapping[Action, Sample] = {
    Action.CHART: Sample(("6m", "STRL")),
    Action.REFRESH: Sample(("1y", "STRL")),
    Action.EVIDENCE: Sample(("golden_cross", "STRL")),
    Action.LIST: Sample(("0", str(ROW))),
    Action.NOW: Sample(("1y", "STRL")),
    Action.READ: Sample(("smallcap", "market")),
    Action.BRIEFING: Sample(("smallcap",), (), None, ("smallcap", "rotation")),
    Action.HELP: Sample((), ("everything", "The market")),
    Action.WHY: Sample(),
    Action.WHY_OF: Sample(("{user}", "0", "{channel}", "{message}"), ("1", "2", "3")),
    Action.UNWATCH: Sample(("{user}", "0"), ("STRL", "IWM")),
    Action.RATE: Sample(("4", "STRL")),
    Action.BOARD: Sample(("{user}", "0")),
    Action.SCAN: Sample(("{user}", "0", "symbol", "all", "smallcap"), (), None, ("symbol", "size", "day", "crosses")),
    Action.SORT: Sample(("{user}", "all", "smallcap"), ("symbol", "size", "day")),
    Action.ROSTER: Sample(("{user}", "0", "score", "all", "theme:optical"), (), None, ("score", "rsi", "rising")),
    Action.RANK: Sample(("{user}", "all", "theme:optical"), ("score", "rsi", "month")),
    Action.NARROW: Sample(("{user}", "score", "theme:optical"), ("all", "scored", "rising")),
    Action.UNSILENCE: Sample((), ("cross STRL",)),
    Action.ADJUST: Sample(("cross",), ("slow", "fast"), None, ("cross", "smallcap")),
    Action.PROPOSE: Sample(("cross", "slow"), (), ("value",), ("slow", "fast", "separation_pct")),
    Action.KEEP: Sample(("cross", "slow", "180", "252", "abcdef")),
    Action.AUDIT: Sample(("0",)),
    Action.UNDO: Sample(("3",)),
    Action.IMPORT: Sample(("0" * 32,)),
    Action.CANCEL: Sample(),
    Action.ROUTES: Sample(("0",)),
    Action.TAKE: Sample(("{role}",)),
    Action.DOCTOR: Sample(("0",)),
    Action.EXAMINE: Sample(("0",)),
    Action.REVIVE: Sample(),
    Action.PRUNE: Sample(),
    Action.SETUP: Sample(
        ("signals", "{channel}"),
        ("cross", "calm", "{channel}", "{role}", "0", "9" * 19),
        ("zone",),
        (
            "channel",
            "signals",
            "preset",
            "role",
            "undo",
            "undomods",
            "next",
            "alerts",
            "moderators",
            "zone",
            "zoneform",
            "done",
        ),
    ),
    Action.SUBSCRIPTIONS: Sample(("{user}", "0")),
    Action.UNSUBSCRIBE: Sample(("{user}", "0"), ("1", "2")),
    Action.SNOOZE: Sample(("{user}", "3d")),
    Action.TEST_DIRECT: Sample(("{user}",)),
    Action.PREFERENCES: Sample(("{user}",)),
    Action.PREFER: Sample(
        ("{user}", "quiet"),
        ("daily", "instant", "3", "cross", "22:00-07:00", "off", "own"),
        None,
        ("cadence", "importance", "signals", "quiet"),
    ),
    Action.ASK: Sample(("{user}", "zone"), (), None, ("zone", "quiet", "daily")),
    Action.ANSWER: Sample(("{user}", "quiet"), (), ("from", "to", "typed"), ("zone", "quiet", "daily")),
    Action.FORGET: Sample(("{user}", str(MINUTE))),
}
"""Every action of a component; one that is missing here fails a test."""


def filled(stage: Stage, text: str) -> str:
    """Return a sample with the numbers of the stage."""
    numbers = {
        "{user}": stage.user_id,
        "{channel}": stage.channel_id,
        "{role}": stage.role_id,
        "{message}": stage.message_id,
    }
    for mark, number in numbers.items():
        text = text.replace(mark, str(number))
    return text


def _desk() -> KnowingDesk:
    return KnowingDesk()


_DESK = _desk()
_LONG = timedelta(days=400)


def _span(typed: str) -> str:
    return clocks.span_words(*clocks.span_of(typed))


def _cadence(typed: str) -> str:
    cadence, at = route_words.cadence_of(typed)
    return f"{cadence} {at}"


def _flags(kind: type[commands.FlagConverter]) -> Callable[[str], str]:
    return lambda typed: safe(str(kind.parse_flags(typed)), 60)


def _completed(choices: Callable[[str], Any]) -> Callable[[str], str]:
    def complete(typed: str) -> str:
        return str(len(choices(typed)))

    return complete


def _local(typed: str) -> list[Any]:
    return zones.local_zone_choices(typed, datetime(2025, 8, 6, tzinfo=NOW.tzinfo))


PARSERS: Mapping[str, Callable[[str], object]] = {
    "custom_id": lambda text: safe(str(parse_press(text)), 100),
    "custom_id of ours": lambda text: safe(str(parse_press(f"sc:1:{text}")), 100),
    "duration": lambda text: durations.duration_words(durations.duration_of(text)),
    "longer duration": lambda text: durations.duration_words(durations.duration_of(text, _LONG)),
    "snooze": lambda text: safe(" ".join(snoozing.parted(text)), 60),
    "hour": lambda text: clocks.hour_words(clocks.hour_of(text)),
    "span": _span,
    "cadence": _cadence,
    "zone": zones.zone_named,
    "local zones offered": _completed(_local),
    "cadences offered": _completed(route_words.cadence_choices),
    "pauses offered": _completed(snoozing.pause_choices),
    "lengths offered": _completed(silences.length_choices),
    "roles offered": _completed(lambda text: roles.role_choices(None, text)),
    "kinds offered": _completed(scans.kind_choices),
    "words of a route": _flags(route_words.RouteWords),
    "words of which route": _flags(route_words.WhichWords),
    "words of a test": _flags(route_words.TestWords),
    "words of a role": _flags(route_words.RoleWords),
    "signals of a route": lambda text: " ".join(signal.name for signal in route_words.signals_of(text)),
    "keyword": lambda text: safe(keyword_of(text, "!"), 60),
    "paper": orders.paper_named,
    "order": lambda text: safe(str(orders.order_of(PaperName.DIGEST, text)), 60),
    "briefing": briefings.briefing_named,
    "signal": lambda text: signal_named(text).name,
    "signal that raises": lambda text: alertable(text).name,
    "threshold": lambda text: str(by_name("cross").thresholds[0].parse(text)),
    "symbol": lambda text: resolve(text, _DESK.market),
    "symbols": lambda text: " ".join(named.symbols_named(_DESK, text, most=50)),
    "stars": lambda text: str(named.rating_of(_DESK, "STRL", text)[1]),
    "symbol and signal": lambda text: named.inquired(_DESK, "STRL", text)[0],
    "subjects": lambda text: safe(" ".join(subjects.subjects_of(_DESK, by_name("cross"), text))),
    "group": lambda text: safe(subjects.group_named(_DESK, text)),
    "subject": lambda text: safe(wishes.subject_wanted(_DESK, by_name("cross"), text)),
    "wish": lambda text: safe(str(wishes.sorted_out(text)), 60),
    "silence": lambda text: silences.silence_words(*silences.request_of(_DESK, text)[:2]),
    "silenced": lambda text: silences.silence_words(*silences.silenced_of(_DESK, text)),
    "list of companies": lambda text: safe(str(wanted_of(text, _DESK.market)), 60),
    "question of the terminal": lambda text: parse(text).topic,
    "file": lambda text: str(len(document_of(text.encode()).lines)),
    "span of sessions": lambda text: spans.span_pressed(text).pressed,
    "words of a rehearsal": _flags(spans.RehearsalWords),
    "shown": safe,
}
"""Parsers by themselves, by what they read: the value, in words that a person may be shown, or a friendly refusal."""
