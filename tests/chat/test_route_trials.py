"""`route test`: a message on the way that alerts go, which says that nothing happened."""

from __future__ import annotations

import pytest

from bot.questions.parse import QuestionError


@pytest.fixture
def crosses(place):
    return place.guild.create_role("Crosses", mentionable=True)


@pytest.fixture
def other(place):
    return place.guild.create_text_channel("small-caps")


async def say(place, words: str) -> str:
    await place.moderator.send(place.channel, f"!route {words}")
    return place.last().content


async def test_where_nothing_is_routed_there_is_nothing_to_try(place):
    assert f"No alerts come to <#{place.channel.id}>: `route add` brings some" in await say(place, "test")


async def test_a_test_is_an_alert_in_everything_but_that_it_says_so_and_pings_nobody(place, other, crosses):
    await say(place, f"add <#{other.id}> IWM role:<@&{crosses.id}>")
    said = await say(place, f"test <#{other.id}>")
    sent = other.last_message
    assert said == f"The test arrived in <#{other.id}>: alerts will, too."
    assert sent.embeds[0].title == "Test: no event happened"
    assert sent.embeds[0].description.startswith("**This is a test: no event happened.**")
    assert "this channel follows cross for IWM" in sent.embeds[0].footer.text
    assert sent.attachments[0].description == "IWM over 1y"
    assert [b.label for row in sent.components for b in row.children] == ["Evidence", "Where it stands now"]
    assert sent.raw_role_mentions == []


async def test_a_test_pings_the_role_if_it_is_asked_to(place, other, crosses):
    await say(place, f"add <#{other.id}> role:<@&{crosses.id}>")
    result = await place.moderator.slash(place.channel, "route test", channel=other, ping=True)
    assert result.ephemeral
    assert f"It pinged <@&{crosses.id}>." in result.response.content
    assert other.last_message.content == f"<@&{crosses.id}>"
    [body] = [
        r.json
        for r in place.env.http_requests
        if r.method == "POST" and str((r.json or {}).get("nonce")).startswith("test-")
    ]
    assert body["allowed_mentions"]["roles"] in ([crosses.id], [str(crosses.id)])
    assert body["allowed_mentions"]["parse"] == []


async def test_a_test_without_prices_goes_in_words_alone(place, monkeypatch):
    await say(place, "add")

    async def ask(topic, subject, **_):
        raise QuestionError("the prices are still being loaded")

    monkeypatch.setattr(place.behind.desk, "ask", ask)
    await say(place, "test")
    test = place.channel.history()[-2]
    assert test.embeds[0].description.startswith("**This is a test: no event happened.**")
    assert test.attachments == []


@pytest.mark.parametrize(
    ("words", "said"),
    [("test ping:yes", "No role is pinged there"), ("test ping:perhaps", "Perhaps is not a recognised boolean")],
)
async def test_a_test_that_cannot_be_says_why(place, words, said):
    await say(place, "add")
    assert said in await say(place, words)


async def test_a_test_names_the_permission_that_is_missing(place, other):
    await say(place, f"add <#{other.id}>")
    here = place.env.bot.get_channel(other.id)
    await here.set_permissions(here.guild.me, attach_files=False)
    assert await say(place, f"test <#{other.id}>") == (
        f"I need Attach Files in <#{other.id}>: allow it in the channel's settings, then try again."
    )


async def test_a_test_of_a_role_that_is_gone_or_deaf_says_so(place):
    quiet = place.guild.create_role("Quiet", mentionable=False)
    here = place.channel_without("mention_everyone")
    await say(place, f"add <#{here.id}> role:<@&{quiet.id}>")
    assert "cannot be pinged" in await say(place, f"test <#{here.id}> ping:yes")
    await place.env.bot.get_guild(place.guild.id).get_role(quiet.id).delete()
    assert "That role is gone." in await say(place, f"test <#{here.id}> ping:yes")


async def test_what_discord_answers_to_a_test_is_told(place):
    await say(place, "add")
    place.env.inject_error("POST", "/channels/*/messages", status=403, code=50013)
    said = await say(place, "test")
    assert "the test did not arrive in" in said.casefold()
    assert "it needs Send Messages, Embed Links and Attach Files" in said
