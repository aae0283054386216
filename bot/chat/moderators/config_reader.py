"""Reads the file that `config_file` writes and people change: a complaint names the line and what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from bot.chat.choices import MOST_SUBJECTS, still_known
from bot.chat.durations import LONGEST
from bot.chat.errors import Refusal
from bot.chat.keywords import keyword_of, squeezed
from bot.chat.moderators.config_document import Document, Unreadable
from bot.chat.moderators.config_file import FORMAT, NEW_ROUTE, OF_CHANNELS, ROLE, ZONE, Row, Rows
from bot.chat.moderators.config_values import (
    Wrong,
    bounds_of,
    briefing_in,
    cadence_in,
    choice_words,
    hour_in,
    importance_in,
    need_agreement,
    need_number,
    need_text,
    need_texts,
    number_or_none,
    paper_in,
    raising,
    rhythm_in,
    unknown,
    until_in,
)
from bot.chat.moderators.keywords import need_few
from bot.chat.subjects import need_narrowed
from bot.chat.words import TYPED_SHOWN, safe
from bot.people import KEYWORDS, Cadence, Noun
from bot.questions.parse import QuestionError
from signals.catalog import SIGNALS
from signals.definition import Signal
from signals.errors import SignalError

SECTIONS = ("format", "server", "thresholds", "routes", "papers", "keywords", "silences")
ENTRIES = {"routes": "route", "papers": "paper", "silences": "silence"}
"""Sections of several entries, and what one of them is called."""
SERVER_KEYS = ("moderator_role", "time_zone")
ROUTE_KEYS = ("channel", "signal", "subjects", "importance", "role", "cadence", "daily_at")
PAPER_KEYS = ("channel", "paper", "rhythm", "at")
SILENCE_KEYS = ("signal", "subject", "until")
MOST_COMPLAINTS = 50
BIGGEST_NUMBER = 10**15
"""Of a threshold; what is larger is out of any bounds, and may be too large for a float."""


class _Enough(Exception):
    """So much is wrong that the rest may wait."""


class _Told(Exception):
    """What is wrong with an entry has been complained of."""


@dataclass(frozen=True, slots=True)
class Here:
    """The server that a file is read for.

    Attributes
    ----------
    present : mapping
        What is set; where the file says the same, it is taken without further questions.
    channels, roles : collection of int
        Those that may be named.
    hidden : collection of int
        Channels that get alerts already and that the reader does not see: what is set of them stays.
    takeable : collection of int
        Roles that members take by a button where alerts ping them.
    prefix : str or None
        What commands begin with, and keywords do not.
    subject : callable
        What a symbol or group means; raises with the friendly line where there is none.
    zone : callable
        What a time zone means; raises likewise.
    """

    now: datetime
    present: Rows
    channels: Collection[int]
    roles: Collection[int]
    subject: Callable[[str], str]
    zone: Callable[[str], str]
    hidden: Collection[int] = ()
    takeable: Collection[int] = ()
    prefix: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a file asks for.

    Attributes
    ----------
    left_out : tuple of str
        What it names that is not in this server, in words.
    ended : tuple of str
        Silences that had ended.
    """

    rows: Rows
    left_out: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()


def wanted_of(document: Document, here: Here) -> Wanted:
    """Return what the file asks for; raise `Unreadable` with everything that is wrong with it."""
    reading = _Reading(document, here)
    with suppress(_Enough):
        reading.read()
    if reading.complaints:
        raise Unreadable(reading.complaints)
    return Wanted(reading.rows, tuple(dict.fromkeys(reading.left_out)), tuple(reading.ended))


