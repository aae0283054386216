"""Scans: what was asked for, in whatever order of words, and a page of what was found."""

from __future__ import annotations

from dataclasses import dataclass

import discord

from bot.cards.card import Card
from bot.cards.findings_card import Sort, findings_page
from bot.chat.choices import Choices, matching
from bot.chat.errors import Refusal
from bot.chat.parts import Option, choice, laid_out, turns
from bot.chat.ports import Findings, Ports
from bot.chat.press import LONGEST_PLACE, Action, Press, press
from bot.people import WATCHLIST

KIND_WORDS = {
    "all": "all",
    "cross": "crosses",
    "crosses": "crosses",
    "approach": "approaches",
    "approaches": "approaches",
    "approaching": "approaches",
    "high": "highs",
    "highs": "highs",
}
"""What a kind may be called to what it is."""
_KINDS: tuple[tuple[str, str], ...] = (
    ("all", "crosses, approaches and highs"),
    ("crosses", "golden and death crosses of the session"),
    ("approaches", "averages about to cross"),
    ("highs", "closes above every other of 52 weeks"),
)
_SORTS: tuple[Option, ...] = (
    (Sort.SYMBOL, "By symbol", ""),
    (Sort.SIZE, "By size", "the widest gap, or the farthest above the high before, first"),
    (Sort.DAY, "Newest first", "what began last"),
)


@dataclass(frozen=True, slots=True)
class Scan:
    """What is looked for, where, and which page of it is shown in which order."""

    where: str
    kind: str = "all"
    sort: Sort = Sort.SYMBOL
    page: int = 0

    @property
    def is_personal(self) -> bool:
        """Whether it is of the asker's own list."""
        return self.where == WATCHLIST


def scan_named(findings: Findings, where: str, kind: str) -> Scan:
    """Return the scan that the words ask for: a kind and a place in any order, either of which may be left out."""
    words = f"{where} {kind}".replace('"', "").split()
    kinds = [word for word in words if word.lower() in KIND_WORDS]
    place = " ".join(word for word in words if word not in kinds)
    named = {KIND_WORDS[word.lower()] for word in kinds} - {"all"}
    if len(named) > 1:
        raise Refusal("look for one kind at a time, or leave it out to see them all")
    meant = named.pop() if named else "all"
    return Scan(place_named(findings, place), meant)


def place_named(findings: Findings, typed: str) -> str:
    """Return the place that `typed` names, or begins the name of; as it is where it names none."""
    wanted = typed.casefold()
    places = {value.casefold(): value for value, _ in findings.places()}
    places |= {value.partition(":")[2].casefold(): value for value, _ in findings.places() if ":" in value}
    if wanted in places or len(typed) < LONGEST_PLACE:
        return places.get(wanted, typed)
    return next((value for name, value in places.items() if name.startswith(wanted)), typed)


def place_choices(findings: Findings, typed: str) -> Choices:
    """Return what can be scanned and fits what was typed."""
    return matching(typed, findings.places())


def kind_choices(typed: str) -> Choices:
    """Return the kinds that fit what was typed."""
    return matching(typed, ((name, f"{name}: {what}") for name, what in _KINDS))


def sorted_by(typed: str) -> Sort:
    """Return the order that a component names."""
    if typed not in set(Sort):
        raise Refusal("I do not know that order any more: ask again with `scan`")
    return Sort(typed)


async def scanned(
    ports: Ports, wanted: Scan, *, user_id: int, guild_id: int | None
) -> tuple[Card, discord.ui.View | None]:
    """Return the page that is wanted of what was found, and what turns and sorts it."""
    watched = (await ports.members.subscriber(user_id)).watched if wanted.is_personal else ()
    found = await ports.findings.of(wanted.where, wanted.kind, guild_id=guild_id, watched=watched)
    card, at, pages = findings_page(found, sort=wanted.sort, page=wanted.page)
    if len(found.findings) <= 1:
        return card, None
    place = wanted.where[:LONGEST_PLACE]

    def says(page: int) -> Press:
        return press(Action.SCAN, user_id, page, wanted.sort, wanted.kind, place)

    order = choice(
        press(Action.SORT, user_id, wanted.kind, place), _SORTS, hint="In which order?", chosen=[wanted.sort]
    )
    return card, laid_out([order], turns(at, pages, says))
