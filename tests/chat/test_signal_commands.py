"""Questions that are made from what signals declare: a good path, a refusal and a bad input each, in both forms."""

from __future__ import annotations

import pytest

from bot.chat.cogs.signals import OWN
from bot.chat.views import alert_components, stock_view, view_of
from bot.questions.parse import QuestionError
from signals.catalog import SIGNALS
from tests.chat.conftest import an_event

DERIVED = [signal for signal in SIGNALS if signal.command not in OWN]
OF_ONE = [signal for signal in DERIVED if signal.choices is None]
WITH_CHOICES = [signal for signal in DERIVED if signal.choices is not None and signal.takes]
ALONE = [signal for signal in DERIVED if not signal.takes]


def named(signal) -> str:
    return signal.name


@pytest.mark.parametrize("signal", DERIVED, ids=named)
async def test_a_signal_is_asked_by_its_word_in_both_forms(place, signal):
    needed = {"symbol": "STRL"} if signal.choices is None else {}
    words = " STRL" if needed else ""
    await place.member.send(place.channel, f"!{signal.command}{words}")
    assert place.last().embeds[0].footer.text == "not advice"
    result = await place.member.slash(place.channel, signal.command, **needed)
    assert result.response.embeds[0].footer.text == "not advice"
    subject = ["STRL"] if needed else []
    assert place.behind.desk.asked[-2:] == [(signal.command, *subject, place.guild.id)] * 2


@pytest.mark.parametrize("signal", WITH_CHOICES, ids=named)
async def test_what_is_chosen_reaches_the_desk(place, signal):
    chosen = signal.takes.strip("[]").split("|")[-1]
    option = "theme" if signal.subject_kind == "theme" else "which"
    await place.member.send(place.channel, f"!{signal.command} {chosen}")
    await place.member.slash(place.channel, signal.command, **{option: chosen})
    assert place.behind.desk.asked[-2:] == [(signal.command, chosen, place.guild.id)] * 2


@pytest.mark.parametrize("signal", OF_ONE, ids=named)
async def test_a_symbol_must_be_named(place, signal):
    await place.member.send(place.channel, f"!{signal.command}")
    assert "`symbol` is missing" in place.last().content.lower()
    assert f"!{signal.command}" in place.last().content


@pytest.mark.parametrize("signal", ALONE, ids=named)
async def test_who_says_more_than_is_taken_is_told(place, signal):
    await place.member.send(place.channel, f"!{signal.command} of everything")
    assert place.last().content.startswith("That is more than I expected")


@pytest.mark.parametrize("signal", DERIVED, ids=named)
async def test_a_question_that_cannot_be_answered_gets_one_line(place, signal):
    place.behind.desk.broken = QuestionError("the prices are still being loaded: try again in a minute")
    await place.member.send(place.channel, f"!{signal.command}{' STRL' if signal.choices is None else ''}")
    assert place.last().content == "The prices are still being loaded: try again in a minute."


async def test_choices_complete_themselves(place):
    offered = await place.member.autocomplete(place.channel, "rotation", "which", "sect")
    assert [choice["value"] for choice in offered] == ["sectors"]
    offered = await place.member.autocomplete(place.channel, "activity", "symbol", "STR")
    assert [choice["value"] for choice in offered] == ["STRL"]


async def test_stock_gathers_and_leads_on(place):
    await place.member.send(place.channel, "!stock sterling")
    assert "did you mean" in place.last().content.lower()
    await place.member.send(place.channel, "!stock strl")
    assert place.behind.desk.asked[-1] == ("stock", "STRL", place.guild.id)
    result = await place.member.click(place.last(), label="Activity")
    assert result.ephemeral
    assert place.behind.desk.asked[-1] == ("activity", "STRL", place.guild.id)
    assert stock_view("STRL") is not None


async def test_below_an_alert_of_the_whole_market_its_signal_answers(place):
    event = an_event("small", "small_leads", "rotation")
    channel = place.env.bot.get_partial_messageable(place.channel.id)
    await channel.send("an alert", view=view_of(alert_components(event)))
    alert = place.last()
    result = await place.member.click(alert, label="Where it stands now")
    assert result.ephemeral
    assert place.behind.desk.asked[-1] == ("rotation", "small", place.guild.id)
    await place.member.click(alert, label="Evidence")
    assert place.behind.desk.asked[-1] == ("evidence", "^RUT", "small_leads", place.guild.id)


async def test_below_an_alert_of_a_theme_there_is_no_evidence(place):
    labels = [
        each["label"]
        for row in alert_components(an_event("optical", "breakout", "themes"))
        for each in row["components"]
    ]
    assert labels == ["Where it stands now", "Why?"]


async def test_the_test_of_a_route_shows_its_own_signal(place):
    other = place.guild.create_text_channel("breadth")
    await place.moderator.send(place.channel, f"!route add <#{other.id}> breadth")
    await place.moderator.send(place.channel, f"!route test <#{other.id}>")
    assert "The test arrived" in place.last().content
    assert place.behind.desk.asked[-1][:2] == ("breadth", "smallcap")
    assert [b.label for row in other.last_message.components for b in row.children] == [
        "Evidence",
        "Where it stands now",
    ]


async def test_alerts_of_themes_can_be_narrowed_to_themes_and_to_nothing_else(place):
    await place.moderator.send(place.channel, "!route add themes theme:optical")
    assert "the theme optical" in place.last().content
    await place.moderator.send(place.channel, "!route add themes STRL")
    assert "not about single symbols" in place.last().content
    await place.moderator.send(place.channel, "!route add rotation theme:optical")
    assert "not about single symbols" in place.last().content
    await place.member.send(place.channel, "!subscribe themes theme:optical dm")
    assert "theme:optical" in place.last().content


async def test_alerts_of_the_reconstitution_can_be_narrowed_to_symbols_groups_and_a_watchlist(place):
    await place.moderator.send(place.channel, "!route add recon STRL")
    assert "STRL" in place.last().content
    assert "not about single symbols" not in place.last().content
    await place.moderator.send(place.channel, "!route add macro STRL")
    assert "not about single symbols" in place.last().content
    await place.member.send(place.channel, "!watch add STRL")
    for subject in ("watchlist", "universe:smallcap", "STRL"):
        await place.member.send(place.channel, f"!subscribe recon {subject} dm")
        assert place.last().content.startswith("Stored: **recon** of ")


async def test_routes_and_subscriptions_of_the_whole_market_speak_of_no_symbols(place):
    await place.moderator.send(place.channel, "!route add breadth themes")
    listed = await place.moderator.slash(place.channel, "alerts list")
    assert "**breadth** of the whole market" in listed.response.embeds[0].description
    assert "**themes** of all themes" in listed.response.embeds[0].description
    await place.member.send(place.channel, "!subscribe breadth dm")
    assert "**breadth** of the whole market" in place.last().content
