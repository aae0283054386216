"""The first half of an alert's way: prices, the scan, the event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from bot.cards.why_card import moment
from bot.cards.whynot_card import Station, Step, reason_words, standing
from bot.cards.words import brief, escape, price, session_words
from bot.questions.case import MOST_TOLD, Case, applies, event_words
from bot.questions.inquest_ports import NOT_THERE, Fetched, HeldBar, Procedure, Runs
from bot.records import Filed, Run, RunState
from signals.errors import SignalError
from signals.inquiry import history_of
from signals.sessions import close_of
from signals.types import Event, FloatArray


def has_prices(case: Case) -> bool:
    """Whether there is a single close of the subject; a subject that is no symbol has none of its own to miss."""
    prices = case.market.prices
    if case.signal.subject_kind != "symbol":
        return True
    return case.subject in prices and bool(np.isfinite(_closes(case)).any())


def price_steps(case: Case, held: Sequence[HeldBar], outcomes: Sequence[Fetched]) -> Iterator[Step]:
    """Yield whether there are prices, which of them the gate holds, and whether the last bar came."""
    if case.signal.subject_kind != "symbol":
        return
    subject, prices = escape(case.subject), case.market.prices
    if not has_prices(case):
        told = [f"{each.status}, {each.detail}".strip(", ") for each in outcomes if each.symbol == case.subject]
        why = f": {reason_words(told[0])}" if told else ""
        yield Step(Station.PRICES, passes=False, words=f"there are no prices of {subject}{why}")
        return
    closes, last = _closes(case), prices.sessions[-1].item()
    gated = list(_gated(case, held))
    for bar in gated:
        words = f"the quality gate holds the bar of {session_words(bar.session)}: {reason_words(bar.reason)}"
        yield Step(Station.PRICES, passes=False, words=words)
    if np.isfinite(closes[-1]):
        words = f"the bar of {session_words(last)} is there, close {price(closes[-1].item())}"
        yield Step(Station.PRICES, passes=True, words=words)
    elif not any(bar.session == last for bar in gated):
        before = prices.sessions[np.flatnonzero(np.isfinite(closes))[-1]].item()
        words = f"the bar of {session_words(last)} has not come: the last one is of {session_words(before)}"
        yield Step(Station.PRICES, passes=False, words=words)


async def scan_steps(case: Case, runs: Runs, procedure: Procedure) -> list[Step]:
    """Return how the scan of the last session stands, and whether it saw the subject."""
    session = case.session
    run = await runs.of(procedure.job, session)
    if run is None or run.state is not RunState.FINISHED:
        return [Step(Station.SCAN, passes=False, words=_unscanned(case, run, procedure))]
    day = session_words(session)
    first = await runs.first(procedure.job)
    if first is not None and first.session == session and first.reason:
        words = f"I was first started after the session of {day}: it is history, the next one is the first I report"
        return [Step(Station.SCAN, passes=False, words=words)]
    when = f" {moment(run.finished_at)}" if run.finished_at else ""
    steps = [Step(Station.SCAN, passes=True, words=f"the session of {day} was scanned{when}")]
    if case.subject in await runs.absent(procedure.job, session):
        words = f"its bar had not come when the session of {day} was scanned: the next scan looks for what it missed"
        steps.append(Step(Station.SCAN, passes=False, words=words))
    return steps


def _unscanned(case: Case, run: Run | None, procedure: Procedure) -> str:
    day, due = session_words(case.session), close_of(case.market.calendar, case.session) + procedure.delay
    if run is not None and run.state is RunState.FAILED:
        again = procedure.rests_until(run)
        when = f"it is tried again {moment(again)}" if again and again > case.now else "it is tried again in minutes"
        return f"the session of {day} could not be scanned: {reason_words(run.reason)}; {when}"
    if run is not None:
        return f"the session of {day} is being scanned at this moment"
    if case.now < due:
        return f"the session of {day} is scanned {moment(due)}"
    return f"the session of {day} has not been scanned yet: it has been due since {moment(due)}"


@dataclass(frozen=True, slots=True)
class Present:
    """What the bars as they are now say: where the subject stands, and its events under this guild's thresholds."""

    standing: str
    events: tuple[Event, ...] = ()


def present(case: Case) -> Present:
    """Compute what the bars as they are now say of the subject (a thread's work)."""
    signal, market = case.signal, case.market
    try:
        history = history_of(signal, market, case.subject, case.thresholds)
        first = int(np.searchsorted(history.sessions, np.datetime64(case.since, "D")))
        raised = signal.events(history, case.thresholds, since=first)
        reading = signal.reading(history, case.subject, case.thresholds)
    except SignalError as error:
        return Present(f"no event: {escape(str(error))}")
    own = tuple(event for event in raised if event.subject == case.subject)
    return Present(standing(signal, reading, case.thresholds), own)


def event_steps(case: Case, filed: Sequence[Filed], news: Sequence[Filed], now: Present) -> Iterator[Step]:
    """Yield what was found: the guild's own events, or where the subject stands; and those of other thresholds."""
    for found in news:
        yield _found_step(found)
    last = news[0].stored.event.session if news else None
    if not news:
        yield Step(Station.EVENT, passes=False, words=now.standing)
    known = {found.stored.event.identity for found in filed}
    unseen = [event for event in now.events if event.identity not in known and _is_later(event, last)]
    for event in unseen[-MOST_TOLD:]:
        words = (
            f"the bars as they are now show a {event_words(event)}, which was not found when that session was scanned: "
            "the prices, the thresholds or who listens have changed since"
        )
        yield Step(Station.EVENT, passes=False, words=words)
    others = [found.stored.event for found in filed if not applies(found.stored.event, case.thresholds)]
    for event in [event for event in others if _is_later(event, last)][:MOST_TOLD]:
        whose = "here" if case.guild_id is not None else "for you"
        words = f"there was a {event_words(event)}, but under other thresholds: {_otherwise(case, event, whose)}"
        yield Step(Station.EVENT, passes=False, words=words)


def _found_step(found: Filed) -> Step:
    words = f"{event_words(found.stored.event)}, found {moment(found.stored.found_at)}"
    if found.retracted_at is None:
        return Step(Station.EVENT, passes=True, words=words)
    taken = f"{words}, was taken back {moment(found.retracted_at)}: in the corrected prices it did not happen"
    return Step(Station.EVENT, passes=False, words=taken)


def _is_later(event: Event, last: date | None) -> bool:
    return last is None or event.session > last


def _otherwise(case: Case, event: Event, whose: str) -> str:
    different = [
        f"{name} {_threshold(value)} ({whose} {_threshold(case.thresholds.get(name))})"
        for name, value in sorted(event.thresholds.items())
        if case.thresholds.get(name) != value
    ]
    return ", ".join(different)


def _threshold(value: object) -> str:
    return escape(value) if isinstance(value, str) else brief(value)


def _gated(case: Case, held: Sequence[HeldBar]) -> Iterator[HeldBar]:
    """Yield the bars of the subject that the gate holds, as far back as the signal's windows reach."""
    windows = [int(value) for value in case.signal.windows_of(case.thresholds).values() if not isinstance(value, str)]
    reach = max([case.signal.needs.lookback_sessions, *windows])
    first = case.market.prices.sessions[-reach:][0].item()
    for bar in sorted(held, key=lambda bar: bar.session, reverse=True):
        if bar.symbol == case.subject and bar.kind not in NOT_THERE and bar.session >= first:
            yield bar


def _closes(case: Case) -> FloatArray:
    prices = case.market.prices
    closes: FloatArray = prices.closes(case.market.basis)[:, prices.column(case.subject)]
    return closes
