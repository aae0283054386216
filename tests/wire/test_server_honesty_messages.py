"""What the loopback Discord lets be said, by whom and where, held to what Discord publishes by a plain client."""

from __future__ import annotations

import pytest

from tests.wire.shapes import ALERTS, ATTACH, BOT_CHANNEL, EMBED, EVERYONE, HISTORY, MEMBER, SEND, VIEW
from tests.wire.world import World


@pytest.fixture
def unhurried(server):
    """Let a test send as much as it likes."""
    server.limits.buckets.clear()
    server.limits.global_per_s = None
    return server


def field(name: str = "n", value: str = "v") -> dict:
    return {"name": name, "value": value}


def button(n: int = 0, **more) -> dict:
    return {"type": 2, "style": 1, "label": "Why?", "custom_id": f"b-{n}", **more}


def rows(count: int, width: int = 1) -> list[dict]:
    return [{"type": 1, "components": [button(r * width + c) for c in range(width)]} for r in range(count)]


def sized(total: int) -> list[dict]:
    return [{"description": "d" * 3000}, {"description": "d" * (total - 3000)}]


# Discord docs, Message Resource: Create Message (content, nonce, embeds, attachments), Embed Limits;
# Components: Action Row, Button, custom_id. Each row: just inside, just outside, where the error stands.
LIMITS = {
    "content 2000": ({"content": "x" * 2000}, {"content": "x" * 2001}, "content"),
    "nonce 25": ({"nonce": "n" * 25}, {"nonce": "n" * 26}, "nonce"),
    "10 embeds": ({"embeds": [{"title": "t"}] * 10}, {"embeds": [{"title": "t"}] * 11}, "embeds"),
    "title 256": ({"embeds": [{"title": "t" * 256}]}, {"embeds": [{"title": "t" * 257}]}, "embeds.0.title"),
    "title but for blanks": (
        {"embeds": [{"title": " " + "t" * 256 + "  "}]},
        {"embeds": [{"title": " " + "t" * 257 + "  "}]},
        "embeds.0.title",
    ),
    "description 4096": (
        {"embeds": [{"description": "d" * 4096}]},
        {"embeds": [{"description": "d" * 4097}]},
        "embeds.0.description",
    ),
    "25 fields": (
        {"embeds": [{"fields": [field()] * 25}]},
        {"embeds": [{"fields": [field()] * 26}]},
        "embeds.0.fields",
    ),
    "field name 256": (
        {"embeds": [{"fields": [field("n" * 256)]}]},
        {"embeds": [{"fields": [field("n" * 257)]}]},
        "embeds.0.fields.0.name",
    ),
    "field name given": (
        {"embeds": [{"fields": [field("n")]}]},
        {"embeds": [{"fields": [field("")]}]},
        "embeds.0.fields.0.name",
    ),
    "field value 1024": (
        {"embeds": [{"fields": [field(value="v" * 1024)]}]},
        {"embeds": [{"fields": [field(value="v" * 1025)]}]},
        "embeds.0.fields.0.value",
    ),
    "field value given": (
        {"embeds": [{"fields": [field(value="\u200b")]}]},
        {"embeds": [{"fields": [field(), field(value=" ")]}]},
        "embeds.0.fields.1.value",
    ),
    "footer 2048": (
        {"embeds": [{"footer": {"text": "f" * 2048}}]},
        {"embeds": [{"footer": {"text": "f" * 2049}}]},
        "embeds.0.footer.text",
    ),
    "author 256": (
        {"embeds": [{"author": {"name": "a" * 256}}]},
        {"embeds": [{"author": {"name": "a" * 257}}]},
        "embeds.0.author.name",
    ),
    "6000 in all embeds": ({"embeds": sized(6000)}, {"embeds": sized(6001)}, "embeds"),
    "5 rows": ({"components": rows(5)}, {"components": rows(6)}, "components"),
    "5 buttons a row": ({"components": rows(1, 5)}, {"components": rows(1, 6)}, "components.0.components"),
    "custom_id 100": (
        {"components": [{"type": 1, "components": [button(custom_id="c" * 100)]}]},
        {"components": [{"type": 1, "components": [button(custom_id="c" * 101)]}]},
        "components.0.components.0.custom_id",
    ),
    "custom_id once": (
        {"components": [{"type": 1, "components": [button(1), button(2)]}]},
        {"components": [{"type": 1, "components": [button(1), button(1)]}]},
        "components.0.components.1.custom_id",
    ),
    "label 80": (
        {"components": [{"type": 1, "components": [button(label="l" * 80)]}]},
        {"components": [{"type": 1, "components": [button(label="l" * 81)]}]},
        "components.0.components.0.label",
    ),
}


