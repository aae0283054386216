"""How a picture writes the values of a scale: its unit, as many digits as tell neighbours apart, signs where needed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bot.cards.words import TIMES, decimal, signed
from signals.types import FloatArray

MOST_DIGITS = 4
COARSE = {"%": 1, "pt": 1, TIMES: 2}
"""Most decimals of a unit that needs no more; per cent and points have one more on a narrow scale."""
NARROW = 5
JOINED = ("%", TIMES)
"""Units written without a space."""
LARGE = ((1e9, "B"), (1e6, "M"))


@dataclass(frozen=True, slots=True)
class Scale:
    """How the values of one scale are written."""

    unit: str = ""
    digits: int = 2
    is_signed: bool = False
    divisor: float = 1.0
    letter: str = ""
    """Of millions or billions."""

    def words(self, value: float) -> str:
        """Return a value with its unit."""
        return self._words(value, self.digits)

    def tick(self, value: float, step: float) -> str:
        """Return the words of a tick, where ticks are `step` apart."""
        return self._words(value, digits_for(step / self.divisor))

    def _words(self, value: float, digits: int) -> str:
        number = (signed if self.is_signed else decimal)(value / self.divisor, digits)
        unit = self.unit if self.unit in JOINED else f" {self.unit}" if self.unit else ""
        return number + self.letter + unit


def scale_of(values: FloatArray, unit: str) -> Scale:
    """Return the scale of what is known of `values`: points have a sign, per cent where there are negative ones."""
    known = values[np.isfinite(values)]
    if not len(known):
        return Scale(unit)
    low, high = float(known.min()), float(known.max())
    divisor, letter = next((large for large in LARGE if max(-low, high) >= large[0]), (1.0, ""))
    span = (high - low or abs(high) or 1.0) / divisor
    digits = min(MOST_DIGITS, max(0, 2 - math.floor(math.log10(span / 2))))
    if unit in COARSE:
        digits = min(digits, COARSE[unit] + (unit != TIMES and span < NARROW))
    elif divisor == 1 and bool(np.all(known == np.round(known))):
        digits = 0
    return Scale(unit, digits, unit == "pt" or (unit == "%" and low < 0), divisor, letter)


def digits_for(step: float) -> int:
    """Return how many decimals tell multiples of `step` apart."""
    enough = (digits for digits in range(MOST_DIGITS) if math.isclose(step, round(step, digits), rel_tol=1e-6))
    return next(enough, MOST_DIGITS)
