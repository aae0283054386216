"""`watch`: a member's own list, put together, looked at and cleared in both forms."""

from __future__ import annotations

import pytest

from bot.chat.members.watchlists import MOST_WATCHED
from bot.people import Preferences, Subscriber
from bot.questions.parse import QuestionError


async def said(place, words: str) -> str:
    await place.member.send(place.channel, f"!watch {words}")
    return place.last().content


def watched(place, user_id: int | None = None) -> tuple[str, ...]:
    kept = place.behind.members.kept.get(user_id or place.member.id)
    return kept.watched if kept else ()


def watching(place, *symbols: str) -> None:
    place.behind.members.kept[place.member.id] = Subscriber(Preferences(place.member.id), watched=symbols)


async def test_symbols_are_put_on_the_list_in_both_forms_and_acknowledged(place):
    assert await said(place, "add strl, rut") == (
        "Stored: **STRL** and **^RUT** are on your list now (2 of 50). `scan watchlist` looks through it."
    )
    result = await place.member.slash(place.channel, "watch add", symbols="russell 2000 IWM")
    assert result.ephemeral
    assert "Symbol is russell" in result.followups[0].content
    assert result.followups[0].ephemeral
    result = await place.member.slash(place.channel, "watch add", symbols="russell 2000, IWM")
    assert "Stored: **IWM** is on your list now (3 of 50)." in result.response.content
    assert watched(place) == ("STRL", "^RUT", "IWM")


async def test_a_name_of_several_words_is_one_symbol(place):
    await said(place, "add russell 2000")
    assert watched(place) == ("^RUT",)


async def test_what_is_on_the_list_already_is_said_and_counted_once(place):
    watching(place, "IWM")
    assert "**IWM** is on your list already (1 of 50)" in await said(place, "add iwm")
    assert watched(place) == ("IWM",)


async def test_every_unknown_symbol_is_named_with_what_was_meant_and_nothing_is_stored(place):
    line = await said(place, "add STRL IMW NOPE1")
    assert "did you mean IWM?" in line
    assert "NOPE1" in line
    assert line.endswith("Nothing was stored.")
    assert watched(place) == ()


async def test_many_unknown_symbols_are_named_without_hints_in_one_line(place):
    names = [f"NOPE{number}" for number in range(50)]
    line = await said(place, f"add {' '.join(names)}")
    assert all(name in line for name in names)
    assert len(line) <= 2000


async def test_a_list_holds_so_many_and_no_more(place):
    watching(place, *(f"S{number}" for number in range(MOST_WATCHED - 1)))
    assert "holds at most 50 symbols and has 49, so nothing was stored" in await said(place, "add IWM STRL")
    assert "(50 of 50)" in await said(place, "add IWM")
    assert (
        "name at most 50 symbols at once" in (await said(place, f"add {' '.join(f'A{n}' for n in range(51))}")).lower()
    )


async def test_symbols_are_taken_off_in_both_forms_even_those_not_followed_any_more(place):
    watching(place, "IWM", "STRL", "GONE")
    assert await said(place, "remove gone") == "Stored: **GONE** is off your list. 2 are left on it."
    result = await place.member.slash(place.channel, "watch remove", symbols="IWM")
    assert result.ephemeral
    assert result.response.content == "Stored: **IWM** is off your list. 1 is left on it."
    assert await said(place, "remove all") == "Stored: **STRL** is off your list. 0 are left on it."
    assert watched(place) == ()


async def test_taking_off_what_is_not_on_the_list_is_refused(place):
    assert "Your list is empty. `watch add STRL IWM`" in await said(place, "remove all")
    watching(place, "IWM")
    assert await said(place, "remove strl") == "**STRL** is not on your list."
    assert "did you mean IWM?" in await said(place, "remove imw")
    assert watched(place) == ("IWM",)


async def test_missing_symbols_and_no_subcommand_say_what_to_type(place):
    assert await said(place, "add") == "`symbols` is missing. For example: `!watch add STRL IWM`"
    assert await said(place, "STRL") == "Say `watch add`, `watch remove` or `watch list`."


async def test_the_list_shows_where_each_symbol_stands(place):
    watching(place, "IWM", "STRL")
    await place.member.send(place.channel, "!watch list")
    assert place.last().embeds[0].description == "IWM golden\nSTRL golden"
    result = await place.member.slash(place.channel, "watch list")
    assert result.ephemeral
    assert place.behind.desk.asked[-1] == ("watchlist", "IWM", "STRL", place.guild.id)


