"""The front office: how the bot is, and what it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

import numpy as np

from bot import __version__
from bot.alerts.schedule import next_instant
from bot.alerts.watch import JOB, Timing
from bot.cards.card import Card
from bot.cards.notes import text_card
from bot.cards.provenance import NOT_ADVICE, label_words
from bot.cards.words import instant_words, listed, session_words
from bot.clock import Clock
from bot.market.gate import Held
from bot.market.types import Outcome, Status
from bot.questions.parse import QuestionError
from bot.questions.ports import Knowledge
from bot.records import Run
from signals.errors import InsufficientHistory
from signals.facts import STALE_AFTER_DAYS, Holdings
from signals.types import Coverage, Market

_MOST_HELD_SHOWN = 10

LICENCES: Mapping[str, str] = {
    "Yahoo": "Yahoo's prices are for personal use only and may be delayed; they may not be redistributed.",
    "simulated market": "The prices are simulated: no real company, index or fund is described.",
}
"""What may be done with a source's data."""


class Bars(Protocol):
    """What the office asks of the book."""

    def outcomes(self) -> Sequence[Outcome]:
        """Return how each symbol ended in the last fetch."""
        ...

    def held(self) -> Sequence[Held]:
        """Return the bars held back, each with its reason."""
        ...

    def update(self) -> str:
        """Return how far the update of the bars is, or how the last one went; nothing where there was none."""
        ...

    def faults(self) -> Sequence[str]:
        """Return what is wrong with the files beside the bars, a line each."""
        ...


class Counts(Protocol):
    """Counts deliveries by state."""

    async def counts(self) -> Mapping[str, int]:
        """Return how many deliveries stand in each state, and under ``computed`` how many there ever were."""
        ...

    async def possible_duplicates(self) -> int:
        """Return how many messages may have been posted twice."""
        ...


class Breakers(Protocol):
    """Counts channels that are switched off."""

    async def count_off(self) -> int:
        """Return how many there are in all guilds."""
        ...


class Runs(Protocol):
    """Tells which sessions were scanned."""

    async def last(self, job: str) -> Run | None:
        """Return the finished run of the latest session."""
        ...

    async def failed(self, job: str) -> list[Run]:
        """Return the runs that failed and were not made good yet."""
        ...


