"""A server's settings out as a file and in again: the commands, and the buttons below what a file would change."""

from __future__ import annotations

import discord
import pytest

from bot.chat.moderators.config_file import MOST_BYTES
from bot.people import Noun

ROUTE = {"subjects": [], "importance": 1, "role_id": None, "cadence": "instant", "daily_at": None}


def said(result) -> str:
    return (result.followups[0] if result.followups else result.response).content


def rows(place):
    return place.behind.configuration.of(place.guild.id)


def labels(message) -> list[str]:
    """What stands on the buttons of a message, or of an answer's raw one."""
    listed = [row["components"] if isinstance(row, dict) else row.children for row in message.components]
    return [part["label"] if isinstance(part, dict) else part.label for row in listed for part in row]


def refreshed(place, message: discord.Message) -> discord.Message:
    return next(m for m in place.channel.history() if m.id == message.id)


def file_text(place, signal: str = "cross", *, slow: int = 150) -> str:
    return (
        "format = 1\n"
        f"[thresholds.cross]\nslow = {slow}\n"
        f'[[routes]]\nchannel = "{place.channel.id}"\nsignal = "{signal}"\nsubjects = ["iwm", "sector:energy"]\n'
    )


async def imported(place, text: str | bytes, actor=None) -> discord.Message:
    """What the bot answers to a file after a prefix."""
    content = text.encode() if isinstance(text, str) else text
    actor = actor or place.moderator
    await actor.send(place.channel, "!import", attachments=[("smallcap.toml", content)])
    return place.last()


async def test_an_export_hangs_on_the_answer_and_names_channels_and_roles(place):
    role = place.guild.create_role("Crosses")
    rows(place)[Noun.ROUTE, f"{place.channel.id} cross"] = {**ROUTE, "role_id": role.id}
    rows(place)[Noun.GUILD, "moderator_role_id"] = {"value": role.id}
    await place.moderator.send(place.channel, "!threshold set cross slow 150")
    await place.moderator.send(place.channel, "!export")
    [file] = place.last().attachments
    assert file.filename == f"smallcap-{place.guild.id}.toml"
    text = (await file.read()).decode()
    for line in (
        f'channel = "{place.channel.id}"  # #bot',
        f'role = "{role.id}"  # @Crosses',
        f'moderator_role = "{role.id}"  # @Crosses',
        "slow = 150  # 2 to 400 sessions, default 200",
    ):
        assert line in text.split("\n")
    assert place.last().embeds[0].description.startswith("1 route, 1 threshold, 0 silences.")


async def test_an_export_after_a_slash_is_for_the_asker_alone(place):
    result = await place.moderator.slash(place.channel, "export")
    assert result.ephemeral
    assert len(result.response.attachments) == 1


async def test_what_was_exported_makes_no_difference(place):
    rows(place)[Noun.ROUTE, f"{place.channel.id} cross"] = {**ROUTE, "subjects": ["GONE"]}
    await place.moderator.send(place.channel, "!silence cross STRL 3d")
    await place.moderator.send(place.channel, "!export")
    shown = await imported(place, await place.last().attachments[0].read())
    assert shown.embeds[0].description.startswith("No difference: this server is set as the file says.")
    assert labels(shown) == []


async def test_an_import_shows_what_it_changes_and_stores_nothing_yet(place):
    rows(place)[Noun.THRESHOLD, "cross slow"] = {"value": 170}
    rows(place)[Noun.SILENCE, "cross "] = {"until": "2025-08-09T20:30:00+00:00"}
    before = dict(rows(place))
    shown = await imported(place, file_text(place))
    fresh = "of IWM, sector:Energy, importance 1 and above, no ping, at once"
    assert shown.embeds[0].description.splitlines() == [
        "**1 added, 1 changed, 1 removed.** Nothing is stored yet.",
        f"+ alerts of **cross** in <#{place.channel.id}>: new ({fresh})",
        "\N{PLUS-MINUS SIGN} threshold **cross slow**: 170 → **150** sessions",
        "\N{MINUS SIGN} silence of all of **cross**: ended (was until <t:1754771400:f>)",
    ]
    assert labels(shown) == ["Store", "Cancel"]
    assert [file.filename for file in shown.attachments] == [f"smallcap-{place.guild.id}.toml"]
    assert rows(place) == before


