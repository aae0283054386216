"""`preferences`: how direct messages come, by commands in both forms, by selects and by forms."""

from __future__ import annotations

from datetime import time

import discord
import pytest

from bot.chat.press import Action, press
from bot.people import Cadence, Preferences
from signals.catalog import SIGNALS
from tests.chat.subscribers import COUNTED, asked, said, subscribed

NOTHING_COMES = "Nothing comes to you by direct message: `subscribe` changes that."


def kept(place) -> Preferences:
    found = place.behind.members.kept.get(place.member.id)
    return found.preferences if found else Preferences(place.member.id)


async def opened(place) -> discord.Message:
    await place.member.send(place.channel, "!preferences")
    return place.last()


def panel(place, shown: discord.Message) -> discord.Message:
    return next(m for m in place.channel.history() if m.id == shown.id)


def says(place, action: Action, *arguments: str) -> str:
    return press(action, place.member.id, *arguments).custom_id


def fields(message) -> dict[str, str]:
    return {field.name: field.value for field in message.embeds[0].fields}


# commands

CHANGES = [
    ("timezone", {"zone": "berlin"}, {"time_zone": "Europe/Berlin"}),
    ("quiet", {"hours": "22:00-07:00"}, {"quiet_from": time(22), "quiet_to": time(7)}),
    ("daily", {"hour": "6pm"}, {"cadence": Cadence.DAILY, "daily_at": time(18)}),
    ("instant", {}, {"cadence": Cadence.INSTANT}),
    ("importance", {"least": "3"}, {"importance": 3}),
    ("signals", {"names": "cross"}, {"signals": ("cross",)}),
    ("signals", {"names": "all"}, {"signals": ()}),
]


@pytest.mark.parametrize(("name", "given", "stored"), CHANGES, ids=[f"{c[0]} {c[1]}" for c in CHANGES])
async def test_each_preference_is_stored_in_both_forms_and_counted_in_history(place, name, given, stored):
    subscribed(place, "STRL")
    answer = await asked(place, f"preferences {name}", **given)
    assert answer.ephemeral
    assert answer.content.startswith("Stored: ")
    assert answer.content.endswith(COUNTED)
    assert kept(place) == Preferences(place.member.id, **stored)
    place.behind.members.kept.clear()
    subscribed(place, "STRL")
    assert (await said(place, f"preferences {name} {' '.join(given.values())}".strip())) == answer.content
    assert kept(place) == Preferences(place.member.id, **stored)
    assert place.behind.foresight.asked[-1].preferences == kept(place)


async def test_one_change_leaves_the_others_as_they_are(place):
    await said(place, "preferences quiet 22-7")
    await said(place, "preferences daily 18")
    await said(place, "preferences importance 5")
    line = await said(place, "preferences timezone Asia/Tokyo")
    assert line == (
        "Stored: one message a day at 18:00, importance 5 and up, every signal, quiet 22:00-07:00, in Asia/Tokyo time. "
        f"It is 05:30 there now (UTC+9).\n{NOTHING_COMES}"
    )
    await said(place, "preferences quiet off")
    await said(place, "preferences instant")
    wanted = Preferences(place.member.id, "Asia/Tokyo", importance=5, daily_at=time(18))
    assert kept(place) == wanted


async def test_a_daily_hour_inside_quiet_hours_is_said_to_be_put_off(place):
    await said(place, "preferences quiet 22-7")
    line = await said(place, "preferences daily 23:30")
    assert "23:30 lies in your quiet hours: the message comes at their end, 07:00." in line
    assert "lies in" not in await said(place, "preferences daily 21:59")
    assert "lies in" not in await said(place, "preferences daily 07:00")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("timezone Berln", "There is no time zone Berln: did you mean Europe/Berlin?"),
        ("quiet 22:00", "22:00 is no span of hours: say `22:00-07:00`, or `off`."),
        ("quiet 06:00-23:00", "Quiet hours may last 16 hours at most"),
        ("quiet 22:00-22:00", "Quiet hours begin and end at different times"),
        ("daily 25:00", "25:00 is no time of day: say `22:00`, `22` or `10pm`."),
        ("importance 6", "6 is no importance: say a number from 1 (everything) to 5."),
        ("importance high", "High is no importance"),
        ("signals cross crss", "There is no signal crss: did you mean cross?"),
        ("signals smallcap", "Smallcap is for questions and raises no alerts"),
        ("quit off", "There is no preference quit off: did you mean `preferences quiet`?"),
        ("@everyone", "There is no preference @\u200beveryone: there are"),
        ("importance", "`least` is missing. For example: `!preferences importance 3`"),
    ],
)
async def test_what_cannot_hold_is_refused_and_not_stored(place, words, line):
    assert (await said(place, f"preferences {words}")).startswith(line)
    assert place.behind.members.kept == {}


