"""`rate` and `ratings`: a vote per member, symbol and server; buttons to vote by; the leader board."""

from __future__ import annotations

import discord
import pytest

from bot.chat.errors import Refusal
from bot.chat.members.named import rating_of
from tests.chat.conftest import FakeDesk


async def said(place, words: str, who=None) -> discord.Message:
    await (who or place.member).send(place.channel, f"!{words}")
    return place.last()


def votes(place) -> dict:
    return place.behind.ratings.kept


async def test_a_vote_is_stored_in_both_forms_and_a_later_one_takes_its_place(place):
    assert (await said(place, "rate strl 4")).content == (
        "Stored: you give **STRL** ★★★★☆ (4 of 5). This server: 4.00 of 5 from 1 member."
    )
    result = await place.member.slash(place.channel, "rate", symbol="STRL", stars="2")
    assert result.ephemeral
    assert "★★☆☆☆ (2 of 5). This server: 2.00 of 5 from 1 member." in result.response.content
    assert votes(place) == {(place.guild.id, "STRL", place.member.id): 2}


@pytest.mark.parametrize(
    ("symbol", "stars", "meant"),
    [
        ("russell", "2000 5", ("^RUT", 5)),
        ("iwm", "3/5", ("IWM", 3)),
        ("iwm", "★★★★", ("IWM", 4)),
        ('"russell 2000"', "1", ("^RUT", 1)),
    ],
)
def test_stars_end_the_words_however_they_are_written(symbol, stars, meant):
    assert rating_of(FakeDesk(), symbol, stars) == meant


@pytest.mark.parametrize("stars", ["0", "6", "-1", "4.5", "five", "★★★★★★", "9" * 40, "\u0664", " "])
def test_anything_else_is_no_number_of_stars(stars):
    with pytest.raises(Refusal, match="whole number from 1 to 5"):
        rating_of(FakeDesk(), "IWM", stars)


async def test_bad_stars_unknown_symbols_and_missing_words_store_nothing(place):
    assert (await said(place, "rate STRL 9")).content == "Stars are a whole number from 1 to 5: `rate STRL 4`."
    assert "did you mean IWM?" in (await said(place, "rate IMW 3")).content
    assert (await said(place, "rate STRL")).content == "`stars` is missing. For example: `!rate STRL 4`"
    assert votes(place) == {}


async def test_votes_and_boards_belong_to_servers(place):
    user = place.member.user
    for words in ("rate STRL 4", "ratings", "ratings STRL"):
        await user.send_dm(words)
        assert user.dm_channel.last_message.content == "That works in a server only, not in a direct message."
    assert votes(place) == {}


async def test_a_symbols_rating_shows_mean_count_and_spread(place):
    place.behind.ratings.kept = {(place.guild.id, "STRL", n): stars for n, stars in enumerate([5, 5, 4, 1])}
    embed = (await said(place, "ratings strl")).embeds[0]
    assert embed.title == "STRL: 3.75 of 5"
    assert embed.description.startswith("★★★★☆ from 4 members\n```\n5 ★ ████████████████ 2")
    assert "1 ★ ████████         1" in embed.description
    result = await place.member.slash(place.channel, "ratings", symbol="STRL")
    assert result.response.embeds[0].title == "STRL: 3.75 of 5"


async def test_anyone_votes_with_a_button_the_count_changes_in_place_and_the_presser_is_told(place):
    shown = await said(place, "ratings STRL")
    assert shown.embeds[0].title == "STRL: not rated yet"
    assert [button.label for button in shown.components[0].children] == ["1 ★", "2 ★", "3 ★", "4 ★", "5 ★"]
    result = await place.moderator.click(shown, label="5 ★")
    assert result.followups[0].ephemeral
    assert result.followups[0].content.startswith("Stored: you give **STRL** ★★★★★")
    await place.restart(message_content=False)
    await place.member.click(shown, label="4 ★")
    await place.member.click(shown, label="2 ★")
    now = next(m for m in place.channel.history() if m.id == shown.id)
    assert now.embeds[0].title == "STRL: 3.50 of 5"
    assert votes(place) == {
        (place.guild.id, "STRL", place.moderator.id): 5,
        (place.guild.id, "STRL", place.member.id): 2,
    }


