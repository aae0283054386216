from __future__ import annotations

import pytest
from discord.ext import commands

from bot.chat.teaching.lessons import LESSONS, all_lessons


@pytest.mark.parametrize(("command", "title"), [("status", "Status"), ("about", "About")])
async def test_status_and_about_answer_in_both_forms(place, command, title):
    await place.member.send(place.channel, f"!{command}")
    assert place.last().embeds[0].title == title
    result = await place.member.slash(place.channel, command)
    assert result.response.embeds[0].title == title


async def test_too_many_words_after_status_are_refused(place):
    await place.member.send(place.channel, "!status please")
    assert "That is more than I expected" in place.last().content


async def test_help_teaches_by_question_and_names_every_command(place):
    await place.member.send(place.channel, "!help")
    embed = place.last().embeds[0]
    assert [field.name for field in embed.fields] == list(LESSONS)
    shown = "\n".join(field.value for field in embed.fields)
    assert all(f"`!{lesson.command}" in shown for lesson in all_lessons())
    assert "`!cross IWM`" in embed.description


async def test_help_after_a_slash_is_for_the_asker_alone(place):
    result = await place.member.slash(place.channel, "help", command="cross")
    assert result.ephemeral
    assert result.response.embeds[0].fields[0].value == "`!cross IWM`\n`/cross symbol:IWM`"


async def test_help_explains_a_whole_group(place):
    await place.member.send(place.channel, "!help watch")
    assert [field.name.split("`")[1] for field in place.last().embeds[0].fields] == [
        "!watch add <symbols…>",
        "!watch remove <symbols…>",
        "!watch list",
    ]


async def test_help_on_an_unknown_command_names_the_nearest(place):
    await place.member.send(place.channel, "!help corss")
    assert place.last().content == "There is no command corss: did you mean cross?"
    result = await place.member.slash(place.channel, "help", command="xyzzy")
    assert result.ephemeral
    assert "help without a name lists them all" in result.response.content


async def test_commands_complete_in_help(place):
    offered = await place.member.autocomplete(place.channel, "help", "command", "watch l")
    assert [choice["value"] for choice in offered] == ["watch list"]


async def test_a_mistyped_command_is_answered_and_foreign_ones_are_left_alone(place):
    await place.member.send(place.channel, "!corss IWM")
    assert "Did you mean `!cross`?" in place.last().content
    await place.member.send(place.channel, "!play some music")
    assert place.last().content == "!play some music"


async def test_mentioning_the_bot_is_a_prefix(place):
    me = place.env.bot.user.mention
    await place.member.send(place.channel, f"{me} cross iwm")
    assert place.last().embeds[0].title == "IWM cross"
    await place.member.send(place.channel, f"{me} frobnicate")
    assert "`!help` lists what I do" in place.last().content


async def test_every_command_of_the_bot_has_a_lesson_and_every_lesson_a_command(place):
    names = {c.qualified_name for c in place.env.bot.walk_commands() if not isinstance(c, commands.Group)}
    assert names == {lesson.command for lesson in all_lessons()}