async def test_a_refusal_after_a_slash_is_for_the_asker_alone(place):
    answer = await asked(place, "preferences quiet", hours="1-2-3")
    assert answer.ephemeral
    assert answer.content == "1-2-3 is no span of hours: say `22:00-07:00`, or `off`."


async def test_preferences_that_could_not_be_stored_are_not_acknowledged(place):
    place.behind.defect_expected = True
    place.behind.members.broken = RuntimeError("secret")
    assert (await said(place, "preferences instant")).startswith("Something went wrong on my side (id `")


async def test_preferences_are_had_in_a_direct_message_too(place):
    await place.member.send_dm("preferences quiet 22-7")
    assert kept(place).quiet_from == time(22)


async def test_options_complete(place):
    complete = place.member.autocomplete
    zones = await complete(place.channel, "preferences timezone", "zone", "berlin")
    assert zones == [{"name": "Europe/Berlin: 22:30 there now (UTC+2)", "value": "Europe/Berlin"}]
    assert len(await complete(place.channel, "preferences timezone", "zone", "a")) == 25
    spans = await complete(place.channel, "preferences quiet", "hours", "of")
    assert [choice["value"] for choice in spans] == ["off"]
    assert "18:00" in [c["value"] for c in await complete(place.channel, "preferences daily", "hour", "18")]
    important = await complete(place.channel, "preferences importance", "least", "5")
    assert important == [
        {"name": "5: What matters most (Golden cross, Death cross, Small caps lead, Large caps lead)", "value": "5"}
    ]
    names = await complete(place.channel, "preferences signals", "names", "")
    assert [choice["value"] for choice in names] == ["all", *(signal.name for signal in SIGNALS if signal.kinds)]


# the panel


async def test_the_panel_shows_what_holds_and_is_ephemeral_after_a_slash(place):
    await said(place, "preferences quiet 22:30-07:00")
    result = await place.member.slash(place.channel, "preferences show")
    assert result.ephemeral
    assert fields(result.response) == {
        "When": "Each message at once, after a session's close.",
        "What": "Of any importance. Every signal.",
        "Quiet hours": "Quiet 22:30-07:00. Alerts wait for their end; none is lost by them.",
        "Time zone": "America/New York: 16:30 there now (UTC\N{MINUS SIGN}4)",
    }
    chosen = [
        [option["value"] for option in part["options"] if option["default"]]
        for row in result.response.components
        for part in row["components"]
        if part["type"] == 3
    ]
    assert chosen == [["instant"], ["1"], [], ["22:30-07:00"]]


@pytest.mark.parametrize(
    ("what", "value", "stored"),
    [
        ("cadence", "daily", {"cadence": Cadence.DAILY}),
        ("importance", "4", {"importance": 4}),
        ("signals", "cross", {"signals": ("cross",)}),
        ("quiet", "23:00-08:00", {"quiet_from": time(23), "quiet_to": time(8)}),
    ],
)
async def test_a_choice_is_stored_and_shown_in_place_after_a_restart_too(place, what, value, stored):
    subscribed(place, "STRL")
    shown = await opened(place)
    await place.restart()
    await place.member.select(panel(place, shown), [value], custom_id=says(place, Action.PREFER, what))
    assert kept(place) == Preferences(place.member.id, **stored)
    assert panel(place, shown).embeds[0].description.endswith(COUNTED)


