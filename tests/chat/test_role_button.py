"""`alerts role`: members take the role that alerts ping by a button, and give it back."""

from __future__ import annotations

import discord
import pytest

from bot.chat.press import Action, press
from bot.people import Edit, Noun
from tests.chat.conftest import NOW
from tests.chat.test_chat_buttons import forged

REFUSED = "Only members with Manage Server may do that: ask one of them."
BUTTON = "Get pinged / Stop"


def guild_of(place) -> discord.Guild:
    return place.env.bot.get_guild(place.guild.id)


def roles_of(place, actor) -> set[str]:
    member = place.env.backend.get_guild(place.guild.id).members[actor.id]
    return {place.env.backend.get_guild(place.guild.id).roles[role].name for role in member.role_ids}


def forbid_roles(place) -> None:
    """Take Manage Roles from the bot."""
    role = guild_of(place).me.top_role
    role._permissions &= ~discord.Permissions(manage_roles=True).value


async def posted(place) -> discord.Message:
    """The message with the button, below which the bot says what it has stored."""
    await place.moderator.send(place.channel, "!alerts here")
    result = await place.moderator.slash(place.channel, "alerts role")
    assert result.ephemeral
    return place.last()


async def refusal(place, words: str = "") -> str:
    await place.moderator.send(place.channel, f"!alerts role {words}".strip())
    return place.last().content


@pytest.mark.parametrize("form", ["prefix", "slash"])
async def test_a_member_is_refused(place, form):
    if form == "prefix":
        await place.member.send(place.channel, "!alerts role")
        assert place.last().content == REFUSED
    else:
        result = await place.member.slash(place.channel, "alerts role")
        assert result.ephemeral
        assert result.response.content == REFUSED


async def test_without_a_role_one_is_made_that_allows_nothing_and_may_be_pinged(place):
    await place.moderator.send(place.channel, "!alerts here")
    result = await place.moderator.slash(place.channel, "alerts role")
    [role] = [role for role in guild_of(place).roles if role.name == "Cross alerts"]
    assert role.permissions == discord.Permissions.none()
    assert role.mentionable
    [route] = place.behind.routes.kept.values()
    assert route.role_id == role.id
    assert result.response.content == f"Stored: alerts of cross in this channel ping <@&{role.id}>."
    assert place.behind.configuration.changes[-1].action == "alerts role cross"
    message = place.last()
    assert message.embeds[0].title == "Want to be pinged?"
    assert message.raw_role_mentions == []


async def test_said_again_it_uses_the_same_role(place):
    await posted(place)
    await place.moderator.slash(place.channel, "alerts role")
    await place.moderator.send(place.channel, "!alerts off")
    await posted(place)
    assert [role.name for role in guild_of(place).roles].count("Cross alerts") == 1


@pytest.mark.parametrize("words", ["<@&{0}>", "cross role:<@&{0}>", "role:Watchers signals:cross", "role:{0}"])
async def test_the_prefix_form_takes_a_role_by_mention_number_or_name(place, words):
    role = place.guild.create_role("Watchers", mentionable=True)
    await place.moderator.send(place.channel, "!alerts here")
    assert f"ping <@&{role.id}>" in await refusal(place, words.format(role.id))
    [route] = place.behind.routes.kept.values()
    assert route.role_id == role.id
    assert "Cross alerts" not in [role.name for role in guild_of(place).roles]


async def test_the_button_gives_the_role_and_takes_it_back_and_tells_the_presser_alone(place):
    message = await posted(place)
    result = await place.member.click(message, label=BUTTON)
    assert result.ephemeral
    assert result.response.embeds[0].title == "You will be pinged"
    assert roles_of(place, place.member) == {"Cross alerts"}
    result = await place.member.click(message, label=BUTTON)
    assert result.ephemeral
    assert result.response.embeds[0].title == "You will not be pinged any more"
    assert roles_of(place, place.member) == set()


async def test_the_button_still_works_after_a_restart(place):
    message = await posted(place)
    await place.restart()
    await place.member.click(message, label=BUTTON)
    assert roles_of(place, place.member) == {"Cross alerts"}


async def test_of_a_role_that_no_route_pings_any_more_the_button_gives_nothing(place):
    message = await posted(place)
    await place.moderator.send(place.channel, "!route edit role:none")
    result = await place.member.click(message, label=BUTTON)
    assert "any more: ask a moderator to say `alerts role` again" in result.followups[0].content
    assert result.followups[0].ephemeral
    assert roles_of(place, place.member) == set()


async def test_a_forged_button_gives_no_role_that_is_not_a_routes(place):
    await posted(place)
    power = place.guild.create_role("Staff", permissions=discord.Permissions(administrator=True))
    for role_id in (power.id, place.guild.id, 99):
        custom_id = press(Action.TAKE, role_id).custom_id
        result = await place.member.click(await forged(place, custom_id), custom_id=custom_id)
        assert result.followups[0].ephemeral
    assert roles_of(place, place.member) == set()


