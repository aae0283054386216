"""How a signal looks: the card of its answers, and the words, numbers and picture of its events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from bot.cards.card import Card, Chart, Field
from signals.types import Event, History, Reading, Thresholds


@dataclass(frozen=True, slots=True)
class Phrase:
    """How one kind of event is told; the braces of `sentence` are filled by its face's `facts`.

    Attributes
    ----------
    title : str
        Two or three words.
    sentence : str
        What happened, to stand after "On Wed 6 Aug 2025" and before a full stop.
    tone : str
        ``golden``, ``death``, ``neutral`` or ``warning``.
    sign : str
        One character that says the same without colour.
    """

    title: str
    sentence: str
    tone: str
    sign: str = "•"


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A reading that is to be shown, and what it was read from.

    Attributes
    ----------
    name : str
        What people call its subject.
    thresholds : mapping
        All of the signal's that it was read with.
    evidence : str or None
        What followed such events in the past, in one line.
    span : str
        How far back a picture is to reach, where it can be chosen: ``6m``, ``1y``, ``5y`` or ``all``.
    """

    reading: Reading
    history: History
    name: str
    thresholds: Thresholds
    evidence: str | None = None
    span: str = "1y"


def _no_facts(_event: Event, _thresholds: Thresholds) -> Mapping[str, str]:
    return {}


def _nothing(_event: Event) -> str:
    return ""


def _unmentioned(_history: History, _thresholds: Thresholds, _symbol: str) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Face:
    """What one signal looks like.

    Attributes
    ----------
    card : callable
        The answer to a question, without its picture.
    numbers : callable
        The fields below an alert of it: the numbers the event rests on.
    chart : callable
        The picture of an answer and of an alert; None where there is none.
    phrases : mapping of str to Phrase
        Kind of event to its words.
    facts : callable
        ``facts(event, thresholds)``: what fills the braces of its sentence.
    brief : callable
        ``brief(event)``: an event's numbers, to stand in a list behind its title; empty where there is nothing to add.
    mention : callable
        ``mention(history, thresholds, symbol)``: what a signal of the whole market says of one symbol now, in a line or
        two; empty where it says nothing of it.
    """

    card: Callable[[Shown], Card]
    numbers: Callable[[Shown, Event], tuple[Field, ...]]
    chart: Callable[[Shown], Chart | None]
    phrases: Mapping[str, Phrase] = field(default_factory=dict)
    facts: Callable[[Event, Thresholds], Mapping[str, str]] = _no_facts
    brief: Callable[[Event], str] = _nothing
    mention: Callable[[History, Thresholds, str], str] = _unmentioned

    @property
    def mentions_symbols(self) -> bool:
        """Whether it may have something to say of a symbol."""
        return self.mention is not _unmentioned

    def answer(self, shown: Shown) -> Card:
        """Return the answer to a question with its picture."""
        card = self.card(shown)
        return replace(card, chart=card.chart or self.chart(shown))
