"""`why` and `whynot`: who may ask about which message, and how the answer is shown."""

from __future__ import annotations

from datetime import date

import discord
import pytest

from bot.chat.views import alert_components, view_of
from bot.records import StoredEvent
from signals.types import Event
from tests.chat.conftest import NOW, an_event

UNKNOWN = "I know of no alert of mine there that you could read: copy an alert's link from its menu."


def told(*kinds: str, subject: str = "STRL") -> list[StoredEvent]:
    return [
        StoredEvent(number, Event("cross", kind, f"{subject}{number or ''}", date(2025, 8, 6), 1, {}, {}), NOW)
        for number, kind in enumerate(kinds)
    ]


async def alert_in(place, channel_id: int, events) -> discord.Message:
    """An alert in a channel, and what the bot remembers of it."""
    channel = place.env.bot.get_partial_messageable(channel_id)
    message = await channel.send("an alert", view=view_of(alert_components(an_event("STRL"))))
    place.behind.inquest.told_in[channel_id, message.id] = events
    return message


def link(place, channel_id: int, message_id: int, *, host: str = "discord.com", guild: object = None) -> str:
    return f"https://{host}/channels/{guild or place.guild.id}/{channel_id}/{message_id}"


def channel_without(place, permission: str):
    """A channel in which the member lacks a permission that everybody else has."""
    denied = discord.PermissionOverwrite(**{permission: False})
    return place.guild.create_text_channel("secret", overwrites={place.member: denied})


async def asked(place, words: str, channel=None) -> discord.Message:
    await place.member.send(channel or place.channel, f"!why {words}")
    return (channel or place.channel).last_message


@pytest.mark.parametrize("host", ["discord.com", "canary.discord.com", "ptb.discord.com", "discordapp.com"])
async def test_a_link_is_answered_in_both_forms(place, host):
    alert = await alert_in(place, place.channel.id, told("golden_cross"))
    address = link(place, place.channel.id, alert.id, host=host)
    assert (await asked(place, f"<{address}>")).embeds[0].title == "Why: STRL"
    result = await place.member.slash(place.channel, "why", alert=address)
    assert result.ephemeral
    assert result.response.embeds[0].title == "Why: STRL"
    assert result.response.components == []


async def test_a_number_is_a_message_of_the_present_channel(place):
    alert = await alert_in(place, place.channel.id, told("golden_cross"))
    assert (await asked(place, str(alert.id))).embeds[0].title == "Why: STRL"
    other = place.guild.create_text_channel("other")
    assert (await asked(place, str(alert.id), other)).content == UNKNOWN


async def test_replying_to_the_alert_is_enough(place):
    alert = await alert_in(place, place.channel.id, told("golden_cross"))
    await place.member.send(place.channel, "!why", reply_to=alert)
    assert place.last().embeds[0].title == "Why: STRL"


async def test_without_anything_it_asks_which_and_words_are_no_link(place):
    assert "Which alert? Copy its link" in (await asked(place, "")).content
    result = await place.member.slash(place.channel, "why")
    assert result.response.content.startswith("Which alert?")
    assert "That is no link to a message" in (await asked(place, "the last one")).content
    assert "That is no link" in (await asked(place, f"https://b.example/channels/1/2/{'3' * 18}")).content


@pytest.mark.parametrize("number", ["1", "9" * 18, "9" * 20])
async def test_a_message_that_told_of_nothing_is_unknown(place, number):
    assert (await asked(place, number)).content == UNKNOWN
    assert (await asked(place, link(place, place.channel.id, int(number)))).content == UNKNOWN


@pytest.mark.parametrize("hidden", ["view_channel", "read_message_history"])
async def test_what_the_asker_may_not_read_is_as_unknown_as_what_is_not_there(place, hidden):
    secret = channel_without(place, hidden)
    alert = await alert_in(place, secret.id, told("golden_cross"))
    address = link(place, secret.id, alert.id)
    assert (await asked(place, address)).content == UNKNOWN
    result = await place.member.slash(place.channel, "why", alert=address)
    assert result.followups[0].content == UNKNOWN
    assert result.followups[0].ephemeral
    assert place.behind.inquest.asked == []


async def test_who_may_read_the_channel_is_answered_from_elsewhere(place):
    secret = channel_without(place, "view_channel")
    alert = await alert_in(place, secret.id, told("golden_cross"))
    await place.moderator.send(place.channel, f"!why {link(place, secret.id, alert.id)}")
    assert place.last().embeds[0].title == "Why: STRL"


