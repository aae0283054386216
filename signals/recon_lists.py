"""What a published list changes against those before it, and how well a projection did against it."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from signals.errors import InsufficientHistory
from signals.recon_facts import MembershipList, Reconstitution


@dataclass(frozen=True, slots=True)
class Changes:
    """What one side of a list, its additions or its deletions, changed.

    Attributes
    ----------
    added : frozenset of str
        There for the first time in this reconstitution.
    withdrawn : frozenset of str
        In the list before, and not in this one.
    reinstated : frozenset of str
        Not in the list before, but in an earlier one.
    """

    added: frozenset[str]
    withdrawn: frozenset[str]
    reinstated: frozenset[str]


@dataclass(frozen=True, slots=True)
class Score:
    """How a projection compares with a list.

    Attributes
    ----------
    hits, projected, listed : int
        Symbols in both, in the projection, in the list.
    """

    hits: int
    projected: int
    listed: int

    @property
    def precision_frac(self) -> float | None:
        """The share of the projected that is listed; None where nothing was projected."""
        return self.hits / self.projected if self.projected else None

    @property
    def recall_frac(self) -> float | None:
        """The share of the listed that was projected; None where nothing is listed."""
        return self.hits / self.listed if self.listed else None


def scored(projected: AbstractSet[str], listed: AbstractSet[str]) -> Score:
    """Compare a projection with a list.

    Examples
    --------
    >>> score = scored({"A", "B", "C", "D"}, {"A", "B", "E"})
    >>> score.precision_frac, round(score.recall_frac, 4)
    (0.5, 0.6667)
    """
    return Score(len(projected & listed), len(projected), len(listed))


def changes_of(lists: Sequence[AbstractSet[str]]) -> Changes:
    """Return what the last of `lists`, one side of each list of a reconstitution, changed.

    Parameters
    ----------
    lists : sequence of set of str
        The oldest first, at least one.

    Returns
    -------
    Changes
        Of a first list everything is added.

    Raises
    ------
    InsufficientHistory
        If there is no list.

    Examples
    --------
    >>> found = changes_of([{"A", "B"}, {"B", "C"}, {"A", "C", "D"}])
    >>> sorted(found.added), sorted(found.withdrawn), sorted(found.reinstated)
    (['D'], ['B'], ['A'])
    """
    if not lists:
        raise InsufficientHistory("lists", 0, "there must be at least one list")
    last, before = lists[-1], lists[-2] if len(lists) > 1 else frozenset()
    ever = frozenset[str]().union(*lists[:-1])
    return Changes(
        added=frozenset(last - ever), withdrawn=frozenset(before - last), reinstated=frozenset((last & ever) - before)
    )


def lists_of(
    lists: Sequence[MembershipList], reconstitution: Reconstitution, session: date
) -> tuple[MembershipList, ...]:
    """Return the lists of a reconstitution known at the close of `session`, the oldest first.

    A list is published after the close: it is known from the session after on.

    Parameters
    ----------
    lists : sequence of MembershipList
        Of any reconstitutions.
    reconstitution : Reconstitution
        Its lists are those published after its rank day and up to its effective date.
    session : date
        A session.

    Examples
    --------
    >>> from signals.recon_calendar import by_rule
    >>> november = MembershipList(date(2026, 11, 13), frozenset("A"), frozenset())
    >>> [len(lists_of([november], by_rule(2026)[1], date(2026, 11, day))) for day in (13, 16)]
    [0, 1]
    """
    first, last = reconstitution.rank_day, reconstitution.effective
    found = (each for each in lists if first < each.published <= last and each.published < session)
    return tuple(sorted(found, key=lambda each: each.published))
