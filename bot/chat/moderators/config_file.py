"""What a server has set, as a file that people read and change: written, and compared with what is set.

Its reader is `config_reader`. What stands behind ``#`` is for people: names of channels and roles, bounds, defaults.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.chat.choices import bounds_words, value_words
from bot.people import BRIEFINGS, MUTE, Cadence, Edit, Noun, PaperName
from signals.catalog import SIGNALS

Row = Mapping[str, Any]
Rows = Mapping[tuple[Noun, str], Row]

FORMAT = 1
MOST_BYTES = 64_000
ROLE, ZONE = "moderator_role_id", "time_zone"
OF_CHANNELS = (Noun.ROUTE, Noun.ORDER)
"""What belongs to a channel: its key begins with the channel's number."""
NEW_ROUTE: Row = {
    "subjects": [],
    "importance": 1,
    "role_id": None,
    "cadence": Cadence.INSTANT.value,
    "daily_at": None,
}
"""A route of which the file says nothing but where and what."""

_HEAD = """\
# What this server has set in smallcap-signals.
# Server:   {guild}
# Exported: {at:%Y-%m-%d %H:%M} UTC, by version {version}
#
# `import` sets a server as the file says: what stands here is set, what does not is taken away.
# It shows what that changes first, and `undo` takes it back. What stands behind a # is for people and is not read.

format = {format}
"""


@dataclass(frozen=True, slots=True)
class Export:
    """What is told about a file at its head and beside its numbers.

    Attributes
    ----------
    names : mapping of int to str
        What the channels and roles are called, by Discord's numbers.
    """

    guild: str
    at: datetime
    version: str
    names: Mapping[int, str]


def config_text(rows: Rows, about: Export) -> str:
    """Return everything that is set as TOML; `config_reader` reads back the same."""
    head = _HEAD.format(guild=_one_line(about.guild), at=about.at, version=about.version, format=FORMAT)
    parts = [head, _server(rows, about.names), _thresholds(rows)]
    parts += [_route(key, row, about.names) for key, row in _of(rows, Noun.ROUTE)]
    parts += [_order(key, row, about.names) for key, row in _of(rows, Noun.ORDER)]
    parts.append(_keywords(rows))
    parts += [_silence(key, row) for key, row in _of(rows, Noun.SILENCE)]
    return "\n".join(part for part in parts if part)


def difference(present: Rows, wanted: Rows) -> tuple[Edit, ...]:
    """Return the edits that make `wanted` of `present`, each with what was before."""
    keys = sorted({*present, *wanted}, key=lambda key: (list(Noun).index(key[0]), key[1]))
    return tuple(
        Edit(noun, key, wanted.get((noun, key)), present.get((noun, key)))
        for noun, key in keys
        if present.get((noun, key)) != wanted.get((noun, key))
    )


def digest_of(edits: Iterable[Edit]) -> str:
    """Return what a button remembers a difference by: nothing else than what was shown is ever stored."""
    told = [[edit.noun, edit.key, edit.before, edit.after] for edit in edits]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]


def _of(rows: Rows, noun: Noun) -> list[tuple[str, Row]]:
    return sorted((key, row) for (of, key), row in rows.items() if of is noun)


def _server(rows: Rows, names: Mapping[int, str]) -> str:
    role, zone = rows.get((Noun.GUILD, ROLE)), rows.get((Noun.GUILD, ZONE))
    lines = ["[server]"]
    if role is not None:
        lines.append(f"moderator_role = {_number(role['value'], names, '@')}")
    if zone is not None:
        lines.append(f"time_zone = {_word(zone['value'])}")
    return "\n".join([*lines, ""]) if len(lines) > 1 else ""


def _thresholds(rows: Rows) -> str:
    tables: dict[str, list[str]] = {}
    for key, row in _of(rows, Noun.THRESHOLD):
        signal, _, name = key.partition(" ")
        tables.setdefault(signal, []).append(f"{_key(name)} = {_value(row['value'])}{_bounds(signal, name)}")
    return "\n".join(line for signal, lines in tables.items() for line in (f"[thresholds.{_key(signal)}]", *lines, ""))


def _bounds(signal: str, name: str) -> str:
    known = next((t for s in SIGNALS if s.name == signal for t in s.thresholds if t.name == name), None)
    return f"  # {bounds_words(known)}, default {value_words(known.default)}" if known else ""


def _route(key: str, row: Row, names: Mapping[int, str]) -> str:
    channel_id, _, signal = key.partition(" ")
    subjects = ", ".join(_word(subject) for subject in row["subjects"])
    lines = ["[[routes]]", f"channel = {_number(int(channel_id), names, '#')}", f"signal = {_word(signal)}"]
    lines += [f"subjects = [{subjects}]{'' if subjects else '  # all'}", f"importance = {row['importance']}  # 1 to 5"]
    if row["role_id"] is not None:
        lines.append(f"role = {_number(row['role_id'], names, '@')}")
    lines.append(f"cadence = {_word(row['cadence'])}  # instant or daily")
    if row["daily_at"] is not None:
        lines.append(f"daily_at = {_word(row['daily_at'])}  # in the server's time zone")
    return "\n".join([*lines, ""])


def _order(key: str, row: Row, names: Mapping[int, str]) -> str:
    channel_id, _, paper = key.partition(" ")
    lines = ["[[papers]]", f"channel = {_number(int(channel_id), names, '#')}"]
    lines += [
        f"paper = {_word(paper)}  # {', '.join(PaperName)}",
        f"rhythm = {_word(row['rhythm'])}  # daily or weekly",
    ]
    if row["at"] is not None:
        lines.append(f"at = {_word(row['at'])}  # in the server's time zone")
    return "\n".join([*lines, ""])


def _keywords(rows: Rows) -> str:
    lines = [f"{_word(words)} = {_word(row['paper'])}" for words, row in _of(rows, Noun.KEYWORD)]
    head = f"[keywords]  # {', '.join(BRIEFINGS)}, or {MUTE} for none"
    return "\n".join([head, *lines, ""]) if lines else ""


def _silence(key: str, row: Row) -> str:
    signal, _, subject = key.partition(" ")
    until = datetime.fromisoformat(row["until"]).astimezone(UTC).isoformat().replace("+00:00", "Z")
    named = [f"{name} = {_word(value)}" for name, value in (("signal", signal), ("subject", subject)) if value]
    return "\n".join(["[[silences]]", *named, f"until = {until}", ""])


def _number(number: int, names: Mapping[int, str], mark: str) -> str:
    """Return one of Discord's numbers as text: programs that know no whole numbers of that size would round it."""
    name = _one_line(names.get(number, ""))
    return f'"{number}"' + (f"  # {mark}{name}" if name else "")


def _value(value: float | str) -> str:
    return _word(value) if isinstance(value, str) else repr(value)


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").isalnum() else _word(name)


def _word(text: str) -> str:
    """Return `text` as a TOML string: JSON's escapes are TOML's, but that TOML escapes DEL, too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()
