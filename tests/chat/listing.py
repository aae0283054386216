"""A made-up list of companies by their financials, behind the chat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from bot.cards.provenance import Grounds
from bot.cards.quality_list import Company, Only, Roster, Sort, Wanted
from bot.people import WATCHLIST
from bot.questions.parse import QuestionError
from signals.quality_gates import verdicts
from signals.types import Basis, Coverage


def companies(count: int) -> tuple[Company, ...]:
    """Return companies of which the later ones have the higher scores, and the earlier ones rose more."""
    return tuple(Company(f"S{n:02d}", n % 10, 10, n / count, 50.0 + n / 10, 20.0 - n, n) for n in range(count))


@dataclass
class FakeRosters:
    kept: tuple[Company, ...] = ()
    asked: list[Any] = field(default_factory=list)

    async def wanted(self, typed: str) -> Wanted | None:
        place, _, order = typed.partition(" by ")
        if place == "moon":
            raise QuestionError("there is no symbol, theme or universe 'moon' here: choose a symbol")
        if place and place != WATCHLIST and place not in dict(self.places()):
            return None
        return Wanted(place, Sort(order) if order in set(Sort) else Sort.SCORE, Only.ALL)

    async def of(self, place: str, *, watched: Sequence[str] = ()) -> Roster:
        self.asked.append((place, tuple(watched)))
        if place == WATCHLIST and not watched:
            raise QuestionError("your watchlist is empty: add symbols with watch add")
        as_of = datetime(2025, 8, 6, 20, 20, tzinfo=UTC)
        grounds = Grounds(date(2025, 8, 6), as_of, "made up", Basis.PRICE, Coverage(3, 3))
        found = verdicts({"net_income": np.ones(len(self.kept))}, is_financial=np.zeros(len(self.kept), dtype=bool))
        return Roster(place or "smallcap", self.kept, found, grounds)

    def places(self) -> Sequence[tuple[str, str]]:
        return [("theme:optical", "Optical networking"), (WATCHLIST, "your watchlist"), ("universe:smallcap", "small")]
