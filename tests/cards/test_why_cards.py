from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards.provenance import Grounds
from bot.cards.reading_json import reading_json
from bot.cards.why_card import Difference, Explained, Replayed, differences, moment, why_card
from bot.cards.whynot_card import Station, Step, reason_words, standing, whynot_card
from signals.cross import CROSS
from signals.smallcap import SMALLCAP
from signals.types import Basis, Check, Coverage, Result
from tests.cards.readings import VALUES, cross_reading, event

FOUND = datetime(2025, 8, 6, 20, 20, tzinfo=UTC)
KNOWN = cross_reading()
GROUNDS = Grounds(date(2025, 8, 6), FOUND, "Yahoo", Basis.PRICE, Coverage(1, 1))
THRESHOLDS = CROSS.thresholds_with()


def explained(**given) -> Explained:
    facts = {"event": event(), "signal": CROSS, "name": "Russell 2000", "found_at": FOUND}
    return Explained(**{**facts, "replayed": Replayed.IDENTICAL, "reading": reading_json(KNOWN), **given})


def whynot(*steps: Step):
    return whynot_card(steps, signal=CROSS, subject="^RUT", name="Russell 2000", grounds=GROUNDS)


def clear(words: str) -> Step:
    return Step(Station.EVENT, passes=True, words=words)


def kept(words: str, station: Station = Station.EVENT) -> Step:
    return Step(station, passes=False, words=words)


def test_why_tells_the_event_and_every_value_of_its_reading() -> None:
    card = why_card(explained())
    told = "\n".join(field.text for field in card.fields if field.title in {"Numbers", "… and further"})
    assert card.title == "Why: Golden cross of Russell 2000 (^RUT), Wed 6 Aug 2025"
    assert all(f"`{name}` **" in told for name in VALUES)
    assert "`gap_pct` **0.0239**: 100 x (fast / slow - 1)" in told
    assert "`flat_sessions` **missing**" in told
    assert "`last_golden` **Wed 6 Aug 2025**" in told


def test_why_shows_every_check_with_its_verdict() -> None:
    checks = next(field.text for field in why_card(explained()).fields if field.title == "Checks")
    assert [line[0] for line in checks.splitlines()] == ["✓", "✗", "?"]


@pytest.mark.parametrize(
    ("replayed", "words", "tone"),
    [
        (Replayed.IDENTICAL, "identical, byte for byte", "golden"),
        (Replayed.DIFFERENT, "it **differs**", "warning"),
        (Replayed.IMPOSSIBLE, "cannot be computed again", "warning"),
        (Replayed.NOT_KEPT, "No bars were kept with this alert", "golden"),
    ],
)
def test_why_never_pretends(replayed: Replayed, words: str, tone: str) -> None:
    card = why_card(explained(replayed=replayed, differences=[Difference("values.fast", 1.0, 2.0)], problem="no idea"))
    assert words in card.text
    assert card.tone == tone
    assert (replayed is Replayed.IDENTICAL) == ("identical" in card.text)


def test_why_of_a_signal_about_more_than_symbols_says_that_no_bars_are_kept_for_it() -> None:
    card = why_card(explained(signal=SMALLCAP, replayed=Replayed.NOT_KEPT, reading=None))
    assert "they are for alerts about single symbols" in card.text


def test_values_are_compared_to_the_last_digit() -> None:
    was = reading_json(KNOWN)
    now = reading_json(cross_reading(values={**VALUES, "fast": 2176.5100000000007}, checks=KNOWN.checks[:2]))
    assert [(found.name, found.was, found.is_now) for found in differences(was, now)] == [
        ("values.fast", 2176.51, 2176.5100000000007),
        ("checks.holds.name", "holds", "missing"),
        ("checks.holds.result", "unknown", "missing"),
        ("checks.holds.value", None, "missing"),
        ("checks.holds.bound", 3, "missing"),
    ]
    text = why_card(explained(replayed=Replayed.DIFFERENT, differences=differences(was, now))).text
    assert "values.fast: was 2176.51, is 2176.5100000000007" in text


