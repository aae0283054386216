from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest

from bot.market.held import Releases, ReleasesDamaged

AT = datetime(2025, 8, 6, 21, tzinfo=UTC)


def test_nothing_is_released_at_first(tmp_path):
    assert Releases(tmp_path / "released.json").cells() == frozenset()


def test_a_release_is_remembered_across_restarts(tmp_path):
    path = tmp_path / "state" / "released.json"
    Releases(path).release("STRL", date(2025, 8, 5), at=AT)
    (release,) = Releases(path).all()
    assert (release.symbol, release.session, release.by, release.at) == ("STRL", date(2025, 8, 5), "operator", AT)
    assert Releases(path).cells() == {("STRL", date(2025, 8, 5))}


def test_releasing_twice_changes_nothing(tmp_path):
    releases = Releases(tmp_path / "released.json")
    releases.release("STRL", date(2025, 8, 5), at=AT)
    again = releases.release("STRL", date(2025, 8, 5), at=AT.replace(hour=22), by="second source")
    assert (again.at, again.by) == (AT, "operator")
    assert len(releases.all()) == 1


def test_many_at_once_lose_none(tmp_path):
    path = tmp_path / "released.json"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: Releases(path).release(f"S{n}", date(2025, 8, 5), at=AT), range(24)))
    assert len(Releases(path).all()) == 24


NO_ZONE = '[{"symbol": "X", "session": "2025-08-05", "by": "me", "at": "2025-08-06T21:00:00"}]'


@pytest.mark.parametrize("content", ["{", '[{"symbol": "X"}]', '[{"symbol": "X", "session": "soon"}]', NO_ZONE])
def test_a_damaged_file_is_told_and_not_overwritten(tmp_path, content):
    path = tmp_path / "released.json"
    path.write_text(content)
    with pytest.raises(ReleasesDamaged, match="correct it or delete it"):
        Releases(path).release("X", date(2025, 8, 5), at=AT)
    assert path.read_text() == content
