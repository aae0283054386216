from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np

from bot.alerts.past import PastEvents, past_of_market
from bot.alerts.rehearse import rehearse
from bot.alerts.scan import Request
from bot.cards.provenance import Grounds
from signals.cross import CROSS
from signals.types import Basis, Coverage, Event
from tests.alerts.worlds import market

DAYS = [day.item() for day in np.busday_offset("2025-01-20", np.arange(40), roll="forward")]
GROUNDS = Grounds(DAYS[-1], datetime(2025, 3, 14, 21, tzinfo=UTC), "made up", Basis.PRICE, Coverage(4, 4))


def past(*events: tuple[str, str, int], slow: int = 200) -> PastEvents:
    """Return a past of the events (subject, kind, place among the sessions)."""
    found = [Event("cross", kind, subject, DAYS[place], 1, {}, {}) for subject, kind, place in events]
    return PastEvents(Request("cross", CROSS.thresholds_with({"slow": slow})), tuple(DAYS), tuple(found), GROUNDS)


def test_alerts_are_counted_by_calendar_month_and_kind():
    now = past(("A", "golden_cross", 0), ("B", "golden_cross", 1), ("A", "confirmed", 12))
    rehearsed = rehearse(now, past(("A", "failed", 39), slow=150), "slow")
    assert rehearsed.months == ("2025-01", "2025-02", "2025-03")
    assert rehearsed.present.counts == {"2025-01": {"golden_cross": 2}, "2025-02": {"confirmed": 1}}
    assert rehearsed.proposed.counts == {"2025-03": {"failed": 1}}
    assert (rehearsed.present.total, rehearsed.proposed.total) == (3, 1)
    assert (rehearsed.present.value, rehearsed.proposed.value, rehearsed.unit) == (200, 150, "sessions")
    assert (rehearsed.first, rehearsed.last, rehearsed.sessions) == (date(2025, 1, 20), date(2025, 3, 14), 40)


def test_the_same_again_within_five_sessions_is_a_repeat():
    def repeats(*events):
        return rehearse(past(), past(*events, slow=150), "slow").proposed.repeats

    assert repeats(("A", "golden_cross", 0), ("A", "golden_cross", 5)) == 1
    assert repeats(("A", "golden_cross", 0), ("A", "golden_cross", 6)) == 0
    assert repeats(("A", "golden_cross", 0), ("A", "death_cross", 1), ("B", "golden_cross", 1)) == 0
    assert repeats(*(("A", "golden_cross", place) for place in (0, 3, 6, 20))) == 2


def test_subjects_that_only_one_of_the_two_tells_of_are_named():
    rehearsed = rehearse(
        past(("A", "golden_cross", 0), ("B", "golden_cross", 1)),
        past(("C", "golden_cross", 0), ("B", "death_cross", 1), slow=150),
        "slow",
    )
    assert (rehearsed.new, rehearsed.gone) == (("C",), ("A",))


def test_a_months_average_is_taken_over_all_sessions():
    rehearsed = rehearse(past(("A", "golden_cross", 0)), past(), "slow")
    assert rehearsed.present.a_month(42) == 0.5
    assert rehearsed.proposed.a_month(42) == 0.0


def test_a_real_past_adds_up():
    requests = [Request("cross", CROSS.thresholds_with({"fast": 5, "slow": slow})) for slow in (40, 20)]
    now, then = past_of_market(market(), requests)
    rehearsed = rehearse(now, then, "slow")
    assert rehearsed.present.total == len(now.events)
    assert sum(rehearsed.proposed.in_month(month) for month in rehearsed.months) == len(then.events)
    assert sum(rehearsed.proposed.by_kind.values()) == len(then.events) > 10