async def test_store_makes_one_change_of_it_even_after_a_restart(place):
    rows(place)[Noun.SILENCE, "cross "] = {"until": "2025-08-09T20:30:00+00:00"}
    shown = await imported(place, file_text(place))
    await place.restart()
    await place.moderator.click(shown, label="Store")
    assert rows(place) == {
        (Noun.ROUTE, f"{place.channel.id} cross"): {**ROUTE, "subjects": ["IWM", "sector:Energy"]},
        (Noun.THRESHOLD, "cross slow"): {"value": 150},
    }
    [change] = place.behind.configuration.changes
    assert (change.by, change.action, len(change.edits)) == (place.moderator.id, "import", 3)
    now = refreshed(place, shown)
    assert now.content.startswith("Stored as one change: 2 added, 0 changed, 1 removed.")
    assert (now.embeds, now.components, len(now.attachments)) == ([], [], 1)


async def test_the_slash_form_does_the_same_for_the_asker_alone(place):
    result = await place.moderator.slash(place.channel, "import", file=("x.toml", file_text(place).encode()))
    assert result.ephemeral
    assert labels(result.response) == ["Store", "Cancel"]
    result = await place.moderator.click(result.response, label="Store")
    assert result.response.content.startswith("Stored as one change")
    assert rows(place)[Noun.THRESHOLD, "cross slow"] == {"value": 150}


async def test_cancel_changes_nothing(place):
    shown = await imported(place, file_text(place))
    await place.moderator.click(shown, label="Cancel")
    assert refreshed(place, shown).content == "Nothing was changed."
    assert rows(place) == {}


@pytest.mark.parametrize("label", ["Store", "Cancel"])
async def test_members_may_press_neither_button(place, label):
    shown = await imported(place, file_text(place))
    result = await place.member.click(shown, label=label)
    assert said(result) == "Only members with Manage Server may do that: ask one of them."
    assert rows(place) == {}


@pytest.mark.parametrize("command", ["export", "import"])
async def test_members_may_neither_take_out_nor_bring_in(place, command):
    shown = await imported(place, file_text(place), place.member)
    assert shown.content == "Only members with Manage Server may do that: ask one of them."
    given = {"file": ("x.toml", b"format = 1")} if command == "import" else {}
    result = await place.member.slash(place.channel, command, **given)
    assert result.ephemeral
    assert said(result) == "Only members with Manage Server may do that: ask one of them."


async def test_what_was_changed_meanwhile_is_shown_again_before_it_is_stored(place):
    shown = await imported(place, file_text(place))
    await place.moderator.send(place.channel, "!threshold set cross slow 170")
    await place.moderator.click(shown, label="Store")
    assert rows(place) == {(Noun.THRESHOLD, "cross slow"): {"value": 170}}
    again = refreshed(place, shown)
    assert again.embeds[0].description.startswith("**Not stored yet**: meanwhile something else was changed.")
    assert "170 → **150**" in again.embeds[0].description
    assert len(again.attachments) == 1
    await place.moderator.click(again, label="Store")
    assert rows(place)[Noun.THRESHOLD, "cross slow"] == {"value": 150}


async def test_what_contradicts_a_value_set_at_the_same_moment_is_refused(place, monkeypatch):
    shown = await imported(place, file_text(place, slow=120))
    change = place.behind.configuration.change

    async def overtaken(**given):
        rows(place)[Noun.THRESHOLD, "cross fast"] = {"value": 150}
        return await change(**given)

    monkeypatch.setattr(place.behind.configuration, "change", overtaken)
    result = await place.moderator.click(shown, label="Store")
    assert "must be below slow" in said(result)
    assert rows(place) == {(Noun.THRESHOLD, "cross fast"): {"value": 150}}


async def test_everything_that_is_wrong_is_listed_by_line_and_there_is_no_button(place):
    shown = await imported(place, file_text(place, "crss", slow=1) + "ping = 1\n[more]")
    assert shown.embeds[0].title == "The file cannot be taken: nothing was changed"
    lines = shown.embeds[0].description.splitlines()
    assert lines[0].startswith("• line 9, more: I do not know more: there are format, server")
    assert lines[1].startswith("• line 3, thresholds.cross.slow: slow is 1: must be between 2 and 400")
    assert lines[2].startswith("• line 8, route 1.ping: I do not know ping")
    assert labels(shown) == []


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"# " + b"x" * MOST_BYTES, "A server's file has at most 64 kB."),
        (b"\xff\xfe", "line 1: this is not UTF-8 text"),
        (b"a", "this is not TOML"),
        (b"", "the file must say `format = 1`"),
    ],
)
async def test_a_file_that_is_none_of_ours_is_refused(place, content, line):
    shown = await imported(place, content)
    assert line in shown.content + "".join(embed.description or "" for embed in shown.embeds)
    assert rows(place) == {}


