from __future__ import annotations

import discord
import pytest

from bot.chat.client import intents_for
from bot.chat.pace import Pace, Rate
from bot.chat.teaching.lessons import all_lessons
from bot.people import Noun


def puts(env) -> int:
    return sum(r.method == "PUT" and r.path.endswith("/commands") for r in env.http_requests)


async def test_commands_are_synced_once_and_again_only_when_they_changed(place):
    assert puts(place.env) == 1
    await place.restart()
    assert puts(place.env) == 1
    place.behind.memory.kept = dict.fromkeys(place.behind.memory.kept, "another digest")
    await place.restart()
    assert puts(place.env) == 2


async def test_a_sync_that_fails_does_not_stop_the_bot_and_is_tried_at_the_next_start(place):
    place.behind.memory.kept.clear()
    place.env.inject_error("PUT", "/applications/*/commands", status=500)
    await place.restart()
    assert place.behind.memory.kept == {}
    await place.member.send(place.channel, "!smallcap")
    assert place.last().embeds[0].title == "Small caps"
    await place.restart()
    assert len(place.behind.memory.kept) == 1


@pytest.mark.parametrize("chat_options", [{"message_content": False}])
async def test_without_message_content_prefix_commands_vanish_and_slash_is_complete(place):
    await place.member.send(place.channel, "!cross iwm")
    await place.member.send(place.channel, f"{place.env.bot.user.mention} cross iwm")
    assert place.behind.desk.asked == []
    assert set(place.moderator.available_commands(place.channel)) == {lesson.command for lesson in all_lessons()}
    result = await place.member.slash(place.channel, "help")
    embed = result.response.embeds[0]
    assert "!" not in embed.description + "".join(field.value for field in embed.fields)
    result = await place.member.slash(place.channel, "help", command="cross")
    assert result.response.embeds[0].fields[0].value == "`/cross symbol:IWM`"


@pytest.mark.parametrize("chat_options", [{"prefix": "?"}])
async def test_the_prefix_is_the_operators_choice(place):
    await place.member.send(place.channel, "!cross iwm")
    assert place.behind.desk.asked == []
    await place.member.send(place.channel, "?cross iwm")
    assert place.last().embeds[0].title == "IWM cross"


def test_no_presence_and_no_member_list_is_asked_for():
    for content in (True, False):
        intents = intents_for(message_content=content)
        assert not intents.members
        assert not intents.presences
        assert intents.message_content is content


async def test_the_role_that_setup_names_may_moderate_in_both_forms(place):
    role = place.guild.create_role("Desk")
    helper = place.guild.add_member(place.env.create_user("eve"), roles=[role])
    await helper.send(place.channel, "!threshold list")
    assert place.last().content == "Only members with Manage Server may do that: ask one of them."
    place.behind.configuration.of(place.guild.id)[Noun.GUILD, "moderator_role_id"] = {"value": role.id}
    await helper.send(place.channel, "!threshold list")
    assert place.last().embeds[0].title == "Thresholds of cross"
    result = await helper.slash(place.channel, "threshold list")
    assert result.response.embeds[0].title == "Thresholds of cross"
    await place.member.send(place.channel, "!threshold list")
    assert place.last().content == f"Only members with Manage Server or <@&{role.id}> may do that: ask one of them."


async def test_the_role_that_everybody_has_is_no_role_to_moderate_by(place):
    place.behind.configuration.of(place.guild.id)[Noun.GUILD, "moderator_role_id"] = {"value": place.guild.id}
    await place.member.send(place.channel, "!threshold list")
    assert "may do that" in place.last().content


async def test_in_a_direct_message_no_prefix_is_needed(place):
    user = place.member.user
    await user.send_dm("cross iwm")
    assert user.dm_channel.last_message.embeds[0].title == "IWM cross"
    await user.send_dm("good morning")
    assert "`!help` lists what I do" in user.dm_channel.last_message.content


@pytest.mark.parametrize("chat_options", [{"channel_rate": Rate(2, 30.0)}])
async def test_a_channel_in_which_much_is_asked_is_slowed_down(place):
    for actor in (place.member, place.moderator, place.member):
        await actor.send(place.channel, "!cross iwm")
    assert "Not so fast: try again in" in place.last().content


async def test_no_message_the_bot_sends_can_ping(place):
    await place.member.send(place.channel, "!cross @everyone")
    await place.member.send(place.channel, "!cross iwm")
    await place.member.slash(place.channel, "cross", symbol="<@&1> @here")
    await place.moderator.send(place.channel, "!alerts here")
    await place.moderator.send(place.channel, "!alerts list")
    sent = [r.json for r in place.env.http_requests if r.method in {"POST", "PATCH"} and r.json]
    bodies = [body.get("data") or body for body in sent]
    speaking = [body for body in bodies if body.get("content") or body.get("embeds")]
    assert len(speaking) == 5
    for body in speaking:
        assert body["allowed_mentions"]["parse"] == []
        assert not body["allowed_mentions"].get("replied_user")


async def test_a_defect_is_answered_with_an_id_and_nothing_of_its_cause(place, capsys):
    place.behind.defect_expected = True
    place.behind.desk.broken = RuntimeError("secret detail")
    await place.member.send(place.channel, "!smallcap")
    line = place.last().content
    assert "secret" not in line
    incident = line.split("`")[1]
    logged = capsys.readouterr().out
    assert incident in logged
    assert "secret detail" in logged


