"""The desk: a question comes in, a reading is computed off the loop, a card goes out."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import numpy as np
import structlog

from bot.cards.card import Card
from bot.cards.evidence_card import evidence_card, evidence_line
from bot.cards.face import Shown
from bot.cards.faces import face_of
from bot.cards.fan_data import fan_chart
from bot.cards.stock_card import stock_card
from bot.cards.watch_card import watch_card
from bot.people import Groups, groups_of
from bot.questions.parse import DEFAULT_SYMBOL, EVIDENCE, STOCK, Question, QuestionError
from bot.questions.ports import FrontOffice, GuildThresholds, Knowledge
from bot.questions.rosters import Rosters
from bot.questions.stock import ABOUT_SYMBOLS, OF_SYMBOLS, gathered, gathered_reading, share
from bot.questions.subjects import subject_of
from bot.questions.symbols import Offers, name_of, resolve
from signals.catalog import SIGNALS, by_name, kind_by_name
from signals.cross import CROSS
from signals.definition import Signal
from signals.errors import SignalError
from signals.inquiry import followed, history_of, read_for
from signals.paths import paths_of
from signals.quality import QUALITY
from signals.types import History, Market, Reading, Thresholds

log = structlog.get_logger(__name__)

PERIODS = ("6m", "1y", "5y", "all")
"""How far back a chart of `cross` can reach."""
DEFAULT_PERIOD = "1y"
THREADS = 2
"""Python runs one at a time; a second lets a short answer pass a long one, more take turns and all get slower."""
_ASKED = {signal.command: signal for signal in SIGNALS}
_OF_THE_MARKET = tuple(signal for signal in SIGNALS if signal.choices is not None)

_MOST_REMEMBERED = 256
MOST_COMPUTING = 64
"""So many answers are computed, or wait for a thread, at once; who asks beyond that is told to come back."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found, as numbers and as a card."""

    reading: Reading
    card: Card


