"""The loopback Discord's rate limits, bans and nonces, held to what Discord publishes by a plain client."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.wire.limits import Bucket, Limits
from tests.wire.shapes import ALERTS, APPLICATION, BOT_CHANNEL

ME = "/users/@me"


async def statuses(caller, times: int, path: str = ME) -> list[int]:
    return [(await caller.ask("GET", path)).status for _ in range(times)]


# Discord docs, Rate Limits: Global Rate Limit


async def test_the_51st_request_in_a_second_is_refused_for_the_whole_bot_until_the_time_told_is_over(
    server, caller, clock
):
    assert await statuses(caller, 25) == [200] * 25
    clock.now += 0.4
    assert await statuses(caller, 25) == [200] * 25
    refused = await caller.ask("GET", ME)
    assert (refused.status, refused.body["global"], refused.headers["X-RateLimit-Global"]) == (429, True, "true")
    assert (refused.headers["X-RateLimit-Scope"], refused.headers["Retry-After"]) == ("global", "1")
    assert "Via" in refused.headers
    assert refused.body["retry_after"] == pytest.approx(0.6)

    clock.now += refused.body["retry_after"] - 0.01
    assert await statuses(caller, 1) == [429]
    clock.now += 0.01
    assert await statuses(caller, 26) == [200] * 25 + [429]  # a sliding second: only the first 25 have left it
    assert server.ledger.too_many_by_scope == {"global": 2 + 1}


async def test_the_global_limit_is_the_same_on_the_clock_of_the_world(server, caller):
    server.limits.clock = time.monotonic
    answers = await asyncio.gather(*(caller.ask("GET", ME) for _ in range(60)))
    refused = [answer for answer in answers if answer.status == 429]
    assert len(refused) == 10
    await asyncio.sleep(refused[0].body["retry_after"])
    assert await statuses(caller, 1) == [200]


async def test_another_token_has_a_global_limit_of_its_own(caller):
    await statuses(caller, 50)
    assert (await caller.ask("GET", ME)).status == 429
    assert (await caller.ask("GET", ME, token="another")).status == 401  # noqa: S106 - it opens nothing


# Discord docs, Rate Limits: "Interaction endpoints are not bound to the bot's Global Rate Limit"


async def test_interactions_are_exempt_from_the_global_limit(caller):
    await statuses(caller, 51)
    for path in ("/interactions/1/token-1/callback", f"/webhooks/{APPLICATION}/token-1"):
        payload = {"type": 4, "data": {"content": "hello"}, "content": "hello"}
        assert (await caller.ask("POST", path, token=None, json=payload)).status == 200


# Discord docs, Rate Limits: Header Format


async def test_the_bucket_headers_add_up_and_each_channel_counts_for_itself(server, caller, clock):
    told = []
    for _ in range(5):
        told.append((await caller.create(ALERTS)).headers)
        clock.now += 0.5
    assert [headers["X-RateLimit-Remaining"] for headers in told] == ["4", "3", "2", "1", "0"]
    assert [float(headers["X-RateLimit-Reset-After"]) for headers in told] == [5.0, 4.5, 4.0, 3.5, 3.0]
    assert len({headers["X-RateLimit-Reset"] for headers in told}) == 1
    assert {headers["X-RateLimit-Limit"] for headers in told} == {"5"}

    refused = await caller.create(ALERTS)
    assert (refused.status, refused.body["global"], refused.body["retry_after"]) == (429, False, 2.5)
    assert (refused.headers["X-RateLimit-Scope"], refused.headers["Retry-After"]) == ("user", "3")
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert "X-RateLimit-Global" not in refused.headers

    other = await caller.create(BOT_CHANNEL)
    assert (other.status, other.headers["X-RateLimit-Remaining"]) == (200, "4")
    assert other.headers["X-RateLimit-Bucket"] == told[0]["X-RateLimit-Bucket"]
    clock.now += refused.body["retry_after"]
    assert (await caller.create(ALERTS)).headers["X-RateLimit-Remaining"] == "4"
    assert len(server.posted(ALERTS)) == 6


async def test_both_limits_can_be_switched_off(server, caller):
    server.limits.buckets.clear()
    server.limits.global_per_s = None
    answers = [await caller.create(ALERTS) for _ in range(60)]
    assert {answer.status for answer in answers} == {200}
    assert "X-RateLimit-Bucket" not in answers[0].headers


# Discord docs, Rate Limits: Invalid Request Limit


def test_the_published_number_of_invalid_requests_is_10_000_in_10_minutes():
    assert (Limits().invalid_limit, Limits().invalid_window_s) == (10_000, 600)


async def test_401_403_and_429_count_as_invalid_and_too_many_ban_the_address(server, caller, clock):
    server.limits.invalid_limit = 4
    server.world.channels[ALERTS].permissions = 0
    server.limits.buckets["GET", "/channels/{channel}"] = Bucket("get-channel", limit=1)
    assert (await caller.ask("GET", ME, token=None)).status == 401
    assert (await caller.create(ALERTS)).status == 403
    assert (await caller.create(1)).status == 404
    assert await statuses(caller, 2, f"/channels/{BOT_CHANNEL}") == [200, 429]
    assert server.limits.invalid_in_window == 3
    assert server.invalid_by_channel() == {ALERTS: 1, BOT_CHANNEL: 1}
    assert (await caller.ask("GET", ME)).status == 200

    assert (await caller.create(ALERTS)).status == 403
    banned = await caller.ask("GET", ME)
    assert (banned.status, "Via" in banned.headers, type(banned.body)) == (429, False, str)
    clock.now += server.limits.ban_s
    assert (await caller.ask("GET", ME)).status == 200


async def test_invalid_requests_are_forgotten_after_ten_minutes(server, caller, clock):
    server.limits.invalid_limit = 2
    for _ in range(3):
        assert (await caller.ask("GET", ME, token=None)).status == 401
        clock.now += 600
    assert not server.limits.is_banned


async def test_a_429_of_a_shared_resource_is_not_counted(server, caller):
    server.limits.buckets["GET", "/channels/{channel}"] = Bucket("shared", limit=1, scope="shared")
    await caller.ask("GET", f"/channels/{ALERTS}")
    refused = await caller.ask("GET", f"/channels/{ALERTS}")
    assert (refused.status, refused.headers["X-RateLimit-Scope"]) == (429, "shared")
    assert (server.limits.invalid_in_window, server.sent_429s) == (0, 1)


# Discord docs, Create Message: enforce_nonce


async def test_an_enforced_nonce_returns_the_first_message_within_its_window_and_a_new_one_after(server, caller, clock):
    first = await caller.create(ALERTS, nonce="n-1", enforce_nonce=True)
    assert first.body["nonce"] == "n-1"
    clock.now += server.nonce_window_s
    again = await caller.create(ALERTS, "something else", nonce="n-1", enforce_nonce=True)
    assert (again.body["id"], again.body["content"]) == (first.body["id"], "hello")
    elsewhere = await caller.create(BOT_CHANNEL, nonce="n-1", enforce_nonce=True)
    assert elsewhere.body["id"] != first.body["id"]
    clock.now += 0.1
    late = await caller.create(ALERTS, nonce="n-1", enforce_nonce=True)
    assert late.body["id"] != first.body["id"]
    assert server.duplicates() == {(ALERTS, "n-1"): 2}
    assert server.stored_per_nonce()[BOT_CHANNEL, "n-1"] == 1


async def test_a_nonce_that_is_not_enforced_prevents_nothing(server, caller):
    for enforced in ({}, {"enforce_nonce": False}):
        await caller.create(ALERTS, nonce=7, **enforced)
    assert server.duplicates() == {(ALERTS, "7"): 2}


async def test_history_tells_a_nonce_only_when_told_to(server, caller):
    await caller.create(ALERTS, nonce="n-1", enforce_nonce=True)
    assert "nonce" not in (await caller.history(ALERTS)).body[0]
    server.history_shows_nonce = True
    assert (await caller.history(ALERTS)).body[0]["nonce"] == "n-1"
