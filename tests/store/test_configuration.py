from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from bot.people import THE_BOT, Cadence, Change, Edit, GuildSettings, Noun, Silence
from bot.store.edits import key_parts, stated
from bot.store.store import Store
from tests.store.outbox_steps import AT, an_event, claim, planned, record, states

GUILD, MOD, OTHER_MOD = 1, 70, 71
CROSS_ROUTE = {"subjects": ["^RUT"], "importance": 3, "role_id": 9, "cadence": "daily", "daily_at": "18:00"}
PLAIN_ROUTE = {"subjects": [], "importance": 1, "role_id": None, "cadence": "instant", "daily_at": None}
LATER = AT + timedelta(days=3)


def threshold(name: str, value: float | str | None) -> Edit:
    return Edit(Noun.THRESHOLD, f"cross {name}", None if value is None else {"value": value})


def silence(key: str, until: datetime | None) -> Edit:
    return Edit(Noun.SILENCE, key, None if until is None else {"until": until.isoformat()})


async def change(store: Store, *edits: Edit, by: int = MOD, at: datetime = AT, action: str = "a change", **given):
    return await store.configuration.change(guild_id=GUILD, by=by, at=at, action=action, edits=edits, **given)


async def undo(store: Store, by: int = MOD) -> Change | None:
    return await store.configuration.undo(guild_id=GUILD, by=by, at=LATER)


async def rows(store: Store, now: datetime = AT):
    return await store.configuration.rows(GUILD, now)


async def test_everything_a_moderator_can_set_is_there_once_set_and_gone_once_taken_away(store: Store):
    wanted = {
        (Noun.ROUTE, "11 cross"): CROSS_ROUTE,
        (Noun.ROUTE, "12 smallcap"): PLAIN_ROUTE,
        (Noun.THRESHOLD, "cross slow"): {"value": 150},
        (Noun.SILENCE, "cross sector:Real Estate"): {"until": LATER.isoformat()},
        (Noun.SILENCE, " ^RUT"): {"until": LATER.isoformat()},
        (Noun.GUILD, "moderator_role_id"): {"value": 5},
        (Noun.GUILD, "time_zone"): {"value": "Europe/Berlin"},
    }
    made = await change(store, *(Edit(noun, key, after) for (noun, key), after in wanted.items()))
    assert [(edit.before, edit.after) for edit in made.edits] == [(None, after) for after in wanted.values()]
    assert await rows(store) == wanted
    [route, _] = await store.routes.list(GUILD)
    assert (route.subjects, route.importance, route.role_id) == (("^RUT",), 3, 9)
    assert (route.cadence, route.daily_at, route.created_by) == (Cadence.DAILY, time(18), MOD)
    assert await store.thresholds.of(GUILD, "cross") == {"slow": 150}
    assert await store.configuration.settings(GUILD) == GuildSettings(GUILD, 5, "Europe/Berlin")
    assert await store.configuration.zones() == {GUILD: "Europe/Berlin"}
    assert await store.configuration.silences(GUILD, AT) == [
        Silence(GUILD, "", "^RUT", LATER, MOD),
        Silence(GUILD, "cross", "sector:Real Estate", LATER, MOD),
    ]
    await change(store, *(Edit(noun, key, None) for noun, key in wanted))
    assert await rows(store) == {}
    assert await store.configuration.settings(GUILD) == GuildSettings(GUILD)
    assert await store.configuration.settings(2) == GuildSettings(2)


async def test_a_silence_that_is_over_is_none(store: Store):
    await change(store, silence("cross ", LATER))
    assert await store.configuration.all_silences(AT) == [Silence(GUILD, "cross", "", LATER, MOD)]
    assert await store.configuration.silences(GUILD, LATER) == await store.configuration.all_silences(LATER) == []
    assert await rows(store, LATER) == {}
    again = await change(store, silence("cross ", LATER + timedelta(days=1)), at=LATER)
    assert again.edits[0].before is None
    assert await undo(store) is not None
    assert await rows(store, LATER) == {}


async def test_a_route_says_again_what_was_left_out_as_the_default(store: Store):
    await change(store, Edit(Noun.ROUTE, "11 cross", {"subjects": ["IWM"]}))
    assert (await rows(store))[Noun.ROUTE, "11 cross"] == {**PLAIN_ROUTE, "subjects": ["IWM"]}
    assert (await change(store, Edit(Noun.ROUTE, "11 cross", {**PLAIN_ROUTE, "subjects": ["IWM"]}))).edits == ()


