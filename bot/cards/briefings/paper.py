"""The paper: everything a briefing says, as data, before it is a PDF."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from bot.cards.card import Chart


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph.

    Attributes
    ----------
    is_quiet : bool
        Whether it only explains what stands above it.
    """

    text: str
    is_quiet: bool = False


@dataclass(frozen=True, slots=True)
class Points:
    """Short sentences, a line each.

    Attributes
    ----------
    is_signed : bool
        Whether each begins with a sign, which stands where a bullet would.
    unlisted : int or None
        How many more there are than stand here; None where nothing may be left out.
    """

    items: tuple[str, ...]
    is_signed: bool = False
    unlisted: int | None = None

    @property
    def lines(self) -> tuple[str, ...]:
        """Everything to be read, how many more there are at the end."""
        return (*self.items, more_words(self.unlisted)) if self.unlisted else self.items


@dataclass(frozen=True, slots=True)
class Terms:
    """Words and what they mean."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table.

    Attributes
    ----------
    header : tuple of str
        A title per column.
    rows : tuple of tuple of str
        As many cells each as `header` has.
    texts : tuple of int
        Columns of words, which start at the left; numbers end at the right.
    caption : str
        What the table shows, above it; empty where the heading says it.
    note : str
        What explains it, below it.
    unlisted : int or None
        How many more rows there are than stand here; None where none may be left out.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    texts: tuple[int, ...] = (0,)
    caption: str = ""
    note: str = ""
    unlisted: int | None = None

    @property
    def under(self) -> str:
        """Everything below it: how many more there are, and what explains it."""
        return " ".join(part for part in (f"{more_words(self.unlisted)}." if self.unlisted else "", self.note) if part)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture and the words below it."""

    chart: Chart
    caption: str


@dataclass(frozen=True, slots=True)
class Beside:
    """Blocks on the left and on the right of each other.

    Attributes
    ----------
    left_frac : float
        Share of the width that the left ones have.
    """

    left: tuple[Block, ...]
    right: tuple[Block, ...]
    left_frac: float = 0.5


Block = Words | Points | Terms | Grid | Picture | Beside


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of a paper."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """One briefing of one session.

    Attributes
    ----------
    name, title : str
        What people type for it, and what stands on its cover.
    summary : str
        The session in one sentence.
    label : str
        What a reader must know about the prices, such as ``SIMULATED``; empty where there is nothing.
    footer : str
        Source, basis, instant and that it is not advice: stands on every page.
    """

    name: str
    title: str
    session: date
    summary: str
    sections: tuple[Section, ...]
    label: str = ""
    footer: str = ""

    def pictures(self) -> Iterator[Picture]:
        """Yield every picture, in order."""
        for section in self.sections:
            yield from _pictures(section.blocks)


def more_words(count: int | None) -> str:
    """Return how many more there are than are listed."""
    return f"… and {count or 0:,} more"


def _pictures(blocks: Iterable[Block]) -> Iterator[Picture]:
    for block in blocks:
        match block:
            case Picture():
                yield block
            case Beside():
                yield from _pictures((*block.left, *block.right))
            case _:
                pass
