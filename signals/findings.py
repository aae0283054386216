"""What an event study found: figures per horizon, and the one sentence they allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from signals.bootstrap import CONFIDENCE
from signals.forward import Horizon
from signals.types import Coverage, Scalar


@dataclass(frozen=True, slots=True)
class Extreme:
    """The worst or best return that followed an event, and which event that was."""

    return_pct: float
    symbol: str
    session: date


@dataclass(frozen=True, slots=True)
class Followed:
    """What followed over one horizon, in per cent; None is unknown.

    Attributes
    ----------
    n, base_n : int
        Past events, and sessions of the sample, whose return is known.
    diff_low_pct, diff_high_pct : float or None
        95 % interval of `diff_pct`, the mean after events minus the mean after any session.
    p_value : float
        Chance of a difference this large without an edge, Holm-corrected over the horizons shown; 1 where unknown.
    """

    horizon: Horizon
    n: int
    mean_pct: float | None
    median_pct: float | None
    positive_pct: float | None
    base_n: int
    base_mean_pct: float | None
    base_positive_pct: float | None
    diff_pct: float | None
    diff_low_pct: float | None
    diff_high_pct: float | None
    worst: Extreme | None
    best: Extreme | None
    p_value: float = 1.0

    @property
    def is_edge(self) -> bool:
        """Whether the difference may be claimed: the corrected interval excludes 0."""
        return self.p_value < 1 - CONFIDENCE

    def values(self) -> dict[str, Scalar]:
        """Return the figures under the names a reading uses, ``3m.n`` and so on."""
        figures: dict[str, Scalar] = {
            "n": self.n,
            "mean_pct": self.mean_pct,
            "median_pct": self.median_pct,
            "positive_pct": self.positive_pct,
            "base_n": self.base_n,
            "base_mean_pct": self.base_mean_pct,
            "base_positive_pct": self.base_positive_pct,
            "diff_pct": self.diff_pct,
            "diff_low_pct": self.diff_low_pct,
            "diff_high_pct": self.diff_high_pct,
            "p_value": self.p_value,
        }
        for name, extreme in (("worst", self.worst), ("best", self.best)):
            figures[f"{name}_pct"] = extreme.return_pct if extreme else None
            figures[f"{name}_symbol"] = extreme.symbol if extreme else None
            figures[f"{name}_on"] = extreme.session.isoformat() if extreme else None
        return {f"{self.horizon.name}.{name}": value for name, value in figures.items()}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What followed one kind of event, over every horizon.

    Attributes
    ----------
    title : str
        The kind of event in words, ``Golden cross``.
    subject : str
        Whose events: a symbol, or the name of a universe whose events are pooled.
    first, session : date
        The first and the last session of the sample.
    events : int
        Past events in the sample, including those whose future is not known yet.
    coverage : Coverage
        Symbols with at least one close, of those asked for.
    """

    title: str
    subject: str
    first: date
    session: date
    events: int
    coverage: Coverage
    horizons: tuple[Followed, ...]

    def __getitem__(self, name: str) -> Followed:
        """Return what followed over the horizon called `name`, such as ``3m``."""
        return next(followed for followed in self.horizons if followed.horizon.name == name)

    @property
    def state(self) -> str:
        """``edge``, ``no_edge``, or ``unknown`` where there are too few past events to tell."""
        if any(followed.is_edge for followed in self.horizons):
            return "edge"
        return "unknown" if all(followed.diff_low_pct is None for followed in self.horizons) else "no_edge"

    @property
    def claim(self) -> str:
        """One neutral sentence that says no more than the figures do."""
        if not self.events:
            return f"No past “{self.title}” of {self.subject} since {self.first}: nothing to compare."
        if self.state == "unknown":
            return f"Too few past “{self.title}” of {self.subject} ({self.events}) to compare with the base rate."
        told = [self._difference(higher=higher) for higher in (True, False)]
        sentences = [sentence for sentence in told if sentence]
        if not sentences:
            return (
                f"No edge to claim: returns after “{self.title}” of {self.subject} differ from the base rate "
                f"by no more than chance explains (95 %, corrected for {len(self.horizons)} horizons)."
            )
        return " ".join(sentences)

    def _difference(self, *, higher: bool) -> str:
        over = [f.horizon.title for f in self.horizons if f.is_edge and ((f.diff_pct or 0.0) > 0) == higher]
        if not over:
            return ""
        side = "higher" if higher else "lower"
        return (
            f"Returns over {_listed(over)} after “{self.title}” of {self.subject} were {side} than the base rate "
            f"(95 %, corrected for {len(self.horizons)} horizons)."
        )


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
