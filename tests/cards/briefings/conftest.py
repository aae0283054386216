from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest

from bot.cards.briefings import NAMES
from bot.cards.briefings.material import Material
from bot.cards.briefings.paper import Beside, Block, Grid, Paper, Points, Terms, Words
from bot.cards.briefings.rotation_paper import rotation_paper
from bot.cards.briefings.smallcap_paper import smallcap_paper
from bot.market.calendar import exchange_calendar
from bot.market.sample import SampleSource
from bot.market.sample_market import END
from bot.questions.briefing import material_of
from signals.types import Market, Prices


def blocks_of(paper: Paper, title: str = "") -> list[Block]:
    """Return the blocks of the sections called `title`, of all where none is named, those side by side apart."""
    found = [block for section in paper.sections if title in section.title for block in section.blocks]
    return [part for block in found for part in _parts(block)]


def _parts(block: Block) -> list[Block]:
    if isinstance(block, Beside):
        return [part for each in (*block.left, *block.right) for part in _parts(each)]
    return [block]


def grids_of(paper: Paper, title: str = "") -> list[Grid]:
    return [block for block in blocks_of(paper, title) if isinstance(block, Grid)]


def text_of(paper: Paper, title: str = "") -> str:
    """Return everything a paper says in words, a line each."""
    lines: list[str] = []
    for block in blocks_of(paper, title):
        match block:
            case Words():
                lines.append(block.text)
            case Points():
                lines.extend(block.lines)
            case Terms():
                lines.extend(f"{word}. {meaning}" for word, meaning in block.pairs)
            case Grid():
                lines.extend([block.caption, *(" ".join(row) for row in (block.header, *block.rows)), block.under])
            case _:
                pass
    return "\n".join(lines)


@pytest.fixture(scope="session")
def sample() -> Market:
    """The simulated market as of its end."""
    calendar = exchange_calendar(END)
    source = SampleSource(calendar)
    known = source.reference()
    return Market(
        prices=source.market().prices,
        as_of=datetime(END.year, END.month, END.day, 20, 20, tzinfo=UTC),
        source=source.name,
        calendar=calendar,
        labels=source.labels,
        universes=known.universes,
        sectors=known.sectors,
        names=known.names,
        facts=known.facts,
    )


@pytest.fixture(scope="session")
def materials(sample) -> dict[str, Material]:
    return {name: material_of(name, sample) for name in NAMES}


@pytest.fixture(scope="session")
def papers(materials) -> dict[str, Paper]:
    return {"smallcap": smallcap_paper(materials["smallcap"]), "rotation": rotation_paper(materials["rotation"])}


@pytest.fixture(scope="session")
def bare() -> Market:
    """A market with thirty closes of one fund, and nothing else."""
    calendar = exchange_calendar(date(2025, 12, 31))
    sessions = calendar.sessions[-30:]
    prices = Prices(sessions, ("IWM",), np.linspace(100.0, 110.0, 30)[:, None])
    return Market(prices, datetime(2025, 12, 31, 21, 20, tzinfo=UTC), "made up", calendar)