async def test_a_role_that_became_powerful_meanwhile_is_given_to_nobody(place):
    message = await posted(place)
    [role] = [role for role in guild_of(place).roles if role.name == "Cross alerts"]
    await role.edit(permissions=discord.Permissions(kick_members=True))
    result = await place.member.click(message, label=BUTTON)
    assert "allows more than everybody may (Kick Members)" in result.followups[0].content
    assert roles_of(place, place.member) == set()


async def test_a_role_that_is_gone_is_said_to_be(place):
    message = await posted(place)
    [role] = [role for role in guild_of(place).roles if role.name == "Cross alerts"]
    await role.delete()
    result = await place.member.click(message, label=BUTTON)
    assert result.followups[0].content == "That role is gone: ask a moderator to say `alerts role` again."


async def test_what_discord_forbids_is_told_to_the_presser(place):
    message = await posted(place)
    place.env.inject_error("PUT", "/guilds/*/members/*/roles/*", status=403, code=50013)
    result = await place.member.click(message, label=BUTTON)
    assert "Discord does not let me give" in result.followups[0].content


async def test_a_role_with_any_power_is_refused_and_nothing_is_stored(place):
    await place.moderator.send(place.channel, "!alerts here")
    role = place.guild.create_role("Staff", permissions=discord.Permissions(manage_messages=True, kick_members=True))
    said = await refusal(place, f"<@&{role.id}>")
    assert said.startswith(f"<@&{role.id}> allows more than everybody may (")
    assert [route.role_id for route in place.behind.routes.kept.values()] == [None]


async def test_a_role_that_opens_a_channel_is_refused(place):
    await place.moderator.send(place.channel, "!alerts here")
    role = place.guild.create_role("Insiders", mentionable=True)
    secret = place.guild.create_text_channel(
        "secret",
        overwrites={
            place.guild.default_role: discord.PermissionOverwrite(view_channel=False),
            role: discord.PermissionOverwrite(view_channel=True),
        },
    )
    assert await refusal(place, f"<@&{role.id}>") == (
        f"<@&{role.id}> opens <#{secret.id}> to whoever has it: choose a role that allows nothing."
    )


async def test_a_role_above_the_bots_own_is_refused_with_the_way_to_mend_it(place):
    await place.moderator.send(place.channel, "!alerts here")
    role = place.guild.create_role("High", mentionable=True)
    guild_of(place).get_role(role.id).position = 99
    assert "stands above my own role: drag mine above it" in await refusal(place, f"<@&{role.id}>")


async def test_a_role_of_an_integration_and_everybodys_are_refused(place):
    await place.moderator.send(place.channel, "!alerts here")
    mine = guild_of(place).me.top_role
    for role_id in (mine.id, place.guild.id):
        assert "choose a role of your own" in await refusal(place, f"role:{role_id}")


async def test_without_manage_roles_it_says_how_to_allow_it(place):
    await place.moderator.send(place.channel, "!alerts here")
    forbid_roles(place)
    assert (await refusal(place)).startswith("I need Manage Roles in this server")
    assert "Cross alerts" not in [role.name for role in guild_of(place).roles]


async def test_where_no_alerts_come_there_is_nothing_to_be_pinged_for(place):
    assert f"No alerts come to <#{place.channel.id}>" in await refusal(place)


@pytest.mark.parametrize(("words", "said"), [("role:nobody", "not found"), ("nonsense", "There is no signal nonsense")])
async def test_bad_words_are_refused(place, words, said):
    await place.moderator.send(place.channel, "!alerts here")
    assert said in await refusal(place, words)


async def test_a_role_that_cannot_be_stored_is_not_offered(place):
    await place.moderator.send(place.channel, "!alerts here")
    place.behind.defect_expected = True
    place.behind.configuration.broken = OSError("disk full")
    assert "Something went wrong on my side" in await refusal(place)
    assert [message for message in place.channel.history() if message.components] == []


async def test_signals_complete_with_those_of_this_channel(place):
    await place.moderator.send(place.channel, "!alerts here cross iwm")
    offered = await place.moderator.autocomplete(place.channel, "alerts role", "signals", "")
    assert [choice["name"] for choice in offered] == ["cross: IWM"]


async def moderates(place, role) -> None:
    """Let the role moderate the bot."""
    edit = Edit(Noun.GUILD, "moderator_role_id", {"value": role.id})
    await place.behind.configuration.change(
        guild_id=place.guild.id, by=place.moderator.id, at=NOW, action="setup moderators", edits=[edit]
    )


async def test_nobody_makes_themselves_a_moderator_of_the_bot_by_the_button(place):
    message = await posted(place)
    [role] = [role for role in guild_of(place).roles if role.name == "Cross alerts"]
    await moderates(place, role)
    result = await place.member.click(message, label=BUTTON)
    assert f"whoever has <@&{role.id}> may moderate this bot" in result.followups[0].content
    assert roles_of(place, place.member) == set()


async def test_no_button_is_posted_for_the_role_that_moderates_the_bot(place):
    role = place.guild.create_role("Desk", mentionable=True)
    await moderates(place, role)
    await place.moderator.send(place.channel, "!alerts here")
    line = await refusal(place, f"role:{role.id}")
    assert line == f"Whoever has <@&{role.id}> may moderate this bot: choose a role that allows nothing."
