from __future__ import annotations

import pytest

from bot.cards.event_card import event_card, events_card
from bot.cards.faces import importance_of, phrase_of
from bot.cards.plain import plain_text
from signals.cross import KINDS
from tests.cards.readings import cross_reading, event, shown


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_of_event_has_words_and_the_catalogs_importance(kind) -> None:
    phrase = phrase_of(kind.name)
    assert importance_of(kind.name) == kind.importance
    happened = event(kind.name, state="golden", sessions_since=4, flat_sessions=8)
    text = plain_text(event_card(happened, shown(cross_reading(), "Russell 2000")))
    assert phrase.title.lower() in text.lower()
    assert "unknown" not in text.split("Numbers")[0]
    assert "Wed 6 Aug 2025" in text
    assert "{" not in text


def test_the_words_follow_the_windows_a_guild_has_set() -> None:
    text = plain_text(event_card(event(), shown(cross_reading(), "Russell 2000", windows=(20, 100))))
    assert "the 20-session average crossed above the 100-session average" in text
    assert "50" not in text.split("Confirmation")[0].replace("2,175.99", "")


def test_ten_events_are_listed_and_the_rest_counted() -> None:
    card = events_card([(event("approaching_death", f"S{n:02}"), "") for n in range(14)] + [(event(), "Russell 2000")])
    lines = card.text.splitlines()
    assert len(lines) == 11
    assert "Russell 2000" in lines[0]
    assert lines[-1] == "… and 5 more"
    assert "Approaching a death cross: 14" in card.fields[0].text


def test_among_equal_events_the_index_comes_first() -> None:
    card = events_card([(event(subject="AGX"), "Argan"), (event(subject="^RUT"), "Russell 2000")])
    assert card.text.index("Russell") < card.text.index("Argan")
    assert card.tone == "golden"


def test_a_kind_nobody_has_words_for_is_named_as_it_is() -> None:
    assert "Gone kind" in event_card(event("gone_kind"), shown(cross_reading())).title


def test_a_confirmation_names_the_side_and_how_long_it_took() -> None:
    card = event_card(event("confirmed", state="death", sessions_since=7), shown(cross_reading(), "Russell 2000"))
    assert card.title == "✓ Death cross confirmed: Russell 2000 (^RUT)"
    assert "7 sessions after the death cross" in card.text


def test_an_approach_says_when_flat_prices_would_cross() -> None:
    card = event_card(event("approaching_golden", flat_sessions=8), shown(cross_reading(), "Russell 2000"))
    assert "cross in 8 sessions" in card.text


def test_a_digest_counts_as_covered_every_symbol_it_tells_of() -> None:
    pairs = [(event(subject=subject), subject) for subject in ("AGX", "STRL", "AGX")]
    footer = events_card(pairs, reading=cross_reading(subject="AGX")).footer
    assert "2 of 2 covered" in footer
    assert footer.endswith("not advice")


def test_an_approach_shows_no_confirmation_of_the_cross_before_it() -> None:
    titles = {
        kind: [field.title for field in event_card(event(kind), shown(cross_reading())).fields]
        for kind in ("approaching_death", "death_cross")
    }
    assert "Confirmation, layer by layer" not in titles["approaching_death"]
    assert "When would they meet?" in titles["approaching_death"]
    assert "Confirmation, layer by layer" in titles["death_cross"]
