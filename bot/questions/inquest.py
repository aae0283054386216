"""The inquest: why an alert was sent, computed again from what was kept; and what kept another one quiet."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from bot.cards.card import Card
from bot.cards.provenance import Grounds
from bot.cards.why_card import Explained, Replayed, differences, why_card
from bot.cards.whynot_card import Step, whynot_card
from bot.people import NO_GUILD, Subscriber
from bot.questions.case import Case, latest_of
from bot.questions.inquest_ports import Procedure, Witnesses
from bot.questions.once import Once
from bot.questions.parse import QuestionError
from bot.questions.subjects import subject_of
from bot.questions.symbols import name_of, resolve
from bot.questions.whynot_market import Present, event_steps, has_prices, present, price_steps, scan_steps
from bot.questions.whynot_people import Channel, Member, channel_steps, following, member_steps
from bot.records import Filed, Proof, RunState, StoredEvent
from signals.catalog import SIGNALS, by_name
from signals.definition import Signal
from signals.errors import SignalError
from signals.sessions import sessions_since
from signals.types import Calendar, Coverage, Event, Market, Thresholds

MOST_WAITING = 16
"""So many inquests are held, or wait for a thread, at once; who asks beyond that is told to come back."""


class Inquest:
    """Says why an alert was sent, and why another was not; who asks the same at the same time shares the answer."""

    def __init__(self, witnesses: Witnesses, procedure: Procedure) -> None:
        self._ask = witnesses
        self._procedure = procedure
        self._held: Once[Hashable, Card] = Once(most_kept=0, most_waiting=MOST_WAITING)

    async def told(self, channel_id: int, discord_id: int) -> Sequence[StoredEvent]:
        """Return the events of a message as Discord numbers it; `channel_id` is the user's of a direct one."""
        return await self._ask.archive.message_events(channel_id, discord_id)

    async def why(self, event: StoredEvent) -> Card:
        """Return the numbers that made an event, computed again from the bars that were kept with it.

        Raises
        ------
        QuestionError
            If there are no prices yet, or too many ask at once.
        """
        market = self._ask.knowledge.market()
        return await self._shared(market, ("why", event.id), lambda: self._why(event, market))

    async def _why(self, event: StoredEvent, market: Market) -> Card:
        filed = await self._ask.archive.event(event.id)
        proof = await self._ask.archive.proof_of(event.id)
        found = filed or Filed(event)
        return await asyncio.to_thread(self._explain, found, proof, market)

    async def whynot(self, subject: str, signal: str, *, user_id: int, guild_id: int | None, channel_id: int) -> Card:
        """Return what kept an alert about `subject` from this channel and from this member, cause by cause.

        Raises
        ------
        QuestionError, SignalError
            If there is no such subject or signal, the signal raises no alerts, or too many ask at once.
        """
        room = _raising(signal)
        market = self._ask.knowledge.market()
        about = self._subject(room, subject, market)

        async def held() -> Card:
            case = Case(
                signal=room,
                subject=about,
                user_id=user_id,
                guild_id=guild_id,
                channel_id=channel_id,
                now=self._ask.clock.now(),
                market=market,
                thresholds=await self._thresholds_of(room, guild_id or NO_GUILD),
            )
            return await self._whynot(case)

        return await self._shared(market, ("whynot", room.name, about, user_id, guild_id, channel_id), held)

    async def _shared(self, market: Market, question: Hashable, hold: Callable[[], Awaitable[Card]]) -> Card:
        async def held(_missing: Sequence[Hashable]) -> dict[Hashable, Card]:
            return {question: await hold()}

        (card,) = await self._held.answers(market, [question], held)
        return card

    async def _whynot(self, case: Case) -> Card:
        subscriber = await self._ask.members.subscriber(case.user_id)
        own = await self._own_thresholds(case, subscriber)
        steps = await self._steps(case if case.guild_id is not None else replace(case, thresholds=own), subscriber, own)
        name = name_of(case.subject, case.market, case.signal.name)
        return whynot_card(steps, signal=case.signal, subject=case.subject, name=name, grounds=_grounds(case))

    def _explain(self, found: Filed, proof: Proof | None, market: Market) -> Card:
        event = found.stored.event
        signal = by_name(event.signal)
        facts: dict[str, Any] = {"replayed": Replayed.NOT_KEPT}
        if proof is not None:
            facts = self._replayed(event, proof, market.calendar)
        return why_card(
            Explained(
                event=event,
                signal=signal,
                name=name_of(event.subject, market, event.signal),
                found_at=found.stored.found_at,
                retracted_at=found.retracted_at,
                **facts,
            )
        )

    def _replayed(self, event: Event, proof: Proof, calendar: Calendar) -> dict[str, Any]:
        reading = json.loads(proof.reading)
        try:
            again = self._procedure.recompute(event, proof.bars, calendar)
        except SignalError as error:
            return {"replayed": Replayed.IMPOSSIBLE, "reading": reading, "problem": str(error)}
        if again == proof.reading:
            return {"replayed": Replayed.IDENTICAL, "reading": reading}
        differing = differences(reading, json.loads(again))
        return {"replayed": Replayed.DIFFERENT, "reading": reading, "differences": differing}

    async def _steps(self, case: Case, subscriber: Subscriber, own: Thresholds) -> list[Step]:
        ask = self._ask
        held, outcomes = ask.bars.held(), ask.bars.outcomes()
        steps = await asyncio.to_thread(lambda: [*price_steps(case, held, outcomes)])
        steps += await scan_steps(case, ask.runs, self._procedure)
        filed = await ask.archive.events_about(case.subject, case.signal.name, case.since)
        news = latest_of(filed, case.thresholds, case)
        if has_prices(case):
            now = await asyncio.to_thread(present, case)
            steps += event_steps(case, filed, news, await self._of_scanned(now))
        if case.guild_id is not None:
            steps += channel_steps(case, await self._channel(case, case.guild_id, news))
        return [*steps, *member_steps(case, await self._member(case, subscriber, latest_of(filed, own, case)))]

    async def _of_scanned(self, now: Present) -> Present:
        """Leave out what the bars show of sessions that were not scanned: that is told by their scan."""
        first = await self._ask.runs.first(self._procedure.job)
        if first is None:
            return Present(now.standing)
        kept = [event for event in now.events if first.session < event.session and await self._is_scanned(event)]
        return Present(now.standing, tuple(kept))

    async def _is_scanned(self, event: Event) -> bool:
        run = await self._ask.runs.of(self._procedure.job, event.session)
        return run is not None and run.state is RunState.FINISHED

    async def _channel(self, case: Case, guild_id: int, news: Sequence[Filed]) -> Channel:
        ask, here = self._ask, case.channel_id
        routes = await ask.routes.list(guild_id)
        destinations = await ask.destinations.off(guild_id)
        return Channel(
            route=next((each for each in routes if (each.channel_id, each.signal) == (here, case.signal.name)), None),
            silences=await ask.silences.silences(guild_id, case.now),
            destination=next((each for each in destinations if each.channel_id == here), None),
            news=news,
            told=await ask.archive.deliveries_about(case.subject, case.signal.name, here, case.since),
        )

    async def _member(self, case: Case, subscriber: Subscriber, news: Sequence[Filed]) -> Member:
        ask, user_id = self._ask, case.user_id
        return Member(
            subscriber=subscriber,
            off=await ask.members.direct_off(user_id),
            quiet_until=self._procedure.quiet_until(subscriber.preferences, case.now),
            news=news,
            told=await ask.archive.deliveries_about(case.subject, case.signal.name, user_id, case.since),
        )

    async def _own_thresholds(self, case: Case, subscriber: Subscriber) -> Thresholds:
        """Return the thresholds that the member's direct subscription follows; those of this guild without one."""
        direct = next((each for each in following(case, subscriber) if each.is_direct), None)
        if direct is None or direct.guild_id == (case.guild_id or NO_GUILD):
            return case.thresholds
        return await self._thresholds_of(case.signal, direct.guild_id)

    async def _thresholds_of(self, signal: Signal, guild_id: int) -> Thresholds:
        return signal.thresholds_with(await self._ask.thresholds.of(guild_id, signal.name))

    def _subject(self, signal: Signal, text: str, market: Market) -> str:
        """Return the subject that `text` means; a symbol that is followed, but of which nothing came, is one too."""
        if signal.choices is not None:
            return subject_of(signal, text, market)
        followed = {outcome.symbol for outcome in self._ask.bars.outcomes()}
        try:
            return resolve(text, market)
        except QuestionError:
            typed = text.strip().lstrip("$").upper()
            if typed in followed:
                return typed
            raise


def _raising(name: str) -> Signal:
    """Return the signal called `name`, which must raise alerts."""
    signal = by_name(name)
    if signal.kinds:
        return signal
    others = ", ".join(each.name for each in SIGNALS if each.kinds)
    raise QuestionError(f"{signal.name} raises no alerts: ask about {others}")


def _grounds(case: Case) -> Grounds:
    market = case.market
    last: date = market.prices.sessions[-1].item()
    covered = int(has_prices(case))
    return Grounds(
        session=last,
        as_of=market.as_of,
        source=market.source,
        basis=market.basis,
        coverage=Coverage(covered, 1),
        stale_sessions=sessions_since(market.calendar, last, market.as_of),
        is_provisional=market.open_session == last,
        labels=market.labels,
    )