async def test_a_missing_file_is_asked_for_with_an_example(place):
    await place.moderator.send(place.channel, "!import")
    assert place.last().content == ("The file is missing: attach it to the same message. For example: `!import`")


async def test_channels_and_roles_of_another_server_are_named_and_the_rest_can_be_stored(place):
    text = (
        file_text(place) + 'role = "66"\n[[routes]]\nchannel = "55"\nsignal = "cross"\n[server]\nmoderator_role = "77"'
    )
    shown = await imported(place, text)
    [left_out] = shown.embeds[0].fields
    assert left_out.name == "Left out"
    assert left_out.value.splitlines() == [
        "• the moderator role 77, which cannot be chosen in this server: what is set here stays",
        "• the ping of role 66, which alerts cannot ping in this server",
        "• alerts of cross in channel 55, which this server does not have or you cannot see",
    ]
    assert labels(shown) == ["Store without what is left out", "Cancel"]
    await place.moderator.click(shown, label="Store without what is left out")
    assert set(rows(place)) == {(Noun.ROUTE, f"{place.channel.id} cross"), (Noun.THRESHOLD, "cross slow")}


async def test_nobody_is_made_a_moderator_or_pinged_by_the_role_of_everybody(place):
    everybody = place.guild.id
    shown = await imported(place, file_text(place) + f'role = "{everybody}"\n[server]\nmoderator_role = "{everybody}"')
    assert len(shown.embeds[0].fields[0].value.splitlines()) == 2
    await place.moderator.click(shown, label="Store without what is left out")
    assert (Noun.GUILD, "moderator_role_id") not in rows(place)
    assert rows(place)[Noun.ROUTE, f"{place.channel.id} cross"]["role_id"] is None


async def test_alerts_are_not_sent_to_a_channel_that_the_moderator_cannot_see(place):
    hidden = place.guild.create_text_channel(
        "hidden",
        overwrites={place.moderator: discord.PermissionOverwrite(view_channel=False)},
    )
    shown = await imported(place, file_text(place).replace(str(place.channel.id), str(hidden.id)))
    assert f"channel {hidden.id}, which this server does not have or you cannot see" in shown.embeds[0].fields[0].value


def hidden_from(place, *members) -> object:
    shut = {member: discord.PermissionOverwrite(view_channel=False) for member in members}
    return place.guild.create_text_channel("hidden", overwrites=shut)


@pytest.mark.parametrize("is_named", [True, False])
async def test_alerts_of_a_channel_that_the_moderator_cannot_see_stay_as_they_are(place, is_named):
    hidden = hidden_from(place, place.moderator)
    key = (Noun.ROUTE, f"{hidden.id} cross")
    rows(place)[key] = {**ROUTE, "importance": 4}
    named = f'[[routes]]\nchannel = "{hidden.id}"\nsignal = "cross"\nsubjects = ["iwm"]\n' if is_named else ""
    shown = await imported(place, file_text(place) + named)
    [left_out] = shown.embeds[0].fields
    assert left_out.value == f"• alerts of cross in channel {hidden.id}, which you cannot see: what is set stays"
    await place.moderator.click(shown, label="Store without what is left out")
    assert rows(place)[key] == {**ROUTE, "importance": 4}
    assert (Noun.ROUTE, f"{place.channel.id} cross") in rows(place)


async def test_what_a_file_says_of_a_hidden_channel_as_it_is_set_is_no_difference(place):
    hidden = hidden_from(place, place.moderator)
    rows(place)[Noun.ROUTE, f"{hidden.id} cross"] = dict(ROUTE)
    await place.moderator.send(place.channel, "!export")
    exported = await place.last().attachments[0].read()
    shown = await imported(place, exported)
    assert "No difference" in shown.embeds[0].description
    assert not shown.embeds[0].fields


async def test_an_administrator_may_end_the_alerts_of_any_channel(place):
    rows(place)[Noun.ROUTE, "99 cross"] = dict(ROUTE)
    admins = place.guild.create_role("Admins", permissions=discord.Permissions(administrator=True))
    admin = place.guild.add_member(place.env.create_user("root"), roles=[admins])
    shown = await imported(place, file_text(place), admin)
    await admin.click(shown, label="Store")
    assert (Noun.ROUTE, "99 cross") not in rows(place)


