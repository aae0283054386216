"""The desk: a question comes in, a reading is computed off the loop, a card goes out."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.cards.card import Card
from bot.questions.parse import DEFAULT_SYMBOL, Question, QuestionError
from bot.questions.ports import GuildThresholds, Knowledge
from bot.questions.symbols import Suggestion, name_of, resolve, suggest
from signals.types import History, Market, Reading, Signal, Thresholds

PERIOD_SESSIONS: Mapping[str, int | None] = {"6m": 126, "1y": 252, "5y": 1260, "all": None}
"""Periods a chart can show, and how many sessions that is."""

_REMEMBERED_HISTORIES = 256


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found, as numbers and as a card."""

    reading: Reading
    card: Card
