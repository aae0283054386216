"""What the cards about companies' figures share: the two universes side by side, whose members, and what is missing."""

from __future__ import annotations

from bot.cards.words import number_of
from signals.types import Reading

SMALL, LARGE = "Russell 2000", "S&P 500"
GROUPS = (("", SMALL), ("largecap.", LARGE))
"""Beginning of the names of a universe's values, and what people call it."""
NO_MEMBERS = "there is no list of members: holdings files in `holdings/` tell them"
NO_FILINGS = (
    "what companies filed is not known: files in `fundamentals/` of a folder of data tell it, "
    "or EDGAR does once `edgar_contact` is set"
)
NO_ESTIMATES = (
    "no estimates of the last 120 days are known: files in `estimates/` of a folder of data tell them, "
    "or Yahoo does (`yahoo_facts = true`)"
)
NO_YIELD = "the 10-year yield is not known: `fred/DGS10.csv` of a folder of data tells it, or FRED (`fred = true`)"


def members_line(reading: Reading, prefix: str) -> str:
    """Return how many members a universe has, and whether they were not known then; empty where there is no list."""
    members = number_of(reading.values.get(f"{prefix}members"))
    if not members:
        return ""
    hindsight = ", by a list that came later or has no date (hindsight)"
    return f"{members:,.0f} companies{hindsight if reading.values.get(f'{prefix}known_then') == 'no' else ''}"


def has_members(reading: Reading, prefix: str) -> bool:
    """Whether there is a list of a universe's members."""
    return bool(number_of(reading.values.get(f"{prefix}members")))


def sentence(text: str) -> str:
    """Return `text` with a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:]}."
