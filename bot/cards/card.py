"""The card: everything a message shows, as data, before it is an embed, plain text or a picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Field:
    """A titled block of text on a card."""

    title: str
    text: str
    is_inline: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """What a picture shows, as plain picklable data, with the words for those who cannot see it.

    Parameters
    ----------
    kind : str
        Which drawing function renders it (``cross``, ``smallcap``, ``evidence``).
    data : mapping
        Arrays and scalars that drawing function documents.
    alt : str
        The picture in words, made from the same values.
    theme : str
        ``dark`` as Discord's background, or ``light`` as paper.
    """

    kind: str
    data: Mapping[str, Any]
    alt: str
    theme: Literal["dark", "light"] = "dark"


@dataclass(frozen=True, slots=True)
class Card:
    """A message's content: title, lead text, fields, footer, colour, picture.

    Parameters
    ----------
    tone : str
        ``golden``, ``death``, ``neutral`` or ``warning``; the style maps it to a colour.
    footer : str
        Session, source, basis, coverage, "not advice".
    """

    title: str
    text: str
    tone: str = "neutral"
    fields: tuple[Field, ...] = ()
    footer: str = ""
    chart: Chart | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
