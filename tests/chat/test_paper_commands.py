"""`paper here|off|list` and `keyword add|remove|list`: what moderators order, and which words ask."""

from __future__ import annotations

import pytest

from bot.chat.errors import Refusal
from bot.chat.keywords import MOST_IN_A_SERVER
from bot.chat.moderators.orders import order_of, paper_named
from bot.people import MUTE, Edit, Noun, PaperName
from tests.chat.conftest import NOW


def rows(place, noun: Noun) -> dict:
    found = place.behind.configuration.of(place.guild.id)
    return {key: dict(row) for (of, key), row in found.items() if of is noun}


async def say(place, words: str) -> str:
    await place.moderator.send(place.channel, f"!{words}")
    return place.last().content


async def test_an_order_is_stored_before_it_is_said_and_can_be_taken_back(place):
    said = await say(place, "paper here smallcap weekly 18:00")
    assert rows(place, Noun.ORDER) == {f"{place.channel.id} smallcap": {"rhythm": "weekly", "at": "18:00"}}
    assert said == (
        f"Stored: <#{place.channel.id}> gets the **Small Cap Golden Cross Briefing** after the last session of every "
        "week, from 18:00 on (America/New_York time). `paper off smallcap` ends it."
    )
    await place.behind.configuration.undo(guild_id=place.guild.id, by=1, at=NOW)
    assert rows(place, Noun.ORDER) == {}


async def test_the_slash_form_stores_the_same_and_the_list_shows_it(place):
    await place.moderator.slash(place.channel, "paper here", name="digest")
    assert rows(place, Noun.ORDER) == {f"{place.channel.id} digest": {"rhythm": "daily", "at": None}}
    result = await place.moderator.slash(place.channel, "paper list")
    assert result.ephemeral
    text = result.response.embeds[0].description
    assert text == f"• <#{place.channel.id}> gets the **day in three lines** after every session"


@pytest.mark.parametrize(
    ("paper", "typed", "row"),
    [
        ("digest", "", {"rhythm": "daily", "at": None}),
        ("smallcap", "", {"rhythm": "weekly", "at": None}),
        ("rotation", "daily", {"rhythm": "daily", "at": None}),
        ("smallcap", "18:00", {"rhythm": "weekly", "at": "18:00"}),
        ("smallcap", "Daily at 6pm", {"rhythm": "daily", "at": "18:00"}),
        ("smallcap", "7.30 weekly", {"rhythm": "weekly", "at": "07:30"}),
    ],
)
def test_rhythm_and_hour_may_stand_in_any_order_or_be_left_out(paper, typed, row):
    assert order_of(PaperName(paper), typed) == row


@pytest.mark.parametrize("typed", ["hourly", "daily weekly", "25:00", "monday"])
def test_what_is_neither_rhythm_nor_hour_is_refused(typed):
    with pytest.raises(Refusal):
        order_of(PaperName.DIGEST, typed)


def test_an_unknown_paper_is_refused_with_the_nearest():
    with pytest.raises(Refusal, match="did you mean digest"):
        paper_named("digst")
    with pytest.raises(Refusal, match="choose smallcap, rotation, digest"):
        paper_named("@everyone")


async def test_an_order_needs_all_that_a_paper_needs_to_arrive(place):
    strict = place.channel_without("attach_files")
    await place.moderator.send(strict, "!paper here smallcap")
    assert "I need Attach Files" in strict.last_message.content
    assert rows(place, Noun.ORDER) == {}


async def test_orders_end_one_by_one_or_all_and_only_those_of_this_channel(place):
    other = place.guild.create_text_channel("other")
    for paper in ("smallcap", "digest"):
        await say(place, f"paper here {paper}")
    await place.moderator.send(other, "!paper here smallcap")
    assert await say(place, "paper off rotation") == (
        "This channel does not get the Small-Cap Rotation Monitor: `paper list` shows what goes where."
    )
    await say(place, "paper off smallcap")
    assert set(rows(place, Noun.ORDER)) == {f"{place.channel.id} digest", f"{other.id} smallcap"}
    await say(place, "paper off")
    assert set(rows(place, Noun.ORDER)) == {f"{other.id} smallcap"}
    assert "does not get papers" in await say(place, "paper off")


async def test_what_may_be_ended_is_completed(place):
    await say(place, "paper here digest")
    found = await place.moderator.autocomplete(place.channel, "paper off", "name", "")
    assert [choice["value"] for choice in found] == ["digest"]