async def test_another_servers_alert_is_unknown_even_to_its_member_and_under_a_false_server(place):
    other = place.env.create_guild()
    there = other.create_text_channel("there")
    other.add_member(place.member.user)
    alert = await alert_in(place, there.id, told("golden_cross"))
    assert (await asked(place, link(place, there.id, alert.id, guild=other.id))).content == UNKNOWN
    assert (await asked(place, link(place, there.id, alert.id))).content == UNKNOWN
    result = await place.member.user.slash("why", alert=link(place, there.id, alert.id, guild=other.id))
    assert result.response.content == UNKNOWN


async def test_a_channel_that_is_gone_is_unknown(place):
    place.behind.inquest.told_in[77, 78] = told("golden_cross")
    assert (await asked(place, link(place, 77, 78))).content == UNKNOWN


async def test_direct_messages_are_explained_to_their_owner_alone(place):
    user = place.member.user
    await user.send_dm("hello")
    mine = f"https://discord.com/channels/@me/{user.dm_channel.id}/55"
    place.behind.inquest.told_in[user.id, 55] = told("golden_cross")
    for words in (mine, "55"):
        await user.send_dm(f"why {words}")
        assert user.dm_channel.last_message.embeds[0].title == "Why: STRL"
    assert (await place.member.slash(place.channel, "why", alert=mine)).response.embeds[0].title == "Why: STRL"
    await place.moderator.send(place.channel, f"!why {mine}")
    assert place.last().content == UNKNOWN


async def test_a_private_threads_alert_is_explained_to_those_in_it(place):
    parent = place.env.bot.get_channel(place.channel.id)
    thread = await parent.create_thread(name="t", type=discord.ChannelType.private_thread)
    alert = await alert_in(place, thread.id, told("golden_cross"))
    address = link(place, thread.id, alert.id)
    assert (await asked(place, address)).content == UNKNOWN
    await thread.add_user(discord.Object(place.member.id))
    assert (await asked(place, address)).embeds[0].title == "Why: STRL"


async def test_a_public_threads_alert_is_explained_to_who_may_read_its_channel(place):
    parent = place.env.bot.get_channel(place.channel.id)
    thread = await parent.create_thread(name="t", type=discord.ChannelType.public_thread)
    alert = await alert_in(place, thread.id, told("golden_cross"))
    assert (await asked(place, link(place, thread.id, alert.id))).embeds[0].title == "Why: STRL"
    await thread.edit(archived=True)
    assert place.env.bot.get_guild(place.guild.id).get_thread(thread.id) is None
    assert (await asked(place, link(place, thread.id, alert.id))).embeds[0].title == "Why: STRL"


def select_of(components) -> dict:
    return components[0]["components"][0]


async def test_of_several_events_the_weightiest_is_shown_and_the_others_can_be_chosen(place):
    alert = await alert_in(place, place.channel.id, told("confirmed", "golden_cross"))
    result = await place.member.slash(place.channel, "why", alert=str(alert.id))
    assert result.response.embeds[0].title == "Why: STRL1"
    select = select_of(result.response.components)
    assert [(o["label"], o.get("default", False)) for o in select["options"]] == [
        ("STRL1: Golden cross", True),
        ("STRL: Cross confirmed", False),
    ]
    result = await place.member.select(result.response, ["0"])
    assert result.response.embeds[0].title == "Why: STRL"


async def test_more_events_than_a_select_holds_are_paged(place):
    alert = await alert_in(place, place.channel.id, told(*["golden_cross"] * 60))
    result = await place.member.slash(place.channel, "why", alert=str(alert.id))
    result = await place.member.click(result.response, label="More")
    assert result.response.embeds[0].title == "Why: STRL25"
    result = await place.member.click(result.response, label="More")
    options = [o["value"] for o in select_of(result.response.components)["options"]]
    assert options == [str(number) for number in range(50, 60)]
    result = await place.member.select(result.response, ["59"])
    assert result.response.embeds[0].title == "Why: STRL59"
    labels = [b["label"] for b in result.response.components[1]["components"]]
    assert labels == ["Back"]


async def test_the_button_below_an_alert_explains_it_to_the_presser_alone_even_after_a_restart(place):
    alert = await alert_in(place, place.channel.id, told("golden_cross"))
    for _ in range(2):
        result = await place.member.click(alert, label="Why?")
        assert result.ephemeral
        assert result.response.embeds[0].title == "Why: STRL"
        await place.restart(message_content=False)


