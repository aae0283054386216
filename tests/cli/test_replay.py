from __future__ import annotations

import json
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from tests.cli.conftest import rows

ANSWERS = Path(__file__).parents[1] / "answers" / "cross.toml"
EVENT = {"signal", "kind", "subject", "session", "version", "values"}


def replayed(cli, *args):
    result = cli("replay", *args, "--json")
    assert (result.code, result.err) == (0, "")
    return [json.loads(line) for line in result.out.splitlines()]


def test_the_known_crosses_of_the_russell_2000_and_no_others(cli, market_data):
    events = replayed(
        cli,
        *("--data", str(market_data), "--from", "1987-09-10", "--to", "2025-09-30"),
        *("--signal", "cross", "--subject", "^RUT"),
    )
    crosses = [event for event in events if event["kind"] in ("golden_cross", "death_cross")]
    answer = tomllib.loads(ANSWERS.read_text(encoding="utf-8"))["answer"][0]
    assert Counter(event["kind"] for event in crosses) == {"golden_cross": 28, "death_cross": 28}
    since_2018 = [f"{e['kind'][0].upper()} {e['session']}" for e in crosses if e["session"] >= "2018"]
    assert since_2018 == answer["since_2018"]
    assert {event["subject"] for event in events} == {"^RUT"}
    assert [event["session"] for event in events] == sorted(event["session"] for event in events)


def test_every_event_has_the_documented_shape(cli):
    events = replayed(cli, "--from", "2026-08-01", "--to", "2026-09-30", "--signal", "cross")
    assert len(events) > 10
    for event in events:
        assert set(event) == EVENT
        assert "2026-08-01" <= event["session"] <= "2026-09-30"


def test_a_span_holds_the_events_of_its_days(cli):
    whole = replayed(cli, "--from", "2026-08-01", "--to", "2026-09-30")
    halves = [*replayed(cli, "--from", "2026-08-01", "--to", "2026-08-31")]
    halves += replayed(cli, "--from", "2026-09-01", "--to", "2026-09-30")
    assert sorted(map(json.dumps, halves)) == sorted(map(json.dumps, whole))


def test_for_people_it_is_a_line_an_event(cli):
    result = cli("replay", "--from", "2026-08-17", "--to", "2026-08-17", "--subject", "RUT")
    assert result.code == 0
    assert result.out.startswith("Mon 17 Aug 2026  ▲ Russell 2000 (^RUT) golden cross: close ")
    assert "*" not in result.out


def test_several_subjects_may_be_asked_for(cli):
    events = replayed(cli, "--from", "2026-01-01", "--to", "2026-09-30", "--subject", "^RUT", "--subject", "IWM")
    assert {event["subject"] for event in events} == {"^RUT", "IWM"}


def test_other_windows_give_other_crosses(cli):
    args = ("--from", "2026-01-01", "--to", "2026-09-30", "--subject", "^RUT")
    assert replayed(cli, *args, "--set", "fast=5", "--set", "slow=20") != replayed(cli, *args)


def test_a_price_that_does_not_move_has_no_events(cli, folder):
    flat = [",".join([line.split(",")[0], *["55.55"] * 5, "1000"]) for line in rows(600)]
    assert replayed(cli, "--data", folder({"ABC": flat}), "--from", "2024-01-01", "--to", "2025-09-30") == []


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["--from", "2026-01-01"], 2, "'--to'"),
        (["--from", "2026-02-01", "--to", "2026-01-01"], 2, "swap them"),
        (["--from", "2026-01-01", "--to", "2026-02-01", "--signal", "crss"], 2, "cross"),
        (["--from", "2026-01-01", "--to", "2026-02-01", "--subject", "RTU"], 2, "did you mean"),
        (["--from", "1950-01-01", "--to", "1950-02-01"], 2, "there are no bars before"),
        (["--from", "2026-01-01", "--to", "2999-02-01"], 2, "in the future"),
        (["--from", "2026-01-01", "--to", "2026-02-01", "--set", "fast=500"], 2, "between 2 and 400"),
        (["--from", "2026-13-01", "--to", "2026-02-01"], 2, "write YYYY-MM-DD"),
    ],
)
def test_what_is_asked_wrongly_ends_in_one_line(cli, args, code, words):
    result = cli("replay", *args)
    assert (result.code, result.out) == (code, "")
    assert result.is_one_line(), result.err
    assert words in result.err
