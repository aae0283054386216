# ruff: noqa: INP001 - a script, not a package
"""Write build/gallery/index.html: cards, charts and both briefings, to be looked through by a person.

Every signal's answers and alerts, what lists them, a made-up server's settings, help and the briefings' cards. What
is only made in a conversation is not there: the wizard's pages, subscriptions, preferences, imports.

Of the simulated market, and of the folder of real data where there is one (SMALLCAP_MARKET_DATA, or ../shared/market),
at fixed days; dark and light, as wide as a phone and as a desktop. Never commit it: it may show market data.

All of it:  make gallery
Some moments alone:  .venv/bin/python docs/gallery.py sample
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from html import escape
from pathlib import Path

from bot.cards.briefings import NAMES
from bot.cards.briefings.pdf import photographed, printed
from bot.cards.card import Card, Chart
from bot.cards.picture import KINDS, render
from bot.cards.printed import paper_card
from bot.cards.studio import content_key
from bot.cards.theme import ThemeName
from bot.logs import configure
from bot.questions.briefing import paper_of
from docs.making.discord_card import conversation
from docs.making.scenes import LAST_OF_THE_SAMPLE, ROOT, scene
from docs.making.showcase import cards
from signals.types import Market

OUT = ROOT / "build" / "gallery"
DATA = Path(os.environ.get("SMALLCAP_MARKET_DATA", ROOT.parent / "shared" / "market"))
STYLES = ROOT / "docs" / "stylesheets"
THEMES: tuple[ThemeName, ...] = ("dark", "light")
PHONE, DESKTOP = 400, 1200


@dataclass(frozen=True, slots=True)
class Moment:
    """A market to be shown as it stood on one day; without a folder the simulated one."""

    name: str
    session: date
    data: Path | None = None


SAMPLE = (
    Moment("sample", LAST_OF_THE_SAMPLE),
    Moment("sample-cross", date(2026, 8, 17)),
)
REAL = (
    Moment("golden-cross", date(2025, 8, 6), DATA),
    Moment("panic", date(2020, 3, 23), DATA),
    Moment("last", date(2025, 9, 30), DATA),
)


class Pictures:
    """Draws charts on all cores, each once, and remembers which kinds were drawn."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool
        self._drawing: dict[str, Future[bytes]] = {}
        self.kinds: set[str] = set()

    def name_of(self, chart: Chart, theme: ThemeName) -> str:
        """Return the name of the file that will hold the chart in `theme`."""
        self.kinds.add(chart.kind)
        name = f"{chart.kind}-{content_key(chart)[:12]}-{theme}.png"
        if name not in self._drawing:
            self._drawing[name] = self._pool.submit(render, replace(chart, theme=theme))
        return name

    def write(self, folder: Path) -> None:
        """Wait for all pictures and write them."""
        for name, drawing in self._drawing.items():
            (folder / name).write_bytes(drawing.result())


def shown(name: str, card: Card, pictures: Pictures) -> str:
    """Return a card at both widths in both themes, its picture as large as it gets, and its alt text."""
    chart = card.chart
    names = {theme: pictures.name_of(chart, theme) if chart else "" for theme in THEMES}
    alt = chart.alt if chart else ""
    messages = [
        f'<div class="at-{PHONE} {theme}">{conversation("", card, picture=names[theme], alt=alt)}</div>'
        for theme in THEMES
    ]
    large = [f'<img class="at-{DESKTOP}" src="{names[theme]}" alt="{escape(alt)}">' for theme in THEMES if chart]
    words = f'<p class="alt"><b>Alt text</b> {escape(alt)}</p>' if chart else ""
    phones = f'<div class="phones">{"".join(messages)}</div>'
    return f"<section><h3>{escape(name)}</h3>{phones}{''.join(large)}{words}</section>"


def briefings(market: Market, moment: Moment, pictures: Pictures) -> Iterator[str]:
    """Write both briefings and their pages, and yield them as they look, each after its card."""
    for name, title in NAMES.items():
        paper = paper_of(name, market)
        yield shown(f"briefing {name}", paper_card(paper), pictures)
        file = OUT / f"{moment.name}-{name}.pdf"
        file.write_bytes(printed(paper))
        pages = []
        for number, picture in enumerate(photographed(paper), start=1):
            page_file = file.with_name(f"{file.stem}-{number}.png")
            page_file.write_bytes(picture)
            pages.append(f'<img src="{page_file.name}" alt="{escape(title)}, page {number}">')
        heading = f'<h3>{escape(title)} <a href="{file.name}">PDF</a></h3>'
        yield f'<section>{heading}<div class="pages">{"".join(pages)}</div></section>'


async def of_moment(moment: Moment, pictures: Pictures) -> str:
    """Return everything there is to see of a moment."""
    async with scene(moment.session, data=moment.data) as here:
        parts = [shown(name, card, pictures) async for name, card in cards(here)]
        parts += briefings(here.market, moment, pictures)
    sys.stdout.write(f"{moment.name}, {moment.session}: {len(parts)} cards and papers\n")
    return f'<h2 id="{moment.name}">{escape(moment.name)}, {moment.session}</h2>{"".join(parts)}'


def page(parts: Iterable[str], moments: Iterable[Moment]) -> str:
    """Return the whole page."""
    ways = " · ".join(f'<a href="#{moment.name}">{escape(moment.name)} {moment.session}</a>' for moment in moments)
    styles = "\n".join((STYLES / name).read_text(encoding="utf-8") for name in ("site.css", "gallery.css"))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>What the bot shows</title>'
        f'<meta name="viewport" content="width=device-width"><style>{styles}</style></head>'
        f"<body><h1>What the bot shows</h1><nav>{ways}</nav>{''.join(parts)}</body></html>"
    )


async def main(names: list[str]) -> None:
    """Write the page."""
    configure("console", "error")
    every = [*SAMPLE, *(REAL if (DATA / "prices").is_dir() else ())]
    moments = [moment for moment in every if not names or moment.name in names]
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    # Processes that are started anew share no threads with this one.
    with ProcessPoolExecutor(os.cpu_count(), mp_context=multiprocessing.get_context("spawn")) as pool:
        pictures = Pictures(pool)
        parts = [await of_moment(moment, pictures) for moment in moments]
        pictures.write(OUT)
    (OUT / "index.html").write_text(page(parts, moments), encoding="utf-8")
    unseen = sorted(set(KINDS) - pictures.kinds)
    sys.stdout.write(f"{OUT / 'index.html'}; kinds of chart on no card: {', '.join(unseen) or 'none'}\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