@pytest.mark.parametrize("tail", ["0:STRL", "6:STRL", "5:", "5:a b", "\u0665:STRL", "5:" + "S" * 41])
async def test_a_forged_vote_is_refused(place, tail):
    result = await pressed(place, f"sc:1:rate:{tail}", place.member)
    assert "not one I know any more" in result.response.content
    assert votes(place) == {}


async def test_a_vote_for_a_symbol_that_is_not_followed_or_in_a_direct_message_is_refused(place):
    result = await pressed(place, "sc:1:rate:5:NOPE", place.member)
    assert "Symbol is NOPE" in result.response.content
    user = place.member.user
    await user.send_dm("hello")
    result = await pressed(place, "sc:1:rate:5:STRL", user, user.dm_channel.id)
    assert result.response.content == "That works in a server only, not in a direct message."
    assert votes(place) == {}


async def test_the_leader_board_lists_those_with_three_votes_the_highest_first(place):
    given = {"IWM": [5, 5, 5], "STRL": [4, 4, 5, 5], "^RUT": [5, 5]}
    place.behind.ratings.kept = {
        (place.guild.id, symbol, n): stars for symbol, all_of in given.items() for n, stars in enumerate(all_of)
    }
    embed = (await said(place, "ratings")).embeds[0]
    assert embed.description == "1. **IWM** 5.00 of 5, n 3\n2. **STRL** 4.50 of 5, n 4"
    assert "at least 3 members" in embed.footer.text


async def test_an_empty_board_says_how_it_fills(place):
    result = await place.member.slash(place.channel, "ratings")
    assert "No symbol has been rated by 3 members yet: `rate STRL 4`" in result.response.embeds[0].description
    assert result.response.components == []


@pytest.fixture
def many(place):
    place.behind.ratings.kept = {
        (place.guild.id, f"S{number:02d}", voter): 3 for number in range(40) for voter in range(3)
    }


async def test_the_board_turns_its_pages_in_place_for_the_asker_alone(place, many):
    shown = await said(place, "ratings")
    await place.member.click(shown, label="More")
    await place.restart(message_content=False)
    await place.member.click(place.last(), label="More")
    assert place.last().embeds[0].description.startswith("31. **S30**")
    assert place.last().embeds[0].footer.text.startswith("page 3 of 3")
    result = await place.moderator.click(place.last(), label="Back")
    assert result.response.content == "That belongs to somebody else: ask for your own."
    await place.member.click(place.last(), label="Back")
    assert place.last().embeds[0].description.startswith("16. **S15**")
    assert place.last().id == shown.id


async def test_a_page_of_the_board_beyond_its_end_is_the_last_and_none_is_shown_in_a_direct_message(place, many):
    result = await pressed(place, f"sc:1:board:{place.member.id}:999", place.member)
    assert result.response.embeds[0].footer.text.startswith("page 3 of 3")
    user = place.member.user
    await user.send_dm("hello")
    result = await pressed(place, f"sc:1:board:{user.id}:0", user, user.dm_channel.id)
    assert "in a server only" in result.response.content


async def pressed(place, custom_id: str, who, channel_id: int | None = None):
    return await who.click(await place.with_button(custom_id, channel_id), label="?")


async def test_symbols_and_stars_complete(place):
    offered = await place.member.autocomplete(place.channel, "rate", "symbol", "str")
    assert [choice["value"] for choice in offered] == ["STRL"]
    offered = await place.member.autocomplete(place.channel, "rate", "stars", "")
    assert [choice["name"] for choice in offered] == ["5 ★★★★★", "4 ★★★★☆", "3 ★★★☆☆", "2 ★★☆☆☆", "1 ★☆☆☆☆"]
    offered = await place.member.autocomplete(place.channel, "ratings", "symbol", "iw")
    assert [choice["value"] for choice in offered] == ["IWM"]
