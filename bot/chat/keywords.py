"""Words that ask for a briefing by themselves: what may be one, and what a message asks for."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Protocol

import discord

from bot.chat.errors import Refusal
from bot.chat.words import TYPED_SHOWN, safe
from bot.people import KEYWORDS, MUTE

LEAST, MOST = 3, 40
MOST_IN_A_SERVER = 20
LONGEST_MESSAGE = 100
"""A message with more letters is not looked at: white space alone may make it longer than a keyword."""
PLAIN = " -'&.+"
"""What may stand in a keyword beside letters and digits."""
MARKS = ("Mn", "Mc")
"""Categories of what belongs to the letter before it, such as the vowel signs of Hindi and Thai."""
UNSEEN = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f"
"""Marks and letters that show nothing, as variation selectors do: two keywords that look the same might not be."""


class KeywordsUnknown(Exception):
    """What words ask for cannot be looked up now."""


class Words(Protocol):
    """Knows what has been set."""

    async def keywords(self) -> Mapping[int, Mapping[str, str]]:
        """Return what words ask for in each guild that has set any, from memory."""
        ...


def squeezed(text: str) -> str:
    """Return `text` in the one form in which keywords are kept and compared: neither case nor spaces matter."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def keyword_of(typed: str, prefix: str | None = None) -> str:
    """Return the keyword that `typed` is; refuse what could be a command, a mention, or an accident."""
    words = squeezed(typed)
    if not LEAST <= len(words) <= MOST:
        raise Refusal(f"a keyword has {LEAST} to {MOST} characters")
    strange = _strange(words)
    if strange is not None:
        raise Refusal(f"a keyword is made of letters, digits and spaces: leave out {safe(strange, 4)}")
    if not any(letter.isalpha() for letter in words):
        raise Refusal("a keyword has a letter in it: numbers alone are said too often")
    if prefix is not None and words.startswith(prefix.casefold()):
        raise Refusal(f"what begins with {safe(prefix, TYPED_SHOWN)} is a command: choose other words")
    return words


def _strange(words: str) -> str | None:
    """Return the first character that may not stand in a keyword."""
    follows_letter = False
    for letter in words:
        is_mark = follows_letter and unicodedata.category(letter) in MARKS
        is_selector = "VARIATION SELECTOR" in unicodedata.name(letter, "")
        if letter in UNSEEN or is_selector or not (letter.isalnum() or letter in PLAIN or is_mark):
            return letter
        follows_letter = letter.isalpha() or is_mark
    return None


def meaning(set_here: Mapping[str, str], words: str) -> str | None:
    """Return the briefing that `words` ask for where `set_here` holds; None where they ask for none."""
    paper = set_here.get(words) or KEYWORDS.get(words)
    return None if paper is None or paper == MUTE else str(paper)


async def asked_in(message: discord.Message, known: Words, prefix: str) -> str | None:
    """Return the briefing that a message asks for by nothing but a keyword; None for any other message.

    Bots and webhooks are not answered, or two bots might talk to each other for ever.

    Raises
    ------
    KeywordsUnknown
        If what is set cannot be looked up now.
    """
    text = message.content
    if message.author.bot or message.webhook_id is not None or len(text) > LONGEST_MESSAGE:
        return None
    words = squeezed(text)
    if not LEAST <= len(words) <= MOST or words.startswith(prefix.casefold()) or "<" in words:
        return None
    if message.guild is None:
        return meaning({}, words)
    try:
        set_here = (await known.keywords()).get(message.guild.id, {})
    except Exception as away:
        raise KeywordsUnknown(f"the keywords cannot be read: {away}") from away
    return meaning(set_here, words)
