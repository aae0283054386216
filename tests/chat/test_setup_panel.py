"""`setup`: a wizard whose every step is stored at once, shown as it stands, and can be taken back."""

from __future__ import annotations

import discord
import pytest

from bot.chat.attendance import HELLO, counted
from bot.chat.moderators.presets import preset_in
from bot.chat.press import Action, press
from bot.people import Noun
from tests.chat.conftest import NOW
from tests.chat.test_chat_buttons import forged

REFUSED = "Only members with Manage Server may do that: ask one of them."


@pytest.fixture
async def wizard(place):
    """What `/setup` shows to the moderator."""
    result = await place.moderator.slash(place.channel, "setup")
    assert result.ephemeral
    return result


def says(place, step: str, channel=None) -> str:
    return press(Action.SETUP, step, (channel or place.channel).id).custom_id


def text(result) -> str:
    return result.response.embeds[0].description


def parts(result) -> dict[str, dict]:
    found = [part for row in result.response.components for part in row["components"]]
    return {part["custom_id"].split(":")[3]: part for part in found if "custom_id" in part}


def rows(place) -> dict:
    return place.behind.configuration.of(place.guild.id)


async def choose(place, result, step: str, values, channel=None):
    return await place.moderator.select(result.response, values, custom_id=says(place, step, channel))


async def press_button(place, result, label: str):
    return await place.moderator.click(result.response, label=label)


async def test_it_begins_with_this_channel_and_stores_nothing_by_itself(place, wizard):
    assert wizard.response.embeds[0].title == "Setup, 1 of 2: alerts"
    assert f"**1. Channel**: <#{place.channel.id}>\n✓ View Channel" in text(wizard)
    assert "**2. Alerts**: none come there yet" in text(wizard)
    assert "**3. How many**: normal: the defaults." in text(wizard)
    assert "**4. Role to ping**: none." in text(wizard)
    assert list(parts(wizard)) == ["channel", "signals", "preset", "role", "test", "undo", "next"]
    assert parts(wizard)["test"]["disabled"]
    assert place.behind.configuration.changes == []


async def test_the_whole_way_stores_step_by_step_and_ends_with_what_holds(place, wizard):
    crosses = place.guild.create_role("Crosses", mentionable=True)
    desk = place.guild.create_role("Desk")
    other = place.guild.create_text_channel("small-caps")
    now = await choose(place, wizard, "channel", [other])
    assert f"**1. Channel**: <#{other.id}>" in text(now)
    now = await choose(place, now, "signals", ["cross"], other)
    assert text(now).startswith("Stored.")
    assert "• **cross** of all symbols" in text(now)
    now = await choose(place, now, "preset", ["calm"], other)
    assert "**3. How many**: calm: " in text(now)
    now = await choose(place, now, "role", [crosses], other)
    assert f"**4. Role to ping**: <@&{crosses.id}>." in text(now)
    now = await press_button(place, now, "Send a test alert")
    assert text(now).startswith(f"The test arrived in <#{other.id}>")
    assert other.last_message.embeds[0].title == "Test: no event happened"
    now = await press_button(place, now, "Next: moderators")
    assert now.response.embeds[0].title == "Setup, 2 of 2: moderators"
    now = await choose(place, now, "moderators", [desk], other)
    assert f"members with Manage Server, and <@&{desk.id}>" in text(now)
    now = await press_button(place, now, "Done")
    assert now.response.embeds[0].title == "Setup is done"
    assert f"Alerts come to <#{other.id}>" in text(now)
    assert now.response.components == []
    assert [change.action for change in place.behind.configuration.changes] == [
        "setup alerts cross",
        "setup preset calm",
        f"setup role {crosses.id}",
        f"setup moderators {desk.id}",
    ]
    assert {change.by for change in place.behind.configuration.changes} == {place.moderator.id}
    [route] = place.behind.routes.kept.values()
    assert (route.channel_id, route.signal, route.role_id) == (other.id, "cross", crosses.id)
    assert preset_in(rows(place)).name == "calm"


