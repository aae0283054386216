# ruff: noqa: INP001 - beside the pages, not a package
"""What the catalog says of a signal, as the tables of its page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.cards.faces import phrase_of
from signals.catalog import SIGNALS
from signals.definition import Signal, Threshold

THRESHOLD_UNITS = {"pct": "%", "bp": "basis points"}
"""Written out; any other unit stands as it is."""

WORD = "word"
_OF = r"\|(?:[^|]*: )?"
_UNITS: tuple[tuple[str, str], ...] = (
    (_OF + r"(?:golden|high|yes|leading|recovering|small_leads|equal_leads|who|name|where start)\b", WORD),
    (r"basis points", "basis points"),
    (r"per cent a year", "% a year"),
    (r"0 to 100\b|0 lowest, 100 highest", "0 to 100"),
    (r"80 to 120", "80 to 120"),
    (r"\b0 to 1\b", "0 to 1"),
    (r"\bpoints\b", "points"),
    (r"per cent|_pct\|", "%"),
    (r"unit of the prices|\|the next close|\|average of the last", "price"),
    (_OF + r"(?:date|day|session|last session|next day)\b", "date"),
    (_OF + r"(?:calendar )?days\b", "days"),
    (_OF + r"sessions\b", "sessions"),
    (r"weekly closes", "weeks"),
    (r"level of the basket", "level"),
    (r"effective_names\|", "names"),
    (r"_names\|", "symbols"),
    (r"_usd\|", "dollars"),
    (r"^rank\|", "rank"),
    (r"\|shares traded", "shares"),
    (r"\|(?:calls|puts) ", "contracts"),
    (r"\|(?:lines|people|companies|purchases|filings|merger filings) ", "count"),
    (_OF + r"companies ", "count"),
    (_OF + r"(?:members|shares|of those|advances minus|new_highs minus)\b", "count"),
    (r"\bratio\b|/|divided|t_value", "ratio"),
)
"""What tells the unit of a value from its name and text, ``name|text``; the first that fits counts."""
_TOLD_BY_THE_UNIT = re.compile(
    r",?(?: in)? \b(?:per cent a year|per cent|basis points|index points|points|0 to 100?|80 to 120"
    r"|the unit of the prices)\b(?=$|[,;:])"
)
NONE, MINUS, TIMES = "\N{EN DASH}", "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}"
MANY = 4
"""More subjects than these are written as the first and the last."""


@dataclass(frozen=True, slots=True)
class Value:
    """One line of the table of values: a measure, and the subjects whose it is."""

    measure: str
    subjects: tuple[str, ...]
    text: str
    unit: str


def unit_of(name: str, text: str) -> str:
    """Return the unit of a value; `WORD` where it is none of a number."""
    told = f"{name}|{text}"
    return next((unit for pattern, unit in _UNITS if re.search(pattern, told)), WORD)


def values_of(signal: Signal) -> list[Value]:
    """Return the values of a signal's readings, those that several subjects have in one line."""
    shared = Counter(key for name, text in signal.values.items() for key in {*_ways(name, text)})
    lines: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for name, text in signal.values.items():
        whole, *rest = _ways(name, text)
        key = rest[0] if rest and shared[rest[0]] > 1 else whole
        lines.setdefault(key, []).append((name.rpartition(".")[0], unit_of(name, text)))
    return [
        Value(measure, tuple(subject for subject, _ in own), text, ", ".join(dict.fromkeys(unit for _, unit in own)))
        for (measure, text), own in lines.items()
    ]


def _ways(name: str, text: str) -> list[tuple[str, str]]:
    """Return a value's measure with its text as it is, and without the subject that may stand before a colon."""
    measure = name.rpartition(".")[2]
    _, colon, rest = text.partition(": ")
    return [(measure, text), *([(measure, rest)] if colon else [])]


def values_table(signal: Signal) -> str:
    """Return the table of what a reading tells."""
    lines = values_of(signal)
    has_subjects = any(any(line.subjects) for line in lines)
    head = ["value", "what", "unit", *(["of"] if has_subjects else [])]
    rows = [
        [
            f"`{line.measure}`",
            _plain(_TOLD_BY_THE_UNIT.sub("", line.text), signal),
            line.unit,
            *([_subjects(line.subjects)] if has_subjects else []),
        ]
        for line in lines
    ]
    named = next((name for name in signal.values if "." in name), "")
    note = f'\n\nIn JSON a value stands behind the name of whose it is: `"{named}"`.' if named else ""
    return table(head, rows) + note


