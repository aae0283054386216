"""`subscriptions` with the panel below it, and `snooze`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import discord
import pytest

from bot.chat.press import Action, press
from bot.chat.subscribers.direct import TEST
from bot.people import DIRECT, WATCHLIST, Preferences, Snooze, Subscriber
from tests.chat.conftest import NOW
from tests.chat.subscribers import COUNTED, asked, direct, mine, said, subscribed


async def test_a_snooze_is_stored_in_both_forms(place):
    line = await said(place, "snooze 3 days")
    until = NOW + timedelta(days=3)
    assert line.startswith(f"Stored: nothing reaches you until <t:{int(until.timestamp())}:f>")
    answer = await asked(place, "snooze", duration="12h", signal="cross")
    assert answer.ephemeral
    assert "nothing of **cross** reaches you" in answer.content
    kept = place.behind.members.kept[place.member.id].snoozes
    assert kept == (
        Snooze(place.member.id, "", until),
        Snooze(place.member.id, "cross", NOW + timedelta(hours=12)),
    )


async def test_snooze_off_ends_every_snooze_or_that_of_a_signal(place):
    await said(place, "snooze 3d")
    await said(place, "snooze 3d cross")
    line = await said(place, "snooze off cross")
    assert line == "Stored: **cross** is awake, but every signal is snoozed: `snooze off` ends that, too."
    assert await said(place, "snooze off") == "Stored: alerts reach you again."
    assert [one for one in place.behind.members.kept[place.member.id].snoozes if one.until > NOW] == []
    assert await said(place, "snooze off") == "Nothing is snoozed: `snooze 3d` makes a pause."
    assert await said(place, "snooze off cross") == "Cross is not snoozed: `snooze 3d` makes a pause."


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("snooze", "`duration` is missing. For example: `!snooze 3d cross`"),
        ("snooze 91d", "That is too long: at most 90 days."),
        ("snooze soon", "Soon is no length of time: say `3d`, `12h`, `2w` or `90m`."),
        ("snooze 3d crss", "There is no signal crss: did you mean cross?"),
    ],
)
async def test_what_is_no_snooze_is_refused(place, words, line):
    assert await said(place, words) == line
    assert place.behind.members.kept == {}


async def test_lengths_complete(place):
    complete = place.member.autocomplete
    assert (await complete(place.channel, "snooze", "duration", "5d")) == [{"name": "5 days", "value": "5d"}]
    offered = await complete(place.channel, "snooze", "duration", "")
    assert offered[1] == {"name": "1 day", "value": "1d"}
    assert offered[-1]["value"] == "off"


def panel(place, message: discord.Message | None = None) -> discord.Message:
    found = message or place.last()
    return next(m for m in place.channel.history() if m.id == found.id)


async def opened(place) -> discord.Message:
    await place.member.send(place.channel, "!subscriptions")
    return place.last()


async def test_the_panel_shows_subscriptions_preferences_and_snoozes(place):
    subscribed(place, "STRL", WATCHLIST)
    subscribed(place, "IWM", channel_id=place.channel.id)
    await said(place, "snooze 1d cross")
    result = await place.member.slash(place.channel, "subscriptions")
    assert result.ephemeral
    embed = result.response.embeds[0]
    assert embed.description.splitlines() == [
        "• **cross** of STRL: by direct message, by the thresholds of Test Guild",
        "• **cross** of the symbols on your list: by direct message, by the thresholds of Test Guild",
        f"• **cross** of IWM: mentioned in <#{place.channel.id}>, by the thresholds of Test Guild",
    ]
    assert [field.name for field in embed.fields] == ["How direct messages come", "Snoozed"]
    assert embed.fields[0].value.startswith("Each message at once, of any importance, every signal, no quiet hours")


async def test_without_subscriptions_the_panel_says_how_to_begin(place):
    await opened(place)
    assert place.last().embeds[0].description.startswith("You have no subscriptions yet. `subscribe STRL` sends you")


async def test_too_many_words_are_refused(place):
    assert (await said(place, "subscriptions please")).startswith("That is more than I expected")


async def test_chosen_subscriptions_end_in_place(place):
    one, two, three = subscribed(place, "STRL", "IWM", "^RUT")
    shown = await opened(place)
    says = press(Action.UNSUBSCRIBE, place.member.id, 0).custom_id
    await place.restart()
    await place.member.select(panel(place, shown), [str(one.id), str(three.id)], custom_id=says)
    assert mine(place) == [("cross", two.subject, DIRECT)]
    text = panel(place, shown).embeds[0].description
    assert text.startswith("Stored: 2 subscriptions have ended.")
    assert COUNTED in text
    await place.member.select(panel(place, shown), [str(two.id)], custom_id=says)
    assert mine(place) == []


async def test_the_panel_of_many_turns_its_pages(place):
    subscribed(place, *(f"S{n}" for n in range(30)))
    shown = await opened(place)
    assert shown.embeds[0].title == "Your subscriptions, page 1 of 2"
    await place.member.click(shown, label="More")
    there = panel(place, shown)
    assert there.embeds[0].title == "Your subscriptions, page 2 of 2"
    assert len(there.embeds[0].description.splitlines()) == 5
    last = place.behind.members.kept[place.member.id].subscriptions[25:]
    says = press(Action.UNSUBSCRIBE, place.member.id, 1).custom_id
    await place.member.select(there, [str(one.id) for one in last], custom_id=says)
    assert panel(place, shown).embeds[0].title == "Your subscriptions"


async def test_snooze_and_wake_up_act_in_place(place):
    subscribed(place, "STRL")
    shown = await opened(place)
    await place.member.click(shown, label="Snooze 3 days")
    assert place.behind.members.kept[place.member.id].snoozes == (Snooze(place.member.id, "", NOW + timedelta(days=3)),)
    assert panel(place, shown).embeds[0].fields[1].name == "Snoozed"
    await place.member.click(panel(place, shown), label="Wake up")
    assert panel(place, shown).embeds[0].description.startswith("Stored: alerts reach you again.")
    assert len(panel(place, shown).embeds[0].fields) == 1


async def test_a_test_arrives_by_direct_message_and_switches_them_on_again(place):
    subscribed(place, "STRL")
    place.behind.members.off[place.member.id] = "the member does not accept direct messages from the bot"
    shown = await opened(place)
    assert "**Your direct messages are switched off:** The member does not accept" in shown.embeds[0].description
    await place.member.click(shown, label="Send me a test")
    assert direct(place) == [TEST]
    assert place.behind.members.off == {}
    assert mine(place) == [("cross", "STRL", DIRECT)]
    assert "your alerts come there again from now on" in panel(place, shown).embeds[0].description


async def test_a_test_that_discord_refuses_says_what_to_do_and_leaves_the_panel(place, closed):
    subscribed(place, "STRL")
    shown = await opened(place)
    result = await place.member.click(shown, label="Send me a test")
    assert result.followups[0].ephemeral
    assert result.followups[0].content.startswith("Discord does not let me write to you, so no test was sent.")
    assert panel(place, shown).embeds[0].description == shown.embeds[0].description


@pytest.mark.parametrize("label", ["Snooze 1 day", "Preferences", "Send me a test"])
async def test_the_panel_is_its_owners_alone(place, label):
    subscribed(place, "STRL")
    shown = await opened(place)
    result = await place.moderator.click(shown, label=label)
    assert result.ephemeral
    assert result.response.content == "That belongs to somebody else: ask for your own."
    assert direct(place) == []


async def test_a_select_is_its_owners_alone(place):
    (one,) = subscribed(place, "STRL")
    shown = await opened(place)
    says = press(Action.UNSUBSCRIBE, place.member.id, 0).custom_id
    result = await place.moderator.select(shown, [str(one.id)], custom_id=says)
    assert result.response.content == "That belongs to somebody else: ask for your own."
    assert mine(place) == [("cross", "STRL", DIRECT)]


@pytest.mark.parametrize(
    "custom_id",
    [
        "sc:1:snooze:{me}:99w",
        "sc:1:snooze:{me}:forever",
        "sc:1:snooze:{me}",
        "sc:1:subscriptions:{me}:-1",
        "sc:1:unsubscribe:{me}:0:1",
        "sc:1:test_direct:{me}:x",
    ],
)
async def test_forged_components_are_refused_politely(place, custom_id):
    forged = custom_id.format(me=place.member.id)
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label="x", custom_id=forged))
    view.stop()
    await place.env.bot.get_partial_messageable(place.channel.id).send("forged", view=view)
    result = await place.member.click(place.last(), custom_id=forged)
    assert result.ephemeral
    assert "any more: ask again" in result.response.content or "too long" in result.response.content
    assert place.behind.members.kept == {}


async def test_ids_of_others_in_a_forged_select_end_nothing(place):
    (one,) = subscribed(place, "STRL")
    theirs = replace(one, id=99, user_id=place.moderator.id)
    place.behind.members.kept[place.moderator.id] = Subscriber(Preferences(place.moderator.id), (theirs,))
    says = press(Action.UNSUBSCRIBE, place.member.id, 0).custom_id
    view = discord.ui.View(timeout=None)
    options = [discord.SelectOption(label=value, value=value) for value in ("99", "x'; --", "9" * 90)]
    view.add_item(discord.ui.Select(custom_id=says, options=options, max_values=3))
    view.stop()
    await place.env.bot.get_partial_messageable(place.channel.id).send("forged", view=view)
    shown = place.last()
    await place.member.select(shown, ["99", "x'; --", "9" * 90], custom_id=says)
    assert panel(place, shown).embeds[0].description.startswith("Those had ended already.")
    assert place.behind.members.kept[place.moderator.id].subscriptions == (theirs,)