async def test_the_button_works_in_a_direct_message_and_on_the_members_own_alone(place):
    user = place.member.user
    await user.send_dm("hello")
    alert = await alert_in(place, user.dm_channel.id, [])
    result = await user.click(alert, label="Why?")
    assert "not kept any more" in result.followups[0].content
    place.behind.inquest.told_in[user.id, alert.id] = told("golden_cross")
    result = await user.click(alert, label="Why?")
    assert result.response.embeds[0].title == "Why: STRL"


async def test_the_button_below_a_message_that_is_not_kept_says_so(place):
    alert = await alert_in(place, place.channel.id, [])
    result = await place.member.click(alert, label="Why?")
    assert result.followups[0].content == "What that message rested on is not kept any more."


async def test_a_select_of_somebody_else_and_an_event_of_another_message_are_refused(place):
    alert = await alert_in(place, place.channel.id, told("golden_cross", "confirmed"))
    await place.member.send(place.channel, f"!why {alert.id}")
    shown = place.last()
    result = await place.moderator.select(shown, ["1"])
    assert result.response.content == "That belongs to somebody else: ask for your own."
    place.behind.inquest.told_in[place.channel.id, alert.id] = told("golden_cross")
    result = await place.member.select(shown, ["1"])
    assert result.followups[0].content == "That event is none of this message's: choose another."


async def test_a_forged_choice_of_a_channel_that_the_presser_may_not_read_is_unknown(place):
    secret = channel_without(place, "view_channel")
    alert = await alert_in(place, secret.id, told("golden_cross", "confirmed"))
    for custom_id in (
        f"sc:1:why_of:{place.member.id}:0:{secret.id}:{alert.id}",
        f"sc:1:why_of:{place.member.id}:0:{place.moderator.id}:{alert.id}",
    ):
        assert (await pressed(place, custom_id)).followups[0].content == UNKNOWN
    assert place.behind.inquest.asked == []


@pytest.mark.parametrize("tail", ["0:1", "0:1:x", "-1:1:1", f"0:1:{'9' * 19}", "0:1:1:1", "1000:1:1"])
async def test_a_forged_choice_that_is_none_is_refused(place, tail):
    result = await pressed(place, f"sc:1:why_of:{place.member.id}:{tail}")
    assert "not one I know any more" in result.response.content


async def pressed(place, custom_id: str):
    return await place.member.click(await place.with_button(custom_id), label="?")


async def test_whynot_is_answered_in_both_forms_for_the_asker_and_the_channel(place):
    await place.member.send(place.channel, "!whynot strl cross")
    assert place.last().embeds[0].title == "Why not: STRL"
    result = await place.member.slash(place.channel, "whynot", symbol="russell 2000")
    assert result.ephemeral
    who = (place.member.id, place.guild.id, place.channel.id)
    assert place.behind.inquest.asked == [("STRL", "cross", *who), ("^RUT", "cross", *who)]


@pytest.mark.parametrize("words", ["russell 2000", "russell 2000 cross", '"russell 2000" cross'])
async def test_whynot_takes_names_of_several_words_and_the_signal_last(place, words):
    await place.member.send(place.channel, f"!whynot {words}")
    assert place.behind.inquest.asked[0][:2] == ("^RUT", "cross")


async def test_whynot_refuses_unknown_symbols_signals_and_those_without_alerts(place):
    await place.member.send(place.channel, "!whynot IMW")
    assert "did you mean IWM?" in place.last().content
    await place.member.send(place.channel, "!whynot")
    assert "`symbol` is missing" in place.last().content
    result = await place.member.slash(place.channel, "whynot", symbol="IWM", signal="corss")
    assert "There is no signal corss: did you mean cross?" in result.response.content
    result = await place.member.slash(place.channel, "whynot", symbol="IWM", signal="smallcap")
    assert "raises no alerts" in result.response.content
    assert place.behind.inquest.asked == []


async def test_whynot_works_in_a_direct_message(place):
    await place.member.user.send_dm("whynot IWM")
    assert place.behind.inquest.asked[0][:4] == ("IWM", "cross", place.member.id, None)


async def test_symbols_and_signals_complete_in_whynot(place):
    offered = await place.member.autocomplete(place.channel, "whynot", "symbol", "iw")
    assert [choice["value"] for choice in offered] == ["IWM"]
    offered = await place.member.autocomplete(place.channel, "whynot", "signal", "cros")
    assert [choice["value"] for choice in offered] == ["cross"]