async def test_an_empty_list_says_how_to_fill_it_and_has_no_select(place):
    result = await place.member.slash(place.channel, "watch list")
    assert "`watch add STRL IWM`" in result.response.embeds[0].description
    assert result.response.components == []


async def test_while_prices_are_loaded_the_list_is_shown_with_its_names(place):
    watching(place, "IWM")
    place.behind.desk.broken = QuestionError("the prices are still being loaded: try again in a minute")
    result = await place.member.slash(place.channel, "watch list")
    assert result.response.embeds[0].description == "• **IWM**"
    assert "still being loaded" in result.response.embeds[0].footer.text


async def test_it_all_works_in_a_direct_message_on_the_same_list(place):
    user = place.member.user
    await user.send_dm("watch add IWM")
    await user.slash("watch add", symbols="STRL")
    await user.send_dm("watch list")
    assert user.dm_channel.last_message.embeds[0].description == "IWM golden\nSTRL golden"
    await user.select(user.dm_channel.last_message, ["IWM"])
    assert watched(place) == ("STRL",)


def selects(components) -> list[dict]:
    return [row["components"][0] for row in components]


async def test_the_chosen_symbols_are_taken_off_in_place_even_after_a_restart(place):
    watching(place, "IWM", "STRL", "^RUT")
    shown = (await place.member.slash(place.channel, "watch list")).response
    await place.restart(message_content=False)
    result = await place.member.select(shown, ["IWM", "^RUT"])
    assert result.response.id == shown.id
    text = result.response.embeds[0].description
    assert text == "Stored: **IWM** and **^RUT** are off your list.\n\nSTRL golden"
    result = await place.member.select(result.response, ["STRL"])
    assert "Your list is empty" in result.response.embeds[0].description
    assert result.response.components == []


async def test_a_full_list_has_two_selects_that_hold_all_of_it(place):
    symbols = [f"S{number:02d}" for number in range(MOST_WATCHED)]
    watching(place, *symbols)
    shown = (await place.member.slash(place.channel, "watch list")).response
    offered = selects(shown.components)
    assert [option["value"] for select in offered for option in select["options"]] == symbols
    assert [select["placeholder"] for select in offered] == [
        "Take symbols off your list (S00 to S24)",
        "Take symbols off your list (S25 to S49)",
    ]
    await place.member.select(shown, ["S49"], custom_id=offered[1]["custom_id"])
    assert len(watched(place)) == MOST_WATCHED - 1


async def test_nobody_takes_symbols_off_somebody_elses_list(place):
    watching(place, "IWM")
    await place.member.send(place.channel, "!watch list")
    result = await place.moderator.select(place.last(), ["IWM"])
    assert result.response.content == "That belongs to somebody else: ask for your own."
    assert watched(place) == ("IWM",)


async def test_a_forged_choice_takes_nothing_off(place):
    watching(place, "IWM")
    result = await forged(place, f"sc:1:unwatch:{place.member.id}:0", "@everyone")
    assert result.response.embeds[0].description.startswith("Nothing of that was on your list.")
    assert watched(place) == ("IWM",)
    result = await forged(place, f"sc:1:unwatch:{place.member.id}:", "IWM")
    assert "not one I know any more" in result.response.content


async def forged(place, custom_id: str, value: str):
    return await place.member.select(await place.with_select(custom_id, value), [value])


async def test_nothing_is_acknowledged_that_could_not_be_stored(place, monkeypatch):
    place.behind.defect_expected = True

    async def fail(*_args: object) -> int:
        raise OSError("the disk is full")

    monkeypatch.setattr(place.behind.members, "watch", fail)
    assert "Something went wrong on my side (id `" in await said(place, "add IWM")


@pytest.mark.parametrize(("option", "typed", "values"), [("watch add", "IWM st", ["IWM STRL"])])
async def test_symbols_complete_one_after_the_other(place, option, typed, values):
    offered = await place.member.autocomplete(place.channel, option, "symbols", typed)
    assert [choice["value"] for choice in offered] == values


async def test_what_is_on_the_list_completes_in_remove(place):
    assert await place.member.autocomplete(place.channel, "watch remove", "symbols", "") == []
    watching(place, "IWM", "STRL")
    offered = await place.member.autocomplete(place.channel, "watch remove", "symbols", "")
    assert [choice["value"] for choice in offered] == ["IWM", "STRL", "all"]


async def test_two_members_lists_are_their_own(place):
    await said(place, "add IWM")
    await place.moderator.send(place.channel, "!watch add STRL")
    assert (watched(place), watched(place, place.moderator.id)) == (("IWM",), ("STRL",))