async def test_what_changes_nothing_is_left_out_and_a_change_of_nothing_is_not_kept(store: Store):
    await change(store, threshold("slow", 150))
    some = await change(store, threshold("slow", 150), threshold("fast", 20))
    assert [edit.key for edit in some.edits] == ["cross fast"]
    none = await change(store, threshold("slow", 150), threshold("near", None), by=OTHER_MOD)
    assert (none.id, none.edits) == (0, ())
    assert len(await store.configuration.audit(GUILD)) == 2


async def test_a_whole_number_is_the_same_whichever_way_it_was_said(store: Store):
    await change(store, threshold("band_pct", 1.0))
    assert (await change(store, threshold("band_pct", 1))).edits == ()
    assert (await change(store, threshold("band_pct", 1.0))).edits == ()


async def test_the_last_of_two_edits_of_one_thing_counts(store: Store):
    made = await change(store, threshold("slow", 150), threshold("slow", 160))
    assert [(edit.before, edit.after) for edit in made.edits] == [(None, {"value": 160})]


async def test_the_check_sees_everything_as_it_would_be_and_what_it_raises_undoes_all(store: Store):
    await change(store, threshold("fast", 20), threshold("near", 5))
    seen = []

    def refuse(would_be) -> None:
        seen.append(dict(would_be))
        raise RuntimeError("they contradict each other")

    with pytest.raises(RuntimeError, match="contradict"):
        await change(store, threshold("slow", 10), threshold("near", None), check=refuse)
    assert seen == [{(Noun.THRESHOLD, "cross fast"): {"value": 20}, (Noun.THRESHOLD, "cross slow"): {"value": 10}}]
    assert await store.thresholds.of(GUILD, "cross") == {"fast": 20, "near": 5}
    assert len(await store.configuration.audit(GUILD)) == 1


async def test_the_audit_tells_who_changed_what_when_from_what_to_what_the_newest_first(store: Store):
    first = await change(store, threshold("slow", 150), action="threshold set cross slow")
    second = await change(store, threshold("slow", 160), by=OTHER_MOD, at=LATER)
    await store.configuration.change(guild_id=2, by=MOD, at=AT, action="elsewhere", edits=[threshold("slow", 1)])
    assert await store.configuration.audit(GUILD) == [second, first]
    assert await store.configuration.audit(GUILD, limit=1) == [second]
    assert await store.configuration.audit(GUILD, before=second.id) == [first]
    assert second == Change(
        second.id, GUILD, LATER, OTHER_MOD, "a change", (replace(threshold("slow", 160), before={"value": 150}),)
    )


async def test_undo_writes_back_what_was_before_change_by_change(store: Store):
    first = await change(store, threshold("slow", 150), Edit(Noun.ROUTE, "11 cross", CROSS_ROUTE))
    second = await change(store, threshold("slow", 160), Edit(Noun.GUILD, "time_zone", {"value": "Asia/Tokyo"}))
    back = await undo(store, OTHER_MOD)
    assert back is not None
    assert (back.undoes, back.by, back.action, back.at) == (second.id, OTHER_MOD, "undo a change", LATER)
    assert await rows(store) == {
        (Noun.ROUTE, "11 cross"): CROSS_ROUTE,
        (Noun.THRESHOLD, "cross slow"): {"value": 150},
    }
    marks = [(made.id, made.is_undone, made.undoes) for made in await store.configuration.audit(GUILD)]
    assert marks == [(back.id, False, second.id), (second.id, True, None), (first.id, False, None)]
    again = await undo(store)
    assert again is not None
    assert again.undoes == first.id
    assert await rows(store) == {}
    assert await undo(store) is None


async def test_undo_of_one_change_alone_undoes_no_other_that_came_after_it(store: Store):
    mine = await change(store, threshold("slow", 150))
    theirs = await change(store, threshold("fast", 20), by=OTHER_MOD)
    asked = {"guild_id": GUILD, "by": MOD, "at": LATER}
    assert await store.configuration.undo(**asked, only=mine.id) is None
    assert await store.thresholds.of(GUILD, "cross") == {"slow": 150, "fast": 20}
    back = await store.configuration.undo(**asked, only=theirs.id)
    assert back is not None
    assert back.undoes == theirs.id


async def test_undo_passes_over_what_the_bot_did_and_over_other_guilds(store: Store):
    assert await undo(store) is None
    mine = await change(store, threshold("slow", 150))
    await store.configuration.change(guild_id=2, by=MOD, at=AT, action="elsewhere", edits=[threshold("slow", 1)])
    await change(store, threshold("slow", 999), by=THE_BOT)
    back = await undo(store)
    assert back is not None
    assert back.undoes == mine.id
    assert await store.thresholds.of(2, "cross") == {"slow": 1}


