"""The page of everything, the page of each question, and the select below them."""

from __future__ import annotations

import re

import pytest

from bot.cards.embed import embed_payload
from bot.cards.plain import plain_text
from bot.cards.words import length
from bot.chat.teaching.lessons import LESSONS, all_lessons
from bot.chat.teaching.moderator_lessons import FOR_MODERATORS
from bot.chat.teaching.primer import EVERYTHING, contents, help_view, page, question_page

QUESTION = "How does one symbol stand?"
PREFIXES = ["!", "averylongprefix!", None]
MARK = re.compile(r"`!|Mentioning me|neither is needed")


def options(components) -> list[str]:
    return [option["value"] for option in components[0]["components"][0]["options"]]


def texts(card) -> str:
    return "\n".join([card.title, card.text, card.footer, *(f"{f.title}\n{f.text}" for f in card.fields)])


def every_page(prefix):
    yield contents(prefix)
    yield from (question_page(question, prefix) for question in LESSONS)
    for name in {lesson.command.split()[0] for lesson in all_lessons()}:
        yield page(tuple(lesson for lesson in all_lessons() if lesson.command.split()[0] == name), prefix)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_no_page_of_help_is_cut_by_discords_limits(prefix):
    for card in every_page(prefix):
        payload = embed_payload(card)
        shown = [(field["name"], field["value"]) for field in payload["fields"]]
        assert shown == [(field.title, field.text) for field in card.fields]
        assert payload.get("description", "") == card.text


@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_page_of_everything_has_a_short_line_per_command_below_its_question(prefix):
    card = contents(prefix)
    assert [field.title for field in card.fields] == list(LESSONS)
    for field, lessons in zip(card.fields, LESSONS.values(), strict=True):
        lines = field.text.split("\n")
        assert [line.split("`")[1] for line in lines] == [f"{prefix or '/'}{lesson.command}" for lesson in lessons]
        assert all(len(lesson.gist) <= 60 for lesson in lessons), "end what it does with a colon, then go on"
    assert length(plain_text(card, limit=10_000)) < 6000


@pytest.mark.parametrize("lesson", all_lessons(), ids=lambda lesson: lesson.command)
def test_the_page_of_a_question_explains_each_command_with_both_forms(lesson):
    question = next(question for question, lessons in LESSONS.items() if lesson in lessons)
    field = next(field for field in question_page(question, "!").fields if f"`{lesson.usage('!')}`" in field.title)
    assert lesson.says in field.title
    assert field.text == f"`!{lesson.prefix_example}`\n`/{lesson.slash_example}`"


def test_moderators_questions_stand_last_and_say_for_whom_they_are():
    for_them = [question.startswith(FOR_MODERATORS) for question in LESSONS]
    assert for_them == sorted(for_them)
    assert sum(for_them) > 1
    assert "Manage Server" in question_page(next(q for q in LESSONS if q.startswith(FOR_MODERATORS)), "!").text


def test_without_message_content_nothing_of_the_prefix_is_taught():
    assert not any(MARK.search(texts(card)) for card in every_page(None))


def test_mentions_and_direct_messages_are_told_of_where_they_work():
    assert "Mentioning me is as good as `!`, and in a direct message neither is needed" in contents("!").text


async def test_the_select_offers_everything_and_each_question_within_discords_limits():
    (select,) = help_view().children
    assert [option.value for option in select.options] == [EVERYTHING, *LESSONS]
    assert len(select.options) <= 25
    assert [option.value for option in select.options if option.default] == [EVERYTHING]


async def test_choosing_after_a_slash_turns_the_page_in_place_and_back_again(place):
    shown = (await place.member.slash(place.channel, "help")).response
    assert options(shown.components) == [EVERYTHING, *LESSONS]
    result = await place.member.select(shown, [QUESTION])
    assert (result.response.id, result.response.embeds[0].title) == (shown.id, QUESTION)
    result = await place.member.select(result.response, [EVERYTHING])
    assert result.response.embeds[0].title == "What would you like to know?"


async def test_choosing_below_a_public_page_answers_the_presser_alone_and_leaves_the_page(place):
    await place.member.send(place.channel, "!help")
    shown = place.last()
    result = await place.moderator.select(shown, [QUESTION])
    assert result.ephemeral
    assert result.response.embeds[0].title == QUESTION
    assert place.last().embeds[0].title == "What would you like to know?"


async def test_in_a_direct_message_the_page_turns_in_place(place):
    user = place.member.user
    await user.send_dm("help")
    shown = user.dm_channel.last_message
    await user.select(shown, [QUESTION])
    assert user.dm_channel.last_message.id == shown.id
    assert user.dm_channel.last_message.embeds[0].title == QUESTION


async def test_the_page_of_one_command_has_the_select_too_with_nothing_marked(place):
    result = await place.member.slash(place.channel, "help", command="cross")
    marked = [o for o in result.response.components[0]["components"][0]["options"] if o.get("default")]
    assert marked == []


async def test_after_a_restart_without_message_content_a_page_is_shown_without_the_prefix(place):
    await place.member.send(place.channel, "!help")
    shown = place.last()
    await place.restart(message_content=False)
    result = await place.member.select(shown, [QUESTION])
    assert result.response.embeds[0].fields[0].value == "`/cross symbol:IWM`"


@pytest.mark.parametrize("chosen", ["A question of last year?", "@everyone"])
async def test_a_question_that_is_not_there_any_more_is_refused(place, chosen):
    message = await place.with_select("sc:1:help", chosen)
    result = await place.member.select(message, [chosen])
    assert result.ephemeral
    assert result.response.content == "That page is not there any more: ask again with `/help`."


async def test_a_forged_help_press_with_arguments_is_none_of_ours(place):
    message = await place.with_button("sc:1:help:me")
    result = await place.member.click(message, label="?")
    assert "not one I know any more" in result.response.content
