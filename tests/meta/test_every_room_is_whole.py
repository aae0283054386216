"""A signal is one room with everything in it: a card, a page, known answers, a test."""

from __future__ import annotations

import importlib
import re
import tomllib

import pytest

from bot.cards.faces import face_of
from docs.making.catalog_pages import signals_table
from signals.catalog import SIGNALS
from signals.evidence import HORIZONS
from signals.findings import Followed
from tests.conftest import ROOT

ROOMS = [*(signal.name for signal in SIGNALS), "evidence"]


def page_of(name):
    return (ROOT / "docs" / "signals" / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ROOMS)
def test_there_is_a_card(name):
    assert callable(getattr(importlib.import_module(f"bot.cards.{name}_card"), f"{name}_card"))


@pytest.mark.parametrize("name", ROOMS)
def test_there_is_a_page_and_the_overview_leads_to_it(name):
    assert page_of(name).startswith("# ")
    assert f"]({name}.md)" in signals_table()


@pytest.mark.parametrize("name", ROOMS)
def test_there_are_known_answers_and_the_page_tells_some(name):
    answers = tomllib.loads((ROOT / "tests" / "answers" / f"{name}.toml").read_text(encoding="utf-8"))
    assert answers
    assert "## Known answers" in page_of(name)


@pytest.mark.parametrize("name", ROOMS)
def test_there_is_a_test(name):
    assert list((ROOT / "tests" / "signals").glob(f"test_{name}*.py"))


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
@pytest.mark.parametrize("part", ["example", "values", "events", "thresholds", "evidence", "words"])
def test_its_page_has_a_place_for_what_is_made_from_the_catalog(signal, part):
    has_no_such = (part in {"events", "evidence"} and not signal.kinds) or (
        part == "thresholds" and not signal.thresholds
    )
    assert page_of(signal.name).count(f"<!-- made: {part} -->") == (0 if has_no_such else 1)


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_no_page_repeats_the_catalogs_thresholds_by_hand(signal):
    for threshold in signal.thresholds:
        assert not re.search(rf"^\| `{threshold.name}` \| (?:[-\d]|yes|no)", page_of(signal.name), re.MULTILINE)
    assert not re.search(r"^\|.*\b(?:by )?default\b", page_of(signal.name), re.MULTILINE | re.IGNORECASE)


@pytest.mark.parametrize(
    ("signal", "kind"),
    [(signal, kind) for signal in SIGNALS for kind in signal.kinds],
    ids=lambda value: value.name,
)
def test_no_page_repeats_the_catalogs_events_by_hand(signal, kind):
    page = page_of(signal.name)
    for head, rows in re.findall(r"^\|([^|]*)\|.*\n\|[-:|]+\|\n((?:\|.*\n)+)", page, re.MULTILINE):
        if head.strip() != "check":  # a check may have the name of the event it holds back
            firsts = [row.split("|")[1] for row in rows.splitlines()]
            assert not any(f"`{kind.name}`" in first for first in firsts), (
                "a table of events is made: say what it does not"
            )
    assert kind.description not in page.replace("`", "")


def test_every_value_of_evidence_is_explained_on_its_page():
    page = page_of("evidence")
    nothing = Followed(HORIZONS[0], 0, *[None] * 3, 0, *[None] * 5, worst=None, best=None)
    for name in nothing.values():
        assert f"`{name.partition('.')[2]}`" in page, name
    for horizon in HORIZONS:
        assert re.search(rf"\b{horizon.length}\b", page), horizon


@pytest.mark.parametrize(
    ("signal", "kind"),
    [(signal, kind) for signal in SIGNALS for kind in signal.kinds],
    ids=lambda value: value.name,
)
def test_every_kind_of_event_has_words_of_its_own(signal, kind):
    assert kind.name in face_of(signal.name).phrases


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_every_signal_has_a_face_and_tells_of_no_kind_it_does_not_raise(signal):
    assert set(face_of(signal.name).phrases) == {kind.name for kind in signal.kinds}


def test_no_two_signals_share_a_word_or_the_name_of_a_kind():
    kinds = [kind.name for signal in SIGNALS for kind in signal.kinds]
    words = [signal.command for signal in SIGNALS]
    assert len(kinds) == len(set(kinds))
    assert len(words) == len(set(words))


def test_subjects_are_symbols_or_can_be_chosen():
    assert all((signal.choices is None) == (signal.subject_kind == "symbol") for signal in SIGNALS)
