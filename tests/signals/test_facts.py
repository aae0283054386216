"""Facts beside prices: what does not fit is refused, and nothing counts before it was known."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from signals.errors import UnalignedInput
from signals.facts import Facts, Holdings, Series, in_force


def a_file(day: date, universe: str = "smallcap") -> Holdings:
    return Holdings(universe, "IWM", day, ("A", "B"), np.array([0.6, 0.4]), ("Energy", ""))


def days(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[D]")


@pytest.mark.parametrize(("weights", "sectors"), [(np.ones(1), ("Energy", "")), (np.ones(2), ("Energy",))])
def test_a_file_has_a_weight_and_a_sector_for_each_share(weights, sectors):
    with pytest.raises(UnalignedInput, match="must be as many as symbols, 2"):
        Holdings("smallcap", "IWM", date(2025, 5, 13), ("A", "B"), weights, sectors)


def test_a_series_has_a_value_for_each_day_in_order():
    with pytest.raises(UnalignedInput, match="must have the shape of days"):
        Series("DGS10", "10-year", days("2025-07-01"), np.ones(2))
    with pytest.raises(UnalignedInput, match="strictly increasing"):
        Series("DGS10", "10-year", days("2025-07-02", "2025-07-01"), np.ones(2))


def test_files_of_a_universe_come_in_order_and_count_from_their_day():
    may, june = a_file(date(2025, 5, 13)), a_file(date(2025, 6, 27))
    facts = Facts((june, a_file(date(2025, 1, 1), "largecap"), may))
    assert facts.of_universe("smallcap") == (may, june)
    rows = in_force(facts.of_universe("smallcap"), days("2025-05-12", "2025-05-13", "2025-06-26", "2025-06-27"))
    assert rows.tolist() == [-1, 0, 0, 1]


def test_a_value_is_known_the_business_day_after():
    series = Series("DGS10", "10-year", days("2025-07-03", "2025-07-07"), np.array([4.3, 4.4]))
    assert series.known_at(days("2025-07-03", "2025-07-07", "2025-07-08")).tolist() == [-1, 0, 1]
