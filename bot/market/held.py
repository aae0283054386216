"""What the operator has let go of: held bars that are true, remembered across restarts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from bot.market.durable import instant_of, only_writer, write_durably


@dataclass(frozen=True, slots=True)
class Release:
    """A bar somebody vouches for."""

    symbol: str
    session: date
    by: str
    at: datetime


class ReleasesDamaged(Exception):
    """The file of releases cannot be read: one line that says what to do."""


class Releases:
    """The releases in one JSON file; every read sees the file as it is now."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def all(self) -> tuple[Release, ...]:
        """Return every release, oldest first."""
        try:
            rows = json.loads(self.path.read_bytes())
            return tuple(
                Release(row["symbol"], date.fromisoformat(row["session"]), row["by"], instant_of(row["at"]))
                for row in rows
            )
        except FileNotFoundError:
            return ()
        except (ValueError, KeyError, TypeError) as error:
            raise ReleasesDamaged(f"{self.path} cannot be read ({error}): correct it or delete it") from None

    def cells(self) -> frozenset[tuple[str, date]]:
        """Return the released bars as (symbol, session)."""
        return frozenset((release.symbol, release.session) for release in self.all())

    def release(self, symbol: str, session: date, *, at: datetime, by: str = "operator") -> Release:
        """Remember that the bar of `symbol` on `session` is true; a second time changes nothing."""
        with only_writer(self.path.with_suffix(".lock")):
            known = self.all()
            for release in known:
                if (release.symbol, release.session) == (symbol, session):
                    return release
            release = Release(symbol, session, by, at)
            write_durably(
                self.path, json.dumps([_row(known_one) for known_one in (*known, release)], indent=1).encode()
            )
            return release


def _row(release: Release) -> dict[str, str]:
    return {
        "symbol": release.symbol,
        "session": release.session.isoformat(),
        "by": release.by,
        "at": release.at.isoformat(),
    }