async def test_an_undo_that_finds_nothing_left_to_do_is_kept_so_that_the_next_goes_further_back(store: Store):
    first = await change(store, threshold("slow", 150))
    await change(store, Edit(Noun.ROUTE, "11 cross", PLAIN_ROUTE))
    await store.routes.remove(guild_id=GUILD, channel_id=11, by=THE_BOT, at=AT)
    void = await undo(store)
    assert void is not None
    assert void.edits == ()
    back = await undo(store)
    assert back is not None
    assert back.undoes == first.id


async def test_undoing_the_end_of_a_route_brings_it_back_whole(store: Store):
    await change(store, Edit(Noun.ROUTE, "11 cross", CROSS_ROUTE))
    await store.routes.remove(guild_id=GUILD, channel_id=11, by=MOD, at=AT)
    assert await store.routes.list(GUILD) == []
    await undo(store)
    assert await rows(store) == {(Noun.ROUTE, "11 cross"): CROSS_ROUTE}


async def test_routes_and_thresholds_set_by_their_own_commands_are_audited(store: Store):
    await store.routes.add(
        guild_id=GUILD,
        channel_id=11,
        signal="cross",
        subjects=("^RUT",),
        by=MOD,
        at=AT,
        importance=3,
        role_id=9,
        cadence=Cadence.DAILY,
        daily_at=time(18),
    )
    await store.thresholds.set(guild_id=GUILD, signal="cross", name="slow", value=150, by=MOD, at=AT)
    await store.thresholds.reset(guild_id=GUILD, signal="cross", by=OTHER_MOD, at=AT)
    await store.routes.remove(guild_id=GUILD, channel_id=11, by=OTHER_MOD, at=AT)
    told = [(made.by, made.action, made.edits[0]) for made in reversed(await store.configuration.audit(GUILD))]
    assert told == [
        (MOD, "alerts here cross", Edit(Noun.ROUTE, "11 cross", CROSS_ROUTE)),
        (MOD, "threshold set cross slow", threshold("slow", 150)),
        (OTHER_MOD, "threshold reset cross", Edit(Noun.THRESHOLD, "cross slow", None, {"value": 150})),
        (OTHER_MOD, "alerts off", Edit(Noun.ROUTE, "11 cross", None, CROSS_ROUTE)),
    ]


async def test_removing_where_there_is_nothing_leaves_no_trace(store: Store):
    assert await store.routes.remove(guild_id=GUILD, channel_id=11, by=MOD, at=AT) == 0
    assert await store.thresholds.reset(guild_id=GUILD, signal="cross", by=MOD, at=AT) == 0
    assert await store.configuration.audit(GUILD) == []
    assert await store.guilds.present() == []


async def test_a_route_that_an_edit_ends_keeps_back_what_waits_for_it(store: Store):
    route = await store.routes.add(guild_id=GUILD, channel_id=11, signal="cross", subjects=(), by=MOD, at=AT)
    event = an_event()
    await record(store, planned(event, route_id=route.id), events=(event,))
    await change(store, Edit(Noun.ROUTE, "11 cross", None))
    assert await states(store) == {"suppressed": 1}


async def test_the_routes_of_a_channel_that_is_gone_end_in_the_audit_by_the_bot(store: Store):
    await store.routes.add(guild_id=GUILD, channel_id=11, signal="cross", subjects=(), by=MOD, at=AT)
    event = an_event()
    await record(store, planned(event, 11), events=(event,))
    [message] = await claim(store)
    await store.destinations.switch_off(message, "it was deleted", LATER, notice_text="tell them", is_gone=True)
    last = (await store.configuration.audit(GUILD))[0]
    assert (last.by, last.at, last.action) == (THE_BOT, LATER, "alerts ended: it was deleted")
    assert last.edits == (Edit(Noun.ROUTE, "11 cross", None, PLAIN_ROUTE),)


async def test_an_action_of_any_length_is_kept(store: Store):
    await change(store, threshold("slow", 150), action="x" * 400)
    back = await undo(store)
    assert back is not None
    assert [len(made.action) for made in await store.configuration.audit(GUILD)] == [300, 300]


