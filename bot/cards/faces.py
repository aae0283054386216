"""The faces of all signals, by name."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cards import (
    activity_card,
    breadth_card,
    catchup_card,
    cross_card,
    deals_card,
    insiders_card,
    leadership_card,
    leverage_card,
    macro_card,
    options_card,
    quality_card,
    recon_card,
    rotation_card,
    smallcap_card,
    themes_card,
    valuation_card,
)
from bot.cards.face import Face, Phrase
from signals.catalog import kind_by_name
from signals.errors import UnknownSignal

FACES: Mapping[str, Face] = {
    "cross": cross_card.FACE,
    "smallcap": smallcap_card.FACE,
    "rotation": rotation_card.FACE,
    "leadership": leadership_card.FACE,
    "themes": themes_card.FACE,
    "breadth": breadth_card.FACE,
    "catchup": catchup_card.FACE,
    "activity": activity_card.FACE,
    "options": options_card.FACE,
    "quality": quality_card.FACE,
    "valuation": valuation_card.FACE,
    "leverage": leverage_card.FACE,
    "insiders": insiders_card.FACE,
    "deals": deals_card.FACE,
    "macro": macro_card.FACE,
    "recon": recon_card.FACE,
}

_PHRASES = {kind: phrase for face in FACES.values() for kind, phrase in face.phrases.items()}


def face_of(signal: str) -> Face:
    """Return the face of `signal`."""
    return FACES[signal]


def phrase_of(kind: str) -> Phrase:
    """Return how `kind` is told; a kind without words of its own is named as it is."""
    return _PHRASES.get(kind) or Phrase(kind.replace("_", " ").capitalize(), kind.replace("_", " "), "neutral")


def importance_of(kind: str) -> int:
    """Return how important `kind` is, 1 to 5; 1 where no signal raises it any more."""
    try:
        return kind_by_name(kind)[1].importance
    except UnknownSignal:
        return 1