async def test_the_orders_of_a_channel_end_with_it(place):
    gone = place.guild.create_text_channel("gone")
    await place.moderator.send(gone, "!paper here digest")
    await say(place, "paper here digest")
    await place.env.bot.on_guild_channel_delete(place.env.bot.get_channel(gone.id))
    assert set(rows(place, Noun.ORDER)) == {f"{place.channel.id} digest"}


async def test_the_doctor_looks_at_channels_that_only_get_papers(place):
    strict = place.channel_without("attach_files")
    edit = Edit(Noun.ORDER, f"{strict.id} smallcap", {"rhythm": "weekly", "at": None})
    await place.behind.configuration.change(guild_id=place.guild.id, by=1, at=NOW, action="x", edits=[edit])
    result = await place.moderator.slash(place.channel, "alerts doctor")
    assert f"<#{strict.id}>" in str(result.response.embeds[0].to_dict())
    assert "✗ Attach Files" in str(result.response.embeds[0].to_dict())


async def test_the_audit_says_what_was_ordered_and_which_words_were_set(place):
    await say(place, "paper here smallcap weekly 18:00")
    await say(place, "paper here smallcap daily")
    await say(place, "keyword add smallcap rpm")
    text = (await place.moderator.slash(place.channel, "audit")).response.embeds[0].description
    assert f"paper **smallcap** in <#{place.channel.id}>: new (weekly at 18:00)" in text
    assert "weekly at 18:00 → **daily, once scanned**" in text.replace("\N{RIGHTWARDS ARROW}", "→")
    assert "keyword **rpm**: rotation → **smallcap**" in text.replace("\N{RIGHTWARDS ARROW}", "→")


async def test_a_keyword_is_stored_in_its_one_form_and_heard_at_once(place):
    said = await say(place, "keyword add rotation  Morning  NOTE")
    assert said == "Stored: a message that says **morning note** and nothing else gets the rotation briefing."
    assert rows(place, Noun.KEYWORD) == {"morning note": {"paper": "rotation"}}
    await place.member.send(place.channel, "MORNING NOTE")
    assert place.behind.papers.asked == ["rotation"]


async def test_the_usual_words_can_be_switched_off_and_on_again(place):
    await say(place, "keyword remove RPM")
    assert rows(place, Noun.KEYWORD) == {"rpm": {"paper": MUTE}}
    await say(place, "keyword add rotation rpm")
    assert rows(place, Noun.KEYWORD) == {}
    await say(place, "keyword add smallcap rpm")
    await say(place, "keyword remove rpm")
    assert rows(place, Noun.KEYWORD) == {"rpm": {"paper": MUTE}}


async def test_what_is_no_keyword_cannot_be_removed(place):
    assert await say(place, "keyword remove nothing") == "Nothing is no keyword here: `keyword list` shows them."


async def test_a_server_has_twenty_of_its_own_at_most(place):
    for n in range(MOST_IN_A_SERVER):
        await say(place, f"keyword add rotation words {n}")
    assert "at most 20 keywords" in await say(place, "keyword add rotation one more")
    assert len(rows(place, Noun.KEYWORD)) == MOST_IN_A_SERVER


@pytest.mark.parametrize("words", ["@everyone", "<@1>", "ab", "!cross IWM"])
async def test_what_pings_or_is_a_command_is_refused_as_keyword(place, words):
    await say(place, f"keyword add rotation {words}")
    assert rows(place, Noun.KEYWORD) == {}


async def test_the_list_shows_the_usual_words_and_the_servers_own(place):
    await say(place, "keyword add smallcap morning note")
    await say(place, "keyword remove rpm")
    text = (await place.moderator.slash(place.channel, "keyword list")).response.embeds[0].description
    assert text.splitlines() == ["• **morning note** asks for smallcap", "• **scn smallcap** asks for smallcap"]


@pytest.mark.parametrize("chat_options", [{"message_content": False}])
async def test_where_messages_are_not_read_keyword_says_so(place):
    result = await place.moderator.slash(place.channel, "keyword add", name="rotation", words="morning note")
    assert "has switched message content off" in result.response.content
    result = await place.moderator.slash(place.channel, "keyword list")
    assert "has switched message content off" in result.response.embeds[0].description
    assert rows(place, Noun.KEYWORD) == {}


async def test_a_new_hour_holds_from_the_next_session_on_and_the_answer_says_so(place):
    await say(place, "paper here digest 18:00")
    assert ", from 20:00 on (America/New_York time), from the next session on. `paper off" in await say(
        place, "paper here digest 20:00"
    )
    assert "from the next session on" not in await say(place, "paper here digest 20:00")
