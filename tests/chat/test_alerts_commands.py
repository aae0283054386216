from __future__ import annotations

import discord
import pytest

from bot.people import Noun
from bot.questions.parse import QuestionError
from tests.chat.conftest import NOW

REFUSED = "Only members with Manage Server may do that: ask one of them."
MODERATORS_ONLY = {
    "alerts here": {},
    "alerts off": {},
    "alerts list": {},
    "threshold list": {},
    "threshold set": {"signal": "cross", "name": "slow", "value": "150"},
    "threshold reset": {"signal": "cross"},
}
ROUTE_COMMANDS = [f"route {name}" for name in ("add", "edit", "remove", "list", "test", "zone")]


@pytest.mark.parametrize(("command", "options"), MODERATORS_ONLY.items())
async def test_a_member_is_refused_in_both_forms_whatever_the_client_shows(place, command, options):
    await place.member.send(place.channel, f"!{command} {' '.join(options.values())}")
    assert place.last().content == REFUSED

    allow_client_side(place, command.split()[0])
    result = await place.member.slash(place.channel, command, **options)
    assert result.ephemeral
    assert result.response.content == REFUSED
    assert place.behind.routes.kept == {}
    assert place.behind.thresholds.kept == {}


@pytest.mark.parametrize("command", [*MODERATORS_ONLY, "alerts role", "alerts doctor", "setup", *ROUTE_COMMANDS])
async def test_moderators_commands_are_refused_in_a_direct_message(place, command):
    user = place.moderator.user
    await user.send_dm(f"!{command} cross")
    assert user.dm_channel.last_message.content == "That works in a server only, not in a direct message."


async def test_the_owner_and_an_administrator_may_decide(place):
    admins = place.guild.create_role("Admins", permissions=discord.Permissions(administrator=True))
    admin = place.guild.add_member(place.env.create_user("root"), roles=[admins])
    await admin.send(place.channel, "!alerts here")
    result = await admin.slash(place.channel, "alerts off")
    assert "Stored" in result.response.content


async def test_alerts_here_stores_the_route_before_it_says_so(place):
    await place.moderator.send(place.channel, "!alerts here cross rut, iwm, RUT")
    [route] = place.behind.routes.kept.values()
    assert (route.guild_id, route.channel_id, route.signal) == (place.guild.id, place.channel.id, "cross")
    assert route.subjects == ("^RUT", "IWM")
    assert (route.created_by, route.created_at) == (place.moderator.id, NOW)
    assert place.last().content.startswith(f"Stored: <#{place.channel.id}> gets **cross** of ^RUT, IWM.")


async def test_alerts_here_changes_the_symbols_and_leaves_what_somebody_else_stores_meanwhile(place, monkeypatch):
    await place.moderator.send(place.channel, "!alerts here RUT")
    change, key = place.behind.configuration.change, (Noun.ROUTE, f"{place.channel.id} cross")

    async def a_moment_later(**given):
        rows = place.behind.configuration.of(place.guild.id)
        rows[key] = {**rows[key], "importance": 4}
        return await change(**given)

    monkeypatch.setattr(place.behind.configuration, "change", a_moment_later)
    await place.moderator.send(place.channel, "!alerts here IWM")
    row = place.behind.configuration.of(place.guild.id)[key]
    assert (row["subjects"], row["importance"]) == (["IWM"], 4)
    assert place.behind.configuration.changes[-1].action == "alerts here cross"


async def test_alerts_here_refuses_the_kinds_of_channels_that_route_add_refuses(place):
    voice = place.guild.create_voice_channel("talk")
    result = await place.moderator.slash(voice, "alerts here")
    assert "alerts go to text channels and threads" in (result.response or result.followups[0]).content.lower()
    assert place.behind.routes.kept == {}


async def test_alerts_here_after_a_slash_without_words_routes_all_symbols(place):
    result = await place.moderator.slash(place.channel, "alerts here")
    [route] = place.behind.routes.kept.values()
    assert route.subjects == ()
    assert "of all symbols" in result.response.content


async def test_nothing_is_acknowledged_that_could_not_be_stored(place):
    place.behind.defect_expected = True
    place.behind.configuration.broken = OSError("disk full")
    result = await place.moderator.slash(place.channel, "alerts here")
    assert result.response is None
    assert "Something went wrong on my side" in result.followups[0].content
    assert result.followups[0].ephemeral


@pytest.mark.parametrize(
    ("words", "subjects"),
    [
        ("RUT", ("^RUT",)),
        ("RUT IWM", ("^RUT", "IWM")),
        ("rut, iwm", ("^RUT", "IWM")),
        ("RUT,IWM", ("^RUT", "IWM")),
        ("russell 2000", ("^RUT",)),
        ("russell 2000, IWM", ("^RUT", "IWM")),
        ("cross russell 2000", ("^RUT",)),
        ("all", ()),
    ],
)
async def test_symbols_may_be_named_without_a_signal_and_with_their_names(place, words, subjects):
    await place.moderator.send(place.channel, f"!alerts here {words}")
    [route] = place.behind.routes.kept.values()
    assert (route.signal, route.subjects) == ("cross", subjects)


async def test_a_symbol_named_while_prices_are_loading_is_answered_with_just_that(place, monkeypatch):
    def resolve(text):
        raise QuestionError("the prices are still being loaded: try again in a minute")

    monkeypatch.setattr(place.behind.desk, "resolve", resolve)
    await place.moderator.send(place.channel, "!alerts here RUT")
    assert place.last().content == "The prices are still being loaded: try again in a minute."
    assert place.behind.routes.kept == {}


