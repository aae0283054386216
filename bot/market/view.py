"""A small picklable name for the market as of one session; whoever opens it maps the same bars into memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import numpy as np

from bot.market.gate import Held, blanked
from bot.market.store import BarStore
from bot.market.types import Reference
from bot.market.universe import known_by, sectors_at, universes_at
from signals.types import Basis, Calendar, IntArray, Market


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What the bot knew as of `session`.

    Attributes
    ----------
    directory, generation, rows :
        Where the bars are, and how many sessions of them are part of it.
    blank_rows, blank_columns : ndarray of int
        The cells held back; NaN in the market that `open` returns.
    held : tuple of Held
        Those cells and the bars that are not there, in words.
    released : mapping of str to date
        Symbols whose held bars were let go with this session, and the first session that had been held.
    """

    directory: Path
    generation: str
    rows: int
    session: date
    as_of: datetime
    source: str
    calendar: Calendar
    blank_rows: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    blank_columns: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    held: tuple[Held, ...] = ()
    released: Mapping[str, date] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    reference: Reference = field(default_factory=Reference)
    basis: Basis = Basis.PRICE

    def open(self) -> Market:
        """Return the market; its bars are mapped, not read, and end with `session`, as do facts and members."""
        facts = self.reference.facts
        bars = BarStore(self.directory).open_rows(self.generation, self.rows)
        return Market(
            prices=blanked(bars, self.blank_rows, self.blank_columns, is_own=True),
            as_of=self.as_of,
            source=self.source,
            calendar=self.calendar,
            basis=self.basis,
            labels=self.labels,
            universes={**self.reference.universes, **universes_at(facts, self.session)},
            sectors={**self.reference.sectors, **sectors_at(facts, self.session)},
            names=self.reference.names,
            facts=known_by(facts, self.session),
        )
