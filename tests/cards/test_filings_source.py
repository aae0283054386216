"""Cards of figures that were filed say from whom they come, and how old that is where the source has been away."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from bot.cards.filings_source import source_fields, source_line, with_source
from signals.facts import Facts
from signals.fundamentals import Fundamentals

AS_OF = datetime(2025, 8, 8, 20, 20, tzinfo=UTC)
FILED = Fundamentals.in_order((), [])


def shown(filed):
    market = SimpleNamespace(facts=Facts(fundamentals=filed))
    return SimpleNamespace(history=SimpleNamespace(market=market), reading=SimpleNamespace(as_of=AS_OF))


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (1, "SEC EDGAR: asked last 7 Aug 2025 20:20 UTC."),
        (5, "SEC EDGAR: asked last 3 Aug 2025 20:20 UTC, STALE: 5 days before."),
        (-9, "SEC EDGAR: asked last 17 Aug 2025 20:20 UTC."),
    ],
)
def test_the_last_time_a_source_was_asked_is_told_and_its_age_once_that_matters(days, words):
    told = shown(replace(FILED, source="SEC EDGAR", fetched=AS_OF - timedelta(days=days)))
    assert source_line(told) == words
    assert with_source("2 of 3", told) == f"2 of 3\n{words}"
    assert [field.text for field in source_fields(told)] == [words]


@pytest.mark.parametrize("filed", [None, FILED])
def test_where_nobody_says_when_there_is_no_such_line(filed):
    assert with_source("2 of 3", shown(filed)) == "2 of 3"
    assert source_fields(shown(filed)) == ()