async def test_what_was_set_before_is_shown_and_chosen_when_it_is_said_again(place, wizard):
    role = place.guild.create_role("Crosses", mentionable=True)
    now = await choose(place, wizard, "signals", ["cross"])
    now = await choose(place, now, "preset", ["eager"])
    await choose(place, now, "role", [role])
    again = await place.moderator.slash(place.channel, "setup")
    chosen = {
        step: [o["value"] for o in parts(again)[step]["options"] if o.get("default")] for step in ("signals", "preset")
    }
    assert chosen == {"signals": ["cross"], "preset": ["eager"]}
    assert parts(again)["channel"]["default_values"] == [{"id": place.channel.id, "type": "channel"}]
    assert parts(again)["role"]["default_values"] == [{"id": role.id, "type": "role"}]


async def test_undo_takes_back_step_after_step(place, wizard):
    now = await choose(place, wizard, "signals", ["cross"])
    now = await choose(place, now, "preset", ["calm"])
    now = await press_button(place, now, "Undo last")
    assert text(now).startswith("Taken back: setup preset calm.")
    assert "normal: the defaults" in text(now)
    now = await press_button(place, now, "Undo last")
    assert "none come there yet" in text(now)
    assert rows(place) == {}
    now = await press_button(place, now, "Undo last")
    assert text(now).startswith("There is nothing to take back.")


async def test_choosing_signals_keeps_what_their_routes_had(place, wizard):
    await place.moderator.send(place.channel, "!route add IWM importance:4 daily:7")
    await choose(place, wizard, "signals", ["cross"])
    [route] = place.behind.routes.kept.values()
    assert (route.subjects, route.importance) == (("IWM",), 4)


async def test_choosing_no_signal_ends_the_channels_alerts(place, wizard):
    now = await choose(place, wizard, "signals", ["cross"])
    await choose(place, now, "signals", [])
    assert place.behind.routes.kept == {}


async def test_normal_forgets_the_limits_of_presets_and_no_others(place, wizard):
    await place.moderator.send(place.channel, "!threshold set cross slow 150")
    now = await choose(place, wizard, "preset", ["eager"])
    assert len(rows(place)) == 4
    await choose(place, now, "preset", ["normal"])
    assert rows(place) == {(Noun.THRESHOLD, "cross slow"): {"value": 150}}


async def test_limits_of_ones_own_are_said_to_be(place):
    await place.moderator.send(place.channel, "!threshold set cross hold_sessions 7")
    result = await place.moderator.slash(place.channel, "setup")
    assert "limits of your own (`threshold list` shows them)" in text(result)
    assert not [option for option in parts(result)["preset"]["options"] if option.get("default")]


async def test_a_channel_in_which_the_bot_may_not_post_shows_the_fix_and_is_not_routed(place):
    strict = place.channel_without("attach_files")
    wizard = await place.moderator.slash(strict, "setup")
    assert "✗ Attach Files" in text(wizard)
    assert "→ In the channel's settings, under Permissions, allow my role Attach Files." in text(wizard)
    result = await choose(place, wizard, "signals", ["cross"], strict)
    assert result.followups[0].content.startswith(f"I need Attach Files in <#{strict.id}>")
    assert result.followups[0].ephemeral
    assert place.behind.routes.kept == {}


async def test_a_role_wants_alerts_first_and_must_be_one_to_ping(place, wizard):
    role = place.guild.create_role("Crosses")
    result = await choose(place, wizard, "role", [role])
    assert "No alerts come to" in result.followups[0].content
    now = await choose(place, wizard, "signals", ["cross"])
    result = await choose(place, now, "role", [place.guild.default_role])
    assert result.followups[0].content.startswith("Alerts never ping")
    now = await choose(place, now, "role", [role])
    await choose(place, now, "role", [])
    assert [route.role_id for route in place.behind.routes.kept.values()] == [None]


async def test_the_time_zone_is_asked_for_in_a_form(place, wizard):
    now = await press_button(place, wizard, "Next: moderators")
    form = await press_button(place, now, "Time zone…")
    assert form.modal["components"][0]["components"][0]["value"] == "America/New_York"
    now = await place.moderator.submit_modal(form, {"zone": "europe/berlin"})
    assert rows(place)[Noun.GUILD, "time_zone"] == {"value": "Europe/Berlin"}
    form = await press_button(place, wizard, "Time zone…")
    result = await place.moderator.submit_modal(form, {"zone": "Mars"})
    assert "There is no time zone Mars" in result.followups[0].content


