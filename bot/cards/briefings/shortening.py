"""A paper whose lists are cut short, so that it fits its pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.cards.briefings.paper import Beside, Block, Grid, Paper, Points


def shortened(paper: Paper, most: int) -> Paper:
    """Return the paper with at most so many lines in each list; what is left out is counted there."""
    sections = (replace(section, blocks=_cut(section.blocks, most)) for section in paper.sections)
    return replace(paper, sections=tuple(sections))


def _cut(blocks: Iterable[Block], most: int) -> tuple[Block, ...]:
    return tuple(_short(block, most) for block in blocks)


def _short(block: Block, most: int) -> Block:
    match block:
        case Grid(rows=rows, unlisted=int(unlisted)):
            return replace(block, rows=rows[:most], unlisted=unlisted + len(rows[most:]))
        case Points(items=items, unlisted=int(unlisted)):
            return replace(block, items=items[:most], unlisted=unlisted + len(items[most:]))
        case Beside():
            return replace(block, left=_cut(block.left, most), right=_cut(block.right, most))
        case _:
            return block
