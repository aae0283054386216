"""Who changed what, and the way back."""

from __future__ import annotations

import re
from datetime import timedelta

import discord
import pytest

from bot.chat.moderators.audit_words import change_words, edit_words
from bot.chat.moderators.audits import page_of
from bot.people import THE_BOT, Change, Edit, Noun
from tests.chat.conftest import NOW

ROUTE = {"subjects": [], "importance": 1, "role_id": None, "cadence": "instant", "daily_at": None}

DAILY = "at once → **once a day at 18:00**"


def said(result) -> str:
    return (result.followups[0] if result.followups else result.response).content


def labels(message) -> list[str]:
    """What stands on the buttons of a message, or of an answer's raw one."""
    rows = [row["components"] if isinstance(row, dict) else row.children for row in message.components]
    return [part["label"] if isinstance(part, dict) else part.label for row in rows for part in row]


def refreshed(place, message: discord.Message) -> discord.Message:
    return next(m for m in place.channel.history() if m.id == message.id)


def numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\*\*#(\d+)\*\*", text)]


async def changed(place, count: int = 1, by: int | None = None, *, edits=None) -> None:
    for number in range(count):
        await place.behind.configuration.change(
            guild_id=place.guild.id,
            by=place.moderator.id if by is None else by,
            at=NOW + timedelta(minutes=number),
            action="threshold set cross slow",
            edits=edits or [Edit(Noun.THRESHOLD, "cross slow", {"value": 100 + number})],
        )


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (
            Edit(Noun.THRESHOLD, "cross slow", {"value": 150}),
            "threshold **cross slow**: 200 (the default) → **150** sessions",
        ),
        (
            Edit(Noun.THRESHOLD, "cross separation_pct", None, {"value": 1.5}),
            "threshold **cross separation\\_pct**: 1.5 → **1**% (the default)",
        ),
        (Edit(Noun.THRESHOLD, "old gone", {"value": 1}, {"value": 2}), "threshold **old gone**: 2 → **1**"),
        (
            Edit(Noun.ROUTE, "7 cross", ROUTE),
            "alerts of **cross** in <#7>: new (of all, importance 1 and above, no ping, at once)",
        ),
        (
            Edit(Noun.ROUTE, "7 cross", None, {**ROUTE, "subjects": ["RUT", "IWM"], "role_id": 5}),
            "alerts of **cross** in <#7>: ended (of RUT, IWM, importance 1 and above, pings <@&5>, at once)",
        ),
        (
            Edit(Noun.ROUTE, "7 cross", {**ROUTE, "cadence": "daily", "daily_at": "18:00"}, {**ROUTE, "importance": 3}),
            "alerts of **cross** in <#7>: importance 3 and above → **importance 1 and above**; " + DAILY,
        ),
        (
            Edit(Noun.SILENCE, "cross STRL", {"until": "2025-08-09T20:30:00+00:00"}),
            "silence of **cross** of **STRL**: until **<t:1754771400:f>**",
        ),
        (
            Edit(Noun.SILENCE, " STRL", None, {"until": "2025-08-09T20:30:00+00:00"}),
            "silence of everything of **STRL**: ended (was until <t:1754771400:f>)",
        ),
        (Edit(Noun.GUILD, "moderator_role_id", {"value": 5}), "moderator role: none → **<@&5>**"),
        (
            Edit(Noun.GUILD, "time_zone", {"value": "Europe/Berlin"}),
            "time zone: America/New_York (the default) → **Europe/Berlin**",
        ),
    ],
)
def test_each_noun_is_told_from_what_to_what(edit, words):
    assert edit_words(edit) == words


def test_many_edits_are_counted_and_what_was_undone_is_struck_through():
    edits = tuple(Edit(Noun.THRESHOLD, f"cross n{number}", {"value": 1}) for number in range(9))
    words = change_words(Change(4, 1, NOW, 77, "import", edits, is_undone=True))
    head, *lines = words.splitlines()
    assert head == "~~**#4** <t:1754512200:f> <@77>: import~~ (undone)"
    assert len(lines) == 5
    assert lines[-1] == "… and 5 more"


def test_hostile_names_in_old_changes_are_harmless():
    edit = Edit(Noun.ROUTE, "7 @everyone", {**ROUTE, "subjects": ["[x](https://b.example)", "<@&1>"]})
    words = change_words(Change(1, 1, NOW, 2, "route add @everyone https://b.example", (edit,)))
    for live in ("@everyone", "https://", "<@&1>"):
        assert live not in words


async def test_the_audit_names_who_when_and_what_in_both_forms(place):
    await place.moderator.send(place.channel, "!threshold set cross slow 150")
    await place.moderator.send(place.channel, "!audit")
    text = place.last().embeds[0].description
    assert text == (
        f"**#1** <t:{int(NOW.timestamp())}:f> <@{place.moderator.id}>: threshold set cross slow\n"
        "• threshold **cross slow**: 200 (the default) → **150** sessions"
    )
    result = await place.moderator.slash(place.channel, "audit")
    assert result.ephemeral
    assert result.response.embeds[0].description == text


