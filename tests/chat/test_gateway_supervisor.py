"""The supervisor on a clock of the test's own; `tests/wire` has the same on a real socket."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace

import aiohttp
import discord
import pytest

from bot.chat.door import DoorClosed
from bot.chat.gateway import RESUMES_TRIED, Gateway, refusal
from bot.chat.lines import FATAL, INTENTS, TOKEN, NoLine
from bot.errors import CannotRun, Refused
from tests.chat.scripted import AT, DAY, Client, Over


def rests(instants: list[datetime]) -> list[float]:
    return [(later - earlier).total_seconds() for earlier, later in pairwise(instants)]


async def until_over(gateway: Gateway, opened: asyncio.Event | None = None) -> None:
    with pytest.raises(Over):
        await gateway.run(opened or asyncio.Event())


# Staying connected --------------------------------------------------------------------------------------------------


async def test_rests_grow_from_five_seconds_to_five_minutes(client, gateway):
    client.connections = [RuntimeError("odd")] * 9
    await until_over(gateway)
    waited = rests(client.began)
    assert waited == sorted(waited)
    for rest, least in zip(waited, (5, 10, 20, 40, 80, 160, 300, 300, 300), strict=True):
        assert least <= rest <= min(300, least * 1.25)


async def test_a_connection_that_lasted_begins_them_anew(client, gateway):
    client.connections = [RuntimeError("odd")] * 5 + [3600, RuntimeError("odd")]
    await until_over(gateway)
    assert 3605 <= rests(client.began)[5] <= 3607


@pytest.mark.parametrize(
    "odd",
    [
        RuntimeError("closed"),
        AttributeError("'NoneType' object has no attribute 'sequence'"),
        KeyError("session_id"),
        TypeError("string indices must be integers"),
        ValueError("not JSON"),
        aiohttp.ClientConnectionError("reset"),
        NoLine(OSError("refused")),
        TimeoutError(),
        discord.GatewayNotFound(),
    ],
    ids=lambda odd: type(odd).__name__,
)
async def test_every_odd_ending_is_followed_by_another_connection(client, gateway, odd, capsys):
    client.connections = [odd]
    await until_over(gateway)
    assert len(client.began) == 2
    assert capsys.readouterr().out.count("the connection was lost") == 1


async def test_a_day_of_connections_that_fail_at_once_stays_within_the_budget(client, gateway, clock, budget):
    client.connections = [RuntimeError("odd")] * 400
    with pytest.raises(Over):
        await gateway.run(asyncio.Event())
    first_day = [at for at in budget.taken if at < AT + DAY]
    assert 150 < len(first_day) <= 200
    assert len([at for at in client.began if at < AT + DAY]) <= 300


async def test_an_identify_that_was_not_sent_is_kept_for_the_next_connection(client, gateway, budget):
    client.connections = [NoLine(OSError("refused"))] * 5
    client.identifies = False
    await until_over(gateway)
    assert len(client.began) == 6
    assert len(budget.taken) == 1


async def test_nothing_is_opened_while_the_budget_is_spent(client, gateway, clock, budget, capsys):
    budget.taken = [AT - timedelta(seconds=1)] * 20
    await until_over(gateway)
    assert len(client.began) == 1
    assert client.began[0] - AT == pytest.approx(timedelta(seconds=480), abs=timedelta(seconds=2))
    assert "too many new sessions today" in capsys.readouterr().out


async def test_a_session_inside_a_connection_that_the_budget_refuses_ends_it(client, gateway, clock, budget):
    class Spender(Client):
        async def connect(self) -> None:
            await self.admit()
            while len(self.began) < 25:  # the gateway invalidates one session after the other
                self.began.append(self.clock.now())
                await self.clock.sleep(6)
                await self.admit()
            raise Over

    spender = Spender(clock)
    await until_over(Gateway(spender, "token", clock=clock, budget=budget, per_day=200))
    assert len(budget.taken) == 26
    assert max(rests(budget.taken)) > 300


async def test_a_session_that_can_be_resumed_is_and_needs_no_budget(client, gateway, budget):
    client.ws = SimpleNamespace(session_id="s", open=False)
    client.pulse.dispatched("MESSAGE_CREATE")
    client.connections = [KeyError("id"), KeyError("id")]
    await until_over(gateway)
    assert len(client.began) == 3
    assert len(budget.taken) == 1


@pytest.mark.parametrize(("missed", "sessions"), [(RESUMES_TRIED - 1, 1), (RESUMES_TRIED, 2)])
async def test_an_address_to_resume_at_that_stays_away_is_given_up(client, gateway, budget, missed, sessions):
    client.ws = SimpleNamespace(session_id="s", open=False)
    client.connections = [NoLine(OSError("refused"))]
    client.lines.missed = missed
    await until_over(gateway)
    assert len(budget.taken) == sessions


async def test_a_session_whose_ready_could_not_be_read_is_begun_anew(client, gateway, budget):
    client.ws = SimpleNamespace(session_id="s", open=False)
    client.pulse.dispatched("READY")
    client.connections = [KeyError("user")]
    await until_over(gateway)
    assert len(budget.taken) == 2


async def test_it_waits_for_the_door(client, gateway, clock):
    client.memory.kept["door shut until"] = (AT + timedelta(minutes=7)).isoformat()
    await until_over(gateway)
    assert client.tried == [AT + timedelta(minutes=7)]


async def test_a_budget_that_cannot_be_asked_lets_nothing_pass(client, gateway, budget):
    async def away(_now, _per_day) -> float:
        if len(asked) == 3:
            raise Over
        asked.append(1)
        raise OSError("the database is away")

    asked: list[int] = []
    budget.take = away
    await until_over(gateway)
    assert client.began == []


async def test_a_client_closed_by_us_is_the_end(client, gateway):
    client.closed = True
    await gateway.run(asyncio.Event())
    assert client.began == []


async def test_a_client_that_discord_py_closed_ends_the_process(client, gateway):
    async def connect() -> None:
        client.closed = True
        raise RuntimeError("odd")

    client.connect = connect
    with pytest.raises(CannotRun, match="start the bot again"):
        await gateway.run(asyncio.Event())


# Logging in ---------------------------------------------------------------------------------------------------------


async def test_a_login_is_tried_again_as_long_as_it_takes_with_one_line_each(client, gateway, capsys):
    client.logins = [failure(503), aiohttp.ClientConnectionError("no route"), OSError("no name"), TimeoutError()] * 5
    opened = asyncio.Event()
    await until_over(gateway, opened)
    assert opened.is_set()
    assert len(client.tried) == 21
    assert rests(client.tried)[-1] == 300
    out = capsys.readouterr().out
    assert out.count("Discord cannot be reached") == 20
    assert "Traceback" not in out


@pytest.mark.parametrize("error", [discord.LoginFailure("no"), "401"])
async def test_a_refused_token_is_the_end_at_once(client, gateway, error):
    client.logins = [failure(401) if error == "401" else error]
    with pytest.raises(Refused, match="reset it in the developer portal"):
        await gateway.run(asyncio.Event())
    assert len(client.tried) == 1


async def test_what_fails_in_setting_up_is_ours_and_not_tried_again(client, gateway):
    client.user = client.application = "smallcap"
    client.logins = [ValueError("a defect")]
    with pytest.raises(ValueError, match="a defect"):
        await gateway.run(asyncio.Event())


def failure(status: int) -> discord.HTTPException:
    return discord.HTTPException(SimpleNamespace(status=status, reason="no"), "no")


@pytest.mark.parametrize("code", sorted(FATAL))
def test_fatal_closes_are_refusals_with_a_line_that_says_what_to_do(code):
    closed = discord.ConnectionClosed(SimpleNamespace(close_code=code), shard_id=None)
    found = refusal(closed)
    assert isinstance(found, Refused)
    assert str(found) == FATAL[code]
    assert found.exit_code == 78
    assert "\n" not in str(found)


def test_what_else_is_a_refusal_and_what_is_not():
    assert str(refusal(discord.PrivilegedIntentsRequired(None))) == INTENTS
    assert str(refusal(DoorClosed("no", None))) == TOKEN
    assert refusal(DoorClosed("not now", 5.0)) is None
    assert refusal(failure(503)) is None
    assert refusal(discord.ConnectionClosed(SimpleNamespace(close_code=1006), shard_id=None)) is None
