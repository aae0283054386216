from __future__ import annotations

import discord
import pytest


async def test_the_prefix_form_of_cross_answers_with_card_picture_and_buttons(place):
    await place.member.send(place.channel, "!cross iwm")
    answer = place.last()
    assert answer.embeds[0].title == "IWM cross"
    assert answer.embeds[0].image.url
    assert answer.attachments[0].filename == "cross.png"
    assert answer.attachments[0].description == "IWM over 1y"
    assert answer.reference is not None
    assert labels(answer) == ["6 months", "1 year", "5 years", "All", "Evidence", "Refresh"]


async def test_the_slash_form_of_cross_answers_everybody_the_same(place):
    result = await place.member.slash(place.channel, "cross", symbol="iwm")
    assert not result.ephemeral
    assert result.response.embeds[0].title == "IWM cross"
    assert result.response.attachments[0].filename == "cross.png"
    assert labels(result.response.message) == ["6 months", "1 year", "5 years", "All", "Evidence", "Refresh"]


async def test_cross_without_a_symbol_is_about_the_russell_2000(place):
    await place.member.send(place.channel, "!cross")
    await place.member.slash(place.channel, "cross")
    assert place.behind.desk.asked == [("cross", "^RUT", "1y", place.guild.id)] * 2


async def test_a_name_of_several_words_needs_no_quotation_marks_in_cross(place):
    await place.member.send(place.channel, "!cross russell 2000")
    assert place.last().embeds[0].title == "^RUT cross"


async def test_an_unknown_symbol_is_refused_with_what_may_have_been_meant(place):
    await place.member.send(place.channel, "!cross STRLL")
    assert place.last().content == "Symbol is STRLL: did you mean STRL?"
    assert place.behind.desk.asked == []


async def test_an_unknown_symbol_after_a_slash_is_told_to_the_asker_alone(place):
    result = await place.member.slash(place.channel, "cross", symbol="STRLL")
    assert result.ephemeral
    assert result.response.content == "Symbol is STRLL: did you mean STRL?"


async def test_what_people_typed_comes_back_unable_to_ping_format_link_or_invite(place):
    hostile = "<@1> @everyone *x* [a](https://b.example) discord.gg/abc \u202egnp"
    await place.member.send(place.channel, f"!cross {hostile}")
    line = place.last().content
    for sharp in ("<@1>", "@everyone", "*x*", "[a](", "https://", "discord.gg/abc", "\u202e"):
        assert sharp not in line.replace("\\*x\\*", "")


@pytest.mark.parametrize("text", ['!evidence ""', "!cross " + "x" * 61, '!evidence "RUT', "!status please now"])
async def test_bad_words_after_a_command_are_answered_with_an_example(place, text):
    await place.member.send(place.channel, text)
    assert "For example: `!" in place.last().content
    assert ("status",) not in place.behind.desk.asked


async def test_smallcap_answers_in_both_forms(place):
    await place.member.send(place.channel, "!smallcap")
    assert place.last().embeds[0].title == "Small caps"
    result = await place.member.slash(place.channel, "smallcap")
    assert result.response.embeds[0].title == "Small caps"


async def test_evidence_answers_in_both_forms(place):
    await place.member.send(place.channel, "!evidence rut death-cross")
    assert place.last().embeds[0].title == r"^RUT after death_cross"
    result = await place.member.slash(place.channel, "evidence", symbol="IWM")
    assert result.response.embeds[0].title == "IWM after golden_cross"


@pytest.mark.parametrize(
    ("words", "symbol", "event"),
    [
        ("", "^RUT", "golden_cross"),
        ("iwm", "IWM", "golden_cross"),
        ("death_cross", "^RUT", "death_cross"),
        ("Death Cross", "^RUT", "death_cross"),
        ("iwm death", "IWM", "death_cross"),
        ('iwm "golden cross"', "IWM", "golden_cross"),
        ("russell 2000", "^RUT", "golden_cross"),
        ("russell 2000 death cross", "^RUT", "death_cross"),
    ],
)
async def test_evidence_understands_names_of_several_words_and_either_left_out(place, words, symbol, event):
    await place.member.send(place.channel, f"!evidence {words}")
    assert place.behind.desk.asked[-1] == ("evidence", symbol, event, place.guild.id)


async def test_an_unknown_event_is_refused_with_the_nearest_one(place):
    await place.member.send(place.channel, "!evidence rut golden_crss")
    assert place.last().content == r"There is no event golden\_crss: did you mean golden\_cross?"
    result = await place.member.slash(place.channel, "evidence", event="moon")
    assert result.ephemeral
    assert "choose one of: golden" in result.response.content


async def test_a_refusal_that_comes_after_the_answer_was_announced_is_still_ephemeral(place):
    result = await place.member.slash(place.channel, "evidence", symbol="IWM", event="confirmed")
    assert [message.ephemeral for message in result.followups] == [True]
    assert "no confirmed cross" in result.followups[0].content.lower()
    assert result.response is None


