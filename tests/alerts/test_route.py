"""Who hears of an event, and what keeps it back: on plain values, without a store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alerts.match import Matches, applies
from bot.alerts.route import Audience, plan, why
from bot.people import (
    DIRECT,
    NO_GUILD,
    WATCHLIST,
    Cadence,
    Preferences,
    Silence,
    Snooze,
    Subscriber,
    Subscription,
    covers,
    groups_of,
)
from bot.records import Planned, Route
from signals.cross import CROSS
from signals.types import Event

NOW = datetime(2025, 8, 6, 20, 20, tzinfo=UTC)  # 16:20 in New York
EXPIRES = NOW + timedelta(hours=24)
STANDARD = CROSS.thresholds_with()
QUICK = CROSS.thresholds_with({"fast": 5, "slow": 20})
GROUPS = groups_of(
    {"smallcap": ["AAA", "BBB", "CCC"], "largecap": ["BIG"]}, {"AAA": "Energy", "BIG": "Energy", "BBB": "Healthcare"}
)
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


def event(subject: str = "AAA", kind: str = "golden_cross", thresholds=STANDARD, session=date(2025, 8, 6)) -> Event:
    used = {name: thresholds[name] for name in CROSS.kind(kind).thresholds}
    return Event("cross", kind, subject, session, 1, used, {})


def route(channel_id: int = 11, *subjects: str, guild_id: int = 1, **given) -> Route:
    return Route(channel_id, guild_id, channel_id, "cross", subjects, 7, LONG_AGO, **given)


def subscription(subject: str = "", *, channel_id: int = DIRECT, number: int = 1, **given) -> Subscription:
    facts = {"user_id": 5, "guild_id": 1, "signal": "cross", "asked_in": 90, "created_at": LONG_AGO, **given}
    return Subscription(id=number, subject=subject, channel_id=channel_id, **facts)


def member(*subscriptions: Subscription, user_id: int = 5, snoozes=(), watched=(), **wishes) -> Subscriber:
    return Subscriber(Preferences(user_id, **wishes), subscriptions, snoozes, watched)


def planned(*events: Event, effective=None, now=NOW, **audience) -> list[Planned]:
    known = {(1, "cross"): STANDARD, (2, "cross"): STANDARD, (NO_GUILD, "cross"): STANDARD}
    wanting = Audience(**{"routes": (), "groups": GROUPS, "effective": effective or known, **audience})
    return plan(events, wanting, signals=(CROSS,), expires_at=EXPIRES, now=now)


def told(plans: list[Planned]) -> list[tuple[int, str]]:
    return [(each.channel_id, each.identity.split("|")[1]) for each in plans if not each.suppressed]


def reasons(plans: list[Planned]) -> list[str]:
    return [each.suppressed for each in plans]


def test_a_channel_gets_the_symbols_and_groups_it_asked_for_with_the_reason():
    routes = (route(11, "AAA"), route(12, "sector:Energy"), route(13, "universe:smallcap", "BIG"), route(14))
    plans = planned(event("AAA"), event("BIG"), routes=routes)
    assert told(plans) == [
        (11, "AAA"),
        (12, "AAA"),
        (12, "BIG"),
        (13, "AAA"),
        (13, "BIG"),
        (14, "AAA"),
        (14, "BIG"),
    ]
    assert [each.why for each in plans if each.channel_id in {12, 13}][1:3] == [
        "this channel follows cross for the sector Energy (/alerts list)",
        "this channel follows cross for the universe smallcap, BIG (/alerts list)",
    ]
    assert {(each.priority, each.is_direct, each.not_before) for each in plans} == {(5, False, None)}


def test_what_is_less_important_than_a_route_wishes_for_is_not_planned_at_all():
    plans = planned(event(kind="golden_cross"), event(kind="confirmed"), routes=(route(importance=4),))
    assert [each.priority for each in plans] == [5]


def test_an_event_of_other_thresholds_is_for_those_who_use_them():
    effective = {(1, "cross"): STANDARD, (2, "cross"): QUICK}
    routes = (route(11), route(22, guild_id=2), route(33, guild_id=3))
    plans = planned(event("AAA"), event("BBB", thresholds=QUICK), effective=effective, routes=routes)
    assert told(plans) == [(11, "AAA"), (22, "BBB")]


@pytest.mark.parametrize(
    ("silence", "is_hushed"),
    [
        (Silence(1, "cross", "", EXPIRES, 7), True),
        (Silence(1, "", "AAA", EXPIRES, 7), True),
        (Silence(1, "cross", "AAA", EXPIRES, 7), True),
        (Silence(1, "cross", "BBB", EXPIRES, 7), False),
        (Silence(1, "smallcap", "", EXPIRES, 7), False),
        (Silence(2, "cross", "", EXPIRES, 7), False),
        (Silence(1, "cross", "", NOW, 7), False),
    ],
)
def test_a_silence_keeps_its_guilds_channels_still_and_says_until_when(silence, *, is_hushed):
    subscriber = member(subscription())
    plans = planned(event(), routes=(route(),), subscribers=(subscriber,), silences=(silence,))
    assert reasons(plans) == [
        f"silenced until <t:{int(EXPIRES.timestamp())}:f> by a moderator" if is_hushed else "",
        "",
    ]
    assert plans[1].is_direct, "what members want for themselves is not the moderators' to silence"


def test_the_longest_of_several_silences_is_named():
    later = EXPIRES + timedelta(days=3)
    silences = (Silence(1, "cross", "", later, 7), Silence(1, "", "AAA", EXPIRES, 7))
    [plan_] = planned(event(), routes=(route(),), silences=silences)
    assert str(int(later.timestamp())) in plan_.suppressed


def test_a_daily_channel_waits_for_its_hour_in_the_guilds_time_zone():
    daily = {"cadence": Cadence.DAILY, "daily_at": time(18)}
    routes = (route(11, **daily), route(22, guild_id=2, **daily), route(33, cadence=Cadence.DAILY))
    plans = planned(event(), routes=routes, zones={2: "Europe/Berlin"})
    assert [(each.not_before, each.is_daily) for each in plans] == [
        (datetime(2025, 8, 6, 22, tzinfo=UTC), True),
        (datetime(2025, 8, 7, 16, tzinfo=UTC), True),
        (datetime(2025, 8, 6, 22, tzinfo=UTC), True),
    ]


def test_a_member_gets_an_event_once_by_the_subscription_that_names_it_best():
    subscriptions = (
        subscription("", number=1),
        subscription("universe:smallcap", number=2, guild_id=2),
        subscription(WATCHLIST, number=3),
        subscription("AAA", number=4, guild_id=NO_GUILD),
    )
    plans = planned(
        *(event(symbol) for symbol in ("AAA", "BBB", "CCC", "BIG")),
        subscribers=(member(*subscriptions, watched=("BBB",)),),
    )
    by_symbol = {each.identity.split("|")[1]: each for each in plans}
    assert {symbol: each.subscription_id for symbol, each in by_symbol.items()} == {
        "AAA": 4,
        "BBB": 3,
        "CCC": 2,
        "BIG": 1,
    }
    assert {symbol: each.why for symbol, each in by_symbol.items()} == {
        "AAA": "you follow cross for AAA (/subscriptions)",
        "BBB": "you follow cross for your list (/subscriptions)",
        "CCC": "you follow cross for the universe smallcap (/subscriptions)",
        "BIG": "you follow cross for every symbol (/subscriptions)",
    }
    assert {(each.channel_id, each.is_direct, each.route_id) for each in plans} == {(5, True, None)}
    assert [by_symbol[symbol].guild_id for symbol in ("AAA", "BBB", "CCC")] == [NO_GUILD, 1, 2]


def test_an_empty_list_follows_nothing():
    assert planned(event(), subscribers=(member(subscription(WATCHLIST)),)) == []


def test_a_direct_subscription_follows_the_thresholds_of_the_guild_it_was_made_in():
    effective = {(NO_GUILD, "cross"): STANDARD, (1, "cross"): QUICK}
    subscribers = (
        member(subscription(guild_id=NO_GUILD, user_id=5), user_id=5),
        member(subscription(guild_id=1, user_id=6), user_id=6),
        member(subscription(guild_id=3, user_id=8), user_id=8),
    )
    plans = planned(event("AAA"), event("BBB", thresholds=QUICK), effective=effective, subscribers=subscribers)
    assert told(plans) == [(5, "AAA"), (6, "BBB")]


@pytest.mark.parametrize(
    ("wishes", "snoozes", "reason"),
    [
        ({"importance": 4}, (), "below your minimum importance"),
        ({"signals": ("smallcap",)}, (), "you left cross out in your preferences"),
        ({"signals": ("smallcap", "cross"), "importance": 3}, (), ""),
        ({}, (Snooze(5, "cross", EXPIRES),), f"you snoozed cross until <t:{int(EXPIRES.timestamp())}:f>"),
        ({}, (Snooze(5, "", EXPIRES),), f"you snoozed everything until <t:{int(EXPIRES.timestamp())}:f>"),
        ({}, (Snooze(5, "smallcap", EXPIRES), Snooze(5, "cross", NOW)), ""),
    ],
)
def test_what_a_member_does_not_want_is_planned_as_kept_back_with_the_reason(wishes, snoozes, reason):
    subscriber = member(subscription(), snoozes=snoozes, **wishes)
    assert reasons(planned(event(kind="confirmed"), subscribers=(subscriber,))) == [reason]


def test_quiet_hours_and_the_daily_hour_delay_a_direct_message():
    berlin = {"time_zone": "Europe/Berlin"}  # it is 22:20 there
    night = {"quiet_from": time(22), "quiet_to": time(7), **berlin}
    daily = {"cadence": Cadence.DAILY, "daily_at": time(6), **berlin}
    wishes = (berlin, night, daily, night | daily)
    subscribers = [member(subscription(user_id=n), user_id=n, **given) for n, given in enumerate(wishes)]
    assert [(each.not_before, each.is_daily) for each in planned(event(), subscribers=subscribers)] == [
        (None, False),
        (datetime(2025, 8, 7, 5, tzinfo=UTC), False),
        (datetime(2025, 8, 7, 4, tzinfo=UTC), True),
        (datetime(2025, 8, 7, 5, tzinfo=UTC), True),
    ]


def here(user_id: int, subject: str = "", channel_id: int = 11, **given) -> Subscriber:
    return member(subscription(subject, channel_id=channel_id, user_id=user_id), user_id=user_id, **given)


def test_who_asked_to_be_told_here_is_mentioned_where_the_channel_is_told_and_nowhere_else():
    subscribers = (
        here(5),
        here(6, "AAA"),
        here(7, "universe:smallcap"),
        here(8, WATCHLIST, watched=("BBB",)),
        here(9, channel_id=99),
        here(10, snoozes=(Snooze(10, "cross", EXPIRES),)),
        here(12, WATCHLIST),
    )
    plans = planned(event("AAA"), event("BIG"), routes=(route(11), route(22)), subscribers=subscribers)
    assert [(each.channel_id, each.identity.split("|")[1], each.mentions) for each in plans] == [
        (11, "AAA", (5, 6, 7)),
        (11, "BIG", (5,)),
        (22, "AAA", ()),
        (22, "BIG", ()),
    ]


def test_nobody_is_mentioned_by_what_a_moderator_silenced():
    silences = (Silence(1, "cross", "", EXPIRES, 7),)
    assert [
        each.mentions for each in planned(event(), routes=(route(),), subscribers=(here(5),), silences=silences)
    ] == [()]


def test_at_most_fifty_members_are_mentioned():
    [plan_] = planned(event(), routes=(route(),), subscribers=[here(100 + n) for n in range(70)])
    assert plan_.mentions == tuple(range(100, 150))


def test_a_routes_role_goes_with_every_event():
    assert [each.role_id for each in planned(event(), routes=(route(role_id=77), route(12)))] == [77, None]


def test_an_index_speaks_for_its_constituents_in_the_same_message():
    events = (event("AAA"), event("^RUT"), event("BBB"), event("BIG"), event("CCC", "confirmed"))
    plans = planned(*events, routes=(route(),), subscribers=(member(subscription()),))
    for channel in (11, 5):
        mine = [each for each in plans if each.channel_id == channel]
        assert [(each.suppressed, each.is_folded) for each in mine] == [
            ("the alert about ^RUT speaks for it", True),
            ("", False),
            ("the alert about ^RUT speaks for it", True),
            ("", False),
            ("", False),
        ]
        assert mine[1].why.endswith(", with 2 of its members' own")
        assert "own" not in mine[3].why


def test_what_somebody_named_is_told_by_itself():
    events = (event("^RUT"), event("AAA"), event("BBB"))
    subscribers = (
        member(subscription(number=1), subscription("AAA", number=2)),
        member(
            subscription(number=3, user_id=6), subscription(WATCHLIST, number=4, user_id=6), watched=("BBB",), user_id=6
        ),
    )
    routes = (route(11, "^RUT", "AAA", "universe:smallcap"),)
    folded = [
        (each.channel_id, each.identity.split("|")[1])
        for each in planned(*events, routes=routes, subscribers=subscribers)
        if each.is_folded
    ]
    assert folded == [(11, "BBB"), (5, "BBB"), (6, "AAA")]


def test_a_member_mentioned_for_a_constituent_is_mentioned_by_its_index_unless_they_named_it():
    plans = planned(
        *(event(symbol) for symbol in ("^RUT", "AAA", "BBB")),
        routes=(route(),),
        subscribers=(here(5, "universe:smallcap"), here(6, "AAA")),
    )
    assert [(each.mentions, each.is_folded) for each in plans] == [((5,), False), ((5, 6), False), ((), True)]


@pytest.mark.parametrize(
    "speaker",
    [
        event("^RUT", "death_cross"),
        event("^RUT", thresholds=QUICK),
        event("^RUT", session=date(2025, 8, 5)),
        event("^GSPC"),
        event("^DJI"),
    ],
)
def test_an_index_absorbs_only_what_is_alike_and_of_its_members(speaker):
    assert not any(each.is_folded for each in planned(speaker, event("AAA"), routes=(route(),)))


def test_a_silenced_index_speaks_for_nobody():
    silences = (Silence(1, "", "^RUT", EXPIRES, 7),)
    plans = planned(event("^RUT"), event("AAA"), routes=(route(),), silences=silences)
    assert told(plans) == [(11, "AAA")]


def test_the_index_of_one_channel_says_nothing_for_another():
    plans = planned(event("^RUT"), event("AAA"), routes=(route(11), route(12, "universe:smallcap")))
    assert told(plans) == [(11, "^RUT"), (12, "AAA")]


SUBJECTS = ("AAA", "BBB", "CCC", "BIG", "^RUT", "universe:smallcap", "sector:Energy", "theme:none")


@given(
    st.lists(st.sampled_from(("AAA", "BBB", "BIG", "^RUT", "ZZZ")), unique=True),
    st.lists(st.lists(st.sampled_from(SUBJECTS), max_size=4, unique=True).map(tuple), max_size=6),
    st.lists(st.sampled_from((STANDARD, QUICK)), min_size=2, max_size=2),
)
def test_what_is_looked_up_is_what_every_event_against_every_route_would_give(symbols, wishes, used):
    events = [event(symbol, thresholds=each) for symbol in symbols for each in (STANDARD, QUICK)]
    effective = {(1, "cross"): used[0], (2, "cross"): used[1]}
    matches = Matches(events, effective, GROUPS)
    for guild_id in (1, 2, 3):
        for subjects in wishes:
            thresholds = effective.get((guild_id, "cross"))
            expected = [
                each
                for each in events
                if thresholds is not None and covers(subjects, each.subject, GROUPS) and applies(each, thresholds)
            ]
            assert list(matches.wanted("cross", guild_id, subjects)) == expected
    assert matches.wanted("smallcap", 1, ()) == ()


def test_groups_are_named_after_universes_and_sectors():
    assert GROUPS["universe:largecap"] == {"BIG"}
    assert GROUPS["sector:Energy"] == {"AAA", "BIG"}
    assert set(GROUPS) == {"universe:smallcap", "universe:largecap", "sector:Energy", "sector:Healthcare"}


def test_why_names_symbols_only_where_alerts_could_be_of_fewer():
    assert why(route()) == "this channel follows cross for every symbol (/alerts list)"
    assert why(route(11, "AAA")) == "this channel follows cross for AAA (/alerts list)"
    assert why(replace(route(), signal="breadth")) == "this channel follows breadth (/alerts list)"
    assert why(replace(route(11, "theme:optical"), signal="themes")).startswith(
        "this channel follows themes for the theme"
    )
