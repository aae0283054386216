from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import aiohttp
import discord
import pytest

from bot.alerts.ports import Receipt, Scope, SendFailed
from bot.chat import sender
from bot.chat.door import DoorClosed
from bot.chat.replies import NO_FILES, NO_PDF
from bot.chat.sender import DiscordSender, failure
from bot.chat.whereabouts import Means
from bot.records import Attachment, Outbound

PLAIN = "**Golden cross: ^RUT** in plain words, https://b.example"


async def send(place, alert: Outbound) -> Receipt:
    """Send as the bot's own background task would."""
    return await DiscordSender(place.env.bot).send(alert)


def body(place) -> dict:
    return posts(place)[-1]


def posts(place) -> list[dict]:
    requests = place.env.http_requests
    return [r.json for r in requests if r.method == "POST" and r.path.endswith("/messages")]


async def test_an_alert_arrives_with_embed_picture_and_buttons(place, alert):
    receipt = await send(place, alert)
    arrived = place.last()
    assert receipt == Receipt(arrived.id)
    assert arrived.content == ""
    assert arrived.embeds[0].title == "Golden cross: ^RUT"
    assert arrived.embeds[0].image.url == "attachment://cross.png"
    assert arrived.attachments[0].filename == "cross.png"
    assert arrived.attachments[0].description == "the picture in words"
    assert [button.label for button in arrived.components[0].children] == ["Evidence", "Where it stands now", "Why?"]


async def test_the_nonce_of_the_message_is_enforced_and_nobody_is_pinged(place, alert):
    await send(place, alert)
    assert body(place)["nonce"] == "smallcap-7"
    assert body(place)["enforce_nonce"] is True
    assert body(place)["allowed_mentions"]["parse"] == []


async def test_files_are_read_anew_for_every_attempt(place, alert):
    await send(place, alert)
    await send(place, replace(alert, attempt=2))
    assert [message.attachments[0].size for message in place.channel.history()] == [4, 4]


async def test_plain_words_alone_can_be_sent(place, alert):
    await send(place, replace(alert, payload={"content": "2025-08-06 could not be scanned"}, attachments=()))
    assert place.last().content == "2025-08-06 could not be scanned"
    assert place.last().flags.suppress_embeds


async def test_where_embed_links_is_missing_the_words_go_with_picture_and_buttons_but_without_an_embed(place, alert):
    channel = place.channel_without("embed_links")
    receipt = await send(place, replace(alert, channel_id=channel.id))
    arrived = channel.last_message
    assert receipt == Receipt(arrived.id, is_plain=True)
    assert (arrived.content, arrived.embeds) == (PLAIN, [])
    assert arrived.flags.suppress_embeds
    assert len(arrived.attachments) == len(arrived.components) == 1
    assert posts(place)[-1]["nonce"] == "smallcap-7"


async def test_where_attach_files_is_missing_a_briefing_goes_as_its_card_and_says_so(place, alert):
    channel = place.channel_without("attach_files")
    pages = (Attachment("smallcap-briefing-2025-08-06.pdf", b"%PDF", "pages"),)
    await send(place, replace(alert, channel_id=channel.id, attachments=pages))
    assert (channel.last_message.content, channel.last_message.attachments) == (NO_PDF, [])


async def test_where_attach_files_is_missing_the_embed_goes_without_its_picture_and_says_so(place, alert):
    channel = place.channel_without("attach_files")
    receipt = await send(place, replace(alert, channel_id=channel.id))
    arrived = channel.last_message
    assert receipt == Receipt(arrived.id)
    assert (arrived.content, arrived.attachments) == (NO_FILES, [])
    assert arrived.embeds[0].title == "Golden cross: ^RUT"
    assert arrived.embeds[0].image.url is None


async def test_where_both_are_missing_the_words_go_alone_and_say_that_a_picture_is_left_out(place, alert):
    channel = place.channel_without("embed_links", "attach_files")
    await send(place, replace(alert, channel_id=channel.id))
    assert channel.last_message.content == f"{PLAIN}\n{NO_FILES}"
    assert channel.last_message.attachments == []


async def test_words_that_fill_a_message_are_not_cut_for_a_word_about_the_picture(place, alert):
    channel = place.channel_without("embed_links", "attach_files")
    payload = {**alert.payload, "plain": "x" * 2000}
    await send(place, replace(alert, channel_id=channel.id, payload=payload))
    assert channel.last_message.content == "x" * 2000


async def test_a_destination_known_to_refuse_embeds_gets_plain_words_at_once(place, alert):
    receipt = await send(place, replace(alert, is_plain=True))
    assert receipt.is_plain
    assert (place.last().content, place.last().embeds) == (PLAIN, [])


async def test_a_message_without_embeds_says_nothing_about_whether_a_channel_takes_them(place, alert):
    channel = place.channel_without("embed_links")
    notice = replace(alert, channel_id=channel.id, payload={"content": "told"}, attachments=())
    assert await send(place, notice) == Receipt(channel.last_message.id)


