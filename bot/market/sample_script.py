"""What happens in the simulated market's last year: a script laid over chance.

The small caps fall into a death cross in the spring and recover; in the last two months their averages cross back, they
take the lead over the large ones, and two sessions broaden. Sessions are counted back from the last one, which is 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum

import numpy as np

from bot.market.sample_listing import SECTORS, THEMES
from signals.types import FloatArray

MARKET, SIZE = 0, 1
FIRST_SECTOR = 2
FIRST_THEME = FIRST_SECTOR + len(SECTORS)
FACTORS = FIRST_THEME + len(THEMES)


@dataclass(frozen=True, slots=True)
class Phase:
    """Factor returns, in percent over the whole phase, from session `first` to `last` before the end."""

    first: int
    last: int
    market_pct: float
    size_pct: float


@dataclass(frozen=True, slots=True)
class Drift:
    """A theme's return beyond its sector's, in percent, from session `first` to `last` before the end."""

    theme: str
    first: int
    last: int
    theme_pct: float


PHASES = (
    Phase(220, 171, market_pct=3.5, size_pct=0.5),
    Phase(170, 121, market_pct=-10.0, size_pct=-5.0),
    Phase(120, 91, market_pct=-1.0, size_pct=-1.5),
    Phase(90, 46, market_pct=8.0, size_pct=-3.5),
    Phase(45, 22, market_pct=2.5, size_pct=2.5),
    Phase(21, 1, market_pct=1.0, size_pct=0.5),
)
THEME_DRIFTS = (
    Drift("AI semiconductors", 105, 46, 9.0),
    Drift("optical networking", 105, 1, 10.0),
    Drift("data-centre construction and power", 105, 1, 12.0),
    Drift("regional banks", 42, 1, 6.0),
    Drift("biotech", 42, 1, 5.0),
    Drift("clean energy", 190, 46, -9.0),
)
BROADENING = (33, 12)
"""Sessions on which the market rises and its giants stay behind."""
_BROADENING_PCT = (0.7, 1.6)
_CALM = 0.8  # chance keeps this share of its size inside a phase


def follow_script(factors: FloatArray) -> None:
    """Bend the last year of `factors`, shape (sessions, factors), to the script, in place."""
    for phase in PHASES:
        _bridge(factors[:, MARKET], phase.first, phase.last, phase.market_pct)
        _bridge(factors[:, SIZE], phase.first, phase.last, phase.size_pct)
    for sector in range(FIRST_SECTOR, FIRST_THEME):
        _bridge(factors[:, sector], PHASES[0].first, PHASES[-1].last, 0.0)
    for drift in THEME_DRIFTS:
        _bridge(factors[:, FIRST_THEME + THEMES.index(drift.theme)], drift.first, drift.last, drift.theme_pct)
    giants = [FIRST_SECTOR + SECTORS.index(name) for name in ("Technology", "Communication Services")]
    for session in BROADENING:
        factors[-session, [MARKET, SIZE]] = np.array(_BROADENING_PCT) / 100
        factors[-session, giants] = -0.007


def _bridge(path: FloatArray, first: int, last: int, total_pct: float) -> None:
    part = path[len(path) - first : len(path) - last + 1]
    part[:] = (part - fsum(part.tolist()) / len(part)) * _CALM + total_pct / 100 / len(part)