async def test_what_the_bot_changed_by_itself_is_named_as_such(place):
    await changed(place, by=THE_BOT)
    await place.moderator.send(place.channel, "!audit")
    assert "> the bot itself: threshold set" in place.last().embeds[0].description


async def test_an_untouched_server_has_nothing_to_show(place):
    await place.moderator.send(place.channel, "!audit")
    assert place.last().embeds[0].description.startswith("Nothing has been changed yet")
    assert not place.last().components


async def test_pages_are_turned_in_place_even_after_a_restart(place):
    await changed(place, 25)
    result = await place.moderator.slash(place.channel, "audit")
    assert numbers(result.response.embeds[0].description) == list(range(25, 15, -1))
    assert labels(result.response) == ["More"]
    await place.restart()
    result = await place.moderator.click(result.response, label="More")
    assert numbers(result.response.embeds[0].description) == list(range(15, 5, -1))
    assert labels(result.response) == ["Back", "More"]
    result = await place.moderator.click(result.response, label="More")
    assert numbers(result.response.embeds[0].description) == [5, 4, 3, 2, 1]
    assert labels(result.response) == ["Back"]


async def test_a_page_may_be_named_and_beyond_the_end_is_the_last(place):
    await changed(place, 12)
    await place.moderator.send(place.channel, "!audit 2")
    assert numbers(place.last().embeds[0].description) == [2, 1]
    await place.moderator.send(place.channel, "!audit 99")
    assert numbers(place.last().embeds[0].description) == [2, 1]


@pytest.mark.parametrize("words", ["0", "101", "-1"])
async def test_a_page_that_cannot_be_is_refused(place, words):
    await place.moderator.send(place.channel, f"!audit {words}")
    assert place.last().content.startswith("That is out of bounds: 1 to 100, please.")


async def test_a_page_of_the_largest_changes_fits(place):
    edits = [Edit(Noun.ROUTE, f"{number} cross", {**ROUTE, "subjects": ["ABCDEFGH"] * 50}) for number in range(90)]
    await changed(place, 1, edits=edits)
    for number in range(10):
        turned = [Edit(edit.noun, edit.key, {**(edit.after or {}), "importance": 1 + number % 5}) for edit in edits]
        await changed(place, 1, edits=turned)
    card, _ = await page_of(place.behind.configuration, place.guild.id, 0)
    assert len(card.text) <= 4096
    assert len(numbers(card.text)) >= 9


@pytest.mark.parametrize("command", ["audit", "undo"])
async def test_members_may_neither_look_back_nor_take_back(place, command):
    await changed(place)
    await place.member.send(place.channel, f"!{command}")
    assert place.last().content == "Only members with Manage Server may do that: ask one of them."
    result = await place.member.slash(place.channel, command)
    assert result.ephemeral
    assert said(result) == "Only members with Manage Server may do that: ask one of them."


async def test_undo_shows_what_it_brings_back_and_waits_to_be_confirmed(place):
    await place.moderator.send(place.channel, "!threshold set cross slow 150")
    await place.moderator.send(place.channel, "!undo")
    shown = place.last()
    assert shown.embeds[0].title == "Undo this change?"
    assert shown.embeds[0].fields[0].value == "• threshold **cross slow**: 150 → **200** sessions (the default)"
    assert labels(shown) == ["Undo", "Cancel"]
    assert place.behind.thresholds.kept[place.guild.id, "cross"] == {"slow": 150}


async def test_undo_brings_back_what_was_before_and_tells_it_even_after_a_restart(place):
    await place.moderator.send(place.channel, "!threshold set cross slow 150")
    result = await place.moderator.slash(place.channel, "undo")
    assert result.ephemeral
    await place.restart()
    result = await place.moderator.click(result.response, label="Undo")
    assert result.response.content == (
        "Undone: change #1. Stored as change #2:\n• threshold **cross slow**: 150 → **200** sessions (the default)"
    )
    assert place.behind.thresholds.kept == {}
    assert place.behind.configuration.changes[-1].undoes == 1
    await place.moderator.send(place.channel, "!audit")
    text = place.last().embeds[0].description
    assert "(takes back #1)" in text
    assert "~~**#1**" in text


async def test_said_again_undo_takes_back_the_change_before(place):
    await place.moderator.send(place.channel, "!threshold set cross slow 150")
    await place.moderator.send(place.channel, "!silence cross 3d")
    for expected in ("silence cross", "threshold set cross slow"):
        await place.moderator.send(place.channel, "!undo")
        assert expected in place.last().embeds[0].description
        await place.moderator.click(place.last(), label="Undo")
    assert place.behind.configuration.of(place.guild.id) == {}
    await place.moderator.send(place.channel, "!undo")
    assert place.last().content == "There is nothing to undo: `audit` lists what was changed."


