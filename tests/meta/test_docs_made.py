"""What is made of the catalog and the simulated market for the documentation."""

from __future__ import annotations

import os
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from mkdocs.exceptions import PluginError

from bot.cards.card import Card, Field
from bot.questions.parse import parse
from docs.making import examples, hooks, scenes
from docs.making.catalog_pages import MINUS, WORD, events_table, thresholds_table, unit_of, values_of, values_table
from docs.making.discord_card import conversation, marked_up
from docs.making.showcase import cards
from docs.making.terms import Term, read_terms, words_of
from signals.catalog import SIGNALS, by_name
from tests.conftest import ROOT

PAGE = SimpleNamespace(file=SimpleNamespace(src_uri="signals/cross.md"), url="signals/cross/")


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_every_value_stands_in_the_table_once(signal):
    named = [f"{subject}.{line.measure}".lstrip(".") for line in values_of(signal) for subject in line.subjects]
    assert sorted(named) == sorted(signal.values)


def test_values_that_subjects_share_stand_in_one_line():
    table = values_table(by_name("smallcap"))
    assert table.count("| `ytd_pct` |") == 1
    (line,) = [line for line in table.splitlines() if "`ytd_pct`" in line]
    assert "`^RUT` `^GSPC`" in line
    assert "| %, points |" in line


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_every_threshold_stands_in_the_table_with_default_and_bounds(signal):
    table = thresholds_table(signal)
    for threshold in signal.thresholds:
        (line,) = [line for line in table.splitlines() if line.startswith(f"| `{threshold.name}` |")]
        bounds = (threshold.default, threshold.lower, threshold.upper)
        wanted = (
            [str(threshold.default)] if threshold.choices else [f"{bound:g}".replace("-", MINUS) for bound in bounds]
        )
        assert f"| {' | '.join(wanted)} |" in line


def test_units_of_thresholds_are_written_out():
    assert "| % |" in thresholds_table(by_name("breadth"))
    assert "| basis points |" in thresholds_table(by_name("macro"))


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_every_kind_of_event_stands_in_the_table_with_its_importance(signal):
    table = events_table(signal, {kind.name: 1234 for kind in signal.kinds})
    for kind in signal.kinds:
        (line,) = [line for line in table.splitlines() if f"`{kind.name}`" in line]
        assert f"{kind.importance} of 5" in line
        assert line.endswith("| 1,234 |")


async def test_every_number_of_an_answer_has_a_unit_and_no_word_has_one(tmp_path, monkeypatch):
    monkeypatch.setattr(scenes, "STATE", tmp_path)
    async with scenes.scene() as here:
        for signal in SIGNALS:
            reading = (await here.desk.answer(parse(scenes.question_of(signal)))).reading
            for name, value in reading.values.items():
                unit = unit_of(name, signal.values.get(name, ""))
                if isinstance(value, str):
                    assert unit in {WORD, "date", "symbols"}, name
                elif value is not None and name in signal.values:
                    assert unit not in {WORD, "date"}, name


@pytest.fixture
def pages(tmp_path, monkeypatch):
    """Where examples are kept, empty; all code is the same there."""
    monkeypatch.setattr(examples, "STATE", tmp_path)
    monkeypatch.setattr(examples, "_fingerprint", lambda: "abc")
    return tmp_path / "pages"


def test_two_builds_at_once_both_have_every_example_and_leave_one_folder(pages, monkeypatch):
    both = threading.Barrier(2, timeout=30)

    async def made(folder):
        (folder / "cross.png").write_bytes(b"picture")
        both.wait()
        return {"cross": examples.Example("answer", "", {}, "")}

    monkeypatch.setattr(examples, "_made", made)
    with ThreadPoolExecutor(2) as pool:
        builds = [pool.submit(examples.examples) for _ in range(2)]
        found = [build.result() for build in builds]
    for each in found:
        assert each.examples["cross"].answer == "answer"
        assert (each.folder / "cross.png").read_bytes() == b"picture"
    assert [path.name for path in pages.iterdir()] == ["abc"]


def test_a_build_that_ends_early_leaves_nothing_that_looks_finished(pages, monkeypatch):
    async def made(folder):
        (folder / "cross.png").write_bytes(b"picture")
        raise KeyError("close")

    monkeypatch.setattr(examples, "_made", made)
    with pytest.raises(KeyError):
        examples.examples()
    assert not list(pages.iterdir())


