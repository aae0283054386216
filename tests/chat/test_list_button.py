"""The "Show all" button below a long alert: every event, a page at a time, to the presser alone."""

from __future__ import annotations

from datetime import date

import discord
import pytest

from bot.cards.embed import DESCRIPTION
from bot.chat.lists import A_PAGE, list_page
from bot.chat.pace import Rate
from bot.chat.press import Action, parse_press, press
from bot.chat.views import BelowAlerts, list_view, view_of
from bot.records import StoredEvent
from signals.types import Event
from tests.chat.conftest import NOW, FakeDesk

ROW = 7


def told(count: int, kind: str = "golden_cross") -> list[StoredEvent]:
    values = {"close": 12.5, "gap_pct": 0.1, "flat_sessions": 4}
    return [
        StoredEvent(number, Event("cross", kind, f"S{number:03d}", date(2025, 8, 6), 1, {}, values), NOW)
        for number in range(count)
    ]


async def posted(place, channel_id: int, count: int = 45) -> discord.Message:
    """A long alert in the channel, and what it tells of."""
    place.behind.told.kept[ROW, channel_id] = told(count)
    return await below(place, channel_id, ROW)


async def below(place, channel_id: int, row: int) -> discord.Message:
    channel = place.env.bot.get_partial_messageable(channel_id)
    return await channel.send("45 events", view=view_of(BelowAlerts().of_list(row)))


def lines(result) -> list[str]:
    return result.response.embeds[0].description.split("\n")


def foot(result) -> str:
    return result.response.embeds[0].footer.text.partition(" · ")[0]


def labels(result) -> list[str]:
    return [button["label"] for row in result.response.components for button in row["components"]]


async def test_show_all_shows_the_first_page_to_the_presser_alone_and_leaves_the_alert(place):
    alert = await posted(place, place.channel.id)
    for presser in (place.member, place.moderator):
        result = await presser.click(alert, label="Show all")
        assert result.ephemeral
        assert result.response.embeds[0].title == "All 45 events of this message"
        assert len(lines(result)) == A_PAGE
        assert lines(result)[0] == "▲ **S000** golden cross, 6 Aug 2025: close 12.50, gap +0.10%"
        assert (foot(result), labels(result)) == ("page 1 of 3", ["More"])
    assert place.last().content == "45 events"


async def test_more_and_back_turn_the_pages_in_place(place):
    result = await place.member.click(await posted(place, place.channel.id), label="Show all")
    first = result.response.id
    result = await place.member.click(result.response, label="More")
    assert (foot(result), labels(result)) == ("page 2 of 3", ["Back", "More"])
    result = await place.member.click(result.response, label="More")
    assert (foot(result), labels(result)) == ("page 3 of 3", ["Back"])
    assert [line[4:8] for line in lines(result)] == ["S040", "S041", "S042", "S043", "S044"]
    result = await place.member.click(result.response, label="Back")
    assert (foot(result), labels(result)) == ("page 2 of 3", ["Back", "More"])
    assert result.response.id == first


async def test_a_list_that_fits_one_page_has_no_buttons(place):
    result = await place.member.click(await posted(place, place.channel.id, A_PAGE), label="Show all")
    assert len(lines(result)) == A_PAGE
    assert labels(result) == []
    assert "page" not in result.response.embeds[0].footer.text


async def test_a_page_beyond_the_end_shows_the_last_and_the_way_back(place):
    await posted(place, place.channel.id)
    result = await pressed(place, "sc:1:list:999:7")
    assert (foot(result), labels(result)) == ("page 3 of 3", ["Back"])
    result = await place.member.click(result.response, label="Back")
    assert foot(result) == "page 2 of 3"


async def test_in_a_direct_message_the_members_own_list_is_shown(place):
    user = place.member.user
    alert = await posted(place, user.dm_channel.id)
    place.behind.told.kept = {(ROW, user.id): told(21)}
    result = await user.click(alert, label="Show all")
    assert foot(result) == "page 1 of 2"
    result = await user.click(result.response, label="More")
    assert lines(result) == ["▲ **S020** golden cross, 6 Aug 2025: close 12.50, gap +0.10%"]


async def test_in_a_thread_the_threads_list_is_shown(place):
    parent = place.env.bot.get_channel(place.channel.id)
    thread = await parent.create_thread(name="t", type=discord.ChannelType.public_thread)
    result = await place.member.click(await posted(place, thread.id), label="Show all")
    assert foot(result) == "page 1 of 3"


@pytest.mark.parametrize("row", ["8", "0", "9" * 18])
async def test_a_message_of_another_channel_or_none_at_all_is_refused_politely(place, row):
    other = place.guild.create_text_channel("other")
    place.behind.told.kept[8, other.id] = told(45)
    result = await pressed(place, f"sc:1:list:0:{row}")
    [line] = result.followups
    assert line.ephemeral
    assert line.content == "The list of that message is not kept any more."


