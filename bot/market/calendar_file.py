"""The dates ahead of ``config/calendar.toml``: rate decisions, inflation and jobs reports, as published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.market.bundled import bundled
from bot.market.toml_file import BadFile, day_of, read_toml, require_keys, text_of
from signals.facts import Appointment

KINDS = ("fomc", "cpi", "jobs")


def read_calendar(path: Path | None = None) -> tuple[Appointment, ...]:
    """Return the appointments of `path` (by default the file that comes with the program), the earliest first.

    Raises
    ------
    BadFile
        If anything in it is not as its header says.
    """
    file = path or bundled("calendar.toml")
    blocks = read_toml(file)
    require_keys(blocks, file.name, needed=("block",))
    if not isinstance(blocks["block"], list) or not blocks["block"]:
        raise BadFile(f"{file.name} has no [[block]]: add one, or put the file back")
    found = [each for number, block in enumerate(blocks["block"], start=1) for each in _block(number, block, file.name)]
    seen: set[tuple[str, object]] = set()
    for each in found:
        if (each.kind, each.day) in seen:
            raise BadFile(f"{file.name}: {each.kind} of {each.day} stands there twice: keep one")
        seen.add((each.kind, each.day))
    return tuple(sorted(found, key=lambda each: (each.day, each.kind)))


def _block(number: int, block: Any, file: str) -> list[Appointment]:
    where = f"{file}, block {number}"
    require_keys(block, where, needed=("kind", "title", "source", "known", "days"), other=("dropped",))
    kind, title, source = (text_of(block, name, where) for name in ("kind", "title", "source"))
    if kind not in KINDS:
        raise BadFile(f"{where}: there is no kind {kind}: it is one of {', '.join(KINDS)}")
    days = block["days"]
    if not isinstance(days, list) or not days:
        raise BadFile(f"{where}: has no days")
    known = day_of(block["known"], "known", where)
    dropped = day_of(block["dropped"], "dropped", where) if "dropped" in block else None
    return [Appointment(kind, day_of(day, "days", where), title, source, known, dropped) for day in days]
