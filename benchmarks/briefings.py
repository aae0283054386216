"""What a briefing costs, from the market to the PDF, beside the same content with matplotlib's PdfPages.

Gathering reads and counts everything a briefing says. Printing is measured in a process of its own: cold is the first
there, with the import of what prints; warm is the median of those after it. PdfPages sets nothing: each picture, each
table and each section's words get a page of their own, as most tutorials do it. CPU milliseconds, so that others on the
machine count for little; of the simulated market and, where SMALLCAP_MARKET_DATA or ../shared/market is there, of real
data.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bot.cards.briefings import NAMES
from bot.cards.briefings.paper import Beside, Block, Grid, Paper, Picture, Points, Terms, Words
from bot.cards.briefings.pdf import printed
from bot.cards.picture import drawing
from bot.cards.theme import LIGHT
from bot.logs import configure
from bot.questions.briefing import paper_of
from docs.making.scenes import LAST_OF_THE_SAMPLE, ROOT, scene
from signals.types import Market

ROUNDS = 5
DATA = Path(os.environ.get("SMALLCAP_MARKET_DATA", ROOT.parent / "shared" / "market"))
LAST_OF_THE_DATA = date(2025, 9, 30)
A4 = (8.27, 11.69)
LINE_LETTERS = 110


@dataclass(frozen=True, slots=True)
class Cost:
    """What printing one paper cost, in CPU milliseconds, and what came out."""

    cold: float
    warm: float
    pages: int
    kilobytes: float


def with_pdf_pages(paper: Paper) -> bytes:
    """Print the paper's pictures, tables and words as most tutorials would."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt
    from matplotlib.backends.backend_pdf import PdfPages

    told = BytesIO()
    with PdfPages(told) as pages:
        for section in paper.sections:
            blocks = list(flat(section.blocks))
            figure = plt.figure(figsize=A4)
            figure.text(0.05, 0.95, "\n".join([section.title, *words_in(blocks)]), va="top", fontsize=8)
            pages.savefig(figure)
            plt.close(figure)
            for block in blocks:
                if isinstance(block, Picture):
                    pages.savefig(drawing(block.chart.kind)(block.chart.data, LIGHT))
                elif isinstance(block, Grid):
                    figure, axes = plt.subplots(figsize=A4)
                    axes.set_title(block.caption)
                    axes.axis("off")
                    axes.table([list(row) for row in block.rows], colLabels=list(block.header), loc="upper center")
                    pages.savefig(figure)
                    plt.close(figure)
    return told.getvalue()


def flat(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield blocks one after the other, those side by side apart."""
    for block in blocks:
        if isinstance(block, Beside):
            yield from flat((*block.left, *block.right))
        else:
            yield block


def words_in(blocks: Iterable[Block]) -> Iterator[str]:
    """Yield the words of a section, in lines that fit a page."""
    import textwrap

    for block in blocks:
        match block:
            case Words():
                yield from textwrap.wrap(block.text, LINE_LETTERS)
            case Points():
                yield from (line for item in block.lines for line in textwrap.wrap(item, LINE_LETTERS))
            case Terms():
                yield from (line for pair in block.pairs for line in textwrap.wrap(". ".join(pair), LINE_LETTERS))
            case _:
                pass


def cost_of(make: Callable[[Paper], bytes], paper: Paper) -> Cost:
    """Return what `make` costs in this process, which has made nothing before."""
    took: list[float] = []
    content = b""
    for _ in range(ROUNDS + 1):
        began = time.process_time()
        content = make(paper)
        took.append(1000 * (time.process_time() - began))
    import pypdf

    pages = len(pypdf.PdfReader(BytesIO(content)).pages)
    return Cost(took[0], median(took[1:]), pages, len(content) / 1000)


def apart(make: Callable[[Paper], bytes], paper: Paper) -> Cost:
    """Return what `make` costs in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(cost_of, make, paper).result()


def gathered(name: str, market: Market) -> tuple[Paper, float]:
    """Return a briefing as data, and the median of what it took."""
    took: list[float] = []
    for _ in range(ROUNDS):
        began = time.process_time()
        paper = paper_of(name, market)
        took.append(1000 * (time.process_time() - began))
    return paper, median(took)


def measure(market: Market, of: str) -> None:
    """Print a line per briefing and way of printing it."""
    print(f"\n{of}: {len(market.prices.symbols):,} symbols, {len(market.prices.sessions):,} sessions")
    print(f"{'':22}{'gather':>8}{'cold':>8}{'warm':>8}{'total':>8}{'pages':>7}{'kB':>7}")
    for name in NAMES:
        paper, gathering = gathered(name, market)
        ours, theirs = apart(printed, paper), apart(with_pdf_pages, paper)
        for way, cost in ((name, ours), ("  with PdfPages", theirs)):
            figures = f"{gathering:>8.0f}{cost.cold:>8.0f}{cost.warm:>8.0f}{gathering + cost.warm:>8.0f}"
            print(f"{way:22}{figures}{cost.pages:>7}{cost.kilobytes:>7.0f}")
        ratios = [ours.cold / theirs.cold, ours.warm / theirs.warm]
        ratios.append((gathering + ours.warm) / (gathering + theirs.warm))
        rest = f"{ours.pages / theirs.pages:>6.2f}x{ours.kilobytes / theirs.kilobytes:>6.2f}x"
        print(f"{'  ours / theirs':30}{''.join(f'{ratio:>7.2f}x' for ratio in ratios)}{rest}")


async def main() -> None:
    """Measure everything there is."""
    configure("console", "error")
    print(f"CPU ms; median of {ROUNDS}; total: gathering, and printing warm")
    async with scene(LAST_OF_THE_SAMPLE) as here:
        measure(here.market, "simulated market")
    if not (DATA / "prices").is_dir():
        print("\nNo folder of real data is here: set SMALLCAP_MARKET_DATA.")
        return
    async with scene(LAST_OF_THE_DATA, data=DATA) as here:
        measure(here.market, "real data")


if __name__ == "__main__":
    asyncio.run(main())