async def test_who_moderates_is_decided_by_those_with_manage_server_alone(place, wizard):
    desk, more = place.guild.create_role("Desk"), place.guild.create_role("More")
    now = await press_button(place, wizard, "Next: moderators")
    await choose(place, now, "moderators", [desk])
    helper = place.guild.add_member(place.env.create_user("eve"), roles=[desk])
    theirs = await helper.slash(place.channel, "setup")
    theirs = await helper.click(theirs.response, label="Next: moderators")
    result = await helper.select(theirs.response, [more], custom_id=says(place, "moderators"))
    assert "only members with manage server decide" in result.followups[0].content.casefold()
    assert rows(place)[Noun.GUILD, "moderator_role_id"] == {"value": desk.id}


async def test_everybodys_role_moderates_nothing_and_none_takes_it_away(place, wizard):
    desk = place.guild.create_role("Desk")
    now = await press_button(place, wizard, "Next: moderators")
    result = await choose(place, now, "moderators", [place.guild.default_role])
    assert "Everybody has that role" in result.followups[0].content
    now = await choose(place, now, "moderators", [desk])
    now = await choose(place, now, "moderators", [])
    assert rows(place) == {}
    await press_button(place, now, "Undo last")
    assert rows(place)[Noun.GUILD, "moderator_role_id"] == {"value": desk.id}


async def test_the_invite_link_stands_on_the_second_page_and_back_leads_to_the_first(place, wizard):
    now = await press_button(place, wizard, "Next: moderators")
    [url] = [part["url"] for row in now.response.components for part in row["components"] if "url" in part]
    assert "permissions=274878024704" in url
    now = await press_button(place, now, "Back: alerts")
    assert now.response.embeds[0].title == "Setup, 1 of 2: alerts"


@pytest.mark.parametrize("form", ["prefix", "slash"])
async def test_a_member_is_refused(place, form):
    if form == "prefix":
        await place.member.send(place.channel, "!setup")
        assert place.last().content == REFUSED
    else:
        result = await place.member.slash(place.channel, "setup")
        assert result.ephemeral
        assert result.response.content == REFUSED


async def test_the_prefix_form_shows_it_where_only_moderators_can_use_it_also_after_a_restart(place):
    await place.moderator.send(place.channel, "!setup")
    shown = place.last()
    await place.restart()
    result = await place.member.select(shown, ["cross"], custom_id=says(place, "signals"))
    assert result.ephemeral
    assert result.response.content == REFUSED
    await place.moderator.select(shown, ["cross"], custom_id=says(place, "signals"))
    assert "• **cross** of all symbols" in place.last().embeds[0].description


async def test_words_behind_it_are_too_many(place):
    await place.moderator.send(place.channel, "!setup everything")
    assert "For example: `!setup`" in place.last().content


@pytest.mark.parametrize("step", ["format", "zoneformat", "channels"])
async def test_a_step_that_no_button_of_ours_has_is_refused(place, step):
    custom_id = says(place, step)
    result = await place.moderator.click(await forged(place, custom_id), custom_id=custom_id)
    assert result.ephemeral
    assert "is not one I know any more: say `setup` again" in result.response.content


async def test_a_forged_step_about_a_hidden_or_foreign_channel_is_refused(place):
    hidden = place.guild.create_text_channel(
        "hidden", overwrites={place.guild.default_role: discord.PermissionOverwrite(view_channel=False)}
    )
    elsewhere = place.env.create_guild("elsewhere").create_text_channel("other")
    voice = place.guild.create_voice_channel("talk")
    for channel, said in ((hidden, "You cannot see that channel"), (voice, "Alerts go to text channels")):
        custom_id = says(place, "test", channel)
        result = await place.moderator.click(await forged(place, custom_id), custom_id=custom_id)
        assert said in result.followups[0].content
    custom_id = says(place, "test", elsewhere)
    result = await place.moderator.click(await forged(place, custom_id), custom_id=custom_id)
    assert "Choose a channel first" in result.followups[0].content


async def test_forged_choices_are_refused(place, monkeypatch):
    from bot.chat import pressing

    for step, value, said in (
        ("signals", "smallcap", "That is no signal"),
        ("preset", "wild", "That is no preset"),
        ("role", "99", "That role is gone"),
        ("moderators", "99", "That role is gone"),
        ("channel", "99", "Alerts go to text channels"),
    ):
        await place.moderator.send(place.channel, "!alerts here")
        monkeypatch.setattr(pressing, "values_of", lambda _interaction, value=value: (value,))
        before = dict(rows(place))
        custom_id = says(place, step)
        result = await place.moderator.click(await forged(place, custom_id), custom_id=custom_id)
        assert said in result.followups[0].content
        assert rows(place) == before


