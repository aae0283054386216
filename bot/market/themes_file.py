"""The baskets of ``config/themes.toml``: who belongs to a theme, since when, and why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.market.bundled import bundled
from bot.market.toml_file import BadFile, day_of, read_toml, require_keys, text_of
from signals.facts import Member, Theme

_SLUG = re.compile(r"[a-z][a-z0-9-]{0,39}")
_SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9.-]{0,14}")


def read_themes(path: Path | None = None) -> tuple[Theme, ...]:
    """Return the themes of `path` (by default the file that comes with the program), in its order.

    Raises
    ------
    BadFile
        If anything in it is not as its header says.
    """
    file = path or bundled("themes.toml")
    themes = tuple(_theme(name, table, file.name) for name, table in read_toml(file).items())
    if not themes:
        raise BadFile(f"{file.name} has no theme: add one, or put the file back")
    return themes


def _theme(name: str, table: Any, file: str) -> Theme:
    where = f"{file}, {name}"
    if not _SLUG.fullmatch(name):
        raise BadFile(f"{where}: a theme's name has small letters, digits and dashes")
    require_keys(table, where, needed=("title", "members"))
    rows = table["members"]
    if not isinstance(rows, list) or not rows:
        raise BadFile(f"{where}: has no members")
    members = tuple(_member(number, row, where) for number, row in enumerate(rows, start=1))
    seen: set[str] = set()
    for member in members:
        if member.symbol in seen:
            raise BadFile(f"{where}: {member.symbol} is a member twice: keep one")
        seen.add(member.symbol)
    return Theme(name, text_of(table, "title", where), members)


def _member(number: int, row: Any, theme: str) -> Member:
    symbol = row.get("symbol") if isinstance(row, Mapping) else None
    where = f"{theme}, {symbol}" if isinstance(symbol, str) else f"{theme}, member {number}"
    require_keys(row, where, needed=("symbol", "since", "reason"))
    if not isinstance(symbol, str) or not _SYMBOL.fullmatch(symbol):
        raise BadFile(f"{where}: {symbol!r} is no symbol like STRL")
    return Member(symbol, day_of(row["since"], "since", where), text_of(row, "reason", where))