@dataclass(frozen=True, slots=True)
class Office:
    """Answers `status` and `about`."""

    bars: Bars
    knowledge: Knowledge
    runs: Runs | None
    outbox: Counts | None
    timing: Timing
    clock: Clock
    breakers: Breakers | None = None

    async def status(self) -> Card:
        """Return last session per source, coverage, held symbols with reasons, next run and deliveries."""
        try:
            market = self.knowledge.market()
            prices, coverage, footer = self._prices(market), _coverage(market), _footer(market.labels)
            universes = _universes(market)
        except QuestionError as error:
            prices = "\n".join(filter(None, [str(error), self.bars.update()]))
            coverage, footer, universes = "nothing yet", _footer(()), []
        fields = [
            ("Prices", prices),
            ("Coverage", coverage),
            ("Universes", listed([*universes, *self.bars.faults()], 1000)),
            ("Held back", self._held()),
            ("Scans", await self._scans()),
            ("Deliveries", await self._deliveries()),
        ]
        fields = [(name, text) for name, text in fields if text]
        return text_card("Status", f"As of {instant_words(self.clock.now())}", fields, footer=footer)

    def about(self) -> Card:
        """Return source, delay, licence of the data, version; the rest is told even while prices are loaded."""
        try:
            market = self.knowledge.market()
            source, licence, footer = market.source, _licence(market.source), _footer(market.labels)
        except QuestionError as error:
            source, licence, footer = str(error), "known once there are prices", _footer(())
        delay = int(self.timing.delay.total_seconds() // 60)
        fields = [
            ("Source of prices", source),
            ("Delay", f"A session is scanned {delay} minutes after the exchange's close; nothing is real time."),
            ("Licence of the data", licence),
            ("Proof", "Every alert names the session and its numbers; `why` computes them again from what was kept."),
            ("Not advice", "The bot says what happened. What you do is up to you."),
        ]
        text = f"smallcap-signals {__version__}: what the US small-cap market is doing. Type `help` to see what to ask."
        return text_card("About", text, fields, footer=footer)

    def _prices(self, market: Market) -> str:
        outcomes = self.bars.outcomes()
        ok = sum(outcome.status is Status.OK for outcome in outcomes)
        last = session_words(market.prices.sessions[-1].item()) if len(market.prices.sessions) else "no session yet"
        lines = [f"{market.source}: last session {last}", f"{ok:,} of {len(outcomes):,} symbols came in whole"]
        lines += filter(None, [self.bars.update()])
        lines += [
            f"{outcome.symbol}: {outcome.status.value}, {outcome.detail}"
            for outcome in outcomes
            if outcome.status is not Status.OK
        ]
        return listed(lines, 1000, most=12)

    def _held(self) -> str:
        held = sorted(self.bars.held(), key=lambda bar: bar.session, reverse=True)
        lines = [f"{bar.symbol}, {session_words(bar.session)}: {bar.reason}" for bar in held]
        return listed(lines, 1000, most=_MOST_HELD_SHOWN) if lines else "nothing"

    async def _scans(self) -> str:
        if self.runs is None:
            return "none here: this is no running bot"
        last = await self.runs.last(JOB)
        lines = [f"last: {session_words(last.session)}" if last else "none yet"]
        lines += [f"{session_words(run.session)} failed: {run.reason}" for run in (await self.runs.failed(JOB))[:3]]
        return "\n".join([*lines, f"next: {self._next()}"])

    def _next(self) -> str:
        try:
            due: datetime = next_instant(self.timing.calendar, self.clock.now(), self.timing.delay)
        except InsufficientHistory:
            return "unknown: the calendar ends, upgrade the program"
        return instant_words(due)

    async def _deliveries(self) -> str:
        if self.outbox is None:
            return "none here"
        counts = await self.outbox.counts()
        parts = " + ".join(f"{state} {count:,}" for state, count in counts.items() if state != "computed")
        lines = [f"computed {counts['computed']:,} = {parts}"]
        duplicates = await self.outbox.possible_duplicates()
        if duplicates:
            lines.append(f"{duplicates:,} may have arrived twice")
        off = await self.breakers.count_off() if self.breakers else 0
        if off:
            lines.append(f"{off:,} channels are switched off because nothing can arrive there")
        return "\n".join(lines)


def _licence(source: str) -> str:
    return LICENCES.get(source, "The operator provides the data, and answers for what may be done with it.")


def _coverage(market: Market) -> str:
    """Return how many symbols have a close of the last session: of all that are followed, and of each universe."""
    if not len(market.prices.sessions):
        return "nothing yet"
    has_close = np.isfinite(market.prices.close[-1])
    present = {symbol for symbol, has in zip(market.prices.symbols, has_close, strict=True) if has}
    parts = {"everything followed": market.prices.symbols, **market.universes}
    counts = {name: Coverage(len(present.intersection(of)), len(of)) for name, of in parts.items() if of}
    lines = [f"{name}: {each.n:,} of {each.of:,}{_thin_words(name, each, market)}" for name, each in counts.items()]
    return "Symbols with a close of that session\n" + listed(lines, 900)


def _thin_words(name: str, coverage: Coverage, market: Market) -> str:
    is_thin = name in market.universes and coverage.is_partial
    return ", below 90 %: no alert of what is counted over it" if is_thin else ""


def _universes(market: Market) -> list[str]:
    """Return whose holdings tell the members of each universe, a line each, and whether they are stale."""
    newest = {file.universe: file for file in market.facts.holdings}  # the oldest come first
    return [f"{name}: {_file_words(file, market.as_of.date())}" for name, file in newest.items()]


def _file_words(file: Holdings, today: date) -> str:
    age = (today - file.effective_date).days
    words = f"{len(file.symbols):,} shares, {file.fund} of {file.effective_date}"
    if age > STALE_AFTER_DAYS:
        return f"{words}: stale, {age} days old; still used"
    return words if age >= 0 else f"{words}: a later day, none is known of that time"


def _footer(labels: tuple[str, ...]) -> str:
    return " · ".join([*label_words(labels), NOT_ADVICE])
