"""`route add|edit|remove|list|test|zone`: who gets which alerts, in detail."""

from __future__ import annotations

import re
from datetime import time

import discord
import pytest
from discord import app_commands

from bot.chat.errors import friendly
from bot.people import EXCHANGE_ZONE, Cadence, Noun
from bot.questions.parse import QuestionError
from bot.records import Destination, Route
from signals.catalog import SIGNALS
from tests.chat.conftest import NOW

RAISING = [signal.name for signal in SIGNALS if signal.kinds]

REFUSED = "Only members with Manage Server may do that: ask one of them."
COMMANDS = ["route add", "route edit", "route remove", "route list", "route test", "route zone"]


@pytest.fixture
def crosses(place):
    return place.guild.create_role("Crosses", mentionable=True)


@pytest.fixture
def other(place):
    return place.guild.create_text_channel("small-caps")


def route(place) -> Route:
    [found] = place.behind.routes.kept.values()
    return found


def lost(place, channel_id: int) -> Destination:
    return Destination(channel_id, place.guild.id, is_direct=False, off_since=NOW, reason="lost", is_plain=False)


async def say(place, words: str) -> str:
    await place.moderator.send(place.channel, f"!route {words}")
    return place.last().content


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_member_is_refused_in_both_forms(place, command):
    options = {"name": "UTC"} if command == "route zone" else {}
    await place.member.send(place.channel, f"!{command} {' '.join(options.values())}")
    assert place.last().content == REFUSED
    result = await place.member.slash(place.channel, command, **options)
    assert result.ephemeral
    assert result.response.content == REFUSED
    assert place.behind.configuration.changes == []


async def test_a_route_in_words_is_stored_with_all_it_names_before_it_is_said(place, other, crosses):
    said = await say(place, f"add <#{other.id}> cross RUT IWM importance:4 role:<@&{crosses.id}> daily:18:00")
    found = route(place)
    assert (found.channel_id, found.signal, found.subjects) == (other.id, "cross", ("^RUT", "IWM"))
    assert (found.importance, found.role_id) == (4, crosses.id)
    assert (found.cadence, found.daily_at) == (Cadence.DAILY, time(18, 0))
    assert said == (
        f"Stored: <#{other.id}> gets **cross** of ^RUT, IWM, "
        f"importance 4 and up, daily at 18:00, pinging <@&{crosses.id}>."
    )
    assert [change.action for change in place.behind.configuration.changes] == ["route add cross"]


async def test_the_slash_form_stores_the_same(place, other, crosses):
    result = await place.moderator.slash(
        place.channel,
        "route add",
        channel=other,
        signals="cross",
        subjects="RUT IWM",
        importance=4,
        role=str(crosses.id),
        cadence="daily 18:00",
    )
    assert "importance 4 and up, daily at 18:00" in result.response.content
    found = route(place)
    assert (found.channel_id, found.subjects, found.role_id) == (other.id, ("^RUT", "IWM"), crosses.id)


@pytest.mark.parametrize(
    "words",
    [
        "daily:18:00 importance:4 {channel} RUT role:@Crosses cross IWM",
        "role:crosses daily 18:00 cross subjects:RUT IWM channel:{channel} importance: 4",
        "signals:cross symbols:RUT,IWM in:small-caps importance:4 cadence:daily at:18:00 role:{role}",
        "#small-caps RUT, IWM importance:4 daily {role}",
    ],
)
async def test_the_words_may_come_in_any_order_and_by_their_short_names(place, other, crosses, words):
    if "cadence:daily at" in words:
        words = words.replace("cadence:daily at", "daily")
    await say(place, "add " + words.format(channel=f"<#{other.id}>", role=f"<@&{crosses.id}>"))
    found = route(place)
    assert (found.channel_id, set(found.subjects), found.importance) == (other.id, {"^RUT", "IWM"}, 4)
    assert (found.role_id, found.daily_at) == (crosses.id, time(18, 0))