async def test_embeds_refused_since_the_last_news_of_the_channel_are_left_out_at_once(place, alert, monkeypatch):
    known = iter([Means()])
    monkeypatch.setattr(sender, "means_at", lambda *_: next(known, Means(embeds=False)))
    place.env.inject_error("POST", "/channels/*/messages", status=403, code=50013)
    assert (await send(place, alert)).is_plain
    assert place.last().content == PLAIN


async def test_a_refusal_that_plain_words_would_meet_too_is_not_provoked_twice(place, alert):
    channel = place.channel_without("send_messages")
    with pytest.raises(SendFailed) as failed:
        await send(place, replace(alert, channel_id=channel.id))
    assert failed.value.scope is Scope.DESTINATION
    assert len(posts(place)) == 1


async def test_a_channel_nobody_has_told_of_yet_gets_the_message_as_it_was_meant(place, alert, monkeypatch):
    monkeypatch.setattr(place.env.bot, "get_guild", lambda _id: None)
    assert await send(place, alert) == Receipt(place.last().id)
    assert len(place.last().embeds) == len(place.last().attachments) == 1


async def test_a_thread_below_a_channel_where_the_bot_may_not_write_gets_the_whole_message(place, alert):
    channel = place.channel_without("send_messages")
    parent = place.env.bot.get_channel(channel.id)
    thread = await parent.create_thread(name="alerts", type=discord.ChannelType.public_thread)
    receipt = await send(place, replace(alert, channel_id=thread.id))
    assert not receipt.is_plain
    arrived = channel.threads[0].last_message
    assert len(arrived.embeds) == len(arrived.attachments) == 1


async def test_what_answers_a_message_refers_to_it_without_pinging_anybody(place, alert):
    first = await send(place, alert)
    await send(place, replace(alert, replies_to=first.discord_id))
    assert place.last().reference.message_id == first.discord_id
    assert body(place)["message_reference"]["fail_if_not_exists"] is False
    assert body(place)["allowed_mentions"]["replied_user"] is False


async def test_an_answer_to_a_message_that_was_deleted_still_arrives(place, alert):
    first = await send(place, alert)
    await place.env.bot.get_channel(place.channel.id).get_partial_message(first.discord_id).delete()
    second = await send(place, replace(alert, replies_to=first.discord_id))
    assert place.last().id == second.discord_id


async def test_where_history_may_not_be_read_an_answer_goes_as_a_message_of_its_own(place, alert):
    channel = place.channel_without("read_message_history")
    await send(place, replace(alert, channel_id=channel.id, replies_to=12345))
    assert "message_reference" not in body(place)
    assert channel.last_message.embeds[0].title == "Golden cross: ^RUT"


async def test_a_direct_message_reaches_the_member_whole_and_answers_there(place, alert):
    user = place.member.user
    direct = replace(alert, channel_id=user.id, is_direct=True)
    first = await send(place, direct)
    arrived = user.dm_channel.last_message
    assert first == Receipt(arrived.id)
    assert len(arrived.embeds) == len(arrived.attachments) == len(arrived.components) == 1
    await send(place, replace(direct, replies_to=first.discord_id))
    assert user.dm_channel.last_message.reference.message_id == first.discord_id
    assert place.channel.history() == []


PINGS = {"role": 77, "users": [5, 6]}


def allowed(place) -> dict:
    """Return whom Discord was told to ping, empty lists left out."""
    return {kind: ids for kind, ids in body(place)["allowed_mentions"].items() if ids}


async def test_the_role_and_the_members_of_the_payload_are_pinged_and_nobody_else(place, alert):
    payload = {**alert.payload, "content": "<@&77> <@5> <@6> @everyone <@8> <@&78>", "pings": PINGS}
    await send(place, replace(alert, payload=payload))
    told = allowed(place)
    assert {kind: [int(each) for each in ids] for kind, ids in told.items()} == {"roles": [77], "users": [5, 6]}
    assert place.last().embeds[0].title == "Golden cross: ^RUT"
    assert place.last().content.startswith("<@&77> <@5> <@6>")


@pytest.mark.parametrize(
    ("pings", "kinds"), [({"role": None, "users": [5]}, {"users"}), ({"role": 77, "users": []}, {"roles"})]
)
async def test_a_role_alone_or_members_alone_are_pinged(place, alert, pings, kinds):
    await send(place, replace(alert, payload={**alert.payload, "content": "<@&77> <@5>", "pings": pings}))
    assert set(allowed(place)) == kinds


async def test_plain_words_ping_the_same(place, alert):
    payload = {**alert.payload, "content": "<@5>", "plain": f"<@5>\n{PLAIN}", "pings": {"role": None, "users": [5]}}
    await send(place, replace(alert, payload=payload, is_plain=True))
    assert place.last().content == f"<@5>\n{PLAIN}"
    assert [int(user) for user in allowed(place)["users"]] == [5]


