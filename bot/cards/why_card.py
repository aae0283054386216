"""The card that answers `why`: the numbers that made an alert, and whether they come out the same again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from bot.cards.card import Card, Field
from bot.cards.cross_card import check_line
from bot.cards.embed import FIELD_VALUE
from bot.cards.event_card import symbol_of, title_of
from bot.cards.provenance import NOT_ADVICE, Grounds, basis_words, footer
from bot.cards.words import brief, escape, length, listed, number_of, session_words, titled
from signals.definition import Signal
from signals.types import Basis, Check, Coverage, Event, Result, Scalar

MOST_DIFFERENCES = 8
ABSENT = "missing"


class Replayed(StrEnum):
    """How the reading of an event fared when it was computed again."""

    IDENTICAL = "identical"
    DIFFERENT = "different"
    IMPOSSIBLE = "impossible"
    """Bars were kept, and cannot be read or answered for any more."""
    NOT_KEPT = "not kept"


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that came out otherwise."""

    name: str
    was: object
    is_now: object


@dataclass(frozen=True, slots=True)
class Explained:
    """An event with everything that is known of how it came about.

    Attributes
    ----------
    reading : mapping or None
        The reading that was kept, as its JSON object; None where none was.
    problem : str
        Why it could not be computed again, where it could not.
    """

    event: Event
    signal: Signal
    name: str
    found_at: datetime
    replayed: Replayed
    retracted_at: datetime | None = None
    reading: Mapping[str, Any] | None = None
    differences: Sequence[Difference] = ()
    problem: str = ""


def why_card(told: Explained) -> Card:
    """Return why an alert was sent: what was read, with which thresholds, and what computing it again gives."""
    event, reading = told.event, told.reading
    values = event.values if reading is None else reading["values"]
    fields = [*_chunked("Numbers", _value_lines(values, told.signal)), Field("Thresholds", _threshold_words(told))]
    if reading is not None and reading["checks"]:
        lines = [_check_line(check, reading["state"]) for check in reading["checks"]]
        fields.append(Field("Checks", "\n".join(lines)))
    fields.append(Field("Found", _found(told)))
    taken_back = _taken_back(told)
    is_doubtful = bool(taken_back) or told.replayed in {Replayed.DIFFERENT, Replayed.IMPOSSIBLE}
    return Card(
        title=f"Why: {title_of(event)} of {titled(told.name, event.subject)}, {session_words(event.session)}",
        text="\n\n".join(part for part in (_lead(told), _proof(told), taken_back) if part),
        tone="warning" if is_doubtful else _tone(event.kind),
        fields=tuple(fields),
        footer=f"{session_words(event.session)} · {NOT_ADVICE}" if reading is None else footer(_grounds(reading)),
    )


def differences(was: Mapping[str, Any], is_now: Mapping[str, Any]) -> list[Difference]:
    """Return what differs between two readings as JSON objects, value by value."""
    before, now = dict(_flat(was)), dict(_flat(is_now))
    names = [*before, *(name for name in now if name not in before)]
    pairs = [Difference(name, before.get(name, ABSENT), now.get(name, ABSENT)) for name in names]
    return [pair for pair in pairs if pair.was != pair.is_now]


