"""Who else may moderate is decided by Manage Server alone, whichever way it is tried."""

from __future__ import annotations

import pytest

from bot.people import Edit, Noun
from tests.chat.conftest import NOW

REFUSED = "Only members with Manage Server decide who else may moderate: ask one of them."


@pytest.fixture
async def helper(place):
    """A member who may moderate because a moderator chose their role."""
    role = place.guild.create_role("Desk")
    edit = Edit(Noun.GUILD, "moderator_role_id", {"value": role.id})
    await place.behind.configuration.change(
        guild_id=place.guild.id, by=place.moderator.id, at=NOW, action="setup moderators", edits=[edit]
    )
    return place.guild.add_member(place.env.create_user("eve"), roles=[role])


def role_of(place) -> int:
    return place.behind.configuration.of(place.guild.id)[Noun.GUILD, "moderator_role_id"]["value"]


async def test_by_undo(place, helper):
    before = role_of(place)
    await helper.send(place.channel, "!undo")
    result = await helper.click(place.last(), label="Undo")
    assert result.followups[0].content == REFUSED
    assert role_of(place) == before
    await place.moderator.send(place.channel, "!undo")
    await place.moderator.click(place.last(), label="Undo")
    assert (Noun.GUILD, "moderator_role_id") not in place.behind.configuration.of(place.guild.id)


async def test_by_undo_in_setup(place, helper):
    before = role_of(place)
    await helper.send(place.channel, "!setup")
    result = await helper.click(place.last(), label="Undo last")
    assert result.followups[0].content == REFUSED
    assert role_of(place) == before


async def test_by_the_import_of_a_file(place, helper):
    other = place.guild.create_role("Friends")
    before = role_of(place)
    text = f'format = 1\n[server]\nmoderator_role = "{other.id}"\n'
    await helper.send(place.channel, "!import", attachments=[("smallcap.toml", text.encode())])
    result = await helper.click(place.last(), label="Store")
    assert result.followups[0].content == REFUSED
    assert role_of(place) == before