@pytest.mark.parametrize(
    ("words", "subjects"),
    [
        ("", ()),
        ("cross all", ()),
        ("sector:energy", ("sector:Energy",)),
        ('sector:"Real Estate" IWM', ("sector:Real Estate", "IWM")),
        ("sector:real-estate universe:smallcap", ("sector:Real Estate", "universe:smallcap")),
        ("sector:real estate, RUT", ("sector:Real Estate", "^RUT")),
        ("russell 2000, IWM", ("^RUT", "IWM")),
        ('"russell 2000" IWM', ("^RUT", "IWM")),
    ],
)
async def test_subjects_are_symbols_and_groups_and_may_be_left_out(place, words, subjects):
    await say(place, f"add {words}")
    assert route(place).subjects == subjects
    assert route(place).channel_id == place.channel.id


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("add NOPE", "Symbol is NOPE"),
        ("add cros RUT", "There is no signal cros: did you mean cross?"),
        ("add smallcap", "raises no alerts; choose one of: cross"),
        ("add sector:enrgy", "There is no group sector:enrgy: did you mean sector:Energy?"),
        ("add importance:9", "Importance goes from 1 (everything) to 5"),
        ("add importance:high", "Importance goes from 1 (everything) to 5"),
        ("add importance:3 importance:4", "`importance` is named twice"),
        ("add importnce:3", "I do not know `importnce:` here: there is `channel:`, `signals:`"),
        ("add daily:25:00", "25:00 is no time of day"),
        ("add cadence:hourly", "Hourly is no time of day"),
        ("add role:nobody", "There is no role nobody: mention it, or say `none`"),
        ("add role:@everyone", "Alerts never ping"),
        ("add role:@crosse", "Did you mean crosses?"),
        ("add channel:nowhere", 'Channel "nowhere" not found'),
        ("edit importance:3", "No alerts come to"),
        ("remove", "No alerts come to"),
        ("remove RUT", "There is no signal RUT"),
        ("zone Mars/Olympus", "There is no time zone Mars/Olympus: say it as America/New"),
        ("zone Europe/Berln", "Did you mean Europe/Berlin?"),
        ("zone New York City", "put a name of several words in quotation marks"),
        ("nonsense", "Say `route add`, `route edit`"),
        ("add " + "IWM " * 200, "That is too short or too long"),
    ],
)
async def test_bad_words_are_refused_with_the_way_out_and_store_nothing(place, crosses, words, said):
    answer = await say(place, words)
    assert said.casefold() in answer.replace("\\", "").casefold()
    assert place.behind.configuration.changes == []


async def test_groups_named_while_prices_are_loading_are_answered_with_just_that(place, monkeypatch):
    monkeypatch.setattr(place.behind.desk, "groups", dict)
    assert await say(place, "add sector:energy") == "The prices are still being loaded: try again in a minute."


async def test_symbols_named_while_prices_are_loading_are_answered_with_just_that(place, monkeypatch):
    def resolve(text):
        raise QuestionError("the prices are still being loaded: try again in a minute")

    monkeypatch.setattr(place.behind.desk, "resolve", resolve)
    assert await say(place, "add RUT") == "The prices are still being loaded: try again in a minute."


async def test_several_signals_are_one_change_and_one_undo(place):
    await say(place, "add all")
    [change] = place.behind.configuration.changes
    assert sorted(edit.key for edit in change.edits) == sorted(f"{place.channel.id} {name}" for name in RAISING)


async def test_edit_changes_what_is_named_and_nothing_else(place, crosses):
    await say(place, f"add RUT importance:4 role:<@&{crosses.id}> daily:18:00")
    for words in ("edit importance:2", "edit subjects:IWM", "edit role:none", "edit instant"):
        before = route(place)
        assert (await say(place, words)).startswith("Stored: ")
        after = route(place)
        same = [
            name
            for name in ("subjects", "importance", "role_id", "cadence")
            if getattr(before, name) == getattr(after, name)
        ]
        assert len(same) == 3
    found = route(place)
    assert (found.subjects, found.importance, found.role_id, found.daily_at) == (("IWM",), 2, None, None)
    await say(place, "edit cross all")
    assert route(place).subjects == ()


