"""Rehearse a threshold before it is stored: the command, the choice and the form below the list, Save and Cancel."""

from __future__ import annotations

from datetime import date

import discord
import pytest

from bot.chat.moderators.spans import Span, span_pressed
from bot.chat.moderators.thresholds import mark_of, pressed_words, rehearsal_view
from bot.chat.press import SPAN, Action, parse_press, press
from bot.people import Noun
from bot.questions.parse import QuestionError
from signals.catalog import SIGNALS

LONGEST = Span(first=date(2015, 1, 2), last=date(2025, 1, 2))
CASES = [(signal, threshold) for signal in SIGNALS for threshold in signal.thresholds]


def said(result) -> str:
    return (result.followups[0] if result.followups else result.response).content


def kept(place) -> dict[str, object]:
    return place.behind.thresholds.kept.get((place.guild.id, "cross"), {})


def labels(message: discord.Message) -> list[str]:
    return [part.label for row in message.components for part in row.children]


def refreshed(place, message: discord.Message) -> discord.Message:
    return next(m for m in place.channel.history() if m.id == message.id)


@pytest.fixture
async def rehearsed(place) -> discord.Message:
    await place.moderator.send(place.channel, "!threshold rehearse cross slow 150")
    return place.last()


async def test_a_rehearsal_shows_both_and_stores_nothing(place, rehearsed):
    assert rehearsed.embeds[0].title == "Rehearsal of cross slow"
    assert place.behind.foresight.asked == [(place.guild.id, "cross", "slow", 150, 252)]
    assert labels(rehearsed) == ["Save", "Cancel"]
    assert kept(place) == {}
    assert place.behind.configuration.changes == []


async def test_the_slash_form_is_for_the_asker_alone_and_takes_a_range(place):
    result = await place.moderator.slash(
        place.channel, "threshold rehearse", signal="cross", name="fast", value="20", sessions=500
    )
    assert result.ephemeral
    assert place.behind.foresight.asked == [(place.guild.id, "cross", "fast", 20, 500)]
    result = await place.moderator.click(result.response, label="Save")
    assert kept(place) == {"fast": 20}


@pytest.mark.parametrize(
    "words",
    [
        "cross slow 150 from:2024-01-02 to:2024-12-31",
        "to:2024-12-31 cross from:2024-01-02 slow 150",
        "From: 2024-01-02 cross slow last:2024-12-31 value:150",
    ],
)
async def test_a_span_of_days_may_stand_anywhere(place, words):
    await place.moderator.send(place.channel, f"!threshold rehearse {words}")
    span = (date(2024, 1, 2), date(2024, 12, 31))
    assert place.behind.foresight.asked == [(place.guild.id, "cross", "slow", 150, 252, *span)]


async def test_a_span_is_kept_until_the_value_is_saved(place):
    result = await place.moderator.slash(
        place.channel, "threshold rehearse", signal="cross", name="slow", value="150", first="2024-01-02"
    )
    place.behind.configuration.of(place.guild.id)[Noun.THRESHOLD, "cross slow"] = {"value": 170}
    await place.moderator.click(result.response, label="Save")
    assert [asked[5:] for asked in place.behind.foresight.asked] == [(date(2024, 1, 2), None)] * 2


@pytest.mark.parametrize(
    "span",
    [Span(), Span(500), Span(100, last=date(2024, 1, 2)), Span(first=date(2024, 1, 2)),
     Span(first=date(2024, 1, 2), last=date(2025, 1, 2))],
)  # fmt: skip
def test_a_button_says_a_span_and_it_is_read_back(span):
    assert SPAN.fullmatch(span.pressed)
    assert span_pressed(span.pressed) == span


async def test_save_stores_exactly_what_was_rehearsed_and_says_before_and_after(place, rehearsed):
    await place.moderator.click(rehearsed, label="Save")
    assert kept(place) == {"slow": 150}
    shown = refreshed(place, rehearsed)
    assert shown.content == (
        "Stored: **cross slow** is now **150** sessions (before: 200). "
        "Answers use it now, alerts from the next session on."
    )
    assert (shown.embeds, shown.components, shown.attachments) == ([], [], [])
    change = place.behind.configuration.changes[-1]
    assert (change.by, change.action) == (place.moderator.id, "threshold set cross slow")


async def test_cancel_changes_nothing_and_says_so(place, rehearsed):
    await place.moderator.click(rehearsed, label="Cancel")
    shown = refreshed(place, rehearsed)
    assert (shown.content, shown.components) == ("Nothing was changed.", [])
    assert kept(place) == {}


