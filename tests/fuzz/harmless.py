"""What an answer must not do to anybody: ping, link, invite, turn the reading direction, or break Discord's limits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import discord

from bot.cards.embed import DESCRIPTION, FIELD_NAME, FIELD_VALUE, FIELDS, FOOTER, TITLE, TOTAL
from bot.cards.plain import CONTENT
from bot.cards.words import length
from bot.chat.choices import CHOICE_CHARACTERS, MOST_CHOICES
from bot.chat.parts import A_ROW, CHOICE, FORM_LABEL, LABEL, MOST_OPTIONS, MOST_ROWS
from bot.chat.press import LONGEST

_EVERYBODY = re.compile(r"@(?:everyone|here)\b", re.IGNORECASE)
_MENTION = re.compile(r"<(?:@[!&]?|#)(\d+)>")
_LINK = re.compile(r"\w://")
_MASKED = re.compile(r"(?<!\\)(?:\\\\)*\]\(")
_INVITE = re.compile(r"discord(?:app)?\.(?:gg|com|me|io)/[^\s\u200b]", re.IGNORECASE)
_PLACEHOLDER, _FORM_WORDS = 150, 4000
_BUTTON, _SELECTS = 2, {3, 5, 6, 7, 8}


def troubles_of_text(text: str, known: Collection[int] = ()) -> list[str]:
    """Return what a text does that it must not; `known` are the numbers that the bot itself may mention."""
    found = [f"{name} in {text!r}" for name, pattern in _LIVE.items() if pattern.search(text)]
    found += [f"mentions {number}: {text!r}" for number in _MENTION.findall(text) if int(number) not in known]
    hidden = {letter for letter in text if letter not in "\n\u200b" and unicodedata.category(letter).startswith("C")}
    return [*found, *(f"hides U+{ord(letter):04X}: {text!r}" for letter in sorted(hidden))]


def troubles_of_answer(
    content: str | None, embeds: Sequence[discord.Embed], components: Sequence[Any], known: Collection[int]
) -> list[str]:
    """Return what an answer does that it must not."""
    found = _too_long("content", content or "", CONTENT)
    for text in (content or "", *(text for embed in embeds for text in _texts_of(embed))):
        found += troubles_of_text(text, known)
    for embed in embeds:
        found += _troubles_of_embed(embed)
    return found + troubles_of_components(components)


def troubles_of_components(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return which limits rows of buttons and selects break, and which of their words hide something."""
    parts = [part for row in rows for part in row["components"]]
    found = ["too many rows"] if len(rows) > MOST_ROWS else []
    found += ["too many in a row" for row in rows if len(row["components"]) > A_ROW]
    ids = [part["custom_id"] for part in parts if "custom_id" in part]
    found += [f"twice the same custom_id: {ids}"] if len(ids) != len(set(ids)) else []
    found += [f"custom_id too long: {custom_id}" for custom_id in ids if len(custom_id) > LONGEST]
    for part in parts:
        found += _troubles_of_part(part)
    return found


def troubles_of_form(modal: discord.ui.Modal) -> list[str]:
    """Return which limits a form breaks."""
    shown = modal.to_dict()
    found = _too_long("title", shown["title"], FORM_LABEL, least=1)
    for row in shown["components"]:
        field = row.get("component") or row["components"][0]
        found += _too_long("label", row.get("label") or field.get("label") or "", FORM_LABEL, least=1)
        found += _too_long("description", row.get("description") or "", CHOICE)
        found += _too_long("answer", field.get("value") or "", min(field.get("max_length") or _FORM_WORDS, _FORM_WORDS))
    return found


def troubles_of_choices(choices: Sequence[discord.app_commands.Choice[Any]]) -> list[str]:
    """Return which limits an autocomplete breaks."""
    found = ["too many choices"] if len(choices) > MOST_CHOICES else []
    for choice in choices:
        found += _too_long("name", choice.name, CHOICE_CHARACTERS, least=1)
        found += _too_long("value", str(choice.value), CHOICE_CHARACTERS, least=1)
        found += [] if choice.name.strip() else [f"a choice shows nothing: {choice.value!r}"]
    return found


_LIVE = {"pings everybody": _EVERYBODY, "links": _LINK, "masks a link": _MASKED, "invites": _INVITE}


def _troubles_of_embed(embed: discord.Embed) -> list[str]:
    found = _too_long("title", embed.title or "", TITLE, least=1)
    found += _too_long("description", embed.description or "", DESCRIPTION)
    found += _too_long("footer", embed.footer.text or "", FOOTER)
    found += ["too many fields"] if len(embed.fields) > FIELDS else []
    for field in embed.fields:
        found += _too_long("name of a field", field.name or "", FIELD_NAME, least=1)
        found += _too_long("field", field.value or "", FIELD_VALUE, least=1)
    total = sum(length(text) for text in _texts_of(embed))
    return [*found, f"{total} in all"] if total > TOTAL else found


def _texts_of(embed: discord.Embed) -> Iterator[str]:
    yield from filter(None, (embed.title, embed.description, embed.footer.text))
    for field in embed.fields:
        yield from filter(None, (field.name, field.value))


def _troubles_of_part(part: Mapping[str, Any]) -> list[str]:
    if part["type"] == _BUTTON:
        return _plain("label", part.get("label") or "", LABEL)
    if part["type"] not in _SELECTS:
        return [f"an unknown part: {part}"]
    found = _too_long("placeholder", part.get("placeholder") or "", _PLACEHOLDER)
    options = part.get("options", [])
    if "options" in part:
        found += ["no options, or too many"] if not 1 <= len(options) <= MOST_OPTIONS else []
        found += ["twice the same value"] if len({option["value"] for option in options}) != len(options) else []
        found += ["more may be chosen than there are"] if part.get("max_values", 1) > len(options) else []
    for option in options:
        found += _plain("label", option["label"], CHOICE)
        found += _too_long("value", option["value"], CHOICE, least=1)
        found += _plain("description", option.get("description") or "-", CHOICE)
    return found


def _plain(name: str, text: str, limit: int) -> list[str]:
    hides = [f"{name} hides something: {text!r}" for letter in text if unicodedata.category(letter).startswith("C")]
    return _too_long(name, text, limit, least=1) + hides[:1]


def _too_long(name: str, text: str, limit: int, *, least: int = 0) -> list[str]:
    is_fine = least <= length(text) <= limit
    return [] if is_fine else [f"{name} of {length(text)} characters, {least} to {limit} may be: {text[:80]!r}"]