def test_whynot_names_the_first_cause_up_front_and_counts_the_others() -> None:
    card = whynot(clear("a"), kept("no cross", Station.SCAN), kept("x"), kept("y"))
    assert card.text == "**Scan:** No cross.\n2 more causes below."
    assert [field.title for field in card.fields] == ["Scan", "Event"]
    assert card.fields[1].text == "✓ a\n✗ x\n✗ y"
    assert whynot(kept("x"), kept("y")).text.endswith("\n1 more cause below.")


def test_whynot_says_so_where_it_was_told_or_nothing_kept_it() -> None:
    told = Step(Station.CHANNEL, passes=True, words="sent: https://discord.com/channels/1/2/3", is_told=True)
    assert whynot(told).text == "**It was told.** This channel: Sent: https://discord.com/channels/1/2/3"
    assert "marked ✗ below" in whynot(told, kept("silenced")).text
    assert whynot(clear("a")).text == "Nothing kept it quiet: every station below let it pass."


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"gap_pct": -1.3, "flat_sessions": None},
            "is 1.30% below the 200-session one; an approach needs a cross within",
        ),
        ({"gap_pct": -1.3, "flat_sessions": None}, "within 10 sessions of flat prices, now there is none within 60"),
        ({"gap_pct": -1.3, "flat_sessions": 14}, "now it would take 14"),
        ({"flat_sessions": 9, "gap_change_5": -0.2}, "would cross in 9 sessions, but the gap is not narrowing"),
        ({"flat_sessions": 9, "gap_change_5": 0.2}, "an approach is told once, on its first session"),
        ({"flat_sessions": 9, "gap_change_5": None}, "not narrowing (unknown pt in 5)"),
        ({"gap_pct": None}, "is an unknown distance below"),
    ],
)
def test_without_an_event_it_is_told_where_things_stand(values: dict, words: str) -> None:
    reading = cross_reading(state="death", values={**VALUES, "sessions_since": 90, **values})
    told = standing(CROSS, reading, THRESHOLDS)
    assert words in told
    assert "confirmation" not in told


def test_a_young_cross_is_told_what_its_confirmation_lacks() -> None:
    checks = (Check("holds", Result.FAIL, 1, 3, "Holds"), Check("separation", Result.PASS, 1.2, 1.0, "Gap"))
    young = cross_reading(values={**VALUES, "sessions_since": 1}, checks=checks)
    assert standing(CROSS, young, THRESHOLDS).endswith(
        "For its confirmation the cross of Wed 6 Aug 2025 lacks: ✗ Holds: 1 (needs at least 3)"
    )
    done = cross_reading(values={**VALUES, "sessions_since": 5}, checks=checks[1:])
    assert "has all that its confirmation needs, which is told once" in standing(CROSS, done, THRESHOLDS)


def test_unknown_averages_and_other_signals_are_told_plainly() -> None:
    assert "some close of their 50 and 200 sessions is missing" in standing(
        CROSS, cross_reading(state="unknown"), THRESHOLDS
    )
    assert standing(SMALLCAP, cross_reading(state="no_edge"), {}) == "no event: its state is no edge"


def test_instants_in_a_stored_reason_stay_instants_and_all_else_is_harmless() -> None:
    until = moment(FOUND + timedelta(days=1))
    assert reason_words(f"silenced until {until} by a moderator") == f"silenced until {until} by a moderator"
    assert reason_words("<@5> <t:1:f") == "\\<@\u200b5\\> \\<t:1:f"


@given(st.text())
@settings(deadline=None)
def test_whatever_a_reason_quotes_it_pings_nobody_and_links_nowhere(text: str) -> None:
    told = reason_words(text)
    assert "@everyone" not in told
    assert "<@" not in told
    assert "://" not in told


HOSTILE = st.text(max_size=300) | st.sampled_from(["@everyone", "[x](https://x.example)", "\u202e**b**", "`" * 9])


@given(HOSTILE, HOSTILE, HOSTILE, st.sampled_from(Replayed))
@settings(deadline=None, max_examples=60)
def test_nothing_foreign_on_why_formats_links_or_pings(name: str, problem: str, word: str, replayed: Replayed) -> None:
    told = explained(
        name=name,
        problem=problem,
        replayed=replayed,
        event=event(state=word),
        differences=[Difference(word, word, None)],
    )
    card = why_card(told)
    for text in (card.title, card.text, *(field.text for field in card.fields)):
        assert "@everyone" not in text
        assert "://" not in text
