"""The published dates of the Russell reconstitutions in ``config/reconstitutions.toml``."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from bot.market.bundled import bundled
from bot.market.toml_file import BadFile, day_of, read_toml, require_keys, text_of
from signals.errors import UnalignedInput
from signals.recon_calendar import DATES
from signals.recon_facts import Reconstitution


def read_reconstitutions(path: Path | None = None) -> tuple[Reconstitution, ...]:
    """Return the reconstitutions of `path` (by default the file that comes with the program), the earliest first.

    Raises
    ------
    BadFile
        If anything in it is not as its header says.
    """
    file = path or bundled("reconstitutions.toml")
    table = read_toml(file)
    require_keys(table, file.name, needed=("reconstitution",))
    blocks = table["reconstitution"]
    if not isinstance(blocks, list) or not blocks:
        raise BadFile(f"{file.name} has no [[reconstitution]]: add one, or put the file back")
    found = [_one(block, f"{file.name}, block {number}") for number, block in enumerate(blocks, start=1)]
    seen: set[tuple[date, date]] = set()
    for each in found:
        if (each.effective, each.known) in seen:
            raise BadFile(
                f"{file.name}: the one of {each.effective} stands there twice: keep one, or say when each was known"
            )
        seen.add((each.effective, each.known))
    return tuple(sorted(found, key=lambda each: (each.effective, each.known)))


def _one(block: Any, where: str) -> Reconstitution:
    require_keys(block, where, needed=(*DATES, "source"), other=("known",))
    days = {name: day_of(block[name], name, where) for name in DATES}
    known = day_of(block["known"], "known", where) if "known" in block else date.min
    try:
        return Reconstitution(**days, source=text_of(block, "source", where), known=known)
    except UnalignedInput as error:
        raise BadFile(f"{where}: {error}") from None
