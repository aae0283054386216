"""Which events somebody wants: found once for all who want the same, however many they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

import structlog

from bot.alerts.ports import GuildThresholds
from bot.alerts.scan import Request
from bot.people import NO_GUILD, Groups
from signals.definition import Signal
from signals.errors import InvalidThreshold
from signals.types import Event, Thresholds

log = structlog.get_logger(__name__)

Effective = Mapping[tuple[int, str], Thresholds]
"""The complete thresholds of each guild and signal; a guild whose settings contradict each other is not in it."""


async def effective_thresholds(thresholds: GuildThresholds, signals: Iterable[Signal]) -> Effective:
    """Return what every guild that hears of something uses, defaults filled in; `NO_GUILD` uses the defaults."""
    effective: dict[tuple[int, str], Thresholds] = {}
    for signal in signals:
        for guild_id, changed in (await thresholds.by_guild(signal.name)).items():
            try:
                effective[guild_id, signal.name] = signal.thresholds_with(changed)
            except InvalidThreshold as error:
                log.warning("thresholds_invalid", guild=guild_id, signal=signal.name, problem=str(error))
        effective[NO_GUILD, signal.name] = signal.thresholds_with()
    return effective


def requests_for(signals: Iterable[Signal], effective: Effective) -> list[Request]:
    """Return what to scan for: each signal with its defaults, and with every other set in use."""
    requests: list[Request] = []
    for signal in signals:
        used = [thresholds for (_, name), thresholds in effective.items() if name == signal.name]
        for thresholds in (signal.thresholds_with(), *used):
            request = Request(signal.name, thresholds)
            if request not in requests:
                requests.append(request)
    return requests


def applies(event: Event, thresholds: Thresholds) -> bool:
    """Whether these thresholds would have raised this very event."""
    return all(thresholds.get(name) == value for name, value in event.thresholds.items())


class Matches:
    """The events of one tick, to be asked who wants which of them.

    Guilds with equal thresholds, and routes of equal subjects, share the answer: with thousands of each, looking at
    every event for every one of them would take minutes.
    """

    def __init__(self, events: Sequence[Event], effective: Effective, groups: Groups) -> None:
        self._events: dict[str, list[Event]] = defaultdict(list)
        for event in events:
            self._events[event.signal].append(event)
        self._keys = {key: tuple(sorted(thresholds.items())) for key, thresholds in effective.items()}
        self._groups = groups
        self._applying: dict[object, dict[str, list[tuple[int, Event]]]] = {}
        self._symbols: dict[tuple[str, ...], Collection[str]] = {}
        self._wanted: dict[object, tuple[Event, ...]] = {}

    def wanted(self, signal: str, guild_id: int, subjects: tuple[str, ...]) -> tuple[Event, ...]:
        """Return the events of `signal` under the guild's thresholds about `subjects` (none: all), in their order."""
        key = self._keys.get((guild_id, signal))
        if key is None or signal not in self._events:
            return ()
        asked = (signal, key, subjects)
        if asked not in self._wanted:
            self._wanted[asked] = self._found(signal, key, subjects)
        return self._wanted[asked]

    def symbols(self, subjects: tuple[str, ...]) -> Collection[str]:
        """Return the symbols that `subjects`, symbols and groups of them, name."""
        if subjects not in self._symbols:
            self._symbols[subjects] = set(subjects).union(*(self._groups.get(name, ()) for name in subjects))
        return self._symbols[subjects]

    def _found(self, signal: str, key: tuple[tuple[str, object], ...], subjects: tuple[str, ...]) -> tuple[Event, ...]:
        if (signal, key) not in self._applying:
            self._applying[signal, key] = self._by_subject(signal, dict(key))  # type: ignore[arg-type]
        by_subject = self._applying[signal, key]
        if not subjects:
            these: Iterable[str] = by_subject
        else:
            named = self.symbols(subjects)
            few, many = (named, by_subject) if len(named) < len(by_subject) else (by_subject, named)
            these = [symbol for symbol in few if symbol in many]
        found = sorted((pair for symbol in these for pair in by_subject[symbol]), key=lambda pair: pair[0])
        return tuple(event for _, event in found)

    def _by_subject(self, signal: str, thresholds: Thresholds) -> dict[str, list[tuple[int, Event]]]:
        found: dict[str, list[tuple[int, Event]]] = defaultdict(list)
        for n, event in enumerate(self._events[signal]):
            if applies(event, thresholds):
                found[event.subject].append((n, event))
        return dict(found)