class Desk:
    """Answers questions about the market as the bot knows it now.

    Parameters
    ----------
    knowledge : Knowledge
        Where the present market is read from; a new market object means that what is remembered has grown old.
    thresholds : GuildThresholds
        What the moderators of the asking guild have set.
    office : FrontOffice
        Tells how the bot itself is and what it is.
    """

    def __init__(self, knowledge: Knowledge, thresholds: GuildThresholds, office: FrontOffice) -> None:
        self._knowledge = knowledge
        self._thresholds = thresholds
        self._office = office
        self.rosters = Rosters(knowledge)
        """Answers where `quality` is asked of a theme, a universe or a list."""
        self._known_market: Market | None = None
        self._grouped_market: Market | None = None
        self._groups: Groups = {}
        self._offered_market: Market | None = None
        self._offers: Offers | None = None
        self._remembered: OrderedDict[tuple[Any, ...], asyncio.Future[Any]] = OrderedDict()
        self._computing: set[asyncio.Future[Any]] = set()
        self._preparing: asyncio.Task[None] | None = None
        self._prepared_market: Market | None = None
        self._is_kept_fresh = False
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="desk")

    async def answer(self, question: Question, *, guild_id: int | None = None, period: str = DEFAULT_PERIOD) -> Answer:
        """Return the answer to `question`.

        Raises
        ------
        QuestionError, SignalError
            If it cannot be answered; the message is the friendly line.
        """
        if question.topic == EVIDENCE:
            return await self._evidence(question.subject or DEFAULT_SYMBOL, question.event, guild_id)
        if question.topic == STOCK:
            return await self._stock(question.subject, guild_id)
        signal = _ASKED.get(question.topic)
        if signal is None:
            raise QuestionError(f"there is no question {question.topic!r}")
        return await self._answer(signal, question.subject, guild_id, period)

    async def ask(self, topic: str, subject: str, *, guild_id: int | None, period: str = DEFAULT_PERIOD) -> Card:
        """Return what the signal that answers `topic` says of `subject`; of the usual one where it is empty."""
        return (await self.answer(Question(topic, subject), guild_id=guild_id, period=period)).card

    async def prepare(self) -> None:
        """Compute the histories of the whole market under the default thresholds, before somebody asks.

        Raises
        ------
        QuestionError
            If there are no prices yet.
        """
        market = self._knowledge.market()
        for signal in _OF_THE_MARKET:
            thresholds = signal.thresholds_with()
            chosen = {name: by_name(name).thresholds_with() for name in signal.reads}
            try:
                await self._history(signal, market, "", thresholds, chosen)
            except SignalError as error:  # whoever asks is told the same; the others can be asked
                log.info("not prepared for questions", signal=signal.name, reason=str(error))
        self._prepared_market = market

    def freshen(self) -> None:
        """Begin to `prepare` in the background where that was not done for the present market.

        From then on the desk does so by itself, too, once a question finds that the market is another one.
        """
        self._is_kept_fresh = True
        if self._preparing is None or self._preparing.done():
            self._preparing = asyncio.create_task(self._prepared())

    async def _prepared(self) -> None:
        try:
            while self._knowledge.market() is not self._prepared_market:  # another may come in the meantime
                await self.prepare()
        except QuestionError as error:
            log.info("not prepared for questions", reason=str(error))

    async def close(self) -> None:
        """End the threads: what is being computed is waited for, what waits for its turn is given up."""
        self._is_kept_fresh = False
        if self._preparing is not None:
            self._preparing.cancel()
        await asyncio.to_thread(partial(self._threads.shutdown, cancel_futures=True))

    async def evidence(self, symbol: str, event: str, *, guild_id: int | None) -> Card:
        """Return what followed past events of that kind, beside the base rate."""
        return (await self._evidence(symbol, event, guild_id)).card

    async def watchlist(self, symbols: Sequence[str], *, guild_id: int | None) -> Card:
        """Return where the averages of each of `symbols` stand, a line each."""
        market = self._knowledge.market()
        thresholds = await self._thresholds_of(CROSS, guild_id)
        listed = tuple(symbols)

        def compose() -> Card:
            return watch_card(listed, _standing(market, listed, thresholds))

        return await self._once(market, ("watchlist", listed, _key(thresholds)), compose)

    async def status(self) -> Card:
        """Return how the bot is."""
        return await self._office.status()

    def about(self) -> Card:
        """Return what the bot is, and what it is not."""
        return self._office.about()

    def resolve(self, text: str) -> str:
        """Return the symbol that `text` means."""
        return resolve(text, self._knowledge.market())

    def suggest(self, text: str, limit: int = 25) -> Sequence[tuple[str, str]]:
        """Return (symbol, name) pairs that fit what was typed so far, best first."""
        market = self._knowledge.market()
        if self._offers is None or self._offered_market is not market:
            self._offers, self._offered_market = Offers(market), market
        return [(found.symbol, found.name) for found in self._offers.suggest(text, limit)]

    def name_of(self, subject: str, signal: str = "") -> str:
        """Return the name people know `subject` by, of `signal` where it is no symbol; itself while nobody knows."""
        try:
            return name_of(subject, self._knowledge.market(), signal)
        except QuestionError:
            return subject

    def choices_of(self, signal: str) -> Sequence[tuple[str, str]]:
        """Return (subject, title) of what `signal` can be asked about; none where that is any symbol."""
        choices = by_name(signal).choices
        try:
            return [] if choices is None else [*choices(self._knowledge.market()).items()]
        except QuestionError:
            return []

    def events_of(self, signal: str) -> Sequence[tuple[str, str]]:
        """Return (event, title) of every kind of event of `signal`."""
        return [(kind.name, kind.title) for kind in by_name(signal).kinds]

    def groups(self) -> Groups:
        """Return the groups that symbols of the present market make; none while nobody knows yet."""
        try:
            market = self._knowledge.market()
        except QuestionError:
            return {}
        if market is not self._grouped_market:
            self._grouped_market = market
            self._groups = groups_of(market.universes, market.sectors, market.facts.themes)
        return self._groups

    async def _answer(self, signal: Signal, typed: str, guild_id: int | None, period: str) -> Answer:
        if period not in PERIODS:
            raise QuestionError(f"there is no period {period!r}: choose {', '.join(PERIODS)}")
        if signal is QUALITY and (told := await self.rosters.told(typed)) is not None:
            return Answer(*told)
        market = self._knowledge.market()
        subject = await asyncio.to_thread(_subject, signal, typed, market)
        thresholds = await self._thresholds_of(signal, guild_id)
        chosen = await self._read_with(signal, guild_id)
        history = await self._history(signal, market, subject, thresholds, chosen)
        key = (signal.name, subject, _key(thresholds), _keys(chosen))
        reading = await self._once(market, ("reading", *key), partial(signal.reading, history, subject, thresholds))
        line = await self._evidence_line(market, reading, thresholds) if signal is CROSS else None

        def compose() -> Answer:
            name = name_of(subject, market, signal.name)
            shown = Shown(reading, history, name, thresholds, evidence=line, span=period)
            return Answer(reading, face_of(signal.name).answer(shown))

        return await self._once(market, ("card", *key, period), compose)

    async def _stock(self, typed: str, guild_id: int | None) -> Answer:
        market = self._knowledge.market()
        symbol = await asyncio.to_thread(_priced, resolve(typed, market), market)
        signals = (*OF_SYMBOLS, *ABOUT_SYMBOLS)
        thresholds = {signal.name: await self._thresholds_of(signal, guild_id) for signal in signals}
        histories = {
            signal.name: await self._history(
                signal, market, symbol, thresholds[signal.name], await self._read_with(signal, guild_id)
            )
            for signal in ABOUT_SYMBOLS
        }

        def compose() -> Answer:
            # In one go: a question that asked for each by itself would wait for its turn behind others every time.
            own = {each.name: history_of(each, market, symbol, thresholds[each.name], {}) for each in OF_SYMBOLS}
            share(own)
            name = name_of(symbol, market)
            found = gathered(market, symbol, name, thresholds=thresholds, histories={**histories, **own})
            reading = gathered_reading(found, market)
            cross = Shown(found.readings["cross"], own["cross"], name, thresholds["cross"])
            return Answer(reading, replace(stock_card(found, reading), chart=face_of("cross").chart(cross)))

        keys = tuple((name, _key(own)) for name, own in thresholds.items())
        return await self._once(market, ("stock", symbol, keys), compose)

    async def _evidence_line(self, market: Market, reading: Reading, thresholds: Thresholds) -> str:
        """Return what followed past crosses of the side that `reading` stands on."""
        event = "death_cross" if reading.state == "death" else "golden_cross"
        return evidence_line(await self._followed(market, reading.subject, CROSS, event, thresholds), event)

    async def _evidence(self, symbol: str, event: str, guild_id: int | None) -> Answer:
        market = self._knowledge.market()
        subject = await asyncio.to_thread(_priced, resolve(symbol, market), market)
        signal, kind = kind_by_name(event)
        thresholds = await self._thresholds_of(signal, guild_id)
        reading = await self._followed(market, subject, signal, kind.name, thresholds)
        history = await self._history(signal, market, subject, thresholds)
        name = name_of(subject, market)

        def compose() -> Card:
            paths = paths_of(signal, history, subject, kind.name, thresholds)
            chart = fan_chart(reading, paths, name=name, event=kind.title)
            return evidence_card(reading, name=name, event=kind.title, chart=chart)

        return Answer(reading, await self._once(market, ("evidence", subject, event, _key(thresholds)), compose))

    async def _followed(
        self, market: Market, subject: str, signal: Signal, event: str, thresholds: Thresholds
    ) -> Reading:
        history = await self._history(signal, market, subject, thresholds)

        def compute() -> Reading:
            return followed(signal, history, subject, event, thresholds)

        return await self._once(market, ("followed", signal.name, subject, event, _key(thresholds)), compute)

    async def _history(
        self,
        signal: Signal,
        market: Market,
        subject: str,
        thresholds: Thresholds,
        chosen: Mapping[str, Thresholds] | None = None,
    ) -> History:
        """Return the history that speaks of `subject`; one for all subjects where it is of the whole market."""
        read = chosen or {}

        def compute() -> History:
            return history_of(signal, market, subject, thresholds, read)

        whose = subject if signal.choices is None else ""
        return await self._once(
            market, ("history", signal.name, whose, _key(signal.windows_of(thresholds)), _keys(read)), compute
        )

    async def _read_with(self, signal: Signal, guild_id: int | None) -> dict[str, Thresholds]:
        """Return the thresholds of the signals that `signal` reads."""
        return {name: await self._thresholds_of(by_name(name), guild_id) for name in signal.reads}

    async def _aside(self, compute: Callable[[], _T]) -> _T:
        """Return `compute()` from one of the desk's own threads: more of them would only wait for each other."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, compute)

    async def _thresholds_of(self, signal: Signal, guild_id: int | None) -> Thresholds:
        return signal.thresholds_with(await self._thresholds.of(guild_id or 0, signal.name))

    async def _once(self, market: Market, key: tuple[Any, ...], compute: Callable[[], _T]) -> _T:
        """Return `compute()` from a thread; the same question asked again, or at the same time, is computed once."""
        if market is not self._known_market:
            if self._known_market is not None and market is not self._knowledge.market():
                return await self._begun(compute)  # a question that began before the last change: the next one did not
            self._known_market = market
            self._remembered.clear()
            if self._is_kept_fresh:
                self.freshen()
        known = self._remembered.get(key)
        if known is None:
            known = self._begun(compute)
            self._remembered[key] = known
            while len(self._remembered) > _MOST_REMEMBERED:
                self._remembered.popitem(last=False)
        self._remembered.move_to_end(key)
        try:
            result: _T = await asyncio.shield(known)
        except Exception:
            if self._remembered.get(key) is known:
                del self._remembered[key]
            raise
        return result

    def _begun(self, compute: Callable[[], _T]) -> asyncio.Future[_T]:
        """Return `compute()` under way; refuse where too many are already."""
        if len(self._computing) >= MOST_COMPUTING:
            raise QuestionError("I am answering many questions right now: try again in a few seconds")
        begun = asyncio.ensure_future(self._aside(compute))
        self._computing.add(begun)
        begun.add_done_callback(self._computing.discard)
        return begun


def _key(thresholds: Thresholds) -> tuple[tuple[str, object], ...]:
    return tuple(sorted(thresholds.items()))


def _keys(chosen: Mapping[str, Thresholds]) -> tuple[tuple[str, object], ...]:
    return tuple((name, _key(thresholds)) for name, thresholds in sorted(chosen.items()))


def _subject(signal: Signal, typed: str, market: Market) -> str:
    """Return the subject that `typed` means; a symbol only if there is a price of it by now."""
    subject = subject_of(signal, typed, market)
    return _priced(subject, market) if signal.choices is None else subject


def _standing(market: Market, symbols: Sequence[str], thresholds: Thresholds) -> dict[str, Reading]:
    """Return the readings of those of `symbols` that are followed, from one history of them all."""
    known = [symbol for symbol in symbols if symbol in market.prices]
    if not known:
        return {}
    read = dict.fromkeys(other for symbol in known for other in read_for(market, symbol))
    history = CROSS.history(market.only(list(read)), thresholds)
    return {symbol: CROSS.reading(history, symbol, thresholds) for symbol in known}


def _priced(subject: str, market: Market) -> str:
    """Return `subject` if there is a price of it by now."""
    closes = market.prices.close[:, market.prices.column(subject)]
    if not np.isfinite(closes).any():
        last = market.prices.sessions[-1].item() if len(closes) else market.as_of.date()
        raise QuestionError(f"there are no prices of {subject} up to {last}: ask for another symbol or a later day")
    return subject