@pytest.mark.parametrize("is_standing", [True, False])
async def test_a_role_that_alerts_ping_and_members_take_does_not_come_to_moderate_by_a_file(place, is_standing):
    role = place.guild.create_role("Crosses", permissions=discord.Permissions.none())
    mine = place.env.bot.get_guild(place.guild.id).me.top_role
    mine._permissions |= discord.Permissions(manage_roles=True).value
    mine.position = 50
    key = (Noun.ROUTE, f"{place.channel.id} cross")
    if is_standing:
        rows(place)[key] = {**ROUTE, "role_id": role.id}
    ping = "" if is_standing else f'role = "{role.id}"\n'
    shown = await imported(place, f'{file_text(place)}{ping}[server]\nmoderator_role = "{role.id}"\n')
    [left_out] = shown.embeds[0].fields
    assert left_out.value == (
        f"• the moderator role {role.id}, which alerts ping and members may take by a button: what is set here stays"
    )
    await place.moderator.click(shown, label="Store without what is left out")
    assert (Noun.GUILD, "moderator_role_id") not in rows(place)


async def test_a_channel_in_which_the_bot_lacks_something_is_pointed_out(place):
    strict = place.channel_without("embed_links")
    shown = await imported(place, file_text(place).replace(str(place.channel.id), str(strict.id)))
    [worth] = shown.embeds[0].fields
    assert worth.value == f"• I need Embed Links in <#{strict.id}>: allow it in the channel's settings"
    assert labels(shown) == ["Store", "Cancel"]


async def test_a_prefix_export_without_attach_files_is_refused_with_the_permission(place):
    strict = place.channel_without("attach_files")
    await place.moderator.send(strict, "!export")
    assert strict.last_message.content == (
        "I need Attach Files in this channel: allow it in the channel's settings, then try again."
    )
    result = await place.moderator.slash(strict, "export")
    assert len(result.response.attachments) == 1


async def test_undo_takes_an_import_back_as_a_whole(place):
    rows(place)[Noun.SILENCE, "cross "] = {"until": "2025-08-09T20:30:00+00:00"}
    before = dict(rows(place))
    shown = await imported(place, file_text(place))
    await place.moderator.click(shown, label="Store")
    await place.moderator.send(place.channel, "!undo")
    await place.moderator.click(place.last(), label="Undo")
    assert rows(place) == before


async def pressed(place, custom_id: str, files: list[discord.File]):
    """Press a button below a message of the bot's with these files."""
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label="?", custom_id=custom_id))
    view.stop()
    channel = place.env.bot.get_partial_messageable(place.channel.id)
    message = await channel.send("x", view=view, files=files)
    return message, await place.moderator.click(message, custom_id=custom_id)


async def test_a_button_whose_file_is_gone_says_what_to_do(place):
    _, result = await pressed(place, f"sc:1:import:{'0' * 32}", [])
    assert said(result) == "The file is gone from that message: say `import` again with the file."


@pytest.mark.parametrize("custom_id", ["sc:1:import:", "sc:1:import:xyz", f"sc:1:import:{'0' * 31}", "sc:1:import"])
async def test_a_forged_button_is_refused(place, custom_id):
    _, result = await pressed(place, custom_id, [])
    assert result.ephemeral
    assert said(result) == "That button is not one I know any more: ask again with `/help`."


async def test_a_forged_digest_stores_nothing_and_shows_what_the_file_would_change(place, tmp_path):
    path = tmp_path / "x.toml"
    path.write_text(file_text(place))
    message, _ = await pressed(place, f"sc:1:import:{'0' * 32}", [discord.File(path)])
    assert rows(place) == {}
    assert labels(refreshed(place, message)) == ["Store", "Cancel"]


async def test_a_file_that_cannot_be_taken_any_more_is_refused_when_it_is_stored(place, monkeypatch):
    shown = await imported(place, file_text(place))
    monkeypatch.setattr(place.behind.desk, "groups", dict)
    result = await place.moderator.click(shown, label="Store")
    assert said(result).startswith("Meanwhile the file cannot be taken any more (line 7, route 1.subjects: ")
    assert rows(place) == {}


async def test_an_export_names_no_channel_that_its_reader_does_not_see(place):
    role = place.guild.create_role("Desk")
    rows(place)[Noun.GUILD, "moderator_role_id"] = {"value": role.id}
    shut = {
        place.guild.default_role: discord.PermissionOverwrite(view_channel=False),
        place.moderator: discord.PermissionOverwrite(view_channel=True),
    }
    hidden = place.guild.create_text_channel("merger-talks", overwrites=shut)
    rows(place)[Noun.ROUTE, f"{hidden.id} cross"] = dict(ROUTE)
    helper = place.guild.add_member(place.env.create_user("eve"), roles=[role])
    for reader, is_named in ((helper, False), (place.moderator, True)):
        await reader.send(place.channel, "!export")
        text = (await place.last().attachments[0].read()).decode()
        assert f'channel = "{hidden.id}"' in text
        assert ("merger-talks" in text) is is_named
