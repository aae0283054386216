from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.store.columns import NaiveInstant
from bot.store.store import Store

AT = datetime(2025, 8, 6, 20, 20, tzinfo=UTC)


async def add(store: Store, channel_id: int = 11, signal: str = "cross", subjects: tuple[str, ...] = (), **given):
    return await store.routes.add(
        **{"guild_id": 1, "channel_id": channel_id, "signal": signal, "subjects": subjects, "by": 7, "at": AT, **given}
    )


async def test_a_route_is_there_once_added(store: Store):
    route = await add(store, subjects=("^RUT", "IWM"))
    assert await store.routes.list(1) == [route]
    assert await store.routes.all() == [route]
    assert (route.subjects, route.created_at, route.created_by) == (("^RUT", "IWM"), AT, 7)


async def test_adding_a_route_again_replaces_its_subjects(store: Store):
    first = await add(store, subjects=("^RUT",))
    second = await add(store, subjects=())
    assert second.id == first.id
    assert [route.subjects for route in await store.routes.list(1)] == [()]


async def test_a_guild_sees_its_own_routes_only(store: Store):
    await add(store)
    assert await store.routes.list(2) == []


async def test_removing_ends_one_signal_or_all_of_a_channel(store: Store):
    for signal in ("cross", "smallcap"):
        await add(store, signal=signal)
    await add(store, channel_id=12)
    assert await store.routes.remove(guild_id=1, channel_id=11, by=7, at=AT, signal="smallcap") == 1
    assert await store.routes.remove(guild_id=2, channel_id=11, by=7, at=AT) == 0
    assert await store.routes.remove(guild_id=1, channel_id=11, by=7, at=AT) == 1
    assert [route.channel_id for route in await store.routes.all()] == [12]


async def test_the_number_of_a_removed_route_is_not_given_out_again(store: Store):
    first = await add(store)
    await store.routes.remove(guild_id=1, channel_id=11, by=7, at=AT)
    assert (await add(store)).id > first.id


async def test_an_instant_without_a_zone_is_refused(store: Store):
    with pytest.raises(NaiveInstant, match="no time zone"):
        await add(store, at=AT.replace(tzinfo=None))
    assert await store.routes.all() == []


async def set_threshold(store: Store, guild_id: int, name: str, value: float | str) -> None:
    await store.thresholds.set(guild_id=guild_id, signal="cross", name=name, value=value, by=7, at=AT)


async def test_thresholds_keep_their_type_and_the_last_value(store: Store):
    await set_threshold(store, 1, "fast", 20)
    await set_threshold(store, 1, "fast", 30)
    await set_threshold(store, 1, "band_pct", 1.5)
    await set_threshold(store, 1, "layers", "all")
    found = await store.thresholds.of(1, "cross")
    assert found == {"fast": 30, "band_pct": 1.5, "layers": "all"}
    assert isinstance(found["fast"], int)
    assert await store.thresholds.of(1, "smallcap") == {}


async def test_resetting_returns_one_threshold_or_all_to_the_default(store: Store):
    for name in ("fast", "slow", "near"):
        await set_threshold(store, 1, name, 20)
    assert await store.thresholds.reset(guild_id=1, signal="cross", by=7, at=AT, name="fast") == 1
    assert await store.thresholds.reset(guild_id=1, signal="cross", by=7, at=AT, name="fast") == 0
    assert await store.thresholds.reset(guild_id=1, signal="cross", by=7, at=AT) == 2
    assert await store.thresholds.of(1, "cross") == {}


async def test_guilds_with_a_route_are_told_with_what_they_changed_and_no_others(store: Store):
    for guild_id in (1, 2, 3):
        await add(store, channel_id=10 + guild_id, guild_id=guild_id)
    await add(store, channel_id=21)
    for guild_id, name, value in ((1, "fast", 20), (1, "slow", 100), (2, "fast", 30), (9, "fast", 40)):
        await set_threshold(store, guild_id, name, value)
    assert await store.thresholds.by_guild("cross") == {1: {"fast": 20, "slow": 100}, 2: {"fast": 30}, 3: {}}
    assert await store.thresholds.by_guild("smallcap") == {}


async def test_notes_are_kept(store: Store):
    assert await store.notes.get("tree") is None
    await store.notes.set("tree", "a")
    await store.notes.set("tree", "b")
    assert await store.notes.get("tree") == "b"