async def test_edit_without_anything_to_change_says_what_may_be_named(place):
    await say(place, "add")
    assert "Say what to change: `subjects:`" in await say(place, "edit")


async def test_alerts_here_keeps_importance_role_and_hour_of_a_route(place, crosses):
    await say(place, f"add RUT importance:4 role:<@&{crosses.id}> daily:7")
    await place.moderator.send(place.channel, "!alerts here cross IWM")
    found = route(place)
    assert (found.subjects, found.importance, found.role_id, found.daily_at) == (("IWM",), 4, crosses.id, time(7))


async def test_remove_ends_the_routes_of_the_channel_that_is_named(place, other):
    await say(place, f"add <#{other.id}>")
    await say(place, "add")
    result = await place.moderator.slash(place.channel, "route remove", channel=other, signals="cross")
    assert result.response.content == f"Stored: <#{other.id}> gets no more alerts of cross."
    assert route(place).channel_id == place.channel.id


async def test_a_thread_may_be_routed(place):
    thread = await place.env.bot.get_channel(place.channel.id).create_thread(
        name="crosses", type=discord.ChannelType.public_thread
    )
    await say(place, f"add <#{thread.id}>")
    assert route(place).channel_id == thread.id


async def test_a_channel_in_which_the_bot_may_not_post_is_refused_with_what_is_missing(place):
    strict = place.channel_without("embed_links", "attach_files")
    said = await say(place, f"add <#{strict.id}>")
    assert said.startswith(f"I need Embed Links and Attach Files in <#{strict.id}>: allow it")
    assert place.behind.configuration.changes == []


async def test_a_channel_that_the_moderator_cannot_see_is_refused(place):
    hidden = place.guild.create_text_channel(
        "hidden", overwrites={place.guild.default_role: discord.PermissionOverwrite(view_channel=False)}
    )
    for command in ("add", "edit importance:3", "remove", "test"):
        await say(place, f"{command} channel:{hidden.id}")
        assert place.last().content == "You cannot see that channel: choose one that you can."


async def test_a_role_of_an_integration_is_refused(place, crosses):
    place.env.backend.get_guild(place.guild.id)
    role = place.env.bot.get_guild(place.guild.id).get_role(crosses.id)
    role.managed = True
    assert "belongs to a bot or an integration" in await say(place, f"add role:{crosses.id}")


async def test_a_role_that_nobody_may_mention_is_stored_with_a_caution(place):
    quiet = place.guild.create_role("Quiet", mentionable=False)
    here = place.channel_without("mention_everyone")
    said = await say(place, f"add <#{here.id}> role:<@&{quiet.id}>")
    assert route(place).role_id == quiet.id
    assert f"<@&{quiet.id}> cannot be pinged: in the role's settings allow anyone to mention it." in said


async def test_nothing_is_said_to_be_stored_that_is_not(place):
    place.behind.defect_expected = True
    place.behind.configuration.broken = OSError("disk full")
    assert "Something went wrong on my side" in await say(place, "add")
    assert place.behind.routes.kept == {}


async def test_a_switched_off_channel_is_taken_for_sound_again_by_routing_it(place):
    place.behind.destinations.kept.append(lost(place, place.channel.id))
    await say(place, "add")
    assert place.behind.destinations.kept == []


async def test_the_zone_of_daily_messages_is_stored_as_iana_calls_it(place):
    assert await say(place, "zone europe/berlin") == (
        "Stored: daily messages of this server follow the clock of **Europe/Berlin**."
    )
    assert place.behind.configuration.of(place.guild.id)[Noun.GUILD, "time_zone"] == {"value": "Europe/Berlin"}
    result = await place.moderator.slash(place.channel, "route zone", name="America/New York")
    assert "**America/New_York**" in result.response.content


