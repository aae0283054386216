"""The live bot as a process, reached over HTTP, WebSocket and TLS through a proxy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.wire.shapes import ALERTS, APPLICATION, BOT_CHANNEL, MEMBER, MODERATOR

pytestmark = [pytest.mark.wire, pytest.mark.filterwarnings("ignore::ResourceWarning")]

PNG = b"\x89PNG\r\n\x1a\n"


def titles(messages) -> list[str]:
    return [embed["title"] for message in messages for embed in message.payload.get("embeds") or []]


def bots(wire, channel):
    said = {"!cross RUT", "!alerts here cross RUT", "!status"}
    return [message for message in wire.discord.posted(channel) if message.payload.get("content") not in said]


async def test_replayed_golden_cross_is_posted_once_with_its_picture_and_questions_are_answered(wire, russell: Path):
    command = ("run", "--data", str(russell), "--from", "2025-07-21", "--pace", "0.05")
    process = await wire.start(*command)
    discord = wire.discord
    await discord.until(lambda: discord.commands, "the commands are synced", 90)
    names = {command["name"] for command in discord.commands}
    assert {"cross", "smallcap", "evidence", "status", "about", "help", "alerts", "threshold"} <= names

    await discord.until(lambda: discord.identifies, "the bot identifies")
    await discord.say(ALERTS, MODERATOR, "!alerts here cross RUT")
    await discord.until(
        lambda: any("confirmed" in title.lower() for title in titles(bots(wire, ALERTS))),
        "the replay passes the cross",
        240,
    )

    alerts = [m for m in bots(wire, ALERTS) if m.files]
    told = [title.partition(":")[0].split(maxsplit=1)[1] for title in titles(alerts)]
    assert told == ["Approaching a golden cross", "Golden cross", "Golden cross confirmed"]
    assert "6 Aug 2025" in alerts[1].payload["embeds"][0]["footer"]["text"]
    assert all(content.startswith(PNG) for m in alerts for content in m.files.values())
    assert all("replay" in json.dumps(m.payload).lower() for m in alerts)

    before = len(bots(wire, BOT_CHANNEL))
    await discord.say(BOT_CHANNEL, MEMBER, "!cross RUT")
    await discord.until(lambda: len(bots(wire, BOT_CHANNEL)) > before, "!cross is answered")
    answer = bots(wire, BOT_CHANNEL)[-1]
    assert "Russell 2000" in titles([answer])[0]
    assert next(iter(answer.files.values())).startswith(PNG)
    interaction = await discord.slash(BOT_CHANNEL, MEMBER, "cross", [{"name": "symbol", "type": 3, "value": "RUT"}])
    await discord.until(lambda: discord.answer(interaction), "/cross is answered")
    assert "Russell 2000" in titles([discord.answer(interaction)])[0]

    assert await wire.stop(process) == 0
    assert set(wire.proxy.connects) == {"discord.com", "gateway.discord.gg"}
    assert f"/api/v10/applications/{APPLICATION}/commands" in {
        path for method, path in discord.requests if method == "PUT"
    }

    posted = len(bots(wire, ALERTS))
    synced = sum(method == "PUT" for method, _ in discord.requests)
    again = await wire.start(*command)
    await discord.until(lambda: discord.identifies == 2, "the second start identifies", 90)
    await discord.say(BOT_CHANNEL, MEMBER, "!status")
    await discord.until(lambda: "Status" in titles(bots(wire, BOT_CHANNEL)[-1:]), "the second start answers")
    assert await wire.stop(again) == 0
    assert len(bots(wire, ALERTS)) == posted
    assert sum(method == "PUT" for method, _ in discord.requests) == synced


async def test_a_refused_token_ends_the_process_with_one_plain_line(wire):
    process = await wire.start("run", "--from", "2026-09-01", "--pace", "1", token="wrong")  # noqa: S106 - wrong on purpose
    assert await process.wait() == 78, "what a restart cannot help has an exit code of its own"
    assert "Discord refuses the token" in wire.log().splitlines()[-1]
    assert "Traceback" not in wire.log()


async def test_no_token_is_said_before_anything_is_loaded(wire):
    process = await wire.start("run", token="")
    assert await process.wait() == 1
    assert wire.log().splitlines()[-1].startswith("smallcap: there is no token")
