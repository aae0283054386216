from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import aiohttp
import discord
import pytest

from bot.alerts.ports import SendFailed
from bot.chat.sender import DiscordSender
from bot.chat.views import alert_components
from bot.records import Attachment, Outbound


@pytest.fixture
def alert(place) -> Outbound:
    payload = {
        "content": "",
        "embeds": [{"title": "Golden cross: ^RUT", "description": "@everyone <@1>", "type": "rich"}],
        "components": alert_components("^RUT"),
    }
    return Outbound(
        id=7,
        channel_id=place.channel.id,
        session=date(2025, 8, 6),
        nonce="smallcap-7",
        lease="a",
        attempt=1,
        expires_at=datetime(2025, 8, 7, 20, tzinfo=UTC),
        events=(),
        payload=payload,
        guild_id=place.guild.id,
        attachments=(Attachment("cross.png", b"\x89PNG", "the picture in words"),),
    )


async def send(place, alert: Outbound) -> int:
    """Send as the bot's own background task would."""
    return await DiscordSender(place.env.bot).send(alert)


async def test_an_alert_arrives_with_embed_picture_and_buttons(place, alert):
    message_id = await send(place, alert)
    arrived = place.last()
    assert arrived.id == message_id
    assert arrived.embeds[0].title == "Golden cross: ^RUT"
    assert arrived.attachments[0].filename == "cross.png"
    assert arrived.attachments[0].description == "the picture in words"
    assert [button.label for button in arrived.components[0].children] == ["Evidence", "Where it stands now"]


async def test_the_nonce_of_the_message_is_enforced_and_nobody_is_pinged(place, alert):
    await send(place, alert)
    body = next(r.json for r in reversed(place.env.http_requests) if r.method == "POST")
    assert body["nonce"] == "smallcap-7"
    assert body["enforce_nonce"] is True
    assert body["allowed_mentions"]["parse"] == []


async def test_files_are_read_anew_for_every_attempt(place, alert):
    await send(place, alert)
    await send(place, replace(alert, attempt=2))
    assert [message.attachments[0].size for message in place.channel.history()] == [4, 4]


async def test_plain_words_alone_can_be_sent(place, alert):
    await send(place, replace(alert, payload={"content": "2025-08-06 could not be scanned"}, attachments=()))
    assert place.last().content == "2025-08-06 could not be scanned"


@pytest.mark.parametrize(
    ("status", "code", "permanent"),
    [
        (403, 0, False),  # a proxy on the way
        (404, 0, False),
        (400, 0, True),
        (403, 50001, True),
        (403, 50013, True),
        (403, 50007, True),
        (404, 10003, True),
        (404, 10004, True),
        (400, 50035, True),
        (401, 0, False),
        (429, 0, False),
        (500, 0, False),
        (503, 0, False),
    ],
)
async def test_what_discord_answers_says_whether_to_try_again(place, alert, status, code, permanent):
    place.env.inject_error("POST", "/channels/*/messages", status=status, code=code, times=None)
    with pytest.raises(SendFailed) as failed:
        await send(place, alert)
    assert failed.value.permanent is permanent
    assert failed.value.reason


@pytest.mark.parametrize(
    "error", [aiohttp.ClientConnectionError("reset"), ConnectionResetError(104, "reset"), TimeoutError()]
)
async def test_a_network_failure_is_worth_another_try(place, alert, monkeypatch, error):
    async def fail(*_args: object, **_kwargs: object) -> None:
        raise error

    monkeypatch.setattr(discord.abc.Messageable, "send", fail)
    with pytest.raises(SendFailed, match="could not be reached") as failed:
        await send(place, alert)
    assert not failed.value.permanent


async def test_the_time_discord_asks_for_is_handed_on(place, alert, monkeypatch):
    async def fail(*_args: object, **_kwargs: object) -> None:
        raise discord.RateLimited(12.5)

    monkeypatch.setattr(discord.abc.Messageable, "send", fail)
    with pytest.raises(SendFailed) as failed:
        await send(place, alert)
    assert failed.value.retry_after_s == 12.5


async def test_a_defect_of_ours_is_not_taken_for_a_failed_delivery(place, alert):
    with pytest.raises(KeyError):
        await send(place, replace(alert, payload={"components": [{"type": 1}]}))
