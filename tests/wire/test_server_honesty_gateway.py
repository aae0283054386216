"""The loopback Discord's gateway, held frame by frame to what Discord publishes by a plain WebSocket."""

from __future__ import annotations

import pytest
from aiohttp import WSServerHandshakeError

from tests.wire.shapes import ALERTS, GUILD, MEMBER, TOKEN
from tests.wire.world import World, guild_create_json

GUILDS, GUILD_MESSAGES, PRESENCES = 1 << 0, 1 << 9, 1 << 8


async def test_hello_then_acknowledged_heartbeats_before_and_after_identify(caller):
    # Discord docs, Gateway: Sending Heartbeats
    line = await caller.line()
    await line.say(1)
    assert (await line.hear())["op"] == 11
    await line.identify()
    await line.say(1, 1)
    assert (await line.hear())["op"] == 11


async def test_ready_names_the_guilds_and_a_session_of_its_own_and_guilds_follow(server, caller):
    # Discord docs, Gateway Events: Ready; Guild Create
    line = await caller.line()
    ready = await line.identify(intents=GUILDS)
    assert ready["guilds"] == [{"id": str(GUILD), "unavailable": True}]
    assert ready["resume_gateway_url"].startswith("wss://")
    told = await line.hear()
    assert (told["t"], told["s"], told["d"]["id"]) == ("GUILD_CREATE", 2, str(GUILD))
    assert [channel["name"] for channel in told["d"]["channels"]] == ["alerts", "bot"]
    other = await (await caller.line()).identify()
    assert other["session_id"] != ready["session_id"]
    assert server.identifies == len(server.gateway.identify_instants) == 2


async def test_events_come_to_those_whose_intents_ask_for_them(server, caller):
    # Discord docs, Gateway: Gateway Intents
    deaf, hearing = await caller.line(), await caller.line()
    await deaf.identify()
    await hearing.identify(intents=GUILD_MESSAGES)
    await server.say(ALERTS, MEMBER, "hello")
    assert (await hearing.hear())["d"]["content"] == "hello"
    assert await deaf.hear_nothing()


async def test_own_messages_are_echoed_when_told_to(server, caller):
    # Discord docs, Gateway Events: Message Create
    server.echoes = True
    line = await caller.line()
    await line.identify(intents=GUILD_MESSAGES)
    await caller.create(ALERTS, nonce="n-1")
    told = await line.hear()
    assert (told["t"], told["d"]["nonce"], told["d"]["guild_id"]) == ("MESSAGE_CREATE", "n-1", str(GUILD))


async def test_a_resume_replays_exactly_what_was_missed_and_then_says_so(server, caller):
    # Discord docs, Gateway: Resuming
    line = await caller.line()
    session = (await line.identify(intents=GUILD_MESSAGES))["session_id"]
    for word in ("one", "two"):
        await server.say(ALERTS, MEMBER, word)
    assert [(await line.hear())["s"] for _ in range(2)] == [2, 3]
    await server.drop(4000)
    assert await line.close_code() == 4000
    for word in ("three", "four"):
        await server.say(ALERTS, MEMBER, word)

    again = await caller.line()
    await again.resume(session, 2)
    heard = [await again.hear() for _ in range(4)]
    assert [(frame["s"], frame["t"]) for frame in heard] == [
        (3, "MESSAGE_CREATE"),
        (4, "MESSAGE_CREATE"),
        (5, "MESSAGE_CREATE"),
        (6, "RESUMED"),
    ]
    assert [frame["d"]["content"] for frame in heard[:3]] == ["two", "three", "four"]
    await server.say(ALERTS, MEMBER, "five")
    assert (await again.hear())["s"] == 7
    assert (server.identifies, server.resumes) == (1, 1)


@pytest.mark.parametrize("seen", [2, -1, None])
async def test_a_resume_from_where_the_session_never_was_is_refused(server, caller, seen):
    # Discord docs, Gateway Events: Invalid Session
    line = await caller.line()
    session = (await line.identify())["session_id"]
    again = await caller.line()
    await again.resume(session, seen)
    assert ((said := await again.hear())["op"], said["d"]) == (9, False)
    assert (server.resumes, server.gateway.refused_resumes) == (0, 1)


async def test_a_resume_of_an_unknown_session_is_refused_and_the_same_line_may_identify(caller):
    # Discord docs, Gateway: Resuming
    line = await caller.line()
    await line.resume("unknown", 1)
    assert ((said := await line.hear())["op"], said["d"]) == (9, False)
    await line.identify()


@pytest.mark.parametrize(("code", "lives"), [(1000, False), (1001, False), (4000, True)])
async def test_a_client_that_closes_with_1000_or_1001_ends_its_session(server, caller, code, lives):
    # Discord docs, Gateway: Initiating a Disconnect
    line = await caller.line()
    session = (await line.identify())["session_id"]
    await line.close(code)
    await server.until(lambda: not server.gateway.connections, "the line is gone")
    again = await caller.line()
    await again.resume(session, 1)
    assert ((await again.hear())["t"] == "RESUMED") is lives


