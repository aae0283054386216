from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from bot.people import Rated
from bot.store.store import Store
from tests.store.outbox_steps import AT


async def rate(store: Store, symbol: str, *stars: int, guild_id: int = 1) -> None:
    for user_id, given in enumerate(stars, 501):
        await store.ratings.rate(guild_id=guild_id, user_id=user_id, symbol=symbol, stars=given, at=AT)


async def test_ratings_are_counted_per_guild_and_the_last_of_a_member_counts(store: Store):
    await rate(store, "STRL", 1, 5, 5)
    await rate(store, "STRL", 4)
    await rate(store, "STRL", 2, guild_id=2)
    found = await store.ratings.rated(1, "STRL")
    assert found == Rated("STRL", (0, 0, 0, 1, 2))
    assert (found.n, round(found.mean, 2)) == (3, 4.67)
    assert await store.ratings.rated(1, "IWM") == Rated("IWM", (0, 0, 0, 0, 0))


async def test_the_board_has_the_highest_mean_first_then_the_larger_number_and_not_what_few_rated(store: Store):
    await rate(store, "MANY", 4, 4, 4, 4)
    await rate(store, "BEST", 5, 5, 4)
    await rate(store, "SOME", 4, 4, 4)
    await rate(store, "ALSO", 4, 4, 4)
    await rate(store, "FEW", 5, 5)
    assert [each.symbol for each in await store.ratings.board(1)] == ["BEST", "MANY", "ALSO", "SOME"]
    assert (await store.ratings.board(1, least=1))[0].symbol == "FEW"
    assert await store.ratings.board(2) == []


@pytest.mark.parametrize("stars", [0, 6])
async def test_stars_beyond_one_to_five_are_refused(store: Store, stars: int):
    with pytest.raises(IntegrityError):
        await rate(store, "STRL", stars)
    assert (await store.ratings.rated(1, "STRL")).n == 0
