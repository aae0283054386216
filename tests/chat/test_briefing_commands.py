"""Briefings by command, by button and by keyword: one answer, one quota, one paper."""

from __future__ import annotations

import discord
import pytest
from structlog.testing import capture_logs

from bot.chat.keywords import keyword_of, meaning, squeezed
from bot.chat.pace import Rate
from bot.chat.press import Action, press
from bot.chat.views import BelowAlerts
from bot.people import MUTE, Noun
from bot.questions.parse import QuestionError
from tests.fuzz.raw import used


def set_words(place, **papers: str) -> None:
    rows = place.behind.configuration.of(place.guild.id)
    for words, paper in papers.items():
        rows[Noun.KEYWORD, words.replace("_", " ")] = {"paper": paper}


def answers(place) -> list[discord.Message]:
    found = place.env.backend.messages[place.channel.id].values()
    return [each for each in found if each.author_id == place.env.bot.user.id]


def pdf(message) -> str:
    [file] = message.attachments
    return file.filename


async def test_the_command_answers_in_both_forms_with_a_card_and_the_pdf(place):
    await place.member.send(place.channel, "!briefing rotation")
    answer = place.last()
    assert (answer.embeds[0].title, pdf(answer)) == ("The rotation briefing", "rotation-briefing-2025-08-06.pdf")
    assert answer.attachments[0].description == "The rotation briefing, as PDF with text that can be selected"
    result = await place.member.slash(place.channel, "briefing", name="rotation")
    assert not result.ephemeral
    assert pdf(result.response) == "rotation-briefing-2025-08-06.pdf"
    assert place.behind.papers.asked == ["rotation"] * 2


async def test_without_a_name_it_is_the_one_about_small_caps(place):
    await place.member.send(place.channel, "!briefing")
    assert pdf(place.last()) == "smallcap-briefing-2025-08-06.pdf"


@pytest.mark.parametrize(("typed", "hint"), [("rotaton", "did you mean rotation?"), ("news", "choose smallcap or")])
async def test_an_unknown_briefing_is_refused_before_anything_is_made(place, typed, hint):
    await place.member.send(place.channel, f"!briefing {typed}")
    assert hint in place.last().content
    assert place.behind.papers.asked == []


async def test_what_cannot_be_printed_is_told_in_one_line(place):
    place.behind.papers.broken = QuestionError("the briefing cannot be printed just now: too much is waiting")
    await place.member.send(place.channel, "!briefing")
    assert place.last().content == "The briefing cannot be printed just now: too much is waiting."


async def test_where_no_file_may_be_attached_the_command_says_what_it_needs(place):
    strict = place.channel_without("attach_files")
    await place.member.send(strict, "!briefing")
    assert "I need Attach Files in this channel" in strict.last_message.content
    assert place.behind.papers.asked == []


@pytest.mark.parametrize("command", ["smallcap", "rotation"])
async def test_the_button_below_an_answer_hands_the_same_to_the_presser_alone(place, command):
    await place.member.send(place.channel, f"!{command}")
    [row] = place.last().components
    [button] = row.children
    assert (button.label, button.custom_id) == ("Briefing (PDF)", press(Action.BRIEFING, command).custom_id)
    message = place.last()
    result = await place.member.click(message, label="Briefing (PDF)")
    assert result.ephemeral
    assert pdf(result.response) == f"{command}-briefing-2025-08-06.pdf"


async def test_no_other_answer_has_the_button(place):
    await place.member.send(place.channel, "!breadth")
    assert place.last().components == []


async def test_a_button_for_a_briefing_that_there_is_none_of_is_refused(place):
    message = await place.with_button(press(Action.BRIEFING, "news").custom_id)
    result = await used(place, place.member, message, press(Action.BRIEFING, "news").custom_id)
    assert "there is no briefing news" in result.response.content.lower()


def test_below_a_digest_are_the_details_and_the_briefings_and_below_a_briefing_the_details():
    labels = [part["label"] for row in BelowAlerts().of_paper("digest") for part in row["components"]]
    assert labels == ["Small caps", "Rotation", "Breadth", "Smallcap (PDF)", "Rotation (PDF)"]
    labels = [part["label"] for row in BelowAlerts().of_paper("smallcap") for part in row["components"]]
    assert labels == ["Small caps", "Rotation", "Breadth"]


async def test_the_buttons_below_a_digest_lead_to_answers(place):
    for row in BelowAlerts().of_paper("digest"):
        for part in row["components"]:
            message = await place.with_button(part["custom_id"])
            result = await used(place, place.member, message, part["custom_id"])
            assert result.response.embeds, part["label"]


@pytest.mark.parametrize("said", ["SCN SMALLCAP", "scn  smallcap ", "Scn\nSmallCap", "\uff32\uff30\uff2d", "rpm"])
async def test_a_keyword_is_answered_as_the_command_whatever_its_case_and_spaces(place, said):
    await place.member.send(place.channel, said)
    answer = place.last()
    name = "smallcap" if "c" in said.lower() else "rotation"
    assert (pdf(answer), answer.reference is not None) == (f"{name}-briefing-2025-08-06.pdf", True)


@pytest.mark.parametrize("said", ["what does RPM mean", "rpm?", "rp m", "", "hello", "<@1>", "r" * 2000])
async def test_any_other_message_is_none_of_its_business(place, said):
    await place.member.send(place.channel, said or ".")
    assert answers(place) == []