async def test_a_symbol_in_the_signals_place_works_after_a_slash_too(place):
    await place.moderator.slash(place.channel, "alerts here", signal="RUT")
    [route] = place.behind.routes.kept.values()
    assert (route.signal, route.subjects) == ("cross", ("^RUT",))


async def test_alerts_off_with_a_symbol_says_how_to_drop_it_and_ends_nothing(place):
    await place.moderator.send(place.channel, "!alerts here RUT IWM")
    await place.moderator.send(place.channel, "!alerts off RUT")
    assert "name those to keep with `alerts here`" in place.last().content
    assert len(place.behind.routes.kept) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("cros", "did you mean cross?"),
        ("cros RUT", "There is no signal cros: did you mean cross?"),
        ("nope", "Symbol is nope"),
        ("STRLL IWM", "Symbol is STRLL: did you mean STRL?"),
        ("RUT NOPE", "Symbol is NOPE"),
        ("cross NOPE", "Symbol is NOPE"),
        ("cross " + "IWM " * 51, "Name at most 50 symbols"),
    ],
)
async def test_bad_words_after_alerts_here_store_nothing(place, words, said):
    await place.moderator.send(place.channel, f"!alerts here {words}")
    assert said in place.last().content
    assert place.behind.routes.kept == {}


async def test_alerts_here_names_the_permissions_the_bot_lacks_in_the_channel(place):
    channel = place.channel_without("embed_links", "attach_files")
    result = await place.moderator.slash(channel, "alerts here")
    assert result.ephemeral
    assert result.response.content.startswith("I need Embed Links and Attach Files in this channel")
    assert place.behind.routes.kept == {}


async def test_alerts_here_refuses_a_signal_that_raises_no_events(place):
    from signals.catalog import SIGNALS

    silent = [signal.name for signal in SIGNALS if not signal.kinds]
    for name in silent:
        result = await place.moderator.slash(place.channel, "alerts here", signal=name)
        assert "raises no alerts; choose one of: cross" in result.response.content
    assert silent == [] or place.behind.routes.kept == {}


async def test_alerts_off_ends_the_routes_of_this_channel(place):
    await place.moderator.send(place.channel, "!alerts here")
    result = await place.moderator.slash(place.channel, "alerts off", signal="cross")
    assert result.response.content == f"Stored: <#{place.channel.id}> gets no more alerts of cross."
    assert place.behind.routes.kept == {}
    await place.moderator.send(place.channel, "!alerts off")
    assert "No alerts come to this channel" in place.last().content


async def test_the_alerts_of_a_deleted_channel_end_with_it(place):
    doomed = place.guild.create_text_channel("doomed")
    await place.moderator.send(place.channel, "!alerts here")
    await place.moderator.send(doomed, "!alerts here")
    assert len(place.behind.routes.kept) == 2
    await place.env.bot.get_channel(doomed.id).delete()
    await place.env.settle()
    assert [route.channel_id for route in place.behind.routes.kept.values()] == [place.channel.id]


async def test_the_alerts_of_a_deleted_thread_end_with_it(place):
    thread = await place.env.bot.get_channel(place.channel.id).create_thread(
        name="doomed", type=discord.ChannelType.public_thread
    )
    for channel_id in (thread.id, place.channel.id):
        await place.behind.routes.follow(place.guild.id, channel_id)
    await thread.delete()
    await place.env.settle()
    assert [route.channel_id for route in place.behind.routes.kept.values()] == [place.channel.id]


async def test_alerts_list_shows_every_channel_without_pinging_who_set_it(place):
    await place.moderator.send(place.channel, "!alerts list")
    assert "No channel gets alerts yet" in place.last().embeds[0].description
    await place.moderator.send(place.channel, "!alerts here cross iwm")
    result = await place.moderator.slash(place.channel, "alerts list")
    assert result.ephemeral
    line = f"• <#{place.channel.id}> gets **cross** of IWM, set by <@{place.moderator.id}>"
    assert result.response.embeds[0].description == line


async def test_alerts_alone_says_what_may_follow(place):
    await place.moderator.send(place.channel, "!alerts hre")
    assert place.last().content == "Say `alerts here`, `alerts off`, `alerts list`, `alerts role` or `alerts doctor`."


async def test_signals_and_symbols_complete_for_a_moderator(place):
    offered = await place.moderator.autocomplete(place.channel, "alerts here", "signal", "cros")
    assert [choice["value"] for choice in offered] == ["cross"]
    offered = await place.moderator.autocomplete(place.channel, "alerts here", "symbols", "IWM, ster")
    assert [choice["value"] for choice in offered] == ["IWM STRL"]
    await place.moderator.send(place.channel, "!alerts here cross iwm")
    offered = await place.moderator.autocomplete(place.channel, "alerts off", "signal", "")
    assert [choice["name"] for choice in offered] == ["cross: IWM"]


def allow_client_side(place, command: str) -> None:
    """Let everybody see the command, as an admin may do in Discord's own settings."""
    stored = next(
        c
        for c in place.env.backend.visible_commands(user_id=place.moderator.id, channel_id=place.channel.id)
        if c["name"] == command
    )
    place.guild.set_command_permissions(int(stored["id"]), {place.guild.default_role: True})