async def test_a_step_that_cannot_be_stored_is_not_said_to_be(place, wizard):
    place.behind.defect_expected = True
    place.behind.configuration.broken = OSError("disk full")
    result = await choose(place, wizard, "preset", ["calm"])
    assert "Something went wrong on my side" in result.followups[0].content
    assert "normal: the defaults" in text(wizard)


async def test_a_preset_that_contradicts_what_is_set_is_refused_whole(place, wizard):
    rows(place)[Noun.THRESHOLD, "cross fast"] = {"value": 300}
    result = await choose(place, wizard, "preset", ["calm"])
    assert "must be below slow" in result.followups[0].content
    assert len(rows(place)) == 1


@pytest.mark.parametrize("chat_options", [{"message_content": False}])
async def test_without_message_content_nothing_speaks_of_a_prefix(place, wizard):
    assert "!" not in text(wizard)
    now = await press_button(place, wizard, "Next: moderators")
    assert "!" not in text(now)
    assert "prefix" not in text(now)


def with_system_channel(place, guild, **denied) -> discord.Guild:
    """Let the server have a system channel, and let the bot learn of it once more."""
    overwrites = {guild.me: discord.PermissionOverwrite(**denied)} if denied else None
    channel = guild.create_text_channel("general", overwrites=overwrites)
    place.env.backend.edit_guild(guild.id, {"system_channel_id": channel.id})
    return channel


async def test_a_new_server_is_greeted_once_and_noted(place):
    guild = place.env.create_guild("new")
    place.behind.guilds.left[guild.id] = NOW
    channel = with_system_channel(place, guild)
    await place.env.settle()
    client = place.env.bot
    for _ in range(2):
        await client.on_guild_join(client.get_guild(guild.id))
    assert [message.content for message in channel.history()] == [HELLO]
    assert place.behind.guilds.left == {}


async def test_where_the_bot_may_not_write_it_says_nothing(place):
    guild = place.env.create_guild("new")
    channel = with_system_channel(place, guild, send_messages=False)
    await place.env.settle()
    client = place.env.bot
    await client.on_guild_join(client.get_guild(guild.id))
    assert channel.history() == []
    assert not [key for key in place.behind.memory.kept if key.startswith("hello")]


async def test_a_server_that_the_bot_leaves_is_noted_when_it_does(place):
    guild = place.env.create_guild("old")
    await place.env.settle()
    place.env.backend.remove_guild(guild.id)
    await place.env.settle()
    assert place.behind.guilds.left == {guild.id: NOW}


async def test_servers_left_and_entered_while_away_are_noted_at_the_start(place):
    place.behind.guilds.known = {1234, place.guild.id}
    place.behind.guilds.left[place.guild.id] = NOW
    await counted(place.env.bot, place.env.bot.ports)
    assert place.behind.guilds.left == {1234: NOW}


async def test_a_server_with_an_outage_has_not_been_left(place):
    place.behind.guilds.known = {place.guild.id}
    place.env.bot.get_guild(place.guild.id).unavailable = True
    await counted(place.env.bot, place.env.bot.ports)
    assert place.behind.guilds.left == {}


async def test_a_role_that_members_take_by_a_button_moderates_nothing(place, wizard):
    role = place.guild.create_role("Watchers", mentionable=True)
    await choose(place, wizard, "signals", ["cross"])
    await choose(place, wizard, "role", [role])
    await press_button(place, wizard, "Next: moderators")
    refused = await choose(place, wizard, "moderators", [role])
    assert "members may take it by a button: choose another role" in refused.followups[0].content
    assert (Noun.GUILD, "moderator_role_id") not in rows(place)


async def test_undo_takes_back_no_change_that_was_made_elsewhere(place, wizard):
    await choose(place, wizard, "signals", ["cross"])
    await place.moderator.send(place.channel, "!threshold set cross slow 150")
    refused = await press_button(place, wizard, "Undo last")
    assert "`undo` shows what it was" in refused.followups[0].content
    assert rows(place)[Noun.THRESHOLD, "cross slow"] == {"value": 150}
