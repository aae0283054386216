# ruff: noqa: INP001 - beside the pages, not a package
"""What the bot answers on the simulated market: a card, an alert and what followed, for the page of every signal.

Made once for the code that makes it, and kept: the second build takes them from there.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib as mpl
import numpy as np

from bot.alerts.replay import replay
from bot.alerts.scan import Request
from bot.cards.card import Card
from bot.cards.evidence_data import is_claimed
from bot.cards.faces import phrase_of
from bot.cards.picture import render
from bot.cards.words import percent, share, signed
from bot.questions.parse import parse
from docs.making.catalog_pages import table
from docs.making.discord_card import conversation
from docs.making.scenes import ROOT, STATE, Scene, alert_of, question_of, scene
from signals.catalog import SIGNALS, kind_by_name, whole_history
from signals.definition import Signal
from signals.inquiry import followed, studied_of
from signals.types import Event, History, Market

EVIDENCE = "evidence"
HERE = "{here}"
"""Stands in kept HTML for the way from a page to the pictures."""
KEPT, KEPT_S = "examples.json", 7 * 24 * 3600
"""The file that tells of a whole folder, and how long folders stay that nothing uses."""
LEAST_STUDIED = 3
_MADE_FROM = ("signals", "bot/cards", "bot/questions", "bot/market", "bot/alerts", "config", "docs/making")


@dataclass(frozen=True, slots=True)
class Example:
    """What stands on a signal's page beside its definition.

    Attributes
    ----------
    answer, alert : str
        HTML of a question with its answer and of the last alert; empty where there is none.
    counted : mapping of str to int
        Kind of event to how many the simulated market has.
    studies : str
        Table of what followed them; empty where nothing can be studied.
    """

    answer: str
    alert: str
    counted: Mapping[str, int]
    studies: str


@dataclass(frozen=True, slots=True)
class Made:
    """Every signal's example, and the folder with their pictures."""

    examples: Mapping[str, Example]
    folder: Path


def examples() -> Made:
    """Return the examples of all signals, from where they are kept if nothing they are made from has changed."""
    folder = STATE / "pages" / _fingerprint()
    kept = folder / KEPT
    if not kept.exists():
        _make(folder)
    folder.touch()
    _clear(folder.parent)
    told = json.loads(kept.read_text(encoding="utf-8"))
    return Made({name: Example(**example) for name, example in told.items()}, folder)


def _make(folder: Path) -> None:
    """Make the examples beside `folder` and put them there whole; of two builds at once the first one's stay."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".making-", dir=folder.parent) as place:
        aside = Path(place) / folder.name
        aside.mkdir()
        made = asyncio.run(_made(aside))
        told = json.dumps({name: asdict(example) for name, example in made.items()})
        (aside / KEPT).write_text(told, encoding="utf-8")
        try:
            aside.rename(folder)
        except OSError:
            if not (folder / KEPT).exists():
                raise


def _clear(place: Path) -> None:
    """Take away what no build has used for long, and what one left that was killed."""
    for old in place.iterdir():
        with suppress(FileNotFoundError):  # of two builds at once the other one may be the first to take it away
            if time.time() - old.stat().st_mtime > KEPT_S:
                shutil.rmtree(old, ignore_errors=True)


def _fingerprint() -> str:
    """Return what changes with anything that examples are made from."""
    digest = hashlib.sha256(f"{np.__version__} {mpl.__version__}".encode())
    for path in sorted(path for place in _MADE_FROM for path in (ROOT / place).rglob("*") if _is_source(path)):
        digest.update(path.relative_to(ROOT).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _is_source(path: Path) -> bool:
    return path.suffix in {".py", ".toml"} and "__pycache__" not in path.parts


async def _made(folder: Path) -> dict[str, Example]:
    async with scene() as here:
        events = _events(here.market)
        made = {signal.name: await _example(here, signal, events[signal.name], folder) for signal in SIGNALS}
        studied = await here.desk.answer(parse("evidence RUT golden_cross"))
        answer = _conversation("!evidence RUT golden_cross", studied.card, folder / f"{EVIDENCE}.png")
        made[EVIDENCE] = Example(answer, "", {}, "")
    return made


def _events(market: Market) -> dict[str, list[Event]]:
    """Return every event of the simulated market under the default thresholds, by signal."""
    requests = [Request(signal.name, signal.thresholds_with()) for signal in SIGNALS if signal.kinds]
    sessions = market.prices.sessions
    found: dict[str, list[Event]] = {signal.name: [] for signal in SIGNALS}
    for event in replay(market, requests, start=sessions[0].item(), end=sessions[-1].item()):
        found[event.signal].append(event)
    return found


async def _example(here: Scene, signal: Signal, events: Sequence[Event], folder: Path) -> Example:
    question = question_of(signal)
    answer = await here.desk.answer(parse(question))
    html = _conversation(f"!{question}", answer.card, folder / f"{signal.name}.png")
    if not events:
        return Example(html, "", {}, "")
    history = whole_history(signal, here.market, signal.thresholds_with())
    told = alert_of(here.market, _told(events))
    alert = _conversation("", told, folder / f"{signal.name}-alert.png")
    counted = dict(Counter(event.kind for event in events))
    return Example(html, alert, counted, _studies(signal, history, events))


def _conversation(asked: str, card: Card, picture: Path) -> str:
    """Return the message as HTML, and draw its picture where it has one."""
    if card.chart is None:
        return conversation(asked, card)
    picture.write_bytes(render(card.chart))
    return conversation(asked, card, picture=f"{HERE}/{picture.name}", alt=card.chart.alt)


def _told(events: Sequence[Event]) -> Event:
    """Return the event to show: of the most important kind the last one, of an index where one has it."""
    return max(
        events,
        key=lambda event: (kind_by_name(event.kind)[1].importance, event.subject.startswith("^"), event.session),
    )


def _studies(signal: Signal, history: History, events: Sequence[Event]) -> str:
    """Return what followed every kind of event that can be studied, beside the base rate."""
    rows = [row for kind in signal.kinds for row in _study(signal, history, kind.name, events)]
    head = ["event", "in the closes of", "events", "mean", "any session", "95 % interval, points", "edge"]
    return table(head, rows, right=(2, 3, 4)) if rows else ""


def _study(signal: Signal, history: History, kind: str, events: Sequence[Event]) -> Iterable[list[str]]:
    """Yield the row of one kind: of the index where it has such events, else of whatever had the most."""
    subjects = Counter(event.subject for event in events if event.kind == kind)
    if not subjects:
        return
    subject = max(subjects, key=lambda name: (name == "^RUT", subjects[name], name))
    about = studied_of(signal, subject)
    if about not in history.market.prices:
        return
    found = followed(signal, history, about, kind, signal.thresholds_with())
    value = {name: found.values.get(f"3m.{name}") for name in _STUDIED}
    if int(value["n"] or 0) < LEAST_STUDIED:
        return
    yield [
        f"{phrase_of(kind).sign} {phrase_of(kind).title}",
        f"`{about}`",
        f"{value['n']:,.0f}",
        f"{percent(value['mean_pct'])}, {share(value['positive_pct'])} up",
        f"{percent(value['base_mean_pct'])}, {share(value['base_positive_pct'])} up",
        f"{signed(value['diff_low_pct'], 1)} to {signed(value['diff_high_pct'], 1)}",
        "yes" if is_claimed(found, "3m") else "no",
    ]


_STUDIED = ("n", "mean_pct", "positive_pct", "base_mean_pct", "base_positive_pct", "diff_low_pct", "diff_high_pct")