def test_examples_of_other_code_stay_while_a_build_may_use_them_and_go_in_the_end(pages, monkeypatch):
    async def made(_folder):
        return {}

    monkeypatch.setattr(examples, "_made", made)
    for name, age_s in (("used", 60), ("left", 30 * 24 * 3600)):
        (pages / name).mkdir(parents=True)
        os.utime(pages / name, (time.time() - age_s,) * 2)
    examples.examples()
    assert {path.name for path in pages.iterdir()} == {"abc", "used"}


async def test_the_gallery_shows_every_signals_card_and_what_a_server_sets(tmp_path, monkeypatch):
    monkeypatch.setattr(scenes, "STATE", tmp_path)
    async with scenes.scene() as here:
        shown = dict([each async for each in cards(here)])
    assert {signal.command for signal in SIGNALS} <= {name.split()[0] for name in shown}
    assert {"stock STRL", "watch list", "scan", "why", "why no alert", "rehearsal", "digest", "routes"} <= set(shown)
    assert {"papers of a server", "keywords", "silences", "thresholds", "leader board", "help"} <= set(shown)
    assert all(card.title and (card.text or card.fields) for card in shown.values())


def test_a_card_is_shown_as_discord_shows_it():
    card = Card(
        "A **title**", "`code` <b>\n```\na  1\n```", fields=(Field("Name", "value", is_inline=True),), footer="end"
    )
    html = conversation("!cross <RUT>", card, picture="x.png", alt='a "picture"')
    assert "!cross &lt;RUT&gt;" in html
    assert "A <strong>title</strong>" in html
    assert "<code>code</code> &lt;b&gt;" in html
    assert "<pre>a  1</pre>" in html
    assert "dc-inline" in html
    assert 'alt="a &quot;picture&quot;"' in html


def test_what_is_escaped_for_discord_is_no_markup():
    assert marked_up(r"\*\*no\*\* **yes** \_") == "**no** <strong>yes</strong> _"


def test_a_moment_is_told_in_universal_time():
    assert marked_up("found <t:1790805600:f>") == "found 30 Sep 2026 22:00 UTC"


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://cdn.example/x.js"></script>',
        "<link rel=stylesheet href=//fonts.example/css>",
        '<img alt="x" src="http://example/x.png">',
    ],
)
def test_a_page_that_would_fetch_from_elsewhere_is_refused(html):
    with pytest.raises(PluginError, match="another machine"):
        hooks.on_post_page(html, PAGE)


@pytest.mark.parametrize("html", ['<img src="x.png">', '<img src="x.png" alt="">'])
def test_a_picture_without_words_is_refused(html):
    with pytest.raises(PluginError, match="alt"):
        hooks.on_post_page(html, PAGE)


def test_a_page_of_its_own_is_let_through():
    html = '<a href="https://example">x</a><img src="x.png" alt="x"><link rel="canonical" href="https://example/">'
    assert hooks.on_post_page(html, PAGE) == html


def test_a_place_for_what_nobody_makes_is_refused(monkeypatch):
    monkeypatch.setattr(hooks, "made", lambda: SimpleNamespace(examples={"cross": None}))
    with pytest.raises(PluginError, match="nothing is made"):
        hooks.part("dance", "cross")


def test_every_word_of_the_glossary_is_explained_once():
    terms = read_terms()
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    assert len(terms) == len(re.findall(r"^### ", text, re.MULTILINE))
    anchors = [term.anchor for term in terms]
    names = [name.lower() for term in terms for name in term.names]
    assert len(anchors) == len(set(anchors))
    assert len(names) == len(set(names))
    assert all(len(term.text) > 20 for term in terms)


FIELDS_WORDS = (
    "SMA, golden cross, death cross, basis point, breadth, YTD, MTD, QTD, base rate, coverage, hindsight, held bar, "
    "as of, RSI, VIX, partial, provisional, stale, simulated, replay, not advice, session, residual, median, edge, "
    "interval, yield curve, relative volume, 52-week high, thrust, divergence, contribution, effective names, trough, "
    "rotation map, quadrant"
)


@pytest.mark.parametrize("word", FIELDS_WORDS.split(", "))
def test_the_words_on_cards_are_in_the_glossary(word):
    assert any(term.is_in(word) for term in read_terms())


def test_a_page_leads_to_the_words_it_uses_however_they_are_written():
    terms = (
        Term(("Basis point", "bp"), "basis-point", ""),
        Term(("Yield",), "yield", ""),
        Term(("Held bar",), "held", ""),
    )
    line = words_of(terms, "Yields rose by 5 bp; it has held for two weeks.")
    assert "[Basis point](../glossary.md#basis-point), [Yield](../glossary.md#yield)." in line
    assert "held" not in line
