"""Briefings as members ask for them: by name, by button, by keyword."""

from __future__ import annotations

import difflib
import io

import discord

from bot.cards.briefings import NAMES
from bot.cards.printed import Printed
from bot.chat.choices import Choices, matching
from bot.chat.errors import Refusal
from bot.chat.words import TYPED_SHOWN, safe
from bot.people import BRIEFINGS, PaperName


def briefing_named(typed: str) -> PaperName:
    """Return the briefing that `typed` names; refuse an unknown one."""
    wanted = " ".join(typed.lower().split())
    if wanted in set(BRIEFINGS):
        return PaperName(wanted)
    near = difflib.get_close_matches(wanted, BRIEFINGS, n=1)
    hint = f"did you mean {near[0]}?" if near else f"choose {' or '.join(BRIEFINGS)}"
    raise Refusal(f"there is no briefing {safe(typed, TYPED_SHOWN)}: {hint}")


def briefing_choices(typed: str) -> Choices:
    """Return the briefings that fit what was typed."""
    return matching(typed, ((name, f"{name}: {NAMES[name]}") for name in BRIEFINGS))


def pdf_of(printed: Printed) -> discord.File:
    """Return a briefing as an attachment."""
    return discord.File(io.BytesIO(printed.content), printed.file_name, description=printed.alt)
