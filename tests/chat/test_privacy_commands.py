"""`privacy`: what is kept of a member is handed out to nobody else, and deleted after a button of their own."""

from __future__ import annotations

import json
from datetime import timedelta

import discord
import pytest

from bot.chat.press import Action, press
from tests.chat.conftest import NOW
from tests.chat.subscribers import said

KEPT = {
    "subscription": [{"signal": "cross", "subject": "STRL"}, {"signal": "cross", "subject": ""}],
    "preference": [{"time_zone": "Europe/Berlin"}],
    "snooze": [],
    "change": [{"id": 3, "action": "threshold set"}],
    "something_new": [{"id": 1}],
}
MINUTE = int(NOW.timestamp()) // 60


@pytest.fixture
def known(place):
    place.behind.privacy.kept[place.member.id] = dict(KEPT)
    return place.behind.privacy


async def asked_to_delete(place) -> discord.Message:
    await place.member.send(place.channel, "!privacy delete")
    return place.last()


def now_shown(place, shown: discord.Message) -> discord.Message:
    return next(m for m in place.channel.history() if m.id == shown.id)


async def forged(place, custom_id: str) -> discord.Message:
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label="x", custom_id=custom_id))
    view.stop()
    await place.env.bot.get_partial_messageable(place.channel.id).send("forged", view=view)
    return place.last()


async def test_after_a_slash_the_file_is_for_the_asker_alone(place, known):
    result = await place.member.slash(place.channel, "privacy export")
    assert result.ephemeral
    (file,) = result.response.attachments
    assert file.filename == "what-is-kept-of-you.json"
    assert json.loads(await file.read()) == KEPT
    assert known.kept[place.member.id] == KEPT


async def test_after_a_prefix_the_file_comes_by_direct_message_and_not_into_the_channel(place, known):
    assert await said(place, "privacy export") == "It is in your direct messages."
    assert place.last().attachments == []
    sent = place.member.user.dm_channel.last_message
    assert json.loads(await sent.attachments[0].read()) == known.kept[place.member.id]


async def test_in_a_direct_message_the_file_is_the_answer(place, known):
    await place.member.send_dm("privacy export")
    (answer,) = [m for m in place.member.user.dm_channel.history() if m.author.id == place.env.bot.user.id]
    assert len(answer.attachments) == 1


async def test_where_direct_messages_are_refused_the_slash_form_is_named(place, known, closed):
    line = await said(place, "privacy export")
    assert line.startswith(
        "Discord does not let me write to you, so nothing was exported (`/privacy export` shows you the file"
    )


async def test_of_somebody_unknown_the_file_holds_nothing(place):
    result = await place.member.slash(place.channel, "privacy export")
    assert json.loads(await result.response.attachments[0].read()) == {}


async def test_delete_says_what_would_go_and_deletes_nothing_yet(place, known):
    result = await place.member.slash(place.channel, "privacy delete")
    assert result.ephemeral
    embed = result.response.embeds[0]
    assert {field.name: field.value for field in embed.fields} == {
        "What goes": "• subscriptions: 2\n• preferences: 1\n• something\\_new: 1",
        "What stays without your name": "• changes that you made as a moderator: 1",
    }
    assert known.kept[place.member.id] == KEPT


async def test_the_button_deletes_everything_and_says_how_much_that_was(place, known):
    shown = await asked_to_delete(place)
    await place.restart()
    await place.member.click(now_shown(place, shown), label="Delete everything")
    assert known.kept == {}
    after = now_shown(place, shown)
    assert after.embeds[0].description.startswith("**5 entries have gone.** No subscription, preference, snooze, list")
    assert after.components == []


async def test_the_button_is_its_owners_alone(place, known):
    shown = await asked_to_delete(place)
    known.kept[place.moderator.id] = dict(KEPT)
    result = await place.moderator.click(shown, label="Delete everything")
    assert result.ephemeral
    assert result.response.content == "That belongs to somebody else: ask for your own."
    assert set(known.kept) == {place.member.id, place.moderator.id}


async def test_the_button_acts_for_fifteen_minutes(place, known):
    shown = await asked_to_delete(place)
    place.env.bot.ports.clock.set(NOW + timedelta(minutes=15))
    await place.member.click(shown, label="Delete everything")
    assert known.kept == {}


async def test_a_minute_later_it_does_not(place, known):
    shown = await asked_to_delete(place)
    place.env.bot.ports.clock.set(NOW + timedelta(minutes=16))
    result = await place.member.click(shown, label="Delete everything")
    assert result.ephemeral
    assert result.response.content == "That button acted for 15 minutes: say `privacy delete` again."
    assert known.kept[place.member.id] == KEPT


@pytest.mark.parametrize("minute", [MINUTE + 1, MINUTE - 16, 0, 9999999999])
async def test_a_button_of_another_minute_is_refused(place, known, minute):
    custom_id = press(Action.FORGET, place.member.id, minute).custom_id
    result = await place.member.click(await forged(place, custom_id), custom_id=custom_id)
    assert "say `privacy delete` again" in result.response.content
    assert known.kept[place.member.id] == KEPT


@pytest.mark.parametrize("minute", ["soon", "-1", "99999999999", ""])
async def test_a_forged_button_is_refused(place, known, minute):
    custom_id = f"sc:1:forget:{place.member.id}:{minute}"
    result = await place.member.click(await forged(place, custom_id), custom_id=custom_id)
    assert result.response.content.startswith("That button is not one I know any more")
    assert known.kept[place.member.id] == KEPT


async def test_where_nothing_is_kept_there_is_nothing_to_delete(place):
    assert await said(place, "privacy delete") == "Nothing is kept of you: there is nothing to delete."
    result = await place.member.slash(place.channel, "privacy delete")
    assert (result.followups or [result.response])[0].ephemeral


@pytest.mark.parametrize("words", ["privacy", "privacy everything"])
async def test_privacy_alone_says_what_may_follow(place, words):
    assert await said(place, words) == "Say `privacy export` or `privacy delete`."


async def test_too_many_words_are_refused_with_an_example(place):
    assert (await said(place, "privacy delete me")).endswith("For example: `!privacy delete`")
