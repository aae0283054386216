from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from bot.alerts.housekeeping import ASKED_AGAIN, KEPT, Housekeeper
from bot.alerts.ports import SendFailed
from bot.clock import SetClock

NOW = datetime(2025, 8, 6, 12, tzinfo=UTC)


@dataclass
class Guilds:
    left: dict[int, datetime] = field(default_factory=dict)

    async def purge(self, before):
        gone = [guild for guild, at in self.left.items() if at < before]
        for guild in gone:
            del self.left[guild]
        return gone


@dataclass
class Memberships:
    asked: dict[tuple[int, int], datetime | None]
    gone: dict[tuple[int, int], datetime] = field(default_factory=dict)

    async def due(self, before, limit):
        return [pair for pair, at in self.asked.items() if at is None or at < before][:limit]

    async def checked(self, guild_id, user_id, at, is_there):
        self.asked[guild_id, user_id] = at
        if is_there:
            self.gone.pop((guild_id, user_id), None)
        else:
            self.gone.setdefault((guild_id, user_id), at)

    async def purge(self, before):
        gone = [pair for pair, at in self.gone.items() if at < before]
        for pair in gone:
            del self.gone[pair], self.asked[pair]
        return len(gone)


@dataclass
class Attendance:
    there: set[tuple[int, int]]
    guilds: set[int] = field(default_factory=lambda: {1})
    is_away: bool = False

    async def is_member(self, guild_id, user_id):
        if self.is_away:
            raise SendFailed("no answer", permanent=False)
        return (guild_id, user_id) in self.there if guild_id in self.guilds else None


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


def keeper(clock, memberships, attendance, guilds=None) -> Housekeeper:
    return Housekeeper(guilds or Guilds(), memberships, attendance, clock, between_s=0)


async def test_what_is_kept_of_a_member_goes_thirty_days_after_they_were_first_missed(clock):
    memberships, attendance = Memberships({(1, 10): None, (1, 11): None}), Attendance({(1, 11)})
    house = keeper(clock, memberships, attendance)
    await house.go_round()
    assert memberships.gone == {(1, 10): NOW}
    clock.set(NOW + KEPT)
    await house.go_round()
    assert (1, 10) in memberships.asked
    clock.set(NOW + KEPT + timedelta(minutes=1))
    await house.go_round()
    assert set(memberships.asked) == {(1, 11)}


async def test_who_comes_back_in_time_loses_nothing(clock):
    memberships, attendance = Memberships({(1, 10): None}), Attendance(set())
    house = keeper(clock, memberships, attendance)
    await house.go_round()
    attendance.there.add((1, 10))
    clock.set(NOW + ASKED_AGAIN + timedelta(hours=1))
    await house.go_round()
    clock.set(NOW + 3 * KEPT)
    await house.go_round()
    assert set(memberships.asked) == {(1, 10)}


async def test_nobody_is_taken_for_gone_while_discord_does_not_answer_or_the_bot_is_no_member(clock):
    memberships = Memberships({(1, 10): None, (2, 10): None})
    attendance = Attendance({(1, 10)}, is_away=True)
    house = keeper(clock, memberships, attendance)
    await house.go_round()
    assert memberships.asked == {(1, 10): None, (2, 10): None}
    attendance.is_away = False
    await house.go_round()
    assert memberships.asked == {(1, 10): NOW, (2, 10): None}
    assert memberships.gone == {}


async def test_guilds_left_longer_ago_than_is_said_are_deleted(clock):
    guilds = Guilds({1: NOW - KEPT - timedelta(minutes=1), 2: NOW - timedelta(days=29)})
    await keeper(clock, Memberships({}), Attendance(set()), guilds).go_round()
    assert set(guilds.left) == {2}