async def test_another_members_list_is_not_shown_in_a_direct_message(place):
    place.behind.told.kept[ROW, place.moderator.user.id] = told(45)
    user = place.member.user
    result = await user.click(await below(place, user.dm_channel.id, ROW), label="Show all")
    assert result.followups[0].content == "The list of that message is not kept any more."


async def test_a_list_that_is_gone_between_two_pages_is_said_and_the_page_stays(place):
    result = await place.member.click(await posted(place, place.channel.id), label="Show all")
    shown = result.response
    place.behind.told.kept.clear()
    result = await place.member.click(shown, label="More")
    assert result.followups[0].content == "The list of that message is not kept any more."
    assert result.followups[0].ephemeral
    assert shown.embeds[0].footer.text.startswith("page 1 of 3")


@pytest.mark.parametrize(
    "custom_id",
    [
        "sc:1:list:-1:7",
        "sc:1:list:1000:7",
        "sc:1:list::7",
        "sc:1:list:0:",
        "sc:1:list:0:7 OR 1=1",
        "sc:1:list:0:-7",
        "sc:1:list:0:7:7",
        "sc:1:list:0:" + "9" * 19,
        "sc:1:list:\u0663:7",
        "sc:1:list:0:\u0667",
        "sc:1:list:1e2:7",
        "sc:1:list:@everyone:<@1>",
        "sc:2:list:0:7",
    ],
)
async def test_a_forged_list_button_is_refused_to_the_presser_alone_and_nothing_is_looked_up(place, custom_id):
    await posted(place, place.channel.id)
    result = await pressed(place, custom_id)
    assert result.ephemeral
    assert result.response.content == "That button is not one I know any more: ask again with `/help`."


async def test_show_all_still_works_after_a_restart_without_message_content(place):
    alert = await posted(place, place.channel.id)
    await place.restart(message_content=False)
    result = await place.member.click(alert, label="Show all")
    assert foot(result) == "page 1 of 3"


@pytest.mark.parametrize("chat_options", [{"user_rate": Rate(1, 30.0)}])
async def test_turning_pages_counts_towards_the_members_pace(place):
    result = await place.member.click(await posted(place, place.channel.id), label="Show all")
    result = await place.member.click(result.response, label="More")
    assert result.ephemeral
    assert "Not so fast: try again in" in result.response.content


async def test_a_failure_to_look_the_list_up_tells_the_presser_an_id(place, monkeypatch):
    place.behind.defect_expected = True

    async def fail(*_args: object) -> None:
        raise OSError("secret detail")

    monkeypatch.setattr(place.behind.told, "told_in", fail)
    result = await place.member.click(await below(place, place.channel.id, ROW), label="Show all")
    assert "Something went wrong on my side (id `" in result.followups[0].content
    assert result.followups[0].ephemeral


def test_the_most_important_come_first_as_in_the_message():
    mixed = [*told(2, "confirmed"), *told(1, "golden_cross"), *told(1, "failed")]
    card, _, _ = list_page(mixed, 0, FakeDesk())
    assert [line[0] for line in card.text.split("\n")] == ["▲", "✗", "✓", "✓"]


def test_the_longest_and_most_hostile_names_leave_every_line_of_a_page_in_place_and_harmless(monkeypatch):
    desk = FakeDesk()
    monkeypatch.setattr(
        desk, "name_of", lambda _symbol, _signal: "@everyone **[x](https://b.example)** " + "long " * 100
    )
    card, _, _ = list_page(told(A_PAGE, "approaching_golden"), 0, desk)
    assert len(card.text) <= DESCRIPTION
    assert len(card.text.split("\n")) == A_PAGE
    assert "@everyone" not in card.text
    assert "://" not in card.text


def test_a_single_event_is_not_called_all_events():
    card, at, pages = list_page(told(1), 5, FakeDesk())
    assert (card.title, at, pages) == ("The event of this message", 0, 1)


@pytest.mark.parametrize(("page", "said"), [(0, ["More"]), (1, ["Back", "More"]), (2, ["Back"])])
async def test_the_buttons_of_a_page_lead_to_its_neighbours(page, said):
    view = list_view(ROW, page, 3)
    assert view.is_persistent()
    assert [item.label for item in view.children] == said
    targets = [parse_press(item.custom_id).arguments[0] for item in view.children]
    assert targets == [str(page + step) for step in (-1, 1) if 0 <= page + step < 3]


def test_a_list_press_of_the_largest_numbers_reads_back_the_same():
    says = press(Action.LIST, "999", "9" * 18)
    assert parse_press(says.custom_id) == says
    assert len(says.custom_id) <= 100


async def pressed(place, custom_id: str):
    """Press a button that nobody of ours has posted."""
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label="?", custom_id=custom_id))
    view.stop()
    message = await place.env.bot.get_partial_messageable(place.channel.id).send("x", view=view)
    return await place.member.click(message, custom_id=custom_id)