def _flat(value: object, name: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            label = inner.get("name", n) if isinstance(inner, Mapping) else n
            yield from _flat(inner, f"{name}.{label}")
    else:
        yield name, value


def _lead(told: Explained) -> str:
    kinds = {kind.name: kind.description for kind in told.signal.kinds}
    described = kinds.get(told.event.kind, told.event.kind.replace("_", " "))
    return f"{symbol_of(told.event.kind)} It tells that {described}."


def _proof(told: Explained) -> str:
    match told.replayed:
        case Replayed.IDENTICAL:
            return "Computed again from the bars kept with it: identical, byte for byte."
        case Replayed.DIFFERENT:
            return _difference_words(told)
        case Replayed.IMPOSSIBLE:
            return f"Bars were kept with it, but it cannot be computed again from them: {escape(told.problem)}."
        case _ if told.signal.beside:
            return (
                f"No bars were kept with this alert: it rests on {told.signal.beside}, which bars do not tell. "
                "The numbers are those stored with it."
            )
        case _ if told.signal.subject_kind != "symbol":
            return "No bars were kept with this alert: they are for alerts about single symbols, and it is about more."
        case _:
            return (
                f"No bars were kept with this alert (it is older than the keeping of bars: it was found "
                f"{moment(told.found_at)}), so it cannot be computed again. The numbers are those stored with it."
            )


def _difference_words(told: Explained) -> str:
    reading = told.reading or {}
    lines = [f"{escape(each.name)}: was {_plain(each.was)}, is {_plain(each.is_now)}" for each in told.differences]
    what = listed(lines, FIELD_VALUE, most=MOST_DIFFERENCES) if lines else "the text alone, no value of it"
    version = reading.get("version")
    newer = (
        f" Its formula was version {version}; this program has version {told.signal.version}."
        if version != told.signal.version
        else ""
    )
    return f"Computed again from the bars kept with it, it **differs**.{newer}\n{what}"


def _taken_back(told: Explained) -> str:
    if told.retracted_at is None:
        return ""
    return f"It was **taken back** {moment(told.retracted_at)}: in the prices as they were corrected it did not happen."


def _value_lines(values: Mapping[str, Scalar], signal: Signal) -> list[str]:
    described = [name for name in signal.values if name in values]
    names = [*described, *(name for name in values if name not in signal.values)]
    return [
        f"`{name}` **{_value(values[name])}**"
        + (f": {_described(signal.values[name])}" if name in signal.values else "")
        for name in names
    ]


def _threshold_words(told: Explained) -> str:
    units = {threshold.name: threshold.unit for threshold in told.signal.thresholds}
    parts = [
        f"{name} {_value(value)} {units.get(name, '')}".rstrip()
        for name, value in sorted(told.event.thresholds.items())
    ]
    return " · ".join(parts) or "it depends on none"


def _check_line(check: Mapping[str, Any], state: str) -> str:
    return check_line(Check(check["name"], Result(check["result"]), check["value"], check["bound"]), state)


def _found(told: Explained) -> str:
    reading = told.reading
    lines = [f"{moment(told.found_at)}, by version {told.event.version} of its formula"]
    if reading is not None:
        lines.append(f"in prices of {escape(reading['source'])}, {basis_words(Basis(reading['basis']))}")
    return "\n".join(lines)


def _grounds(reading: Mapping[str, Any]) -> Grounds:
    return Grounds(
        session=date.fromisoformat(reading["session"]),
        as_of=datetime.fromisoformat(reading["as_of"]),
        source=reading["source"],
        basis=Basis(reading["basis"]),
        coverage=Coverage(**reading["coverage"]),
        stale_sessions=reading["stale_sessions"],
        is_provisional=reading["is_provisional"],
        labels=tuple(reading["labels"]),
    )


def _chunked(title: str, lines: Sequence[str]) -> Iterator[Field]:
    """Yield as many fields as `lines` need, none longer than Discord allows."""
    kept: list[str] = []
    for line in lines:
        if kept and length("\n".join([*kept, line])) > FIELD_VALUE:
            yield Field(title, "\n".join(kept))
            title, kept = "… and further", []
        kept.append(line)
    yield Field(title, "\n".join(kept) or "none")


def _described(text: str) -> str:
    """Return our own description of a value: names of thresholds stay marked as such."""
    return escape(text).replace("\\`", "`")


def _value(value: object) -> str:
    if number_of(value) is not None:
        return brief(value)
    if value is None:
        return ABSENT
    day = session_words(str(value))
    return escape(str(value)) if day == session_words(None) else day


def _plain(value: object) -> str:
    """Return a value with every digit it has: a difference may be in the last one."""
    return ABSENT if value is None else escape(str(value))


def _tone(kind: str) -> str:
    return next((side for side in ("golden", "death") if side in kind), "neutral")


def moment(instant: datetime) -> str:
    """Return an instant that Discord shows to everybody in their own time."""
    return f"<t:{int(instant.timestamp())}:f>"
