from __future__ import annotations

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from unittest.mock import AsyncMock

import discord
import pytest

from bot.chat.errors import Refusal
from bot.chat.face import Pressing
from bot.chat.pace import Rate
from bot.chat.panels.market import redraw
from bot.chat.press import Action, parse_press, press
from bot.chat.views import alert_components, cross_view, view_of
from tests.chat.conftest import an_event


@pytest.fixture
async def shown(place):
    """A cross of IWM, asked for by the member."""
    await place.member.send(place.channel, "!cross iwm")
    return place.last()


def primary(message: discord.Message) -> list[str | None]:
    buttons = [button for row in message.components for button in row.children]
    return [button.label for button in buttons if button.style is discord.ButtonStyle.primary]


def refreshed(place, message: discord.Message) -> discord.Message:
    return next(m for m in place.channel.history() if m.id == message.id)


async def test_a_period_button_changes_the_message_in_place_for_anyone(place, shown):
    assert primary(shown) == ["1 year"]
    await place.moderator.click(shown, label="5 years")
    now = refreshed(place, shown)
    assert now.embeds[0].description == "shown over 5y"
    assert now.attachments[0].description == "IWM over 5y"
    assert len(now.attachments) == 1
    assert primary(now) == ["5 years"]
    assert place.channel.last_message.id == shown.id


async def test_refresh_keeps_the_period_and_asks_again(place, shown):
    await place.member.click(shown, label="All")
    await place.member.click(refreshed(place, shown), label="Refresh")
    assert place.behind.desk.asked[-1] == ("cross", "IWM", "all", place.guild.id)
    assert primary(refreshed(place, shown)) == ["All"]


async def test_evidence_is_shown_to_the_presser_alone(place, shown):
    result = await place.moderator.click(shown, label="Evidence")
    assert result.ephemeral
    assert result.response.embeds[0].title == "IWM after golden_cross"
    assert refreshed(place, shown).embeds[0].title == "IWM cross"


async def test_evidence_below_a_death_cross_is_of_death_crosses(place):
    place.behind.desk.tone = "death"
    await place.member.slash(place.channel, "cross", symbol="iwm")
    result = await place.member.click(place.last(), label="Evidence")
    assert result.response.embeds[0].title == "IWM after death_cross"


async def test_buttons_of_messages_from_before_a_restart_still_work(place, shown):
    await place.restart()
    await place.member.click(refreshed(place, shown), label="6 months")
    assert refreshed(place, shown).embeds[0].description == "shown over 6m"
    result = await place.member.click(refreshed(place, shown), label="Evidence")
    assert result.ephemeral


async def test_buttons_work_with_message_content_switched_off(place, shown):
    await place.restart(message_content=False)
    await place.member.click(refreshed(place, shown), label="6 months")
    assert refreshed(place, shown).embeds[0].description == "shown over 6m"


async def test_buttons_work_in_a_direct_message(place):
    user = place.member.user
    await user.send_dm("!cross iwm")
    shown = user.dm_channel.last_message
    await user.click(shown, label="5 years")
    assert user.dm_channel.last_message.embeds[0].description == "shown over 5y"


@pytest.mark.parametrize(
    "custom_id",
    [
        "sc:1:chart:6m:NOPE",
        "sc:1:chart:2y:IWM",
        "sc:1:evidence:DROP TABLE:IWM",
        "sc:1:format:6m:IWM",
        "sc:0:chart:6m:IWM",
        "sc:",
        "somebody else's",
    ],
)
async def test_a_forged_or_stale_button_is_refused_politely_to_the_presser_alone(place, custom_id):
    result = await place.member.click(await forged(place, custom_id), custom_id=custom_id)
    assert result.ephemeral
    assert "any more: ask again" in result.response.content or "Symbol is NOPE" in result.response.content
    assert place.behind.desk.asked == []


async def test_a_symbol_that_is_gone_by_the_time_of_the_press_is_refused(place, shown):
    from tests.chat import conftest

    conftest.KNOWN.pop("IWM")
    try:
        result = await place.member.click(shown, label="5 years")
    finally:
        conftest.KNOWN["IWM"] = "iShares Russell 2000"
    assert result.ephemeral
    assert result.response.content.startswith("Symbol is IWM")


async def test_a_failure_behind_a_button_tells_the_presser_an_id_and_leaves_the_message(place, shown):
    place.behind.defect_expected = True
    place.behind.desk.broken = RuntimeError("secret detail")
    result = await place.member.click(shown, label="5 years")
    told = result.followups[0]
    assert told.ephemeral
    assert "Something went wrong on my side (id `" in told.content
    assert "secret" not in told.content
    assert refreshed(place, shown).embeds[0].description == "shown over 1y"


