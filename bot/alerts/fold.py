"""An index speaks for its constituents: where both have an event of the same kind, a destination hears of the index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.people import Groups
from bot.records import Planned
from signals.types import Event

CONSTITUENTS: Mapping[str, str] = {
    "^RUT": "universe:smallcap",
    "^GSPC": "universe:largecap",
    "^IXIC": "universe:nasdaq",
}
"""The group of symbols that an index stands for."""
MOST_MENTIONED = 50
"""So many members are pinged by one delivery: more would not fit into a message."""


@dataclass(slots=True)
class Entry:
    """A delivery that is being planned.

    Attributes
    ----------
    is_named : bool
        Whoever asked for it named its very subject, so nothing else speaks for it.
    mentions : dict of int
        The members to mention, in the order in which they asked.
    """

    event: Event
    planned: Planned
    is_named: bool = False
    mentions: dict[int, None] = field(default_factory=dict)

    def finished(self) -> Planned:
        """Return the delivery with whom it mentions."""
        if not self.mentions or self.planned.suppressed:
            return self.planned
        return replace(self.planned, mentions=tuple(self.mentions)[:MOST_MENTIONED])


def fold(entries: Sequence[Entry], groups: Groups) -> None:
    """Let the told events of indices absorb those of their constituents, destination by destination."""
    speakers = _speakers(entries, groups)
    if not speakers:
        return
    absorbed: dict[int, int] = defaultdict(int)
    for entry in entries:
        if entry.planned.suppressed or entry.is_named or entry.event.subject in CONSTITUENTS:
            continue
        speaker = _speaker_for(entry, speakers, groups)
        if speaker is not None:
            absorbed[id(speaker)] += 1
            speaker.mentions |= entry.mentions
            told = f"the alert about {speaker.event.subject} speaks for it"
            entry.planned = replace(entry.planned, suppressed=told, is_folded=True)
    for speaker in (one for alike in speakers.values() for one in alike):
        if absorbed[id(speaker)]:
            why = f"{speaker.planned.why}, with {absorbed[id(speaker)]:,} of its members' own"
            speaker.planned = replace(speaker.planned, why=why)


def _speakers(entries: Iterable[Entry], groups: Groups) -> dict[Hashable, list[Entry]]:
    found: dict[Hashable, list[Entry]] = defaultdict(list)
    for entry in entries:
        is_told = not entry.planned.suppressed
        if is_told and groups.get(CONSTITUENTS.get(entry.event.subject, "")):
            found[_message_and_kind(entry)].append(entry)
    return found


def _speaker_for(entry: Entry, speakers: Mapping[Hashable, Sequence[Entry]], groups: Groups) -> Entry | None:
    for speaker in speakers.get(_message_and_kind(entry), ()):
        if entry.event.subject in groups[CONSTITUENTS[speaker.event.subject]]:
            return speaker
    return None


def _message_and_kind(entry: Entry) -> Hashable:
    """Return what an index's event must share with that of a constituent: the message, and all but the subject."""
    event, planned = entry.event, entry.planned
    alike = (event.signal, event.kind, event.session, tuple(sorted(event.thresholds.items())))
    return planned.channel_id, planned.is_daily, planned.not_before, alike