@dataclass
class _Reading:
    document: Document
    here: Here
    rows: dict[tuple[Noun, str], Row] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    def read(self) -> None:
        data = self.document.data
        for name in data:
            if name not in SECTIONS:
                self._complain("", 0, name, unknown(name, SECTIONS))
        version = data.get("format")
        if version != FORMAT or isinstance(version, bool):
            self._complain("", 0, "format", f"the file must say `format = {FORMAT}`, as `export` writes it")
        self._server(data.get("server", {}))
        self._thresholds(data.get("thresholds", {}))
        self._entries("routes", ROUTE_KEYS, self._route)
        self._entries("papers", PAPER_KEYS, self._order)
        self._keywords(data.get("keywords", {}))
        self._entries("silences", SILENCE_KEYS, self._silence)
        self._keep_hidden()
        self._need_untaken()

    def _server(self, table: object) -> None:
        given = self._table("server", 0, table, SERVER_KEYS)
        if "moderator_role" in given:
            self._try("server", 0, "moderator_role", lambda: self._moderators(given["moderator_role"]))
        if "time_zone" in given:
            self._try("server", 0, "time_zone", lambda: self._zone(given["time_zone"]))

    def _moderators(self, given: object) -> None:
        number, key = need_number(given), (Noun.GUILD, ROLE)
        row = {"value": number}
        if number in self.here.roles or self.here.present.get(key) == row:
            self.rows[key] = row
            return
        self.left_out.append(
            f"the moderator role {number}, which cannot be chosen in this server: what is set here stays"
        )
        if key in self.here.present:
            self.rows[key] = self.here.present[key]

    def _keep_hidden(self) -> None:
        """Let routes stay as they are of which the reader cannot know what they would change."""
        for (noun, key), row in self.here.present.items():
            channel, _, name = key.partition(" ")
            if noun not in OF_CHANNELS or int(channel) not in self.here.hidden or self.rows.get((noun, key)) == row:
                continue
            self.rows[noun, key] = row
            what = f"{'alerts of' if noun is Noun.ROUTE else 'paper'} {safe(name, TYPED_SHOWN)}"
            self.left_out.append(f"{what} in channel {channel}, which you cannot see: what is set stays")

    def _need_untaken(self) -> None:
        """Let no role moderate that alerts ping, now or as the file says, where members take it by a button."""
        key = (Noun.GUILD, ROLE)
        row, present = self.rows.get(key), self.here.present.get(key)
        if row is None or row == present or row["value"] not in self.here.takeable:
            return
        routes = [
            each for rows in (self.here.present, self.rows) for (noun, _), each in rows.items() if noun is Noun.ROUTE
        ]
        if row["value"] not in {each["role_id"] for each in routes}:
            return
        self.left_out.append(
            f"the moderator role {row['value']}, which alerts ping and members may take by a button: "
            "what is set here stays"
        )
        del self.rows[key]
        if present is not None:
            self.rows[key] = present

    def _zone(self, given: object) -> None:
        row = {"value": need_text(given)}
        key = (Noun.GUILD, ZONE)
        self.rows[key] = row if self.here.present.get(key) == row else {"value": self.here.zone(row["value"])}

    def _thresholds(self, tables: object) -> None:
        for name, table in self._table("thresholds", 0, tables, None).items():
            section, before = f"thresholds.{name}", len(self.complaints)
            signal = next((signal for signal in SIGNALS if signal.name == name), None)
            for threshold, value in self._table(section, 0, table, None).items():
                self._try(section, 0, threshold, partial(self._threshold, name, signal, threshold, value))
            if signal is not None and len(self.complaints) == before:
                self._try(section, 0, "", partial(self._contradictions, signal))

    def _threshold(self, name: str, signal: Signal | None, threshold: str, value: object) -> None:
        key, row = (Noun.THRESHOLD, f"{name} {threshold}"), {"value": value}
        if self.here.present.get(key) == row and not isinstance(value, bool):
            self.rows[key] = self.here.present[key]
            return
        if signal is None:
            raise Wrong(f"there is no signal {safe(name, TYPED_SHOWN)}: {choice_words([s.name for s in SIGNALS])}")
        known = {each.name: each for each in signal.thresholds}
        if threshold not in known:
            raise Wrong(f"{signal.name} has no such threshold: {choice_words(list(known))}")
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise Wrong('must be a number or a word, such as `slow = 150` or `require_holds = "yes"`')
        if isinstance(value, int) and abs(value) > BIGGEST_NUMBER:
            raise Wrong(f"is too large: {bounds_of(known[threshold].parse, BIGGEST_NUMBER)}")
        self.rows[key] = {"value": known[threshold].parse(value)}

    def _contradictions(self, signal: Signal) -> None:
        mark = f"{signal.name} "
        values = {
            key.removeprefix(mark): row["value"]
            for (noun, key), row in self.rows.items()
            if noun is Noun.THRESHOLD and key.startswith(mark)
        }
        signal.thresholds_with(still_known(signal, values))

    def _route(self, place: tuple[str, int], given: Mapping[str, Any]) -> None:
        number = self._part(place, "channel", lambda: need_number(given.get("channel")))
        signal = self._part(place, "signal", lambda: need_text(given.get("signal")))
        row = {
            "subjects": self._part(place, "subjects", lambda: need_texts(given.get("subjects", []))),
            "importance": self._part(place, "importance", lambda: importance_in(given.get("importance", 1))),
            "role_id": self._part(place, "role", lambda: number_or_none(given.get("role"))),
            "cadence": self._part(place, "cadence", lambda: cadence_in(given.get("cadence", Cadence.INSTANT.value))),
            "daily_at": self._part(place, "daily_at", lambda: hour_in(given.get("daily_at"))),
        }
        key = (Noun.ROUTE, f"{number} {signal}")
        if key in self.rows:
            raise Wrong("that channel and signal stand in an earlier route, too: say it once")
        if self.here.present.get(key) == row:
            self.rows[key] = row
            return
        if number in self.here.hidden and key in self.here.present:
            return  # it stays as it is, and is told of together with those that the file does not name
        room = self._part(place, "signal", lambda: raising(signal))
        row["subjects"] = self._part(place, "subjects", lambda: self._subjects(room, row["subjects"]))
        self._part(place, "daily_at", lambda: need_agreement(row))
        if number not in self.here.channels:
            self.left_out.append(
                f"alerts of {room.name} in channel {number}, which this server does not have or you cannot see"
            )
            return
        if row["role_id"] is not None and row["role_id"] not in self.here.roles:
            self.left_out.append(f"the ping of role {row['role_id']}, which alerts cannot ping in this server")
            row["role_id"] = self.here.present.get(key, NEW_ROUTE)["role_id"]
        self.rows[key] = row

    def _subjects(self, signal: Signal, given: Sequence[str]) -> list[str]:
        if given:
            need_narrowed(signal, given)
        if len(given) > MOST_SUBJECTS:
            raise Wrong(f"at most {MOST_SUBJECTS} symbols and groups, or none for all of them")
        return list(dict.fromkeys(self.here.subject(text) for text in given))

    def _order(self, place: tuple[str, int], given: Mapping[str, Any]) -> None:
        number = self._part(place, "channel", lambda: need_number(given.get("channel")))
        paper = self._part(place, "paper", lambda: paper_in(given.get("paper")))
        row = {
            "rhythm": self._part(place, "rhythm", lambda: rhythm_in(given.get("rhythm"))),
            "at": self._part(place, "at", lambda: hour_in(given.get("at"))),
        }
        key = (Noun.ORDER, f"{number} {paper}")
        if key in self.rows:
            raise Wrong("that channel and paper stand in an earlier entry, too: say it once")
        if self.here.present.get(key) != row:
            if number in self.here.hidden and key in self.here.present:
                return  # as with routes
            if number not in self.here.channels:
                self.left_out.append(
                    f"paper {paper} in channel {number}, which this server does not have or you cannot see"
                )
                return
        self.rows[key] = row

    def _keywords(self, table: object) -> None:
        for typed, paper in self._table("keywords", 0, table, None).items():
            self._try("keywords", 0, typed, partial(self._keyword, typed, paper))
        self._try("keywords", 0, "", lambda: need_few(self.rows))

    def _keyword(self, typed: str, given: object) -> None:
        words, paper = squeezed(typed), briefing_in(given)
        if self.here.present.get((Noun.KEYWORD, words)) != {"paper": paper}:
            words = keyword_of(typed, self.here.prefix)
        if (Noun.KEYWORD, words) in self.rows:
            raise Wrong("stands there twice, but for case and spaces: say it once")
        if KEYWORDS.get(words) != paper:
            self.rows[Noun.KEYWORD, words] = {"paper": paper}

    def _silence(self, place: tuple[str, int], given: Mapping[str, Any]) -> None:
        signal = self._part(place, "signal", lambda: need_text(given.get("signal", ""), may_be_empty=True))
        subject = self._part(place, "subject", lambda: need_text(given.get("subject", ""), may_be_empty=True))
        until = self._part(place, "until", lambda: until_in(given.get("until")))
        if not signal and not subject:
            raise Wrong("name a signal, a subject, or both")
        name = " of ".join(part for part in (signal, subject) if part)
        if until <= self.here.now:
            self.ended.append(f"the silence of {safe(name, TYPED_SHOWN)} had ended")
            return
        row, key = {"until": until.astimezone(UTC).isoformat()}, (Noun.SILENCE, f"{signal} {subject}")
        if self.here.present.get(key) != row:
            key = (Noun.SILENCE, self._silenced(place, signal, subject))
            self._part(place, "until", lambda: self._need_near(until))
        if key in self.rows:
            raise Wrong("that is silenced in an earlier entry, too: say it once")
        self.rows[key] = row

    def _need_near(self, until: datetime) -> None:
        if until - self.here.now > LONGEST:
            raise Wrong(f"must be at most {LONGEST.days} days from now")

    def _silenced(self, place: tuple[str, int], signal: str, subject: str) -> str:
        room = self._part(place, "signal", lambda: raising(signal)) if signal else None
        if subject and room is not None:
            need_narrowed(room, [subject])
        if subject:
            subject = self._part(place, "subject", lambda: self.here.subject(subject))
        return f"{signal} {subject}"

    def _entries(self, section: str, keys: Sequence[str], take: Callable[..., None]) -> None:
        entries = self.document.data.get(section, [])
        if not isinstance(entries, list):
            self._complain(section, 0, "", f"must be a list: begin each entry with `[[{section}]]`")
            return
        for index, entry in enumerate(entries):
            before = len(self.complaints)
            given = self._table(section, index, entry, keys)
            if len(self.complaints) == before:
                self._try(section, index, "", partial(take, (section, index), given))

    def _table(self, section: str, index: int, given: object, keys: Sequence[str] | None) -> Mapping[str, Any]:
        """Return a table whose keys are all known; complain of those that are not."""
        if not isinstance(given, dict):
            self._complain(section, index, "", f"must be a table: begin it with `[{section}]`")
            return {}
        for name in given:
            if keys is not None and name not in keys:
                self._complain(section, index, name, unknown(name, keys))
        return given

    def _part(self, place: tuple[str, int], key: str, read: Callable[[], Any]) -> Any:
        """Return one part of an entry; what is wrong with it is complained of where it stands, and ends the entry."""
        before = len(self.complaints)
        value = self._try(*place, key, read)
        if len(self.complaints) > before:
            raise _Told
        return value

    def _try(self, section: str, index: int, key: str, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except _Told:
            return None
        except (Wrong, Refusal) as wrong:
            self._complain(section, index, key, str(wrong))
        except (SignalError, QuestionError) as wrong:
            self._complain(section, index, key, safe(str(wrong)))
        return None

    def _complain(self, section: str, index: int, key: str, words: str) -> None:
        lines = self.document.lines
        places = [(section, index, key), (section, index, ""), (key, 0, "") if not section else ("", 0, "")]
        line = next((lines[place] for place in places if place in lines), None)
        is_entry = section in ENTRIES and isinstance(self.document.data.get(section), list)
        name = f"{ENTRIES[section]} {index + 1}" if is_entry else section
        path = ".".join(part for part in (name, key) if part)
        where = ", ".join(part for part in (f"line {line}" if line else "", safe(path, TYPED_SHOWN)) if part)
        self.complaints.append(f"{where}: {words}")
        if len(self.complaints) >= MOST_COMPLAINTS:
            raise _Enough