@pytest.mark.parametrize(("inside", "outside", "where"), LIMITS.values(), ids=LIMITS.keys())
async def test_what_just_fits_is_stored_and_one_more_is_refused_where_it_stands(
    unhurried, caller, inside, outside, where
):
    assert (await caller.create(ALERTS, **inside)).status == 200
    refused = await caller.create(ALERTS, **outside)
    assert (refused.status, refused.code, refused.body["message"]) == (400, 50035, "Invalid Form Body")
    found = refused.body["errors"]
    for step in where.split("."):
        found = found[step]
    assert found["_errors"][0]["code"]
    assert len(unhurried.messages) == 1


async def test_ten_files_are_stored_and_eleven_refused(unhurried, caller):
    # Discord docs, Create Message: attachments
    assert (await caller.attach(ALERTS, 10)).status == 200
    assert len(unhurried.messages[0].files) == 10
    assert (await caller.attach(ALERTS, 11)).code == 50035


@pytest.mark.parametrize("payload", [{}, {"content": "  \n"}, {"embeds": []}, {"embeds": [{}]}])
async def test_a_message_without_anything_is_refused(unhurried, caller, payload):
    # Discord docs, Create Message: at least one of content, embeds, sticker_ids, components, files, poll; code 50006
    refused = await caller.create(ALERTS, **{"content": None, **payload})
    assert (refused.status, refused.code) == (400, 50006)


async def test_a_reply_needs_its_message_unless_told_otherwise(unhurried, caller):
    # Discord docs, Message Reference Structure: fail_if_not_exists is true by default
    known = (await caller.create(ALERTS)).body["id"]
    reply = await caller.create(ALERTS, message_reference={"message_id": known})
    assert (reply.status, reply.body["type"]) == (200, 19)
    for reference in ({"message_id": "1"}, {"message_id": "1", "fail_if_not_exists": True}):
        refused = await caller.create(ALERTS, message_reference=reference)
        assert refused.body["errors"]["message_reference"]["_errors"][0]["code"] == "REPLIES_UNKNOWN_MESSAGE"
    lenient = await caller.create(ALERTS, message_reference={"message_id": "1", "fail_if_not_exists": False})
    assert (lenient.status, lenient.body["type"]) == (200, 0)
    assert (await caller.create(BOT_CHANNEL, message_reference={"message_id": known})).code == 50035


async def test_what_is_no_json_is_refused(unhurried, caller):
    # Discord docs, JSON Error Codes: 50109
    refused = await caller.ask("POST", f"/channels/{ALERTS}/messages", data=b"{")
    assert (refused.status, refused.code) == (400, 50109)


# Discord docs, Create Message and Permissions; JSON Error Codes 10003, 50001, 50007, 50013

REFERENCE = {"message_reference": {"message_id": "1", "fail_if_not_exists": False}}
DENIED = {
    "view": (EVERYONE & ~VIEW, {}, 50001),
    "send": (EVERYONE & ~SEND, {}, 50013),
    "embed": (EVERYONE & ~EMBED, {"embeds": [{"title": "t"}]}, 50013),
    "history": (EVERYONE & ~HISTORY, REFERENCE, 50013),
}


@pytest.mark.parametrize(("permissions", "payload", "code"), DENIED.values(), ids=DENIED.keys())
async def test_a_missing_permission_is_told_by_its_code(unhurried, caller, permissions, payload, code):
    assert (await caller.create(ALERTS, **payload)).status == 200
    unhurried.world.channels[ALERTS].permissions = permissions
    refused = await caller.create(ALERTS, **payload)
    assert (refused.status, refused.code) == (403, code)


async def test_files_need_attach_files_and_words_do_not(unhurried, caller):
    unhurried.world.channels[ALERTS].permissions = EVERYONE & ~ATTACH & ~EMBED
    assert (await caller.attach(ALERTS)).code == 50013
    assert (await caller.create(ALERTS)).status == 200