async def test_two_moderators_at_once_are_both_audited_in_one_chain_and_the_last_wins(url: str, store: Store, keep):
    other = keep(Store(url))
    await other.open()

    async def set_often(which: Store, by: int, first: int) -> None:
        for value in range(first, first + 25):
            await change(which, threshold("slow", value), by=by)

    await asyncio.gather(set_often(store, MOD, 100), set_often(other, OTHER_MOD, 200))
    made = (await store.configuration.audit(GUILD, limit=100))[::-1]
    edits = [one.edits[0] for one in made]
    assert {(one.by, edit.after["value"]) for one, edit in zip(made, edits, strict=True)} == {
        *((MOD, value) for value in range(100, 125)),
        *((OTHER_MOD, value) for value in range(200, 225)),
    }
    assert [edit.before for edit in edits] == [None, *(edit.after for edit in edits[:-1])]
    assert await store.thresholds.of(GUILD, "cross") == {"slow": edits[-1].after["value"]}


async def test_two_who_undo_at_once_take_back_one_change_each(url: str, store: Store, keep):
    other = keep(Store(url))
    await other.open()
    values = [await change(store, threshold("slow", value)) for value in range(100, 106)]
    backs = await asyncio.gather(*(undo(which, by) for which, by in [(store, MOD), (other, OTHER_MOD)] * 3))
    assert sorted(back.undoes for back in backs if back) == [made.id for made in values]
    assert await rows(store) == {}


KEYS = [
    (Noun.ROUTE, "cross"),
    (Noun.ROUTE, "x1 cross"),
    (Noun.ROUTE, "011 cross"),
    (Noun.ROUTE, "11 "),
    (Noun.ROUTE, "11 cross more"),
    (Noun.ROUTE, f"{2**63} cross"),
    (Noun.THRESHOLD, "cross"),
    (Noun.THRESHOLD, " slow"),
    (Noun.THRESHOLD, "cross slow more"),
    (Noun.THRESHOLD, f"cross {'x' * 51}"),
    (Noun.SILENCE, "cross"),
    (Noun.SILENCE, f"cross {'x' * 101}"),
    (Noun.GUILD, "first_seen"),
    (Noun.GUILD, "id"),
]


@pytest.mark.parametrize(("noun", "key"), KEYS)
def test_a_key_of_unknown_form_is_refused(noun: Noun, key: str):
    with pytest.raises(ValueError, match="is no key of a"):
        key_parts(noun, key)


VALUES = [
    (Noun.ROUTE, {"subjects": "^RUT"}),
    (Noun.ROUTE, {"subjects": [5]}),
    (Noun.ROUTE, {"importance": 6}),
    (Noun.ROUTE, {"importance": True}),
    (Noun.ROUTE, {"role_id": "@everyone"}),
    (Noun.ROUTE, {"role_id": 2**63}),
    (Noun.ROUTE, {"cadence": "hourly"}),
    (Noun.ROUTE, {"daily_at": "25:00"}),
    (Noun.ROUTE, {"created_by": 5}),
    (Noun.THRESHOLD, {}),
    (Noun.THRESHOLD, {"value": None}),
    (Noun.THRESHOLD, {"value": True}),
    (Noun.THRESHOLD, {"value": float("nan")}),
    (Noun.THRESHOLD, {"value": 1, "set_by": 5}),
    (Noun.SILENCE, {"until": "soon"}),
    (Noun.SILENCE, {"until": "2025-08-06T20:00:00"}),
    (Noun.GUILD, {"value": "five"}),
    (Noun.GUILD, {"value": -1}),
]


@pytest.mark.parametrize(("noun", "value"), VALUES)
def test_a_value_of_unknown_form_is_refused(noun: Noun, value: dict):
    with pytest.raises(ValueError):
        stated(noun, "moderator_role_id", value, AT)


async def test_one_bad_edit_stores_none(store: Store):
    with pytest.raises(ValueError, match="is no key of a threshold"):
        await change(store, threshold("slow", 150), Edit(Noun.THRESHOLD, "nonsense", {"value": 1}))
    assert await rows(store) == {}


def test_an_instant_is_kept_in_utc_whatever_zone_it_was_said_in():
    assert stated(Noun.SILENCE, "cross ", {"until": "2025-08-09T22:20:00+02:00"}, AT) == {
        "until": datetime(2025, 8, 9, 20, 20, tzinfo=UTC).isoformat()
    }


async def test_two_moderators_who_change_different_things_of_a_route_at_once_both_have_their_way(store: Store):
    await change(store, Edit(Noun.ROUTE, "11 cross", CROSS_ROUTE))
    await asyncio.gather(
        change(store, Edit(Noun.ROUTE, "11 cross", {"importance": 5}), by=MOD),
        change(store, Edit(Noun.ROUTE, "11 cross", {"role_id": 8}), by=OTHER_MOD),
    )
    assert (await rows(store))[Noun.ROUTE, "11 cross"] == {**CROSS_ROUTE, "importance": 5, "role_id": 8}