async def test_words_that_a_moderator_has_set_are_heard_and_those_switched_off_are_not(place):
    set_words(place, morning_note="rotation", rpm=MUTE, scn_smallcap="rotation")
    await place.member.send(place.channel, "RPM")
    assert answers(place) == []
    for said in ("Morning note", "SCN SMALLCAP"):
        await place.member.send(place.channel, said)
        assert pdf(place.last()) == "rotation-briefing-2025-08-06.pdf"


async def test_bots_and_webhooks_are_not_answered(place):
    robot = place.guild.add_member(place.env.create_user("robot", bot=True))
    await robot.send(place.channel, "RPM")
    assert answers(place) == []
    await place.member.send(place.channel, "hello")
    message = await place.env.bot.get_channel(place.channel.id).fetch_message(place.last().id)
    message.content = "RPM"
    await place.env.bot.on_message(message)
    assert place.behind.papers.asked == ["rotation"], "so it would be heard"
    message.webhook_id = 5
    await place.env.bot.on_message(message)
    assert place.behind.papers.asked == ["rotation"]


async def test_in_a_direct_message_the_usual_words_are_heard(place):
    stranger = place.env.create_user("stranger")
    await stranger.send_dm("rpm")
    assert place.behind.papers.asked == ["rotation"]


async def test_where_no_file_may_be_attached_a_keyword_is_passed_over_in_silence(place):
    strict = place.channel_without("attach_files")
    await place.member.send(strict, "RPM")
    assert [each.author_id for each in place.env.backend.messages[strict.id].values()] == [place.member.id]
    assert place.behind.papers.asked == []


async def test_where_keywords_cannot_be_read_commands_are_obeyed_all_the_same(place, monkeypatch):
    async def away():
        raise ConnectionError("the database does not answer")

    monkeypatch.setattr(place.behind.configuration, "keywords", away)
    with capture_logs() as logs:
        await place.member.send(place.channel, "RPM")
        await place.member.send(place.channel, place.env.bot.user.mention + " briefing rotation")
        await place.member.send(place.channel, "hello")
    assert place.behind.papers.asked == ["rotation"]
    told = [line for line in logs if line["event"] == "a message was not compared with the keywords"]
    assert ["the database does not answer" in line["reason"] for line in told] == [True, True]


async def test_where_the_bot_may_not_write_a_keyword_is_passed_over_in_silence(place):
    strict = place.channel_without("send_messages")
    await place.member.send(strict, "RPM")
    assert place.behind.papers.asked == []
    assert place.env.backend.messages.get(place.member.id, {}) == {}


@pytest.mark.parametrize("chat_options", [{"user_rate": Rate(2, 60.0)}])
async def test_keyword_and_command_share_one_quota_and_too_much_is_told_once(place):
    for said in ("RPM", "!briefing", "RPM", "RPM", "RPM"):
        await place.member.send(place.channel, said)
    assert len(place.behind.papers.asked) == 2
    assert [line.content for line in answers(place) if "not so fast" in (line.content or "").lower()] != []
    assert len(answers(place)) == 3


@pytest.mark.parametrize("chat_options", [{"message_content": False}])
async def test_where_messages_are_not_read_no_keyword_is_heard_and_the_slash_form_answers(place):
    await place.member.send(place.channel, "RPM")
    assert answers(place) == []
    assert pdf((await place.member.slash(place.channel, "briefing")).response).startswith("smallcap")


def test_words_have_one_form_and_what_they_mean_is_looked_up_in_it():
    assert squeezed("  Morning\u00a0 NOTE\n") == "morning note"
    assert meaning({}, "rpm") == "rotation"
    assert meaning({"rpm": MUTE}, "rpm") is None
    assert meaning({"rpm": "smallcap"}, "rpm") == "smallcap"
    assert meaning({}, "morning note") is None


@pytest.mark.parametrize(
    "typed",
    [
        "Morning note",
        "R&D",
        "s.c.n.",
        "é clair",
        "3 days",
        "a" * 40,
        "\u0939\u093f\u0928\u094d\u0926\u0940 \u0915\u0940",
        "\u0e0a\u0e37\u0e48\u0e2d",
        "n\u0303\u0330o",
    ],
)
def test_plain_words_may_be_a_keyword(typed):
    assert keyword_of(typed, "!") == squeezed(typed)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("ab", "3 to 40 characters"),
        ("a" * 41, "3 to 40 characters"),
        ("@everyone", "letters, digits and spaces"),
        ("<@123>", "letters, digits and spaces"),
        ("@here now", "letters, digits and spaces"),
        ("a\u200bbc", "letters, digits and spaces"),
        ("abc\u202e", "letters, digits and spaces"),
        ("\u0301abc", "letters, digits and spaces"),
        ("abc \u0301", "letters, digits and spaces"),
        ("abc\ufe0f", "letters, digits and spaces"),
        ("abc\u034f", "letters, digits and spaces"),
        ("`code`", "letters, digits and spaces"),
        ("https://x", "letters, digits and spaces"),
        ("12345", "a letter in it"),
        ("!briefing", "letters, digits and spaces"),
    ],
)
def test_what_pings_hides_or_is_a_command_is_no_keyword(typed, says):
    with pytest.raises(Exception, match=says):
        keyword_of(typed, "!")


def test_what_begins_like_a_command_is_no_keyword_where_the_prefix_is_a_word():
    with pytest.raises(Exception, match="is a command"):
        keyword_of("sc briefing", "SC ")