async def test_save_works_after_a_restart_without_message_content(place, rehearsed):
    await place.restart(message_content=False)
    await place.moderator.click(rehearsed, label="Save")
    assert kept(place) == {"slow": 150}


@pytest.mark.parametrize("label", ["Save", "Cancel"])
async def test_members_may_press_neither_button(place, rehearsed, label):
    result = await place.member.click(rehearsed, label=label)
    assert result.ephemeral
    assert said(result) == "Only members with Manage Server may do that: ask one of them."
    assert kept(place) == {}
    assert labels(refreshed(place, rehearsed)) == ["Save", "Cancel"]


async def test_a_value_that_changed_meanwhile_is_said_and_asked_again(place, rehearsed):
    await place.moderator.send(place.channel, "!threshold set cross slow 170")
    await place.moderator.click(rehearsed, label="Save")
    assert kept(place) == {"slow": 170}
    shown = refreshed(place, rehearsed)
    assert shown.embeds[0].description.startswith("**Not stored yet**: meanwhile somebody set it to **170** sessions.")
    assert len(place.behind.foresight.asked) == 2
    await place.moderator.click(shown, label="Save")
    assert kept(place) == {"slow": 150}
    assert "(before: 170)" in refreshed(place, rehearsed).content


async def test_a_value_that_stands_by_then_is_not_stored_again(place, rehearsed):
    await place.moderator.send(place.channel, "!threshold set cross slow 150")
    result = await place.moderator.click(rehearsed, label="Save")
    assert said(result) == "Cross slow is 150 already: there is nothing to change."
    assert len(place.behind.configuration.changes) == 1


async def test_what_contradicts_another_value_by_then_is_refused(place, rehearsed):
    place.behind.configuration.of(place.guild.id)[Noun.THRESHOLD, "cross fast"] = {"value": 160}
    result = await place.moderator.click(rehearsed, label="Save")
    assert "must be below slow" in said(result)
    assert kept(place) == {"fast": 160}


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("cross slow 100000", "must be between 2 and 400"),
        ("cross slow 40", "must be below slow"),
        ("cross slw 100", "did you mean slow?"),
        ("crss slow 100", "did you mean cross?"),
        ("cross slow soon", "must be a number"),
        ("cross slow 150 5", "That is out of bounds: 21 to 2520, please."),
        ("cross slow 150 from:2025-01-01 to:2024-01-01", "2024-01-01 is before 2025-01-01: say `from:` the earlier"),
        ("cross slow 150 from:2025-02-30", "2025-02-30 is no day: say `from:` and one such as 2020-01-31."),
        ("cross slow 150 to:@everyone", "is no day: say `to:` and one such as 2020-01-31."),
        ("cross slow 150 100 from:2025-01-01", "Say how many sessions, or from which day on: not both."),
        ("cross slow 150 by:2025-01-01", "I do not know `by:` here: there is `from:`, `to:`"),
        ("cross slow 150 from:2025-01-01 from:2025-01-01", "`from:` is named twice: name it once."),
        ("cross slow 150 100 100", "That is more than I expected"),
        ("", "`signal` is missing. For example: `!threshold rehearse cross slow 150`"),
        ("cross slow", "`value` is missing. For example: `!threshold rehearse cross slow 150`"),
    ],
)
async def test_what_cannot_hold_is_refused_before_anything_is_rehearsed(place, words, line):
    await place.moderator.send(place.channel, f"!threshold rehearse {words}")
    assert line in place.last().content
    assert place.behind.foresight.asked == []


async def test_members_may_not_rehearse(place):
    await place.member.send(place.channel, "!threshold rehearse cross slow 150")
    assert place.last().content == "Only members with Manage Server may do that: ask one of them."
    result = await place.member.slash(place.channel, "threshold rehearse", signal="cross", name="slow", value="150")
    assert result.ephemeral
    assert place.behind.foresight.asked == []


async def test_what_cannot_be_rehearsed_now_is_said(place):
    place.behind.foresight.broken = QuestionError("there are no prices yet: try again in a few minutes")
    await place.moderator.send(place.channel, "!threshold rehearse cross slow 150")
    assert place.last().content == "There are no prices yet: try again in a few minutes."


