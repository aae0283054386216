"""`subscribe` and `unsubscribe`: what members are told of, in both forms."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chat.subscribers.direct import PROOF
from bot.chat.subscribers.subscriptions import MOST_SUBSCRIPTIONS
from bot.people import DIRECT, NO_GUILD, WATCHLIST, Preferences, Received, Snooze, Subscriber, Subscription
from bot.questions.parse import QuestionError
from tests.chat.conftest import NOW
from tests.chat.subscribers import COUNTED, asked, direct, mine, routed, said, subscribed


async def test_a_symbol_alone_is_every_cross_of_it_by_direct_message_proved_before_it_is_stored(place):
    line = await said(place, "subscribe STRL")
    assert line == f"Stored: **cross** of STRL comes to you by direct message, by this server's thresholds.\n{COUNTED}"
    (stored,) = place.behind.members.kept[place.member.id].subscriptions
    wanted = Subscription(1, place.member.id, place.guild.id, "cross", "STRL", DIRECT, place.channel.id, NOW)
    assert stored == wanted
    assert direct(place) == [PROOF]
    assert place.behind.foresight.asked[-1].subscriptions == (stored,)


async def test_whom_direct_messages_reach_already_is_not_written_to_for_every_subscription(place):
    await said(place, "subscribe STRL")
    await said(place, "subscribe IWM")
    assert direct(place) == [PROOF]
    place.behind.members.off[place.member.id] = "Discord refuses them"
    await said(place, "subscribe RUT")
    assert direct(place) == [PROOF, PROOF]


async def test_after_a_prefix_the_words_stand_in_any_order(place):
    for words in (
        "dm cross watchlist",
        "smallcap",
        "sector:real estate cross",
        "Energy dm",
        "all",
        "russell 2000",
    ):
        await said(place, f"subscribe {words}")
    subjects = [subject for _, subject, _ in mine(place)]
    assert subjects == [WATCHLIST, "universe:smallcap", "sector:Real Estate", "sector:Energy", "", "^RUT"]


async def test_a_word_that_names_no_group_and_a_signal_for_questions_says_what_it_is(place, monkeypatch):
    monkeypatch.setattr(place.behind.desk, "groups", dict)
    assert (await said(place, "subscribe smallcap")).startswith("Smallcap is for questions and raises no alerts")
    assert mine(place) == []


async def test_a_symbol_goes_before_a_group_of_that_name(place, monkeypatch):
    monkeypatch.setattr(place.behind.desk, "groups", lambda: {"sector:STRL": frozenset({"IWM"})})
    await said(place, "subscribe strl")
    assert mine(place) == [("cross", "STRL", DIRECT)]


async def test_a_plain_word_that_several_groups_are_called_is_none_of_them(place, monkeypatch):
    two = {"sector:Energy": frozenset({"IWM"}), "theme:Energy": frozenset({"STRL"})}
    monkeypatch.setattr(place.behind.desk, "groups", lambda: two)
    assert (await said(place, "subscribe energy")).startswith("Symbol is energy")
    assert mine(place) == []


async def test_a_group_that_was_subscribed_to_by_its_plain_name_ends_by_it(place):
    await said(place, "subscribe smallcap")
    await said(place, "unsubscribe smallcap")
    assert mine(place) == []


async def test_the_slash_form_stores_the_same_and_is_for_the_asker_alone(place):
    answer = await asked(place, "subscribe", signal="cross", subject="strl", where="dm")
    assert answer.ephemeral
    assert answer.content.startswith("Stored: **cross** of STRL comes to you by direct message")
    assert mine(place) == [("cross", "STRL", DIRECT)]
    answer = await asked(place, "subscribe")
    assert "**cross** of all symbols" in answer.content


async def test_in_a_direct_message_the_default_thresholds_hold(place):
    await place.member.send_dm("subscribe STRL")
    (stored,) = place.behind.members.kept[place.member.id].subscriptions
    assert stored.guild_id == NO_GUILD
    assert "by the default thresholds." in direct(place)[-1]


async def test_said_again_it_is_the_same_subscription(place):
    await said(place, "subscribe STRL")
    await said(place, "subscribe strl dm")
    assert mine(place) == [("cross", "STRL", DIRECT)]


@pytest.mark.parametrize("code", [50007, 50278])
async def test_where_discord_refuses_a_direct_message_nothing_is_stored_and_the_way_out_is_said(place, closed, code):
    closed["code"] = code
    for line in (await said(place, "subscribe STRL"), (await asked(place, "subscribe", subject="STRL")).content):
        assert line.startswith("Discord does not let me write to you, so nothing was stored.")
        assert "**Privacy Settings**, allow **Direct Messages**" in line
    assert mine(place) == []


async def test_a_direct_message_that_fails_for_the_moment_is_no_reproach(place, closed):
    closed["code"] = 0
    line = await said(place, "subscribe STRL")
    assert line == "I could not write to you just now, so nothing was stored: try again in a minute."
    assert mine(place) == []


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("subscribe crss STRL", "There is no signal crss: did you mean cross?"),
        ("subscribe smallcap STRL", "Smallcap is for questions and raises no alerts; choose one of: cross,"),
        ("subscribe STRL IWM", "Name one symbol at a time; or put them on your list with `watch add`, and name"),
        ("subscribe sector:Enrgy", "There is no group sector:Enrgy: did you mean sector:Energy?"),
        ("subscribe STRLL", "Symbol is STRLL"),
        ("subscribe @everyone <@&1>", "Symbol is @\u200beveryone"),
    ],
)
async def test_what_cannot_be_meant_is_refused_and_not_stored(place, words, line):
    assert (await said(place, words)).startswith(line)
    assert mine(place) == []
    assert direct(place) == []


async def test_a_place_that_is_none_is_refused(place):
    answer = await asked(place, "subscribe", subject="STRL", where="there")
    assert answer.ephemeral
    assert answer.content == "There is no place: say `dm` or `here`."


async def test_fifty_subscriptions_are_the_most(place):
    subscribed(place, *(f"S{n}" for n in range(MOST_SUBSCRIPTIONS)))
    line = await said(place, "subscribe STRL")
    assert line.startswith("You have 50 subscriptions, as many as there may be: `subscriptions` shows yours")
    assert len(mine(place)) == MOST_SUBSCRIPTIONS
    assert direct(place) == []
    subscribed_again = place.behind.members.kept[place.member.id].subscriptions[0]
    place.behind.members.kept[place.member.id] = replace(
        place.behind.members.kept[place.member.id],
        subscriptions=(
            replace(subscribed_again, subject="STRL"),
            *place.behind.members.kept[place.member.id].subscriptions[1:],
        ),
    )
    assert (await said(place, "subscribe STRL")).startswith("Stored")


async def test_here_mentions_the_member_where_the_channel_is_told_of_it(place):
    routed(place)
    line = await said(place, "subscribe STRL here")
    assert line == (
        f"Stored: when <#{place.channel.id}> tells of **cross** of STRL, you are mentioned there.\n"
        "With this you would have been mentioned in **3 messages** in the last 30 days and **41** in the last 365 "
        "(counted from history)."
    )
    assert mine(place) == [("cross", "STRL", place.channel.id)]
    assert direct(place) == []
    answer = await asked(place, "subscribe", subject="watchlist", where="here")
    assert "of the symbols on your list, you are mentioned" in answer.content


async def test_here_is_counted_for_what_the_route_carries_and_lets_through(place):
    routed(place, "REI", "IWM", importance=4)
    await said(place, "subscribe universe:smallcap here")
    counted = place.behind.foresight.asked[-1]
    assert [one.subject for one in counted.subscriptions] == ["REI"]
    assert counted.preferences.importance == 4
    await said(place, "subscribe all here")
    assert [one.subject for one in place.behind.foresight.asked[-1].subscriptions] == ["REI", "IWM"]


@pytest.mark.parametrize("form", ["prefix", "slash"])
async def test_here_is_refused_where_the_channel_has_no_route_and_says_what_to_do(place, form):
    line = await said(place, "subscribe STRL here") if form == "prefix" else None
    line = line or (await asked(place, "subscribe", subject="STRL", where="here")).content
    assert line == (
        "This channel gets no alerts of cross: ask a moderator to say `alerts here cross` in it, or say `dm` in the "
        "place of `here`."
    )
    assert mine(place) == []


async def test_here_is_refused_where_the_route_would_never_tell_of_it(place):
    routed(place, "IWM", "sector:Energy")
    line = await said(place, "subscribe STRL here")
    assert line.startswith("This channel is told of IWM, sector:Energy alone, not of STRL: ask a moderator")
    assert (await said(place, "subscribe watchlist here")).startswith("This channel is told of")
    assert mine(place) == []
    assert (await said(place, "subscribe universe:smallcap here")).startswith("Stored")


async def test_here_is_refused_in_a_direct_message(place):
    await place.member.send_dm("subscribe STRL here")
    assert direct(place)[-1].startswith("`here` works in a server's channel: say `dm`")
    assert mine(place) == []


async def test_what_keeps_a_new_subscription_quiet_is_said_with_it(place):
    members = place.behind.members
    members.kept[place.member.id] = Subscriber(
        Preferences(place.member.id, signals=("breadth",)),
        snoozes=(Snooze(place.member.id, "", NOW + timedelta(days=1)),),
    )
    line = await said(place, "subscribe watchlist")
    assert "Your preferences leave cross out: `preferences signals all` lets it in." in line
    assert "You have snoozed it for now: `snooze off` ends that." in line
    assert "Your list is empty so far: `watch add STRL IWM` puts symbols on it." in line


async def test_a_short_history_is_named(place):
    place.behind.foresight.received = Received(1, 2, 90)
    line = await said(place, "subscribe STRL")
    assert line.endswith(
        "received **1 message** in the last 30 days and **2** in the last 365 (counted from history, which has 90 "
        "sessions so far)."
    )
    place.behind.foresight.received = Received(0, 0, 0)
    assert (await said(place, "subscribe IWM")).endswith("there is no history to count in.")


async def test_what_could_not_be_counted_is_said_and_the_change_stands(place):
    place.behind.foresight.broken = QuestionError("the prices are still being loaded: try again in a minute")
    line = await said(place, "subscribe STRL")
    assert line.endswith(
        "How many messages that makes could not be counted (the prices are still being loaded: try again in a minute); "
        "what you decided stands."
    )
    assert mine(place) == [("cross", "STRL", DIRECT)]


async def test_a_subscription_that_could_not_be_stored_is_not_acknowledged(place):
    place.behind.defect_expected = True
    place.behind.members.broken = RuntimeError("secret")
    line = await said(place, "subscribe STRL")
    assert line.startswith("Something went wrong on my side (id `")
    assert "secret" not in line


async def test_subjects_and_places_complete(place):
    complete = place.member.autocomplete
    every = [choice["value"] for choice in await complete(place.channel, "subscribe", "subject", "")]
    assert every[:3] == [WATCHLIST, "all", "sector:Energy"]
    typed = await complete(place.channel, "subscribe", "subject", "str")
    assert typed[0] == {"name": "STRL: Sterling Infrastructure", "value": "STRL"}
    assert [c["value"] for c in await complete(place.channel, "subscribe", "signal", "cros")] == ["cross"]
    places = await complete(place.channel, "subscribe", "where", "")
    assert [choice["value"] for choice in places] == ["dm", "here"]
    subscribed(place, "STRL", "")
    own = await complete(place.channel, "unsubscribe", "subject", "")
    assert [choice["value"] for choice in own] == ["STRL", "all", "all"]


async def test_everything_that_matches_ends_and_is_named(place):
    subscribed(place, "STRL", "IWM")
    subscribed(place, "STRL", channel_id=place.channel.id)
    line = await said(place, "unsubscribe strl")
    assert line == (
        f"Stored: 2 subscriptions have ended.\n• **cross** of STRL, by direct message\n"
        f"• **cross** of STRL, mentioned in <#{place.channel.id}>\n{COUNTED}"
    )
    assert mine(place) == [("cross", "IWM", DIRECT)]


async def test_the_slash_form_ends_those_of_a_place(place):
    subscribed(place, "STRL", "IWM")
    subscribed(place, "IWM", channel_id=place.channel.id)
    answer = await asked(place, "unsubscribe", signal="cross", where="here")
    assert answer.ephemeral
    assert answer.content.startswith("Stored: this subscription has ended.\n• **cross** of IWM, mentioned in")
    assert mine(place) == [("cross", "STRL", DIRECT), ("cross", "IWM", DIRECT)]
    await asked(place, "unsubscribe", subject="IWM", where="dm")
    assert mine(place) == [("cross", "STRL", DIRECT)]


async def test_all_ends_all_and_what_is_left_is_said(place):
    subscribed(place, "STRL", WATCHLIST, "")
    line = await said(place, "unsubscribe all")
    assert line.startswith("Stored: 3 subscriptions have ended.")
    assert line.endswith("Nothing comes to you by direct message: `subscribe` changes that.")
    assert mine(place) == []


async def test_what_is_not_followed_any_more_can_still_be_ended(place):
    subscribed(place, "GONE")
    assert (await said(place, "unsubscribe gone")).startswith("Stored")
    assert mine(place) == []


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("unsubscribe", "Say which: `unsubscribe STRL`, or `unsubscribe all`; `subscriptions` shows yours."),
        ("unsubscribe IWM", "You have no subscription like that: `subscriptions` shows yours."),
        ("unsubscribe here", "You have no subscription like that: `subscriptions` shows yours."),
        ("unsubscribe nonsense", "Symbol is nonsense"),
    ],
)
async def test_what_matches_nothing_is_refused(place, words, line):
    subscribed(place, "STRL")
    assert (await said(place, words)).startswith(line)
    assert mine(place) == [("cross", "STRL", DIRECT)]


async def test_without_subscriptions_there_is_nothing_to_end(place):
    assert await said(place, "unsubscribe all") == "You have no subscriptions: `subscribe` makes one."
