"""Keywords of a server: which words ask for which briefing, and how that is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.cards.card import Card
from bot.cards.words import escape
from bot.chat.errors import Refusal
from bot.chat.keywords import MOST_IN_A_SERVER
from bot.people import KEYWORDS, MUTE, Edit, Noun, PaperName

Rows = Mapping[tuple[Noun, str], Mapping[str, Any]]

UNHEARD = "messages are not read here: whoever runs the bot has switched message content off. `/briefing` does the same"


def keywords_in(rows: Rows) -> dict[str, str]:
    """Return every keyword that holds: what is set, and the usual ones that are not switched off."""
    set_here = {key: str(row["paper"]) for (noun, key), row in rows.items() if noun is Noun.KEYWORD}
    return {words: paper for words, paper in {**KEYWORDS, **set_here}.items() if paper != MUTE}


def added(words: str, paper: PaperName) -> Edit:
    """Return the edit that lets `words` ask for `paper`; one of the usual keywords needs no row to be as it was."""
    return Edit(Noun.KEYWORD, words, None if KEYWORDS.get(words) is paper else {"paper": paper.value})


def removed(words: str) -> Edit:
    """Return the edit after which `words` ask for nothing; one of the usual keywords is switched off."""
    return Edit(Noun.KEYWORD, words, {"paper": MUTE} if words in KEYWORDS else None)


def need_few(rows: Rows) -> None:
    """Raise where a server would have more keywords than it may."""
    own = [key for (noun, key), row in rows.items() if noun is Noun.KEYWORD and row["paper"] != MUTE]
    if len(own) > MOST_IN_A_SERVER:
        raise Refusal(f"a server has at most {MOST_IN_A_SERVER} keywords of its own: `keyword remove` takes one away")


def keywords_card(rows: Rows, *, is_heard: bool) -> Card:
    """Return what words ask for a briefing here."""
    lines = [f"• **{escape(words)}** asks for {paper}" for words, paper in sorted(keywords_in(rows).items())]
    text = "\n".join(lines) or "No words ask for a briefing here."
    note = "A message that says this and nothing else is answered; neither case nor spaces matter."
    if not is_heard:
        return Card("Keywords of this server", f"Now {UNHEARD}.\n\n{text}", tone="warning")
    return Card("Keywords of this server", text, footer=note)
