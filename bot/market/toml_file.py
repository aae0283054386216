"""Reading a TOML file of facts strictly: what is not expected in it is an error, in one line."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any


class BadFile(Exception):
    """A file of facts cannot be used: one line that names the file, the place and what to write."""


def read_toml(path: Path) -> Mapping[str, Any]:
    """Return what stands in `path`.

    Raises
    ------
    BadFile
        If it cannot be read or is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read ({error.strerror}): put it back") from None
    except ValueError as error:
        raise BadFile(f"{path.name} is no TOML ({error})") from None


def require_keys(table: Any, where: str, *, needed: tuple[str, ...], other: tuple[str, ...] = ()) -> None:
    """See that `table` is a table with all of `needed` and nothing but them and `other`; raise `BadFile`."""
    if not isinstance(table, Mapping):
        raise BadFile(f"{where}: is no table")
    for name in needed:
        if name not in table:
            raise BadFile(f"{where}: {name} is missing")
    for name in table:
        if name not in (*needed, *other):
            raise BadFile(f"{where}: there is no key {name}: it has {', '.join((*needed, *other))}")


def text_of(table: Mapping[str, Any], name: str, where: str) -> str:
    """Return the text at `name`; raise `BadFile` where it is none, or empty."""
    value = table[name]
    if not isinstance(value, str) or not value.strip():
        raise BadFile(f"{where}: {name} is no text: {value!r}")
    return value.strip()


def day_of(value: Any, name: str, where: str) -> date:
    """Return the date `value`; raise `BadFile` where it is none."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise BadFile(f"{where}: {name} is no date like 2025-07-22: {value!r}") from None
    if isinstance(value, datetime) or not isinstance(value, date):
        raise BadFile(f"{where}: {name} is no date like 2025-07-22: {value!r}")
    return value