async def test_no_signal_chosen_is_every_signal(place):
    await said(place, "preferences signals cross")
    shown = await opened(place)
    await place.member.select(shown, [], custom_id=says(place, Action.PREFER, "signals"))
    assert kept(place).signals == ()


async def test_hours_of_ones_own_are_written_into_a_form(place):
    shown = await opened(place)
    form = await place.member.select(shown, ["own"], custom_id=says(place, Action.PREFER, "quiet"))
    assert form.modal["title"] == "Quiet hours"
    await place.restart()
    await place.member.submit_modal(form, {"from": "10pm", "to": "6.30"})
    assert (kept(place).quiet_from, kept(place).quiet_to) == (time(22), time(6, 30))
    assert fields(panel(place, shown))["Quiet hours"].startswith("Quiet 22:00-06:30.")


@pytest.mark.parametrize(
    ("label", "typed", "stored"),
    [
        ("Time zone…", "tokyo", {"time_zone": "Asia/Tokyo"}),
        ("Daily hour…", "19:15", {"cadence": Cadence.DAILY, "daily_at": time(19, 15)}),
    ],
)
async def test_zone_and_daily_hour_are_written_into_forms(place, label, typed, stored):
    shown = await opened(place)
    form = await place.member.click(shown, label=label)
    await place.member.submit_modal(form, {"typed": typed})
    assert kept(place) == Preferences(place.member.id, **stored)
    assert panel(place, shown).embeds[0].description.startswith("Stored: ")


async def test_what_is_wrong_in_a_form_is_told_its_writer_alone(place):
    shown = await opened(place)
    form = await place.member.select(shown, ["own"], custom_id=says(place, Action.PREFER, "quiet"))
    result = await place.member.submit_modal(form, {"from": "06:00", "to": "05:00"})
    assert result.ephemeral
    assert result.response.content.startswith("Quiet hours may last 16 hours at most")
    assert place.behind.members.kept == {}


async def test_the_way_leads_to_the_subscriptions_and_back(place):
    shown = await opened(place)
    await place.member.click(shown, label="Subscriptions")
    assert panel(place, shown).embeds[0].title == "Your subscriptions"
    await place.member.click(panel(place, shown), label="Preferences")
    assert panel(place, shown).embeds[0].title == "Your preferences"


async def test_the_panel_is_its_owners_alone(place):
    shown = await opened(place)
    for result in (
        await place.moderator.click(shown, label="Time zone…"),
        await place.moderator.click(shown, label="Subscriptions"),
        await place.moderator.select(shown, ["daily"], custom_id=says(place, Action.PREFER, "cadence")),
    ):
        assert result.ephemeral
        assert result.response.content == "That belongs to somebody else: ask for your own."
    assert place.behind.members.kept == {}


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("cadence", "hourly"),
        ("importance", "9"),
        ("signals", "DROP TABLE"),
        ("quiet", "00:00-23:00"),
        ("quiet", "@everyone"),
        ("nothing", "1"),
    ],
)
async def test_forged_choices_are_refused(place, what, value):
    view = discord.ui.View(timeout=None)
    custom_id = says(place, Action.PREFER, what)
    view.add_item(discord.ui.Select(custom_id=custom_id, options=[discord.SelectOption(label="x", value=value)]))
    view.stop()
    await place.env.bot.get_partial_messageable(place.channel.id).send("forged", view=view)
    result = await place.member.select(place.last(), [value], custom_id=custom_id)
    assert result.ephemeral
    assert place.behind.members.kept == {}


@pytest.mark.parametrize("custom_id", ["sc:1:ask:{me}:nothing", "sc:1:prefer:{me}:QUIET", "sc:1:ask:0:quiet:x"])
async def test_forged_buttons_are_refused(place, custom_id):
    forged = custom_id.format(me=place.member.id)
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label="x", custom_id=forged))
    view.stop()
    await place.env.bot.get_partial_messageable(place.channel.id).send("forged", view=view)
    result = await place.member.click(place.last(), custom_id=forged)
    assert result.ephemeral
    assert place.behind.members.kept == {}
