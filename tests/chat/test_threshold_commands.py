from __future__ import annotations

import pytest

from bot.people import Noun
from tests.chat.conftest import NOW


async def test_a_threshold_is_stored_in_its_own_type_before_it_is_acknowledged(place):
    await place.moderator.send(place.channel, "!threshold set cross slow 150")
    assert place.behind.thresholds.kept == {(place.guild.id, "cross"): {"slow": 150}}
    assert place.behind.thresholds.set_by == [(place.moderator.id, NOW)]
    assert place.last().content.startswith("Stored: **cross slow** is now **150** sessions (before: 200).")


async def test_the_slash_form_of_threshold_set_stores_the_same(place):
    result = await place.moderator.slash(place.channel, "threshold set", signal="Cross", name="FAST", value="20")
    assert place.behind.thresholds.kept == {(place.guild.id, "cross"): {"fast": 20}}
    assert "**20** sessions (before: 50)" in result.response.content


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("cross slow 100000", "must be between"),
        ("cross slow NaN", "must be a whole number"),
        ("cross slow 12.5", "must be a whole number"),
        ("cross slow soon", "must be a number"),
        ("cross slw 100", "did you mean slow?"),
        ("crss slow 100", "did you mean cross?"),
        ("cross slow 50", "slow"),
    ],
)
async def test_a_value_that_cannot_hold_is_refused_in_both_forms_and_not_stored(place, words, said):
    await place.moderator.send(place.channel, f"!threshold set {words}")
    assert said in place.last().content
    signal, name, value = words.split()
    result = await place.moderator.slash(place.channel, "threshold set", signal=signal, name=name, value=value)
    refusal = result.followups[0] if result.followups else result.response
    assert refusal.ephemeral
    assert said in refusal.content
    assert place.behind.thresholds.kept == {}


async def test_a_missing_value_is_answered_with_an_example(place):
    await place.moderator.send(place.channel, "!threshold set cross slow")
    assert place.last().content == "`value` is missing. For example: `!threshold set cross slow 150`"


async def test_threshold_list_marks_what_this_server_changed(place):
    await place.moderator.send(place.channel, "!threshold set cross slow 150")
    result = await place.moderator.slash(place.channel, "threshold list")
    assert result.ephemeral
    lines = result.response.embeds[0].description.splitlines()
    slow = next(line for line in lines if "**slow**" in line)
    assert slow.startswith("✎ **slow** = **150** (default 200, ")
    assert any(line.startswith("**fast** = **50** (") for line in lines)


async def test_threshold_reset_brings_the_default_back(place):
    await place.moderator.send(place.channel, "!threshold set cross slow 150")
    await place.moderator.send(place.channel, "!threshold set cross fast 20")
    await place.moderator.send(place.channel, "!threshold reset cross slow")
    assert place.last().content == "Stored: **cross slow** is back to the default."
    result = await place.moderator.slash(place.channel, "threshold reset", signal="cross")
    assert result.response.content == "Stored: everything of **cross** is back to the default."
    assert place.behind.thresholds.kept == {}


async def test_a_reset_that_would_contradict_what_remains_is_refused(place):
    await place.moderator.send(place.channel, "!threshold set cross slow 300")
    await place.moderator.send(place.channel, "!threshold set cross fast 250")
    await place.moderator.send(place.channel, "!threshold reset cross slow")
    assert "Stored" not in place.last().content
    assert place.behind.thresholds.kept[place.guild.id, "cross"] == {"slow": 300, "fast": 250}


async def test_resetting_what_was_never_set_is_said(place):
    await place.moderator.send(place.channel, "!threshold reset cross slow")
    assert place.last().content == "**cross slow** had not been changed in this server."


async def test_threshold_alone_says_what_may_follow(place):
    await place.moderator.send(place.channel, "!threshold")
    assert place.last().content == ("Say `threshold list`, `threshold set`, `threshold rehearse` or `threshold reset`.")


async def test_names_and_values_complete_with_bounds_and_the_present_value(place):
    await place.moderator.send(place.channel, "!threshold set cross slow 150")
    complete = place.moderator.autocomplete
    assert "cross" in [c["value"] for c in await complete(place.channel, "threshold set", "signal", "")]
    names = await complete(place.channel, "threshold set", "name", "slo", signal="cross")
    assert "slow" in [choice["value"] for choice in names]
    assert await complete(place.channel, "threshold set", "name", "slo", signal="nothing") == []
    values = await complete(place.channel, "threshold set", "value", "1", signal="cross", name="slow")
    assert [choice["value"] for choice in values] == ["1", "150", "200"]
    assert "as it is now (2 to 400 sessions)" in values[1]["name"]
    assert await complete(place.channel, "threshold set", "value", "1", signal="cross", name="nothing") == []


async def test_what_contradicts_a_value_stored_a_moment_before_is_refused(place, monkeypatch):
    configuration = place.behind.configuration
    change = configuration.change

    async def overtaken(**given):
        configuration.of(place.guild.id)[Noun.THRESHOLD, "cross fast"] = {"value": 150}
        return await change(**given)

    monkeypatch.setattr(configuration, "change", overtaken)
    await place.moderator.send(place.channel, "!threshold set cross slow 120")
    assert "must be below slow" in place.last().content
    assert place.behind.thresholds.kept == {(place.guild.id, "cross"): {"fast": 150}}


async def test_units_are_told_as_people_write_them(place):
    await place.moderator.send(place.channel, "!threshold set cross separation_pct 1.5")
    assert "is now **1.5**% (before: 1)" in place.last().content
    await place.moderator.send(place.channel, "!threshold list")
    lines = place.last().embeds[0].description.splitlines()
    assert lines[0] == "**fast** = **50** (2 to 400 sessions): closes in the fast average; below slow"
    assert not [line for line in lines if " pct" in line or " ratio" in line]
    assert any("\N{MULTIPLICATION SIGN})" in line for line in lines)
    assert any("(yes or no): " in line for line in lines)


async def test_an_unknown_signal_is_answered_in_a_sentence(place):
    await place.moderator.send(place.channel, "!threshold list evidence")
    assert place.last().content.startswith("There is no signal evidence: choose one of: cross, smallcap, ")
