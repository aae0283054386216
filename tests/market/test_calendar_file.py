from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from bot.market.calendar_file import read_calendar
from bot.market.toml_file import BadFile
from signals.sessions import is_session

BLOCK = """\
[[block]]
kind = "cpi"
title = "CPI"
source = "https://x"
known = 2024-12-31
days = [2025-07-15, 2025-08-12]
"""


def written(tmp_path, text):
    path = tmp_path / "calendar.toml"
    path.write_text(text, encoding="utf-8")
    return path


def days(kind, year):
    return [each.day for each in read_calendar() if each.kind == kind and each.day.year == year and not each.dropped]


def test_the_bundled_file_has_what_has_been_published():
    counts = Counter((each.kind, each.day.year) for each in read_calendar() if each.dropped is None)
    assert counts == {
        ("fomc", 2025): 8,
        ("fomc", 2026): 8,
        ("fomc", 2027): 8,
        ("cpi", 2025): 11,  # none for October 2025: the lapse of funding
        ("cpi", 2026): 12,
        ("jobs", 2025): 11,  # October's came with November's
        ("jobs", 2026): 12,
    }


def test_dates_known_from_the_publishers_stand_there():
    assert date(2025, 7, 30) in days("fomc", 2025)
    assert days("fomc", 2027)[-1] == date(2027, 12, 8)
    assert days("cpi", 2025)[-2:] == [date(2025, 10, 24), date(2025, 12, 18)]
    assert days("jobs", 2025)[-2:] == [date(2025, 11, 20), date(2025, 12, 16)]
    assert days("cpi", 2026)[1] == date(2026, 2, 13)
    assert days("jobs", 2026)[1] == date(2026, 2, 11)


def test_every_date_has_its_publishers_page_and_is_a_weekday():
    for each in read_calendar():
        host = "federalreserve.gov" if each.kind == "fomc" else "bls.gov"
        assert host in each.source
        assert each.day.weekday() < 5
    assert all(each.day.weekday() == 2 for each in read_calendar() if each.kind == "fomc")  # Wednesdays


def test_decisions_and_prices_come_on_days_the_exchange_trades():
    from bot.market.calendar import exchange_calendar

    calendar = exchange_calendar(date(2026, 11, 28))
    closed = [each for each in read_calendar() if not is_session(calendar, each.day)]
    assert [(each.kind, each.day) for each in closed] == [("jobs", date(2026, 4, 3))]  # Good Friday


def test_appointments_are_in_order(tmp_path):
    text = BLOCK + BLOCK.replace('"cpi"', '"jobs"').replace("2025-07-15, ", "2025-07-03, ")
    found = read_calendar(written(tmp_path, text))
    assert [(each.kind, each.day.isoformat()) for each in found] == [
        ("jobs", "2025-07-03"),
        ("cpi", "2025-07-15"),
        ("cpi", "2025-08-12"),
        ("jobs", "2025-08-12"),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "calendar.toml: block is missing"),
        ("block = 1", "has no [[block]]"),
        ("x = [", "is no TOML"),
        (f"more = 1\n{BLOCK}", "there is no key more"),
        (BLOCK.replace('kind = "cpi"\n', ""), "block 1: kind is missing"),
        (BLOCK.replace('"cpi"', '"gdp"'), "block 1: there is no kind gdp: it is one of fomc, cpi, jobs"),
        (BLOCK.replace('"https://x"', '""'), "block 1: source is no text"),
        (BLOCK.replace("known = 2024-12-31\n", ""), "block 1: known is missing"),
        (BLOCK.replace("2025-07-15, 2025-08-12", ""), "block 1: has no days"),
        (BLOCK.replace("2025-07-15", '"July 15"'), "block 1: days is no date like"),
        (BLOCK + BLOCK, "cpi of 2025-07-15 stands there twice"),
        (BLOCK + "hour = 8\n", "block 1: there is no key hour"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(tmp_path, text, words):
    with pytest.raises(BadFile) as caught:
        read_calendar(written(tmp_path, text))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def ahead(kind: str, session: date) -> date | None:
    standing = (each for each in read_calendar() if each.kind == kind and each.stands(session))
    return min((each.day for each in standing if each.day > session), default=None)


@pytest.mark.parametrize(
    ("kind", "session", "day"),
    [
        ("fomc", date(2024, 12, 30), date(2025, 1, 29)),
        ("fomc", date(2024, 8, 9), date(2025, 1, 29)),
        ("cpi", date(2024, 12, 31), date(2025, 1, 15)),
        ("jobs", date(2024, 12, 31), date(2025, 1, 10)),
        ("jobs", date(2025, 9, 30), date(2025, 10, 3)),
        ("cpi", date(2025, 9, 30), date(2025, 10, 15)),
        ("cpi", date(2025, 10, 9), date(2025, 10, 15)),
        ("cpi", date(2025, 10, 10), date(2025, 10, 24)),
        ("jobs", date(2025, 11, 13), date(2025, 12, 5)),
        ("jobs", date(2025, 11, 14), date(2025, 11, 20)),
        ("jobs", date(2025, 11, 19), date(2025, 11, 20)),
        ("jobs", date(2025, 11, 20), date(2025, 12, 16)),
        ("cpi", date(2025, 11, 20), date(2025, 12, 10)),
        ("cpi", date(2025, 11, 21), date(2025, 12, 18)),
        ("jobs", date(2025, 12, 16), date(2026, 1, 9)),
        ("cpi", date(2025, 12, 18), date(2026, 1, 13)),
        ("jobs", date(2026, 1, 30), date(2026, 2, 6)),
        ("jobs", date(2026, 2, 2), date(2026, 3, 6)),
        ("jobs", date(2026, 2, 4), date(2026, 2, 11)),
        ("jobs", date(2026, 2, 10), date(2026, 2, 11)),
        ("cpi", date(2026, 2, 3), date(2026, 2, 11)),
        ("cpi", date(2026, 2, 4), date(2026, 2, 13)),
        ("fomc", date(2026, 12, 9), date(2027, 1, 27)),
    ],
)
def test_as_of_an_earlier_day_the_schedule_is_that_of_the_day(kind, session, day):
    assert ahead(kind, session) == day


@pytest.mark.parametrize("kind", ["fomc", "cpi", "jobs"])
def test_before_any_of_them_was_announced_no_date_is_ahead(kind):
    assert ahead(kind, date(2019, 6, 3)) is None
    assert ahead(kind, date(2024, 8, 8)) is None


def test_no_date_counts_as_announced_longer_than_three_years_before_it():
    assert max((each.day - each.known).days for each in read_calendar()) < 3 * 366


def test_no_appointment_is_known_after_its_day_nor_dropped_before_it_was_known():
    for each in read_calendar():
        assert each.known <= each.day
        assert each.dropped is None or each.known < each.dropped
