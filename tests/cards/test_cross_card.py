from __future__ import annotations

from bot.cards.cross_card import cross_card
from bot.cards.plain import terminal_text
from signals.types import Check, Coverage, Result
from tests.cards.readings import VALUES, cross_reading, shown


def text_of(**changed: object) -> str:
    return terminal_text(cross_card(shown(cross_reading(**changed), "Russell 2000", evidence="Nothing to claim.")))


def test_it_tells_every_number_of_the_reading() -> None:
    text = text_of()
    for words in (
        "2,225.68",
        "2,176.51",
        "2,175.99",
        "+0.02%",
        "+0.64 pt",
        "2,190.25",
        "56.2",
        "0.98\N{MULTIPLICATION SIGN}",
        "6 Aug 2025",
    ):
        assert words in text


def test_bounds_are_mirrored_after_a_death_cross() -> None:
    checks = (
        Check("separation", Result.FAIL, -0.4, -1.0, "gap between the averages, %"),
        Check("not_overheated", Result.PASS, 41.3, 30.0, "RSI14 not washed out"),
        Check("relative_volume", Result.UNKNOWN, None, 1.2, "relative volume (IWM)"),
    )
    text = text_of(state="death", checks=checks).replace("\N{MINUS SIGN}", "-")
    assert "✗ Gap between the averages: -0.40% (needs at most -1%)" in text
    assert "✓ RSI14 not washed out: 41.3 (needs above 30)" in text
    assert "? Relative volume (IWM): unknown (needs at least 1.2" in text


def test_the_title_says_since_when_only_if_it_was_seen_to_begin() -> None:
    assert "golden since 6 Aug 2025" in text_of().splitlines()[0]
    values = {**VALUES, "sessions_since": None, "last_golden": None}
    assert text_of(values=values).splitlines()[0].endswith("(^RUT): golden")
    assert "before the data begins" in text_of(values=values)


def test_checks_carry_a_sign_each_so_that_colour_is_not_needed() -> None:
    text = text_of()
    assert "✓ Slow average rising" in text
    assert "✗ Relative volume" in text
    assert "? Holds" in text


def test_without_a_side_there_is_no_cross_whose_confirmation_could_be_asked() -> None:
    assert "Confirmation" in text_of()
    assert "Confirmation" not in text_of(state="unknown", values=dict.fromkeys(VALUES))


def test_the_trigger_close_is_told_beside_how_far_away_it_is() -> None:
    assert "At once, with a next close of 2,190.25 (\N{MINUS SIGN}1.6% from the last)." in text_of()
    assert "At once, with a next close of 2,190.25." in text_of(values={**VALUES, "close": None})


def test_missing_values_are_unknown_and_never_zero() -> None:
    text = text_of(state="unknown", values=dict.fromkeys(VALUES), checks=())
    numbers = text.split("Numbers")[1].split("When")[0]
    assert "0.00" not in numbers
    assert numbers.count("unknown") == 7


def test_the_footer_names_session_source_basis_coverage_and_doubts() -> None:
    text = text_of(labels=("simulated", "replay"), coverage=Coverage(8, 10), stale_sessions=2, is_provisional=True)
    footer = text.splitlines()[-1]
    for words in (
        "SIMULATED",
        "REPLAY",
        "Wed 6 Aug 2025",
        "Yahoo",
        "price basis",
        "8 of 10",
        "PARTIAL",
        "2 sessions old",
    ):
        assert words in footer
    assert "PROVISIONAL" in footer
    assert footer.endswith("not advice")


def test_a_name_from_outside_can_neither_mention_nor_link() -> None:
    card = cross_card(shown(cross_reading(), "@everyone [click](https://evil.example) **bold**"))
    assert "@everyone" not in card.title
    assert "](" not in card.title.replace("\\](", "")
    assert "**" not in card.title.replace("\\*", "")
