from __future__ import annotations

from datetime import timedelta

import pytest

from bot.chat.moderators.silences import length_choices
from bot.people import Noun
from tests.chat.conftest import NOW

DAY = timedelta(days=1)


def kept(place) -> dict[str, str]:
    rows = place.behind.configuration.of(place.guild.id)
    return {key: row["until"] for (noun, key), row in rows.items() if noun is Noun.SILENCE}


def until(**length: float) -> str:
    return (NOW + timedelta(**length)).isoformat()


def said(result) -> str:
    return (result.followups[0] if result.followups else result.response).content


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("cross 3d", {"cross ": until(days=3)}),
        ("STRL 12h", {" STRL": until(hours=12)}),
        ("cross strl 1w", {"cross STRL": until(weeks=1)}),
        ("russell 2000 90m", {" ^RUT": until(minutes=90)}),
        ("CROSS rut 1 week 2 days", {"cross ^RUT": until(days=9)}),
        ("add cross STRL 90d", {"cross STRL": until(days=90)}),
    ],
)
async def test_the_length_stands_last_and_add_may_be_left_out(place, words, expected):
    await place.moderator.send(place.channel, f"!silence {words}")
    assert kept(place) == expected
    assert place.last().content.startswith("Stored: ")


async def test_the_acknowledgement_says_until_when_and_what_still_happens(place):
    await place.moderator.send(place.channel, "!silence cross STRL 3d")
    stamp = int((NOW + 3 * DAY).timestamp())
    assert place.last().content == (
        f"Stored: **cross** of **STRL** is silent for 3 days, until <t:{stamp}:f>. "
        "Meanwhile its alerts are still found and counted as suppressed, but they are not sent, and not told later. "
        "`silence off cross STRL` ends it earlier."
    )
    change = place.behind.configuration.changes[-1]
    assert (change.by, change.action) == (place.moderator.id, "silence cross STRL")


async def test_the_slash_form_stores_the_same(place):
    result = await place.moderator.slash(
        place.channel, "silence add", what="cross", duration="1 week", symbol="russell 2000"
    )
    assert kept(place) == {"cross ^RUT": until(weeks=1)}
    assert said(result).startswith("Stored: **cross** of **^RUT** is silent for 1 week")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("", "Say what and for how long, such as `silence cross 3d` or `silence cross STRL 12h`."),
        ("cross", "Say what and for how long, such as `silence cross 3d` or `silence cross STRL 12h`."),
        ("3d", "Say what and for how long, such as `silence cross 3d` or `silence cross STRL 12h`."),
        ("cross STRL", "STRL is no length of time: say `3d`, `12h`, `2w` or `90m`."),
        ("cross 91d", "That is too long: at most 90 days."),
        ("cross STRL 100 days", "That is too long: at most 90 days."),
        ("cross 0h", "That is no time at all: say `3d`, `12h`, `2w` or `90m`."),
        ("crss 3d", "There is no signal and no symbol crss: did you mean cross?"),
        ("cross STRL RUT 3d", "One symbol at a time, please: say the command once for each."),
        ("smallcap 3d", "Smallcap is for questions and raises no alerts; choose one of: cross,"),
    ],
)
async def test_what_cannot_be_silenced_is_refused_and_not_stored(place, words, line):
    await place.moderator.send(place.channel, f"!silence {words}".strip())
    assert place.last().content.startswith(line)
    assert kept(place) == {}


async def test_a_group_is_refused_with_what_to_do_instead(place):
    await place.moderator.send(place.channel, "!silence sector:Energy 3d")
    assert "groups are chosen in the route" in place.last().content
    assert kept(place) == {}


async def test_an_unknown_symbol_is_refused_to_the_asker_alone_after_a_slash(place):
    result = await place.moderator.slash(place.channel, "silence add", what="STRLL", duration="3d")
    assert result.ephemeral
    assert "did you mean STRL?" in said(result)


async def test_a_missing_length_is_answered_with_an_example(place):
    await place.moderator.send(place.channel, "!silence add cross")
    assert place.last().content == "`duration` is missing. For example: `!silence cross STRL 1w`"


@pytest.mark.parametrize("words", ["cross 3d", "list", "off cross"])
async def test_members_may_not_silence_in_either_form(place, words):
    await place.member.send(place.channel, f"!silence {words}")
    assert place.last().content == "Only members with Manage Server may do that: ask one of them."
    result = await place.member.slash(place.channel, "silence list")
    assert result.ephemeral
    assert said(result) == "Only members with Manage Server may do that: ask one of them."
    assert kept(place) == {}


async def test_said_again_it_sets_a_new_end(place):
    await place.moderator.send(place.channel, "!silence cross 3d")
    await place.moderator.send(place.channel, "!silence cross 1d")
    assert kept(place) == {"cross ": until(days=1)}