async def test_an_unknown_channel_a_deleted_one_and_a_guild_that_was_left(unhurried, caller):
    assert ((gone := await caller.create(1)).status, gone.code) == (404, 10003)
    unhurried.world.channels[ALERTS].exists = False
    assert (await caller.create(ALERTS)).code == 10003
    guild = unhurried.world.guilds[unhurried.world.channels[BOT_CHANNEL].guild_id]
    assert (await caller.ask("GET", f"/guilds/{guild.id}")).body["owner_id"] == str(guild.owner_id)
    guild.bot_is_member = False
    for path in (f"/guilds/{guild.id}", f"/channels/{BOT_CHANNEL}"):
        assert ((left := await caller.ask("GET", path)).status, left.code) == (403, 50001)
    assert ((left := await caller.create(BOT_CHANNEL)).status, left.code) == (403, 50001)
    assert (await caller.ask("GET", "/guilds/1")).code == 10004


async def test_direct_messages_have_one_channel_a_person_who_may_refuse_them(unhurried, caller):
    # Discord docs, Create DM: returns the existing channel; JSON Error Codes 50007
    opened = [
        (await caller.ask("POST", "/users/@me/channels", json={"recipient_id": str(MEMBER)})).body for _ in range(2)
    ]
    assert opened[0] == opened[1]
    assert (opened[0]["type"], opened[0]["recipients"][0]["id"]) == (1, str(MEMBER))
    assert (await caller.create(int(opened[0]["id"]))).status == 200
    unhurried.world.refuses_direct.add(MEMBER)
    assert ((refused := await caller.create(int(opened[0]["id"]))).status, refused.code) == (403, 50007)


async def test_history_is_newest_first_and_pages_by_id(unhurried, caller):
    # Discord docs, Get Channel Messages: before, after, around, limit 1-100 (50 by default)
    ids = [(await caller.create(ALERTS, str(n))).body["id"] for n in range(110)]

    async def page(**query) -> list[str]:
        return [message["id"] for message in (await caller.history(ALERTS, **query)).body]

    assert await page() == ids[:-51:-1]
    assert await page(limit=100) == ids[:9:-1]
    assert await page(before=ids[10], limit=3) == ids[9:6:-1]
    assert await page(after=ids[10], limit=3) == ids[13:10:-1]
    assert await page(around=ids[10], limit=3) == ids[11:8:-1]
    assert await page(after=ids[-1]) == []
    for limit in (0, 101, "many"):
        assert (await caller.history(ALERTS, limit=limit)).code == 50035


async def test_history_needs_view_channel_and_is_empty_without_read_message_history(unhurried, caller):
    # Discord docs, Get Channel Messages
    await caller.create(ALERTS)
    unhurried.world.channels[ALERTS].permissions = EVERYONE & ~HISTORY
    assert (await caller.history(ALERTS)).body == []
    unhurried.world.channels[ALERTS].permissions = EVERYONE & ~VIEW
    assert ((refused := await caller.history(ALERTS)).status, refused.code) == (403, 50001)


async def test_only_own_messages_are_edited(unhurried, caller):
    # Discord docs, Edit Message; JSON Error Codes 10008, 50005
    own = (await caller.create(ALERTS)).body["id"]
    path = f"/channels/{ALERTS}/messages"
    assert (await caller.ask("PATCH", f"{path}/{own}", json={"content": "new"})).body["content"] == "new"
    assert (await caller.ask("PATCH", f"{path}/{own}", json={"content": "x" * 2001})).code == 50035
    assert (await caller.ask("PATCH", f"{path}/1", json={"content": "new"})).code == 10008
    await unhurried.say(ALERTS, MEMBER, "mine")
    other = unhurried.posted(ALERTS)[-1].id
    assert (await caller.ask("PATCH", f"{path}/{other}", json={"content": "new"})).code == 50005
    assert (await caller.ask("GET", f"{path}/{own}")).body["content"] == "new"


def test_a_world_of_thousands_is_built_at_once():
    world = World.build(guilds=1000, channels=5)
    assert (len(world.guilds), len(world.channels)) == (1000, 5000)
    assert all(guild.system_channel_id == guild.channels[0].id for guild in world.guilds.values())