async def test_a_picture_that_cannot_be_drawn_leaves_the_numbers(place):
    place.behind.pictures.is_broken = True
    await place.member.send(place.channel, "!cross iwm")
    answer = place.last()
    assert answer.embeds[0].title == "IWM cross"
    assert answer.attachments == []
    assert "picture could not be drawn" in answer.content
    assert "process" not in answer.content


@pytest.mark.parametrize("command", ["cross", "evidence", "smallcap", "status", "about"])
async def test_discord_has_its_first_answer_before_anything_that_may_take_long_begins(place, command):
    deferred = []
    place.behind.pictures.before = place.behind.desk.before = lambda: deferred.append(
        [r.json["type"] for r in place.env.http_requests if r.path.endswith("/callback")]
    )
    await place.member.slash(place.channel, command)
    later = discord.InteractionResponseType.deferred_channel_message.value
    assert deferred
    assert all(types == [later] for types in deferred)


async def test_a_question_that_is_deleted_while_its_picture_is_drawn_is_still_answered(place, monkeypatch):
    draw = place.behind.pictures.png

    async def png(chart):
        await place.env.bot.get_partial_messageable(place.channel.id).get_partial_message(place.last().id).delete()
        return await draw(chart)

    monkeypatch.setattr(place.behind.pictures, "png", png)
    await place.member.send(place.channel, "!cross iwm")
    assert [message.embeds[0].title for message in place.channel.history()] == ["IWM cross"]


async def test_questions_work_in_a_direct_message(place):
    user = place.member.user
    await user.send_dm("!cross iwm")
    assert user.dm_channel.last_message.embeds[0].title == "IWM cross"
    result = await user.slash("smallcap")
    assert result.response.embeds[0].title == "Small caps"
    assert ("smallcap", None) in place.behind.desk.asked


async def test_where_the_bot_may_not_embed_the_card_is_plain_words_beside_its_picture(place):
    channel = place.channel_without("embed_links")
    await place.member.send(channel, "!cross iwm")
    answer = channel.last_message
    assert answer.embeds == []
    assert answer.content == "**IWM cross**\n\nshown over 1y\n\nnot advice"
    assert answer.attachments[0].filename == "cross.png"
    assert labels(answer)[-1] == "Refresh"


async def test_where_the_bot_may_not_attach_files_the_card_comes_without_its_picture_and_says_so(place):
    channel = place.channel_without("attach_files")
    await place.member.send(channel, "!cross iwm")
    answer = channel.last_message
    assert answer.embeds[0].title == "IWM cross"
    assert answer.embeds[0].image.url is None
    assert answer.attachments == []
    assert answer.content == "The picture is left out: I lack Attach Files in this channel."


async def test_where_the_bot_may_neither_embed_nor_attach_every_question_is_still_answered(place):
    channel = place.channel_without("embed_links", "attach_files")
    for question in ("cross iwm", "smallcap", "evidence iwm", "status", "about", "help"):
        await place.member.send(channel, f"!{question}")
        answer = channel.last_message
        assert answer.author.id == place.env.bot.user.id
        assert answer.content.startswith("**")
        assert len(answer.content) <= 2000
        assert answer.embeds == []
    result = await place.member.slash(channel, "cross", symbol="iwm")
    assert result.response.embeds[0].title == "IWM cross"
    assert result.response.attachments[0].filename == "cross.png"


async def test_a_prefix_question_where_the_bot_may_not_write_is_answered_in_a_direct_message(place):
    await place.member.send(place.channel_without("send_messages"), "!cross iwm")
    assert "I need Send Messages in this channel" in place.member.user.dm_channel.last_message.content
    assert place.behind.desk.asked == []


async def test_nothing_is_changed_by_a_prefix_command_that_could_not_be_acknowledged(place):
    channel = place.channel_without("send_messages")
    await place.moderator.send(channel, "!threshold set cross slow 150")
    assert place.behind.thresholds.kept == {}


async def test_without_read_message_history_the_answer_is_no_reply(place):
    channel = place.channel_without("read_message_history")
    await place.member.send(channel, "!cross iwm")
    assert channel.last_message.reference is None
    assert channel.last_message.embeds[0].title == "IWM cross"


async def test_symbols_complete_from_memory(place):
    offered = await place.member.autocomplete(place.channel, "cross", "symbol", "russ")
    assert [choice["value"] for choice in offered] == ["^RUT", "IWM"]
    assert offered[0]["name"] == "^RUT: Russell 2000"


async def test_events_complete_from_the_catalog(place):
    offered = await place.member.autocomplete(place.channel, "evidence", "event", "death")
    assert [choice["value"] for choice in offered] == ["death_cross"]


def labels(message: discord.Message) -> list[str | None]:
    return [button.label for row in message.components for button in row.children]