def _subjects(subjects: Sequence[str]) -> str:
    """Return whose value it is: a dash for what was asked about."""
    named = [f"`{subject}`" for subject in subjects if subject]
    if len(named) > MANY and subjects[0].partition("_")[0] == subjects[-1].partition("_")[0]:
        named = [f"{named[0]} to {named[-1]}"]
    return " ".join([*([NONE] if "" in subjects else []), *named])


def thresholds_table(signal: Signal) -> str:
    """Return the tables of what moderators can set: numbers with their bounds, and what is chosen."""
    numbers = [threshold for threshold in signal.thresholds if not threshold.choices]
    chosen = [threshold for threshold in signal.thresholds if threshold.choices]
    parts = []
    if numbers:
        head = ["threshold", "what", "default", "lowest", "highest", "unit"]
        parts.append(table(head, [_number(threshold, signal) for threshold in numbers], right=(2, 3, 4)))
    if chosen:
        rows = [[f"`{t.name}`", _plain(t.description, signal), str(t.default), ", ".join(t.choices)] for t in chosen]
        parts.append(table(["threshold", "what", "default", "choices"], rows))
    windows = [f"`{threshold.name}`" for threshold in signal.thresholds if threshold.role == "window"]
    if windows:
        parts.append(f"{_and(windows)} {'changes' if len(windows) == 1 else 'change'} the figures; the others do not.")
    return "\n\n".join(parts) or "There is nothing to set."


def _number(threshold: Threshold, signal: Signal) -> list[str]:
    bounds = [f"{value:g}".replace("-", MINUS) for value in (threshold.default, threshold.lower, threshold.upper)]
    unit = THRESHOLD_UNITS.get(threshold.unit, threshold.unit)
    return [f"`{threshold.name}`", _plain(threshold.description, signal), *bounds, unit]


def _and(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def events_table(signal: Signal, counted: Mapping[str, int]) -> str:
    """Return the table of how a signal's events are told; `counted` says how many the sample market has."""
    if not signal.kinds:
        return "It raises no alerts."
    rows = [
        [
            f"{phrase_of(kind.name).sign} {phrase_of(kind.name).title}<br>`{kind.name}`",
            _plain(kind.description, signal),
            f"{kind.importance} of 5",
            _thresholds_of(kind.thresholds),
            f"{counted.get(kind.name, 0):,}",
        ]
        for kind in sorted(signal.kinds, key=lambda kind: -kind.importance)
    ]
    return table(["told as", "in short", "importance", "depends on", "in the sample"], rows, right=(4,))


def _thresholds_of(names: Sequence[str]) -> str:
    named = [f"`{name}`" for name in names]
    return ", ".join(named[:MANY]) + (f" and {len(named) - MANY} more" if len(named) > MANY else "") or NONE


def signals_table() -> str:
    """Return the table of all signals, each with the way to its page."""
    rows = [[f"[{s.title}]({s.name}.md)", f"`!{s.command} {s.takes}`".replace(" `", "`"), s.summary] for s in SIGNALS]
    evidence = [
        "[What followed](evidence.md)",
        "`!evidence [symbol] [event]`",
        "What followed past events, and any day.",
    ]
    return table(["signal", "ask", "what it says"], [*rows, evidence])


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """Return a Markdown table; columns in `right` hold numbers."""
    rule = ["--:" if n in right else "---" for n in range(len(head))]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, rule, *rows])


def _plain(text: str, signal: Signal) -> str:
    """Return a text of the catalog for a cell: names that it mentions set as code, signs as they are printed."""
    said = text.replace(" x ", f" {TIMES} ").replace(" - ", f" {MINUS} ").replace("|", "\\|").replace("<", "&lt;")
    said = re.sub(r"(?<![`\w])([a-z][a-z0-9]*(?:_[a-z0-9]+)+)(?![`\w])", r"`\1`", said)
    windows = "|".join(threshold.name for threshold in signal.thresholds) or "(?!)"
    return re.sub(rf"; below ({windows})$", r"; must be below `\1`", said).replace("; below `", "; must be below `")
