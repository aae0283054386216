"""A source of bars furnished with what files say: universes it keeps up to date, series, themes, dates ahead."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Literal, Protocol

import structlog

from bot.market.folder_reference import in_todays_shares, read_reference
from bot.market.types import Bars, Reference, Source
from bot.market.universe import universes_at
from signals.facts import Facts, Holdings

log = structlog.get_logger(__name__)

Group = Literal["smallcap", "largecap", "russell1000", "themes"]
THEMES: Group = "themes"
KEPT = timedelta(days=366)
"""How long a share that left a universe is still asked for: readings of the last year count it."""


class Refresh(Protocol):
    """Something beside the bars that is downloaded now and then."""

    async def refresh(self) -> tuple[str, ...]:
        """Download what is due, and return what failed, a line each; what is there stays."""
        ...

    def faults(self) -> tuple[str, ...]:
        """Return what failed last, a line each."""
        ...


class Background(Refresh, Protocol):
    """Something that takes minutes to download, and is awaited by nobody.

    Attributes
    ----------
    name : str
        As people call it.
    tidings : int
        Grows whenever something has come.
    """

    name: str
    tidings: int

    @property
    def words(self) -> str:
        """How far it is, or what there is, in a line."""
        ...

    def follow(self, symbols: Sequence[str]) -> None:
        """Name the symbols that are kept up to date, the most wanted first."""
        ...

    def beside(self, facts: Facts) -> Facts:
        """Return `facts` with what has come."""
        ...


@dataclass(frozen=True, slots=True)
class Furniture:
    """What stands beside the bars.

    Attributes
    ----------
    root : Path
        Folder laid out like a folder of data: holdings/, fred/, themes.toml, calendar.toml, whatever there is.
    holdings : Path or None
        Folder of the holdings files where it is another one.
    symbols : tuple of str
        What is asked for besides the members of `groups`.
    groups : tuple of str
        Universes, and ``themes`` for the members of all themes.
    downloads : tuple of Refresh
        What is renewed before all symbols are fetched.
    background : tuple of Background
        What is renewed meanwhile.
    """

    root: Path
    holdings: Path | None = None
    symbols: tuple[str, ...] = ()
    groups: tuple[Group, ...] = ()
    downloads: tuple[Refresh, ...] = ()
    background: tuple[Background, ...] = ()

    @property
    def holdings_folder(self) -> Path:
        """The folder of the holdings files."""
        return self.holdings or self.root / "holdings"


class FurnishedSource:
    """A `Source` whose bars come from another, and whose facts come from files."""

    def __init__(self, bars: Source, furniture: Furniture) -> None:
        self.name, self.labels = bars.name, bars.labels
        self._bars, self._furniture = bars, furniture
        self._errands: dict[str, asyncio.Task[object]] = {}

    def reference(self) -> Reference:
        """Return the facts of the files, members of the universes that are kept up to date alone."""
        found = read_reference(self._furniture.root, holdings=self._furniture.holdings)
        facts = _of_groups(found.facts, self._furniture.groups)
        facts, defects = self._beside(facts)
        facts, wrong = in_todays_shares(facts, self._furniture.root)
        renewed = (*self._furniture.downloads, *self._furniture.background)
        told = [fault for each in renewed for fault in each.faults()]
        faults = (*found.faults, *defects, *wrong, *self._missing(facts), *told)
        universes = universes_at(facts, date.max)
        names = {**found.names, **self._bars.reference().names}
        return Reference(universes, found.sectors, names, facts, faults)

    async def fetch(self, symbols: Sequence[str] | None, *, start: date, end: date) -> Bars:
        """Return the bars of `symbols`; None: those of the settings and the members of the universes."""
        if symbols is None:
            symbols = await self.everything()
        return await self._bars.fetch(symbols, start=start, end=end)

    @property
    def background(self) -> tuple[Background, ...]:
        """What is renewed in the background."""
        return self._furniture.background

    def renew(self) -> None:
        """Start what is renewed in the background, each once at a time; it decides itself whether it is due."""
        for each in self._furniture.background:
            errand = self._errands.get(each.name)
            if errand is None or errand.done():
                self._errands[each.name] = asyncio.create_task(self._errand(each), name=f"renew {each.name}")

    @property
    def tidings(self) -> int:
        """Grows whenever something has come in the background."""
        return sum(each.tidings for each in self._furniture.background)

    @property
    def renewing(self) -> tuple[str, ...]:
        """How far each is that is renewed in the background, a line each."""
        return tuple(each.words for each in self._furniture.background if each.words)

    async def _errand(self, each: Background) -> None:
        try:
            await each.refresh()
        except Exception:  # a defect of one of them must not stay unseen, nor stop the others
            log.exception("renewal_failed", what=each.name)

    async def close(self) -> None:
        """Let go of what runs in the background, and close the source of the bars."""
        for errand in self._errands.values():
            errand.cancel()
        await asyncio.gather(*self._errands.values(), return_exceptions=True)
        close = getattr(self._bars, "close", None)
        if close is not None:
            await close()

    @property
    def progress(self) -> tuple[int, int] | None:
        """How far the fetch is that runs, where the source of the bars counts."""
        progress: tuple[int, int] | None = getattr(self._bars, "progress", None)
        return progress

    async def everything(self) -> tuple[str, ...]:
        """Return the symbols that ``fetch(None)`` asks for, of the newest files there are."""
        for each in self._furniture.downloads:
            await each.refresh()
        facts = (await asyncio.to_thread(self.reference)).facts
        symbols = wanted(self._furniture.symbols, facts, self._furniture.groups)
        for each in self._furniture.background:
            each.follow(symbols)
        return symbols

    def _beside(self, facts: Facts) -> tuple[Facts, list[str]]:
        """Return `facts` with what has come in the background, and of what that cannot be read."""
        defects: list[str] = []
        for each in self._furniture.background:
            try:
                facts = each.beside(facts)
            except Exception as error:  # a defect of one of them costs its own facts, not the bars
                log.exception("facts_unreadable", what=each.name)
                defects.append(f"{each.name}: what is kept cannot be read ({type(error).__name__}): see the log")
        return facts, defects

    def _missing(self, facts: Facts) -> list[str]:
        has = {file.universe for file in facts.holdings}
        folder = self._furniture.holdings_folder
        return [
            f"no holdings file of the universe {group} in {folder}: put one there, or set holdings_download = true"
            for group in self._furniture.groups
            if group != THEMES and group not in has
        ]


def _of_groups(facts: Facts, groups: Sequence[Group]) -> Facts:
    return replace(facts, holdings=tuple(file for file in facts.holdings if file.universe in groups))


def wanted(symbols: Sequence[str], facts: Facts, groups: Sequence[Group]) -> tuple[str, ...]:
    """Return the symbols to keep up to date: `symbols`, the members of `groups`, and those that left within a year."""
    found = list(symbols)
    for group in groups:
        for file in _of_a_year(facts.of_universe(group)):
            found += file.symbols
    if THEMES in groups:
        found += [member.symbol for theme in facts.themes for member in theme.members]
    return tuple(dict.fromkeys(found))


def _of_a_year(files: Sequence[Holdings]) -> Sequence[Holdings]:
    """Return the newest of `files` first, then those that were in force within a year before its date."""
    if not files:
        return ()
    since = files[-1].effective_date - KEPT
    ended = [later.effective_date for later in files[1:]]  # the day each but the last was replaced
    return (files[-1], *(file for file, end in zip(files, ended, strict=False) if end > since))