async def test_a_missing_picture_on_a_press_is_said_and_the_old_one_taken_away(place, shown):
    place.behind.pictures.is_broken = True
    await place.member.click(shown, label="5 years")
    now = refreshed(place, shown)
    assert now.attachments == []
    assert "picture could not be drawn" in now.content
    place.behind.pictures.is_broken = False
    await place.member.click(now, label="1 year")
    assert refreshed(place, shown).content == ""


async def test_pressing_below_a_message_that_is_deleted_meanwhile_is_answered_in_one_line(place, shown, monkeypatch):
    draw = place.behind.pictures.png

    async def png(chart):
        await place.env.bot.get_partial_messageable(place.channel.id).get_partial_message(shown.id).delete()
        return await draw(chart)

    monkeypatch.setattr(place.behind.pictures, "png", png)
    result = await place.member.click(shown, label="5 years")
    assert [told.ephemeral for told in result.followups] == [True]
    assert "what it was about is gone: ask again" in result.followups[0].content


async def test_of_two_presses_the_later_decides_even_if_its_picture_is_ready_first(place, monkeypatch):
    drawn = {"5y": asyncio.Event(), "all": asyncio.Event()}

    class Pictures:
        async def png(self, chart):
            await drawn[chart.data["period"]].wait()
            return b"png"

    client = place.env.bot
    monkeypatch.setattr(client, "ports", replace(client.ports, pictures=Pictures()))
    edits: list[str] = []

    def pressed(number: int) -> SimpleNamespace:
        async def edit(*, embed, **_):
            edits.append(embed.description)

        response, message = SimpleNamespace(defer=AsyncMock()), SimpleNamespace(id=7)
        return SimpleNamespace(
            id=number, message=message, guild_id=1, client=client, response=response, edit_original_response=edit
        )

    presses = [press(Action.CHART, period, "IWM") for period in ("5y", "all")]
    tasks = [asyncio.create_task(redraw(Pressing(pressed(n), says, client))) for n, says in enumerate(presses)]
    for period in ("all", "5y"):
        await asyncio.sleep(0)
        drawn[period].set()
        await tasks[("5y", "all").index(period)]
    assert edits == ["shown over all"]
    assert client.drawing == {}


async def test_a_button_pressed_twice_leaves_one_picture_of_what_it_says(place, shown):
    for _ in range(2):
        await place.member.click(shown, label="5 years")
    now = refreshed(place, shown)
    assert len(now.attachments) == 1
    assert primary(now) == ["5 years"]
    assert len(place.channel.history()) == 2


@pytest.mark.parametrize("chat_options", [{"user_rate": Rate(2, 30.0)}])
async def test_presses_count_towards_the_members_pace(place, shown):
    await place.member.click(shown, label="5 years")
    result = await place.member.click(shown, label="All")
    assert result.ephemeral
    assert "Not so fast: try again in" in result.response.content


async def test_the_buttons_of_an_alert_answer_the_presser_alone_and_leave_the_alert(place):
    view = view_of(alert_components(an_event("^RUT", "death_cross")))
    channel = place.env.bot.get_partial_messageable(place.channel.id)
    await channel.send("an alert", view=view)
    alert = place.last()
    result = await place.member.click(alert, label="Evidence")
    assert result.ephemeral
    assert result.response.embeds[0].title == "^RUT after death_cross"
    result = await place.member.click(alert, label="Where it stands now")
    assert result.ephemeral
    assert result.response.embeds[0].title == "^RUT cross"
    assert refreshed(place, alert).content == "an alert"
    await place.member.click(result.response, label="5 years")
    assert place.behind.desk.asked[-1] == ("cross", "^RUT", "5y", place.guild.id)


def test_what_a_button_says_reads_back_the_same():
    for says in (press(Action.CHART, "6m", "^RUT"), press(Action.EVIDENCE, "golden_cross", "RTY=F:x")):
        assert parse_press(says.custom_id) == says


def test_the_longest_press_fits_discord():
    assert len(press(Action.EVIDENCE, "e" * 40, "S" * 40).custom_id) <= 100


async def test_every_button_is_persistent_and_unique():
    view = cross_view("^RUT", "6m")
    assert view.is_persistent()
    ids = [item.custom_id for item in view.children]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("custom_id", ["", "sc:1", "sc:1:chart:6m:", "sc:1:chart:6m:" + "X" * 41, "sc:1:chart:6m:a b"])
def test_nonsense_is_no_press(custom_id):
    with pytest.raises(Refusal):
        parse_press(custom_id)


async def forged(place, custom_id: str) -> discord.Message:
    """A message of the bot's with a button that no code of ours makes."""
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label="?", custom_id=custom_id))
    view.stop()
    await place.env.bot.get_partial_messageable(place.channel.id).send("x", view=view)
    return place.last()
