# ruff: noqa: INP001 - beside the pages, not a package
"""The words of the glossary, and which of them a page uses."""

from __future__ import annotations

import re
from dataclasses import dataclass

from docs.making.scenes import ROOT

GLOSSARY = ROOT / "docs" / "glossary.md"
_ENTRY = re.compile(
    r"^### (?P<title>.+?) \{ #(?P<anchor>[a-z0-9-]+) \}\n\n(?P<text>.+?)(?=^#|\Z)", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Term:
    """An entry of the glossary: the ways it is written, where it stands, and what it means."""

    names: tuple[str, ...]
    anchor: str
    text: str

    def is_in(self, page: str) -> bool:
        """Whether a page uses it, however it is written."""
        written = "|".join(re.escape(name) for name in self.names)
        return re.search(rf"(?<![\w`])(?:{written})(?:s|es)?(?![\w`])", page, re.IGNORECASE) is not None


def read_terms() -> tuple[Term, ...]:
    """Return the glossary's entries in its order; names of one entry stand in its title, with commas between."""
    text = GLOSSARY.read_text(encoding="utf-8")
    return tuple(
        Term(tuple(found["title"].split(", ")), found["anchor"], found["text"].strip())
        for found in _ENTRY.finditer(text)
    )


def words_of(terms: tuple[Term, ...], page: str) -> str:
    """Return the line that leads from a page to the entries of its words."""
    links = [f"[{term.names[0]}](../glossary.md#{term.anchor})" for term in terms if term.is_in(page)]
    return f"Words explained in the [glossary](../glossary.md): {', '.join(links)}.\n{{ .words }}"