async def test_a_silence_is_ended_in_both_forms(place):
    await place.moderator.send(place.channel, "!silence cross STRL 3d")
    await place.moderator.send(place.channel, "!silence RUT 3d")
    await place.moderator.send(place.channel, "!silence off cross strl")
    assert place.last().content == "Stored: **cross** of **STRL** is heard of again."
    result = await place.moderator.slash(place.channel, "silence off", what="rut")
    assert said(result) == "Stored: everything of **^RUT** is heard of again."
    assert kept(place) == {}


async def test_what_is_not_silenced_cannot_be_ended(place):
    await place.moderator.send(place.channel, "!silence cross STRL 3d")
    await place.moderator.send(place.channel, "!silence off cross")
    assert place.last().content == "All of **cross** is not silenced: `silence list` shows what is."


async def test_a_silence_that_ended_by_itself_is_not_listed_and_not_ended_again(place):
    place.behind.configuration.of(place.guild.id)[Noun.SILENCE, "cross "] = {"until": until(hours=-1)}
    await place.moderator.send(place.channel, "!silence off cross")
    assert "is not silenced" in place.last().content
    await place.moderator.send(place.channel, "!silence list")
    assert place.last().embeds[0].description.startswith("Nothing is silenced.")
    assert not place.last().components


async def test_the_list_tells_what_ends_first_and_ends_what_is_chosen_even_after_a_restart(place):
    for words in ("cross 3d", "STRL 1d", "cross RUT 2d"):
        await place.moderator.send(place.channel, f"!silence {words}")
    result = await place.moderator.slash(place.channel, "silence list")
    assert result.ephemeral
    lines = result.response.embeds[0].description.splitlines()
    assert [line.partition(" until ")[0] for line in lines] == [
        "• everything of **STRL**",
        "• **cross** of **^RUT**",
        "• all of **cross**",
    ]
    await place.restart()
    result = await place.moderator.select(result.response, ["cross ^RUT", "cross "])
    assert set(kept(place)) == {" STRL"}
    assert len(result.response.embeds[0].description.splitlines()) == 1
    result = await place.moderator.select(result.response, [" STRL"])
    assert kept(place) == {}
    assert not result.response.components


async def test_the_choice_below_a_public_list_is_for_moderators(place):
    await place.moderator.send(place.channel, "!silence cross 3d")
    await place.moderator.send(place.channel, "!silence list")
    result = await place.member.select(place.last(), ["cross "])
    assert result.ephemeral
    assert said(result) == "Only members with Manage Server may do that: ask one of them."
    assert set(kept(place)) == {"cross "}


async def test_a_choice_that_ended_meanwhile_is_refused(place):
    await place.moderator.send(place.channel, "!silence cross 3d")
    await place.moderator.send(place.channel, "!silence list")
    shown = place.last()
    await place.moderator.send(place.channel, "!silence off cross")
    result = await place.moderator.select(shown, ["cross "])
    assert said(result) == "That is not silenced any more: `silence list` shows what is."


async def test_nothing_is_acknowledged_that_was_not_stored(place):
    place.behind.defect_expected = True
    place.behind.configuration.broken = OSError("disk full")
    await place.moderator.send(place.channel, "!silence cross 3d")
    assert "Something went wrong on my side" in place.last().content


async def test_signals_symbols_lengths_and_what_stands_complete(place):
    complete = place.moderator.autocomplete
    whats = await complete(place.channel, "silence add", "what", "")
    assert [choice["value"] for choice in whats][:2] == ["cross", "rotation"]
    lengths = await complete(place.channel, "silence add", "duration", "5d", what="cross")
    assert [(choice["value"], choice["name"]) for choice in lengths] == [("5d", "5 days")]
    symbols = await complete(place.channel, "silence add", "symbol", "STR", what="cross", duration="5d")
    assert [choice["value"] for choice in symbols] == ["STRL"]
    await place.moderator.send(place.channel, "!silence cross STRL 3d")
    standing = await complete(place.channel, "silence off", "what", "st")
    assert [choice["value"] for choice in standing] == ["cross STRL"]


def test_the_usual_lengths_are_offered_before_anything_is_typed():
    assert [choice.value for choice in length_choices("")] == ["1h", "12h", "1d", "3d", "1w", "2w", "30d", "90d"]
    assert length_choices("91d") == []


@pytest.mark.parametrize(
    "words", ["@everyone 3d", "<@&1> 3d", "https://b.example 1h", "cross [x](https://b.example) 3d"]
)
async def test_hostile_words_are_refused_harmlessly(place, words):
    await place.moderator.send(place.channel, f"!silence {words}")
    shown = place.last().content
    for live in ("@everyone", "<@&1>", "https://"):
        assert live not in shown
    assert kept(place) == {}
