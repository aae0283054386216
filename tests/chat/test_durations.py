from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.clocks import hour_of, span_of, span_words
from bot.chat.durations import LONGEST, duration_of, duration_words, is_duration
from bot.chat.errors import Refusal
from bot.chat.subscribers.snoozing import parted
from bot.chat.subscribers.wishes import Wish, sorted_out
from bot.chat.zones import local_zone_choices, zone_named

SUMMER = datetime(2025, 8, 6, 20, 30, tzinfo=UTC)
HOURS = st.times().map(lambda at: at.replace(second=0, microsecond=0))


@pytest.mark.parametrize(
    ("typed", "length"),
    [
        ("3d", timedelta(days=3)),
        ("12 h", timedelta(hours=12)),
        ("2w", timedelta(weeks=2)),
        ("90m", timedelta(minutes=90)),
        ("1h30m", timedelta(minutes=90)),
        ("1 Week, 2 days", timedelta(days=9)),
        ("  1 minute ", timedelta(minutes=1)),
    ],
)
def test_a_length_of_time_is_understood_as_people_type_it(typed, length):
    assert duration_of(typed) == length


@pytest.mark.parametrize("typed", ["", "3", "d", "-3d", "3x", "3.5d", "for 3d", "٣d", "3d!", "0m", "0w 0d"])
def test_what_is_no_length_of_time_is_refused_with_examples(typed):
    with pytest.raises(Refusal, match="say `3d`, `12h`, `2w` or `90m`"):
        duration_of(typed)


def test_a_length_beyond_the_longest_is_refused_naming_it():
    assert duration_of("90d") == LONGEST
    with pytest.raises(Refusal, match="at most 90 days"):
        duration_of("90d 1m")
    with pytest.raises(Refusal, match="at most 1 hour"):
        duration_of("2h", longest=timedelta(hours=1))
    with pytest.raises(Refusal, match="at most 90 days"):
        duration_of("999999999w")


@given(st.integers(1, 90 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes)))
def test_the_words_for_a_length_mean_that_length(length):
    assert duration_of(duration_words(length).replace(" and ", " ")) == length


@given(st.text(max_size=80))
def test_any_text_is_a_length_within_the_bounds_or_refused(text):
    try:
        assert timedelta(0) < duration_of(text) <= LONGEST
    except Refusal:
        assert not is_duration(text)


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ("22:00", time(22)),
        ("22", time(22)),
        ("22.30", time(22, 30)),
        ("10pm", time(22)),
        ("10:15 p.m.", time(22, 15)),
        ("12am", time(0)),
        ("12 PM", time(12)),
        ("24:00", time(0)),
        ("7", time(7)),
    ],
)
def test_an_hour_is_understood_as_people_type_it(typed, at):
    assert hour_of(typed) == at


@pytest.mark.parametrize("typed", ["", "25", "22:60", "13pm", "0am", "noonish", "22:0", "-1", "24:01", "\u0667"])
def test_what_is_no_hour_is_refused_with_examples(typed):
    with pytest.raises(Refusal, match="no time of day: say `22:00`, `22` or `10pm`"):
        hour_of(typed)


@pytest.mark.parametrize("typed", ["22:00-07:00", "22 - 7", "10pm to 7am", "22.00 \N{EN DASH} 07:00", "22h00 until 7"])
def test_a_span_of_hours_is_understood_as_people_type_it(typed):
    assert span_of(typed) == (time(22), time(7))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("22:00-22:00", "begin and end at different times"),
        ("0-24", "begin and end at different times"),
        ("06:00-22:01", "16 hours at most"),
        ("22:00", "no span of hours"),
        ("1-2-3", "no span of hours"),
        ("late-early", "no time of day"),
    ],
)
def test_a_span_that_cannot_be_kept_is_refused(typed, said):
    with pytest.raises(Refusal, match=said):
        span_of(typed)


def test_sixteen_hours_are_the_longest_span():
    assert span_of("18:00-10:00") == (time(18), time(10))


@given(HOURS, HOURS)
def test_every_span_is_read_back_from_its_words_or_refused(begin, end):
    minutes = ((end.hour - begin.hour) * 60 + end.minute - begin.minute) % (24 * 60)
    if 0 < minutes <= 16 * 60:
        assert span_of(span_words(begin, end)) == (begin, end)
    else:
        with pytest.raises(Refusal):
            span_of(span_words(begin, end))


@given(st.text(max_size=80))
def test_any_text_is_an_hour_a_span_a_zone_or_refused(text):
    for parse in (hour_of, span_of, zone_named):
        try:
            parse(text)
        except Refusal as refusal:
            assert "://" not in str(refusal)  # noqa: PT017 - one of two outcomes
            assert "@everyone" not in str(refusal)  # noqa: PT017 - the same
    local_zone_choices(text, SUMMER)


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("New York", "America/New_York"),
        ("utc", "UTC"),
    ],
)
def test_a_zone_is_found_by_its_name_and_by_its_city(typed, zone):
    assert zone_named(typed) == zone


@pytest.mark.parametrize("typed", ["", "Berln", "localtime", "../../etc/passwd", "Mars/Olympus"])
def test_an_unknown_zone_is_refused(typed):
    with pytest.raises(Refusal):
        zone_named(typed)


def test_zones_complete_on_city_and_offset_with_the_time_there():
    assert [(c.value, c.name) for c in local_zone_choices("berl", SUMMER)] == [
        ("Europe/Berlin", "Europe/Berlin: 22:30 there now (UTC+2)")
    ]
    assert "America/New_York" in [c.value for c in local_zone_choices("", SUMMER)]
    ahead = [choice.value for choice in local_zone_choices("UTC+5:30", SUMMER)]
    assert ahead[0] == "Asia/Kolkata"
    assert "Europe/Berlin" not in ahead
    assert local_zone_choices("-4", SUMMER)[0].value == "America/New_York"
    assert local_zone_choices("+2", SUMMER)[0].value == "Europe/Berlin"
    assert local_zone_choices("+2", SUMMER.replace(month=1))[0].value != "Europe/Berlin"


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("3d", ("3d", "")),
        ("3d cross", ("3d", "cross")),
        ("1 week 2 days", ("1 week 2 days", "")),
        ("1 week 2 days cross", ("1 week 2 days", "cross")),
        ("off", ("off", "")),
        ("OFF cross", ("OFF", "cross")),
        ("3d crss", ("3d", "crss")),
        ("cross", ("cross", "")),
    ],
)
def test_a_snooze_of_several_words_is_parted_into_length_and_signal(typed, parts):
    assert parted(typed) == parts


@pytest.mark.parametrize(
    ("typed", "wish"),
    [
        ("STRL", Wish("", "STRL", "")),
        ("dm STRL cross", Wish("cross", "STRL", "dm")),
        ("HERE universe:smallcap", Wish("", "universe:smallcap", "here")),
        ('cross "russell 2000" dm', Wish("cross", "russell 2000", "dm")),
        ("sector:Real Estate", Wish("", "sector:Real Estate", "")),
        ("$DM dm", Wish("", "$DM", "dm")),
        ("", Wish()),
    ],
)
def test_the_words_of_a_wish_may_stand_in_any_order(typed, wish):
    assert sorted_out(typed) == wish


@given(st.text(max_size=80))
def test_no_word_of_a_wish_is_lost(text):
    wish, words = sorted_out(text), text.replace('"', " ").split()
    found = [*wish.signal.split(), *wish.subject.split(), *wish.where.split()]
    assert sorted(word.casefold() for word in found) == sorted(word.casefold() for word in words)
