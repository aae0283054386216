from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import aiohttp
import pytest
from discord.ext import commands
from multidict import CIMultiDict
from yarl import URL

from bot.chat import client as chat_client
from bot.chat.door import KEY, Door, DoorClosed
from bot.clock import SetClock
from tests.memory import Memory

AT = datetime(2026, 8, 3, 9, 30, tzinfo=UTC)
API = "https://discord.com/api/v10"
BY_TOKEN = {"Authorization": "Bot a-token"}
DISCORDS = {"Via": "1.1 google", "Content-Type": "application/json"}
CLOUDFLARES = {"Content-Type": "text/html"}


@pytest.fixture
def clock() -> SetClock:
    return SetClock(AT)


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def door(clock, memory) -> Door:
    return Door(clock, memory)


async def answered(door, status, headers=DISCORDS, *, path="/users/@me", by=BY_TOKEN) -> None:
    """Let the door see an answer."""
    headers = CIMultiDict(headers)
    response = SimpleNamespace(status=status, headers=headers, content_type=headers.get("Content-Type"))
    params = SimpleNamespace(url=URL(API + path), headers=CIMultiDict(by), response=response)
    for look in door.trace().on_request_end:
        await look(None, None, params)


async def leaves(door, path="/users/@me") -> None:
    for leave in door.trace().on_request_start:
        await leave(None, None, SimpleNamespace(url=URL(API + path)))


async def test_an_open_door_lets_everything_out(door):
    await leaves(door)
    assert door.closed() is None


@pytest.mark.parametrize("path", ["/users/@me", "/channels/1/messages", "/applications/1/commands", "/gateway/bot"])
async def test_a_refused_token_shuts_it_for_good(door, clock, capsys, path):
    await answered(door, 401, path=path)
    await answered(door, 401, path=path)
    assert door.refused.is_set()
    await clock.sleep(10**9)
    with pytest.raises(DoorClosed, match="refuses the token") as closed:
        await leaves(door)
    assert closed.value.retry_after_s is None
    assert isinstance(closed.value, aiohttp.ClientError)
    assert capsys.readouterr().out.count("no request goes out any more") == 1


@pytest.mark.parametrize(
    ("path", "by"),
    [
        ("/webhooks/1/a-token", {}),
        ("/webhooks/1/a-token/messages/@original", BY_TOKEN),
        ("/interactions/1/a-token/callback", {}),
        ("/users/@me", {}),
    ],
)
async def test_an_expired_interaction_is_no_refused_token(door, path, by):
    await answered(door, 401, path=path, by=by)
    await leaves(door)
    assert not door.refused.is_set()


@pytest.mark.parametrize("status", [200, 204, 400, 403, 404, 500, 502, 503])
async def test_other_answers_leave_it_open(door, status):
    await answered(door, status, CLOUDFLARES)
    await leaves(door)


async def test_discords_own_429_leaves_it_open(door):
    await answered(door, 429, {**DISCORDS, "Retry-After": "30"})
    await leaves(door)


@pytest.mark.parametrize(
    ("headers", "shut_s"),
    [
        (CLOUDFLARES, 600),
        ({"Via": "1.1 google", "Content-Type": "text/html"}, 600),
        ({"Content-Type": "application/json"}, 600),
        ({**CLOUDFLARES, "Retry-After": "90"}, 90),
        ({**CLOUDFLARES, "Retry-After": "0"}, 600),
        ({**CLOUDFLARES, "Retry-After": "nan"}, 600),
        ({**CLOUDFLARES, "Retry-After": "soon"}, 600),
        ({**CLOUDFLARES, "Retry-After": "1e9"}, 86_400),
    ],
)
async def test_cloudflares_429_shuts_it_for_as_long_as_it_says(door, clock, capsys, headers, shut_s):
    await answered(door, 429, headers)
    await clock.sleep(shut_s - 1)
    with pytest.raises(DoorClosed, match="Cloudflare") as closed:
        await leaves(door)
    assert closed.value.retry_after_s == 1
    await clock.sleep(1)
    await leaves(door)
    await leaves(door)
    logged = capsys.readouterr().out
    assert logged.count("no request goes out") == logged.count("requests go out again") == 1


async def test_answers_to_what_was_under_way_only_prolong_it(door, clock, memory, capsys):
    for told in ("90", "300", "30"):
        await answered(door, 429, {**CLOUDFLARES, "Retry-After": told})
    closed = door.closed()
    assert closed is not None
    assert closed.retry_after_s == 300
    assert memory.kept == {KEY: (AT + timedelta(seconds=300)).isoformat()}
    assert capsys.readouterr().out.count("no request goes out") == 1


async def test_a_process_started_anew_keeps_to_it(door, clock, memory):
    await answered(door, 429, CLOUDFLARES)
    await clock.sleep(200)
    heir = Door(clock, memory)
    await heir.restore()
    with pytest.raises(DoorClosed) as closed:
        await leaves(heir)
    assert closed.value.retry_after_s == 400
    await clock.sleep(400)
    await leaves(heir)


@pytest.mark.parametrize("noted", ["", "yesterday", "2026-08-03T09:40:00", "2026-08-03T09:20:00+00:00", "2126-08-03"])
async def test_what_was_noted_otherwise_or_is_over_shuts_nothing(door, memory, noted):
    memory.kept[KEY] = noted
    await door.restore()
    await leaves(door)


async def test_a_memory_that_is_away_does_not_open_it(door, memory, capsys):
    memory.is_away = True
    await answered(door, 429, CLOUDFLARES)
    assert door.closed() is not None
    assert "the disk is full" in capsys.readouterr().out


# What the chat says while nothing may go out -------------------------------------------------------------------------

SHUT = DoorClosed("Cloudflare turned the bot away until 09:40:00 UTC", 600.0)


async def test_a_command_that_may_not_be_answered_leaves_one_line(behind, capsys):
    await behind.bot().on_command_error(SimpleNamespace(), commands.CommandInvokeError(SHUT))
    out = capsys.readouterr().out
    assert out.count("\n") == out.count("not answered: no request goes out") == 1


async def test_an_answer_that_meets_a_shut_door_leaves_one_line(behind, capsys, monkeypatch):
    async def shut(_ctx, _line) -> None:
        raise SHUT

    monkeypatch.setattr(chat_client, "decline", shut)
    await behind.bot().on_command_error(SimpleNamespace(), commands.NoPrivateMessage())
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if "not answered: no request goes out" in line]
    assert not [line for line in lines if "DoorClosed" in line]


async def test_an_event_that_meets_a_shut_door_leaves_one_line(behind, capsys):
    bot = behind.bot()
    try:
        raise SHUT
    except DoorClosed:
        await bot.on_error("message")
    out = capsys.readouterr().out
    assert out.count("\n") == out.count("not answered: no request goes out") == 1


def test_every_request_of_the_client_passes_the_door(behind):
    bot = behind.bot()
    trace = bot.http.http_trace
    assert [hook.__self__ for hook in trace.on_request_start] == [bot.lines, bot.door]
    assert bot.door in [hook.__self__ for hook in trace.on_request_end]