async def test_a_defect_after_a_slash_is_told_to_the_asker_alone(place):
    place.behind.defect_expected = True
    place.behind.desk.broken = RuntimeError("secret detail")
    result = await place.member.slash(place.channel, "smallcap")
    assert [message.ephemeral for message in result.followups] == [True]
    assert "secret" not in result.followups[0].content


async def test_an_answer_that_cannot_arrive_is_logged_and_the_bot_goes_on(place):
    place.env.inject_error("POST", "/channels/*/messages", status=403, code=50013)
    await place.member.send(place.channel, "!cross STRLL")
    await place.member.send(place.channel, "!smallcap")
    assert place.last().embeds[0].title == "Small caps"


@pytest.mark.parametrize("chat_options", [{"user_rate": Rate(2, 30.0)}])
async def test_a_member_who_asks_too_fast_is_told_when_to_ask_again(place):
    await place.member.send(place.channel, "!smallcap")
    await place.member.slash(place.channel, "smallcap")
    await place.member.send(place.channel, "!smallcap")
    assert place.last().content == "Not so fast: try again in 30 seconds."
    result = await place.member.slash(place.channel, "smallcap")
    assert result.ephemeral
    assert "Not so fast" in result.response.content
    await place.moderator.send(place.channel, "!smallcap")
    assert place.last().embeds[0].title == "Small caps"


async def test_the_pace_follows_its_own_timer(place):
    seconds = [0.0]
    await place.restart(user_rate=Rate(1, 30.0), timer=lambda: seconds[0])
    await place.member.send(place.channel, "!smallcap")
    seconds[0] = 12.5
    await place.member.send(place.channel, "!smallcap")
    assert place.last().content == "Not so fast: try again in 18 seconds."
    seconds[0] = 30.0
    await place.member.send(place.channel, "!smallcap")
    assert place.last().embeds[0].title == "Small caps"


@pytest.mark.parametrize("chat_options", [{"guild_rate": Rate(2, 30.0)}])
async def test_a_server_that_asks_too_fast_is_told_too(place):
    await place.member.send(place.channel, "!smallcap")
    await place.moderator.send(place.channel, "!smallcap")
    result = await place.member.slash(place.channel, "smallcap")
    assert "Not so fast" in result.response.content


def test_the_pace_lets_pass_again_once_the_window_has_moved_on():
    pace = Pace({"user": Rate(2, 10.0), "guild": Rate(3, 10.0)})
    assert [pace.wait_s({"user": 1, "guild": 9}, t) for t in (0.0, 4.0, 5.0)] == [0, 0, 5.0]
    assert pace.wait_s({"user": 2, "guild": 9}, 5.0) == 0
    assert pace.wait_s({"user": 3, "guild": 9}, 6.0) == 4.0
    assert pace.wait_s({"user": 3, "guild": None}, 6.0) == 0
    assert pace.wait_s({"user": 1, "guild": 9}, 10.0) == 0


def test_the_pace_forgets_those_who_have_gone():
    pace = Pace({"user": Rate(1, 1.0), "guild": Rate(10**6, 1.0)})
    for user in range(2000):
        pace.wait_s({"user": user, "guild": None}, float(user))
    assert len(pace._uses) < 1000


async def test_an_error_outside_any_command_is_logged(place, capsys):
    async def on_odd() -> None:
        raise ValueError("odd event")

    place.behind.defect_expected = True
    place.env.bot.add_listener(on_odd, "on_odd")
    place.env.bot.dispatch("odd")
    await place.env.settle()
    assert "odd event" in capsys.readouterr().out


async def test_messages_of_other_bots_are_not_obeyed(place):
    other = place.guild.add_member(place.env.create_user("other", bot=True))
    await other.send(place.channel, "!cross iwm")
    assert place.behind.desk.asked == []


def test_the_client_pings_nobody_and_caches_no_members(behind):
    bot = behind.bot()
    assert bot.allowed_mentions.to_dict() == discord.AllowedMentions.none().to_dict()
    assert bot.help_command is None


async def test_a_flood_after_a_prefix_is_answered_once_until_the_wait_is_over(place):
    seconds = [0.0]
    await place.restart(user_rate=Rate(1, 30.0), timer=lambda: seconds[0])
    for _ in range(5):
        await place.member.send(place.channel, "!about")
    told = [m for m in place.channel.history() if m.content.startswith("Not so fast")]
    assert len(told) == 1
    seconds[0] = 31.0
    for _ in range(5):
        await place.member.send(place.channel, "!about")
    told = [m for m in place.channel.history() if m.content.startswith("Not so fast")]
    assert len(told) == 2


async def test_guesses_at_what_was_meant_count_as_uses(place):
    await place.restart(user_rate=Rate(2, 30.0), timer=lambda: 0.0)
    for _ in range(5):
        await place.member.send(place.channel, "!crss RUT")
    told = [m for m in place.channel.history() if m.content.startswith("Did you mean")]
    assert len(told) == 2


async def test_where_the_bot_may_not_write_nobody_is_written_to_about_a_guess(place):
    strict = place.channel_without("send_messages")
    await place.member.send(strict, "!crss RUT")
    assert place.member.user.dm_channel is None or not place.member.user.dm_channel.history()