async def test_the_list_offers_each_threshold_and_opens_a_form_with_the_present_value_and_the_bounds(place):
    await place.moderator.send(place.channel, "!threshold set cross slow 150")
    result = await place.moderator.slash(place.channel, "threshold list", signal="cross")
    opened = await place.moderator.select(result.response, ["slow"])
    form = opened.modal
    assert form["title"] == "cross slow"
    [row] = form["components"]
    assert row["label"] == "New value: 2 to 400 sessions"
    assert row["component"]["value"] == "150"


async def test_the_form_shows_a_rehearsal_with_save_and_stores_nothing_by_itself(place):
    result = await place.moderator.slash(place.channel, "threshold list")
    opened = await place.moderator.select(result.response, ["slow"])
    shown = await place.moderator.submit_modal(opened, {"value": " 120 "})
    assert shown.ephemeral
    assert shown.response.embeds[0].title == "Rehearsal of cross slow"
    assert place.behind.foresight.asked == [(place.guild.id, "cross", "slow", 120, 252)]
    assert kept(place) == {}
    await place.moderator.click(shown.response, label="Save")
    assert kept(place) == {"slow": 120}


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("soon", "must be a number"),
        ("9999", "must be between 2 and 400"),
        ("50", "must be below slow"),
        ("200", "is 200 already"),
    ],
)
async def test_a_form_with_a_value_that_cannot_hold_is_refused(place, typed, line):
    result = await place.moderator.slash(place.channel, "threshold list")
    opened = await place.moderator.select(result.response, ["slow"])
    refused = await place.moderator.submit_modal(opened, {"value": typed})
    assert refused.ephemeral
    assert line in said(refused)
    assert place.behind.foresight.asked == []


async def test_a_form_works_after_a_restart(place):
    result = await place.moderator.slash(place.channel, "threshold list")
    opened = await place.moderator.select(result.response, ["slow"])
    await place.restart()
    shown = await place.moderator.submit_modal(opened, {"value": "120"})
    assert shown.response.embeds[0].title == "Rehearsal of cross slow"


async def test_members_get_no_form(place):
    await place.moderator.send(place.channel, "!threshold list")
    result = await place.member.select(place.last(), ["slow"])
    assert result.ephemeral
    assert said(result) == "Only members with Manage Server may do that: ask one of them."


@pytest.mark.parametrize(
    ("custom_id", "line"),
    [
        ("sc:1:keep:cross:slow:9999:252:" + mark_of(200), "must be between 2 and 400"),
        ("sc:1:keep:cross:nothing:150:252:" + mark_of(200), "has no threshold nothing"),
        ("sc:1:keep:nothing:slow:150:252:" + mark_of(200), "there is no signal nothing"),
        ("sc:1:keep:cross:slow:150:252", "not one I know"),
        ("sc:1:keep:cross:slow:1 OR 1=1:252:" + mark_of(200), "not one I know"),
        ("sc:1:keep:cross:slow:150:252:" + mark_of(200) + ":x", "not one I know"),
        ("sc:1:keep:cross:slow:150:20240230-:" + mark_of(200), "not one I know"),
        ("sc:1:keep:cross:slow:150:20240230-2:" + mark_of(200), "not one I know"),
        ("sc:1:cancel:x", "not one I know"),
    ],
)
async def test_a_forged_button_is_refused_and_nothing_is_stored(place, custom_id, line):
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label="?", custom_id=custom_id))
    view.stop()
    message = await place.env.bot.get_partial_messageable(place.channel.id).send("x", view=view)
    result = await place.moderator.click(message, custom_id=custom_id)
    assert line.lower() in said(result).lower()
    assert kept(place) == {}


@pytest.mark.parametrize(("signal", "threshold"), CASES, ids=[f"{s.name} {t.name}" for s, t in CASES])
async def test_every_threshold_of_every_signal_fits_into_its_buttons(signal, threshold):
    for value in threshold.choices or (threshold.lower, threshold.upper, threshold.default):
        parsed = threshold.parse(value)
        view = rehearsal_view(signal, threshold, parsed, present=threshold.default, span=LONGEST)
        says = parse_press(view.children[0].custom_id)
        assert says.action is Action.KEEP
        assert threshold.parse(says.arguments[2]) == parsed
    longest = -1.2345678901234567e-100
    assert (
        len(press(Action.KEEP, signal.name, threshold.name, pressed_words(longest), LONGEST.pressed, "0" * 6).custom_id)
        <= 100
    )


def test_values_that_differ_in_the_last_digit_have_marks_of_their_own():
    assert mark_of(1.2) != mark_of(1.2000000000000002)
