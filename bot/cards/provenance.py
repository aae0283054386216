"""What every card ends with: session, source, basis, coverage, age, labels, and that it is not advice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bot.cards.words import instant_words, session_words, sessions
from signals.types import Basis, Coverage, Reading

NOT_ADVICE = "not advice"


@dataclass(frozen=True, slots=True)
class Grounds:
    """What numbers rest on that are no single reading, such as counts over a whole market; fields as in `Reading`."""

    session: date
    as_of: datetime
    source: str
    basis: Basis
    coverage: Coverage
    stale_sessions: int = 0
    is_provisional: bool = False
    labels: tuple[str, ...] = ()


def footer(reading: Reading | Grounds) -> str:
    """Return the last line of a card: where its numbers come from and how far to trust them."""
    covered = reading.coverage
    parts = [
        *label_words(reading.labels),
        session_words(reading.session),
        reading.source,
        basis_words(reading.basis),
        f"{covered.n:,} of {covered.of:,} covered",
        *doubts(reading),
        f"as of {instant_words(reading.as_of)}",
        NOT_ADVICE,
    ]
    return " · ".join(parts)


def doubts(reading: Reading | Grounds) -> list[str]:
    """Return what a reader must know before he relies on the reading."""
    found = []
    if reading.coverage.is_partial:
        found.append("PARTIAL")
    if reading.is_provisional:
        found.append("PROVISIONAL: the session is still open")
    if reading.stale_sessions > 0:
        found.append(f"STALE: {sessions(reading.stale_sessions)} old")
    return found


def label_words(labels: tuple[str, ...]) -> list[str]:
    """Return labels such as ``simulated`` and ``replay`` in capitals."""
    return [label.upper() for label in labels]


def basis_words(basis: Basis) -> str:
    """Return which close the numbers are of."""
    return "price basis" if basis is Basis.PRICE else "total-return basis"


def picture_line(reading: Reading | Grounds) -> str:
    """Return the as-of line of a picture."""
    return f"As of {session_words(reading.session)} · {reading.source} · {basis_words(reading.basis)}"
