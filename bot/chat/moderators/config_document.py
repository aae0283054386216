"""A server's file taken apart: what it says, and on which line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.chat.moderators.config_values import number_in
from bot.chat.words import safe

_HEADER = re.compile(r"\s*\[(\[?)([^\]]{1,200})\]")
_TEXT = re.compile(
    r'#[^\n]*|"""(?:[^\\]|\\.)*?(?:"""|\Z)|\'\'\'.*?(?:\'\'\'|\Z)|"(?:[^"\\\n]|\\.)*"?|\'[^\'\n]*\'?', re.DOTALL
)
"""Comments and texts; one that is not closed reaches as far as it can, so that no letter is looked at twice."""
MOST_DOTS = 40
"""Outside of texts, on one line; a key that nests deeper would keep the reader of TOML busy for minutes."""
_KEY = re.compile(r"\s*[\"']?([A-Za-z0-9_-]+)[\"']?\s*=")


class Unreadable(Exception):
    """The file cannot be taken; `complaints` say where, what is wrong and what is allowed, safe to be shown."""

    def __init__(self, complaints: Sequence[str]) -> None:
        super().__init__("; ".join(complaints))
        self.complaints = tuple(complaints)


@dataclass(frozen=True, slots=True)
class Document:
    """A file taken apart, and the line on which each of its keys stands."""

    data: Mapping[str, Any]
    lines: Mapping[tuple[str, int, str], int]

    @property
    def channels(self) -> frozenset[int]:
        """The channels that its routes and papers name, as far as they can be read."""
        sections = [entries for name in ("routes", "papers") if isinstance(entries := self.data.get(name), list)]
        listed = [each for entries in sections for each in entries if isinstance(each, dict)]
        return frozenset(number for each in listed if (number := number_in(each.get("channel"))))

    @property
    def moderator_role(self) -> int | None:
        """The role that it lets moderate, as far as it can be read."""
        server = self.data.get("server")
        return number_in(server.get("moderator_role")) if isinstance(server, dict) else None


def document_of(content: bytes) -> Document:
    """Return the file's words as TOML; raise `Unreadable` where it is none."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Unreadable([f"line {line}: this is not UTF-8 text: save the file as UTF-8"]) from None
    _need_shallow(text)
    try:
        return Document(tomllib.loads(text), _places(text))
    except RecursionError:
        raise Unreadable(["the file nests too deeply: change one that `export` gave"]) from None
    except ValueError as error:
        raise Unreadable([f"this is not TOML: {safe(str(error), 200)}"]) from None


def _need_shallow(text: str) -> None:
    bare = _TEXT.sub(lambda found: "\n" * found[0].count("\n"), text)
    for number, line in enumerate(bare.split("\n"), start=1):
        if line.count(".") > MOST_DOTS:
            raise Unreadable([f"line {number}: too many dots: no key of this file has more than one"])


def _places(text: str) -> dict[tuple[str, int, str], int]:
    """Return the line of each header and key, as far as they stand on lines of their own."""
    found: dict[tuple[str, int, str], int] = {}
    counts: dict[str, int] = {}
    section, index = "", 0
    for number, line in enumerate(text.split("\n"), start=1):
        header, key = _HEADER.match(line), _KEY.match(line)
        if header:
            section = re.sub(r"[\"'\s]", "", header[2])
            index = counts.get(section, 0) if header[1] else 0
            counts[section] = index + 1
            found.setdefault((section, index, ""), number)
        elif key:
            found.setdefault((section, index, key[1]), number)
    return found
