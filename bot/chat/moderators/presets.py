"""How eager alerts are: sets of limits that a server takes at once. Windows stay as they are: averages keep meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.people import Edit, Noun
from signals.catalog import SIGNALS

Value = float | int | str
Rows = Mapping[tuple[Noun, str], Mapping[str, Any]]
Check = Callable[[Rows], None]


@dataclass(frozen=True, slots=True)
class Preset:
    """Limits by signal and name; what a preset does not name is the default with it."""

    name: str
    says: str
    limits: Mapping[str, Mapping[str, Value]]


PRESETS: tuple[Preset, ...] = (
    Preset(
        "calm",
        "few alerts: approaches only shortly before, confirmations only of wide gaps that held",
        {"cross": {"approach_sessions": 3, "hold_sessions": 5, "separation_pct": 2.0}},
    ),
    Preset("normal", "the defaults", {}),
    Preset(
        "eager",
        "more alerts, and earlier: approaches a month ahead, confirmations soon",
        {"cross": {"approach_sessions": 20, "hold_sessions": 2, "separation_pct": 0.5}},
    ),
)
"""From the fewest alerts to the most."""


def preset_named(name: str) -> Preset | None:
    """Return the preset called `name`, or None."""
    return next((preset for preset in PRESETS if preset.name == name), None)


def edits_of(preset: Preset) -> list[Edit]:
    """Return what makes a server follow `preset`: only what any of the presets names is touched."""
    return [
        Edit(Noun.THRESHOLD, f"{signal} {name}", None if value is None else {"value": value})
        for (signal, name), value in _wanted(preset).items()
    ]


def check(rows: Rows) -> None:
    """Raise where the thresholds that `rows` set contradict each other."""
    for signal in SIGNALS:
        known = {threshold.name for threshold in signal.thresholds}
        changed = {name: value for (of, name), value in _set_in(rows).items() if of == signal.name and name in known}
        signal.thresholds_with(changed)


def preset_in(rows: Rows) -> Preset | None:
    """Return the preset whose limits hold by `rows`; None where the server has limits of its own."""
    changed = _set_in(rows)

    def holds(preset: Preset) -> bool:
        return all(
            changed.get(key, _default(*key)) == (_default(*key) if value is None else value)
            for key, value in _wanted(preset).items()
        )

    return next((preset for preset in PRESETS if holds(preset)), None)


def _wanted(preset: Preset) -> dict[tuple[str, str], Value | None]:
    """Return the limits that any preset names, with this one's value; None for the default."""
    named = {(signal, name) for each in PRESETS for signal, limits in each.limits.items() for name in limits}
    return {(signal, name): preset.limits.get(signal, {}).get(name) for signal, name in sorted(named)}


def _default(signal: str, name: str) -> Value | None:
    found = next((s for s in SIGNALS if s.name == signal), None)
    return next((t.default for t in found.thresholds if t.name == name), None) if found else None


def _set_in(rows: Rows) -> dict[tuple[str, str], Value]:
    found: dict[tuple[str, str], Value] = {}
    for (noun, key), row in rows.items():
        if noun is Noun.THRESHOLD:
            signal, _, name = key.partition(" ")
            found[signal, name] = row["value"]
    return found
