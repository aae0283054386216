"""What the members of a server think of a symbol: mean, how many, how the stars are spread; and the leader board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.cards.card import Card
from bot.cards.provenance import NOT_ADVICE
from bot.cards.words import NAME_LETTERS, decimal, shorten, titled
from bot.people import Rated

MOST_STARS = 5
FULL, EMPTY = "★", "☆"
A_PAGE = 15
LEAST = 3
"""So many must have rated a symbol before it may lead."""

_BAR, _CELL = 16, "█"
_FOOT = f"one vote per member, changeable · what members think, nothing the market said · {NOT_ADVICE}"


def rating_card(rated: Rated, *, name: str) -> Card:
    """Return how one symbol is rated: the mean, by how many, and a bar for each number of stars."""
    title = f"{titled(name, rated.symbol)}: {mean_words(rated)}"
    if not rated.n:
        return Card(title, "Nobody in this server has rated it yet: press a button below.", footer=_FOOT)
    return Card(title, f"{stars_words(round(rated.mean))} from {voters(rated.n)}\n{_bars(rated)}", footer=_FOOT)


def board_page(board: Sequence[Rated], names: Mapping[str, str], page: int) -> tuple[Card, int, int]:
    """Return one page of the leader board, which one it is, and how many there are; beyond the end it is the last."""
    pages = max(1, -(-len(board) // A_PAGE))
    at = min(page, pages - 1)
    first = at * A_PAGE
    lines = [
        f"{place}. **{titled(shorten(names[rated.symbol], NAME_LETTERS), rated.symbol)}** "
        f"{mean_words(rated)}, n {rated.n:,}"
        for place, rated in enumerate(board[first : first + A_PAGE], start=first + 1)
    ]
    nobody = f"No symbol has been rated by {LEAST} members yet: `rate STRL 4` gives one its stars."
    paged = f"page {at + 1} of {pages} · " if pages > 1 else ""
    least = f"rated by at least {LEAST} members"
    return (
        Card("What this server rates highest", "\n".join(lines) or nobody, footer=f"{paged}{least} · {_FOOT}"),
        at,
        pages,
    )


def mean_words(rated: Rated) -> str:
    """Return the mean of the stars in words."""
    return f"{decimal(rated.mean)} of {MOST_STARS}" if rated.n else "not rated yet"


def stars_words(stars: int) -> str:
    """Return stars as signs: so many full ones, the rest empty."""
    return FULL * stars + EMPTY * (MOST_STARS - stars)


def voters(count: int) -> str:
    """Return how many members voted."""
    return f"{count:,} {'member' if count == 1 else 'members'}"


def _bars(rated: Rated) -> str:
    most = max(rated.counts)
    rows = []
    for stars in range(MOST_STARS, 0, -1):
        count = rated.counts[stars - 1]
        # Whoever voted is seen, however many voted otherwise.
        cells = max(1, round(_BAR * count / most)) if count else 0
        rows.append(f"{stars} {FULL} {_CELL * cells:<{_BAR}} {count:,}")
    return "```\n" + "\n".join(rows) + "\n```"