async def test_the_bots_own_changes_are_passed_over(place):
    await place.moderator.send(place.channel, "!threshold set cross slow 150")
    await changed(place, 60, by=THE_BOT)
    await place.moderator.send(place.channel, "!undo")
    assert numbers(place.last().embeds[0].description) == [1]


async def test_a_change_that_is_not_the_last_any_more_is_not_undone(place):
    await place.moderator.send(place.channel, "!threshold set cross slow 150")
    await place.moderator.send(place.channel, "!undo")
    shown = place.last()
    await place.moderator.send(place.channel, "!threshold set cross fast 20")
    result = await place.moderator.click(shown, label="Undo")
    assert said(result) == "That is not the last change any more: say `undo` again to see which is."
    assert place.behind.thresholds.kept[place.guild.id, "cross"] == {"slow": 150, "fast": 20}


async def test_a_change_made_between_the_look_and_the_undo_is_not_undone_instead(place, monkeypatch):
    await place.moderator.send(place.channel, "!threshold set cross slow 150")
    await place.moderator.send(place.channel, "!undo")
    undo = place.behind.configuration.undo

    async def overtaken(**given):
        await changed(place, edits=[Edit(Noun.THRESHOLD, "cross fast", {"value": 20})])
        return await undo(**given)

    monkeypatch.setattr(place.behind.configuration, "undo", overtaken)
    result = await place.moderator.click(place.last(), label="Undo")
    assert said(result).startswith("That is not the last change any more")
    assert place.behind.thresholds.kept[place.guild.id, "cross"] == {"slow": 150, "fast": 20}


async def test_undo_is_pressed_twice_and_undoes_once(place):
    await place.moderator.send(place.channel, "!threshold set cross slow 150")
    await place.moderator.send(place.channel, "!threshold set cross slow 160")
    await place.moderator.send(place.channel, "!undo")
    shown = place.last()
    await place.moderator.click(shown, label="Undo")
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label="?", custom_id="sc:1:undo:2"))
    view.stop()
    again = await place.env.bot.get_partial_messageable(place.channel.id).send("x", view=view)
    result = await place.moderator.click(again, custom_id="sc:1:undo:2")
    assert said(result).startswith("That is not the last change any more")
    assert place.behind.thresholds.kept[place.guild.id, "cross"] == {"slow": 150}


async def test_what_would_contradict_a_later_value_is_not_brought_back(place):
    await place.moderator.send(place.channel, "!threshold set cross slow 300")
    await changed(place, by=THE_BOT, edits=[Edit(Noun.THRESHOLD, "cross fast", {"value": 250})])
    await place.moderator.send(place.channel, "!undo")
    result = await place.moderator.click(place.last(), label="Undo")
    assert "must be below slow" in said(result)
    assert place.behind.thresholds.kept[place.guild.id, "cross"] == {"slow": 300, "fast": 250}


async def test_members_may_not_press_undo(place):
    await place.moderator.send(place.channel, "!threshold set cross slow 150")
    await place.moderator.send(place.channel, "!undo")
    result = await place.member.click(place.last(), label="Undo")
    assert said(result) == "Only members with Manage Server may do that: ask one of them."
    assert place.behind.thresholds.kept[place.guild.id, "cross"] == {"slow": 150}


async def test_alerts_in_a_channel_that_is_gone_are_not_brought_back_and_named(place):
    other = place.guild.create_text_channel("other")
    await place.behind.configuration.change(
        guild_id=place.guild.id,
        by=place.moderator.id,
        at=NOW,
        action="alerts here",
        edits=[Edit(Noun.ROUTE, f"{other.id} cross", ROUTE)],
    )
    await changed(place, edits=[Edit(Noun.ROUTE, f"{other.id} cross", None)])
    await place.moderator.send(place.channel, "!undo")
    shown = place.last()
    assert labels(shown) == ["Undo", "Cancel"]
    channel = place.env.bot.get_channel(other.id)
    await channel.delete()
    result = await place.moderator.click(shown, label="Undo")
    line = (
        f"Change #2 cannot be undone: it would bring back alerts of **cross** in <#{other.id}> (`{other.id}`), "
        "and that channel is gone. Set what you want back by hand."
    )
    assert said(result) == line
    await place.moderator.send(place.channel, "!undo")
    assert place.last().content == line
    assert place.behind.routes.kept == {}


@pytest.mark.parametrize("custom_id", ["sc:1:undo:-1", "sc:1:undo:", "sc:1:undo:1:2", "sc:1:undo:x", "sc:1:audit:1000"])
async def test_a_forged_button_is_refused(place, custom_id):
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label="?", custom_id=custom_id))
    view.stop()
    message = await place.env.bot.get_partial_messageable(place.channel.id).send("x", view=view)
    result = await place.moderator.click(message, custom_id=custom_id)
    assert result.ephemeral
    assert said(result) == "That button is not one I know any more: ask again with `/help`."