@pytest.mark.parametrize(("code", "lives"), [(4000, True), (4007, False), (4009, False)])
async def test_a_close_code_ends_the_session_where_published(server, caller, code, lives):
    # Discord docs, Gateway Close Event Codes: 4007 and 4009 ask for a new session
    line = await caller.line()
    session = (await line.identify())["session_id"]
    await server.drop(code)
    assert await line.close_code() == code
    again = await caller.line()
    await again.resume(session, 1)
    assert ((await again.hear())["t"] == "RESUMED") is lives


async def test_orders_to_reconnect_and_of_an_invalid_session(server, caller):
    # Discord docs, Gateway Events: Reconnect, Invalid Session
    line = await caller.line()
    session = (await line.identify())["session_id"]
    await server.order(7)
    assert (await line.hear())["op"] == 7
    await server.order(9, data=True)
    assert ((said := await line.hear())["op"], said["d"]) == (9, True)
    await server.order(9, data=False)
    assert ((said := await line.hear())["op"], said["d"]) == (9, False)
    again = await caller.line()
    await again.resume(session, 1)
    assert ((said := await again.hear())["op"], said["d"]) == (9, False)


# Discord docs, Gateway Close Event Codes


async def test_4001_for_an_unknown_opcode_and_4002_for_what_is_no_payload(caller):
    line = await caller.line()
    await line.say(99)
    assert await line.close_code() == 4001
    line = await caller.line()
    await line.socket.send_str("{")
    assert await line.close_code() == 4002


async def test_4003_for_a_payload_before_identify(caller):
    line = await caller.line()
    await line.say(3, {"status": "online"})
    assert await line.close_code() == 4003


async def test_4004_for_a_wrong_token_in_identify_and_resume(caller):
    line = await caller.line()
    await line.say(2, {"token": "wrong", "intents": 0, "properties": {}})
    assert await line.close_code() == 4004
    line = await caller.line()
    await line.resume("any", 1, token="wrong")  # noqa: S106 - wrong on purpose
    assert await line.close_code() == 4004


async def test_4005_for_a_second_identify(caller):
    line = await caller.line()
    await line.identify()
    await line.say(2, {"token": TOKEN, "intents": 0, "properties": {}})
    assert await line.close_code() == 4005


@pytest.mark.parametrize(("setting", "code"), [("unknown_intents", 4013), ("forbidden_intents", 4014)])
async def test_4013_and_4014_for_intents_that_are_wrong_or_not_enabled(server, caller, setting, code):
    setattr(server.gateway, setting, PRESENCES)
    line = await caller.line()
    await line.say(2, {"token": TOKEN, "intents": PRESENCES, "properties": {}})
    assert await line.close_code() == code


async def test_4010_for_a_shard_that_cannot_be_and_4011_for_too_many_guilds_on_one(server, caller):
    line = await caller.line()
    await line.say(2, {"token": TOKEN, "intents": 0, "properties": {}, "shard": [1, 1]})
    assert await line.close_code() == 4010
    server.gateway.world = server.world = World.build(guilds=2501)
    line = await caller.line()
    await line.say(2, {"token": TOKEN, "intents": 0, "properties": {}})
    assert await line.close_code() == 4011
    line = await caller.line()
    assert len((await line.identify(shard=[0, 2]))["guilds"]) == 1251
    assert (await caller.ask("GET", "/gateway/bot")).body["shards"] == 3


# What goes wrong on purpose


async def test_a_zombie_tells_events_and_acknowledges_nothing(server, caller):
    line = await caller.line()
    await line.identify(intents=GUILD_MESSAGES)
    server.gateway.break_connections(is_zombie=True)
    await line.say(1, 1)
    await server.say(ALERTS, MEMBER, "hello")
    assert (await line.hear())["t"] == "MESSAGE_CREATE"
    assert await line.hear_nothing()


async def test_a_half_open_line_is_silent_and_what_it_missed_is_replayed_to_the_next(server, caller):
    line = await caller.line()
    session = (await line.identify(intents=GUILD_MESSAGES))["session_id"]
    server.gateway.break_connections(is_half_open=True)
    await line.say(1, 1)
    await server.say(ALERTS, MEMBER, "hello")
    assert await line.hear_nothing()
    again = await caller.line()
    await again.resume(session, 1)
    assert [(await again.hear())["t"] for _ in range(2)] == ["MESSAGE_CREATE", "RESUMED"]


async def test_a_closed_door_a_malformed_event_and_guilds_that_stay_away(server, caller):
    server.closed_doors = 1
    with pytest.raises(WSServerHandshakeError) as refused:
        await caller.line()
    assert refused.value.status == 503
    server.gateway.announces_guilds = False
    line = await caller.line()
    await line.identify(intents=GUILDS)
    await server.gateway.malform()
    assert (await line.hear())["d"]["id"] is None


async def test_a_channels_overwrite_tells_what_the_bot_may_not(server):
    server.world.channels[ALERTS].permissions = 1 << 10
    told = guild_create_json(server.world.guilds[GUILD])["channels"][0]["permission_overwrites"]
    assert [(each["allow"], each["deny"]) for each in told] == [("0", str(0x1C800))]