async def test_list_shows_routes_channel_by_channel_with_all_their_sides(place, other, crosses):
    await say(place, f"add <#{other.id}> IWM importance:4 daily:18:00 role:<@&{crosses.id}>")
    await say(place, "add sector:energy")
    result = await place.moderator.slash(place.channel, "route list")
    assert result.ephemeral
    shown = result.response.embeds[0]
    assert shown.description == (
        f"**<#{other.id}>**\n• **cross** of IWM, importance 4 and up, daily at 18:00, pinging <@&{crosses.id}>, "
        f"set by <@{place.moderator.id}>\n\n"
        f"**<#{place.channel.id}>**\n• **cross** of the sector Energy, set by <@{place.moderator.id}>"
    )
    assert shown.footer.text == f"daily hours are in {EXCHANGE_ZONE} time"
    await say(place, "list")
    assert place.last().embeds[0].description == shown.description
    assert place.last().raw_role_mentions == []


def crowd(place, count: int) -> None:
    for number in range(count):
        channel = 10**18 + number
        subjects = tuple(f"SYMB{n:02}" for n in range(50))
        place.behind.routes.given[channel, "cross"] = Route(1, place.guild.id, channel, "cross", subjects, 1, NOW)


async def test_many_routes_are_paged_and_every_channel_stands_on_one_page(place):
    crowd(place, 60)
    place.behind.destinations.kept.append(lost(place, 10**18))
    result = await place.moderator.slash(place.channel, "route list")
    seen: list[str] = []
    for page in range(100):
        shown = result.response.embeds[0]
        assert shown.description.startswith("**Switched off**\n✗") is (page == 0)
        seen += re.findall(r"\*\*<#(\d+)>\*\*", shown.description)
        if not [b for row in result.response.components for b in row["components"] if b["label"] == "More"]:
            break
        result = await place.moderator.click(result.response, label="More")
    assert seen == [str(10**18 + number) for number in range(60)]
    result = await place.moderator.click(result.response, label="Back")
    assert f"page {page} of {page + 1}" in result.response.embeds[0].footer.text


async def test_pages_turn_for_moderators_alone_and_after_a_restart(place):
    crowd(place, 60)
    await say(place, "list")
    shown = place.last()
    result = await place.member.click(shown, label="More")
    assert result.response.content == REFUSED
    await place.restart()
    await place.moderator.click(shown, label="More")
    assert place.last().embeds[0].footer.text.startswith("page 2 of")


async def test_options_complete_with_what_there_is(place, other, crosses):
    complete = place.moderator.autocomplete
    assert [c["value"] for c in await complete(place.channel, "route add", "signals", "")] == [*RAISING, "all"]
    names = [c["value"] for c in await complete(place.channel, "route add", "subjects", "IWM ene")]
    assert names == ["IWM sector:Energy"]
    assert "sector:Real-Estate" in [
        c["value"] for c in await complete(place.channel, "route add", "subjects", "sector:")
    ]
    roles = [c["name"] for c in await complete(place.channel, "route edit", "role", "")]
    assert "@Crosses" in roles
    assert "@everyone" not in roles
    assert roles[-1] == "none: no ping"
    hours = [c["value"] for c in await complete(place.channel, "route add", "cadence", "daily 6:30")]
    assert hours[0] == "daily 06:30"
    assert "instant" in [c["value"] for c in await complete(place.channel, "route add", "cadence", "")]
    await say(place, f"add <#{other.id}>")
    assert [c["value"] for c in await complete(place.channel, "route edit", "signals", "cros", channel=other)] == [
        "cross"
    ]
    assert [c["value"] for c in await complete(place.channel, "route remove", "signals", "cros")] == []
    zones = [c["value"] for c in await complete(place.channel, "route zone", "name", "berl")]
    assert zones == ["Europe/Berlin"]
    assert len(await complete(place.channel, "route zone", "name", "")) == 10


async def test_without_message_content_no_prefix_is_mentioned(place):
    result = await place.moderator.slash(place.channel, "route list")
    assert "!" not in result.response.embeds[0].description


def test_what_discord_offered_and_nobody_finds_any_more_is_answered_in_a_friendly_line():
    class Place(app_commands.Transformer):
        pass

    error = app_commands.TransformerError("99", discord.AppCommandOptionType.channel, Place())
    assert friendly(error) == "I cannot find what you chose: choose it again, or something else."