EVERYTHING, DESTINATION, MESSAGE = Scope.EVERYTHING, Scope.DESTINATION, Scope.MESSAGE


@pytest.mark.parametrize(
    ("status", "code", "permanent", "scope", "is_certain"),
    [
        (403, 0, False, MESSAGE, False),  # a proxy on the way
        (404, 0, False, MESSAGE, False),
        (400, 0, True, MESSAGE, True),
        (403, 50001, True, DESTINATION, True),
        (403, 50013, True, DESTINATION, True),
        (403, 50007, True, DESTINATION, True),
        (403, 50278, True, DESTINATION, True),
        (404, 10003, True, DESTINATION, True),
        (404, 10004, True, DESTINATION, True),
        (400, 50035, True, MESSAGE, True),
        (401, 0, False, EVERYTHING, False),
        (429, 0, False, EVERYTHING, False),  # neither Via nor JSON: not Discord's own
        (500, 0, False, MESSAGE, False),
        (503, 0, False, MESSAGE, False),
    ],
)
async def test_what_discord_answers_says_whom_it_concerns_and_whether_to_try_again(
    place, alert, status, code, permanent, scope, is_certain
):
    place.env.inject_error("POST", "/channels/*/messages", status=status, code=code, times=None)
    with pytest.raises(SendFailed) as failed:
        await send(place, alert)
    told = failed.value
    assert (told.permanent, told.scope, told.is_certain) == (permanent, scope, is_certain)
    assert told.reason


async def test_a_member_who_shuts_out_direct_messages_is_a_destination_where_nothing_arrives(place, alert):
    place.env.inject_error("POST", "/channels/*/messages", status=403, code=50007)
    with pytest.raises(SendFailed, match="does not accept direct messages") as failed:
        await send(place, replace(alert, channel_id=place.member.user.id, is_direct=True))
    assert failed.value.scope is Scope.DESTINATION


@pytest.mark.parametrize(
    "error", [aiohttp.ClientConnectionError("reset"), ConnectionResetError(104, "reset"), TimeoutError()]
)
async def test_after_a_network_failure_nobody_knows_and_another_try_is_worth_it(place, alert, monkeypatch, error):
    async def fail(*_args: object, **_kwargs: object) -> None:
        raise error

    monkeypatch.setattr(discord.abc.Messageable, "send", fail)
    with pytest.raises(SendFailed, match="could not be reached") as failed:
        await send(place, alert)
    assert (failed.value.permanent, failed.value.scope, failed.value.is_certain) == (False, MESSAGE, False)


async def test_the_time_discord_asks_for_is_handed_on(place, alert, monkeypatch):
    async def fail(*_args: object, **_kwargs: object) -> None:
        raise discord.RateLimited(12.5)

    monkeypatch.setattr(discord.abc.Messageable, "send", fail)
    with pytest.raises(SendFailed) as failed:
        await send(place, alert)
    assert failed.value.retry_after_s == 12.5


DISCORDS_OWN = {"Via": "1.1 google", "Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("headers", "scope", "wait_s"),
    [
        ({**DISCORDS_OWN, "Retry-After": "3"}, MESSAGE, 3.0),
        (DISCORDS_OWN, MESSAGE, None),
        ({"Content-Type": "application/json", "Retry-After": "900"}, EVERYTHING, 900.0),
        ({"Via": "1.1 google", "Content-Type": "text/html", "Retry-After": "soon"}, EVERYTHING, None),
    ],
)
def test_a_429_from_in_front_of_discord_concerns_everything_and_its_own_the_message_alone(headers, scope, wait_s):
    response = SimpleNamespace(status=429, reason="Too Many Requests", headers=headers)
    told = failure(discord.HTTPException(response, {"code": 0, "message": "slow down"}))
    assert (told.scope, told.retry_after_s, told.permanent) == (scope, wait_s, False)


@pytest.mark.parametrize(("wait_s", "rests_s"), [(30.0, 30.0), (None, 86_400.0)])
async def test_a_closed_door_concerns_everything_for_as_long_as_it_says(place, alert, monkeypatch, wait_s, rests_s):
    async def closed(*_args: object, **_kwargs: object) -> None:
        raise DoorClosed("nothing goes out", wait_s)

    monkeypatch.setattr(discord.abc.Messageable, "send", closed)
    with pytest.raises(SendFailed, match="nothing goes out") as failed:
        await send(place, alert)
    assert (failed.value.scope, failed.value.retry_after_s) == (EVERYTHING, rests_s)


async def test_a_defect_of_ours_is_not_taken_for_a_failed_delivery(place, alert):
    with pytest.raises(KeyError):
        await send(place, replace(alert, payload={"components": [{"type": 1}]}))
