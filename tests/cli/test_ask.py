from __future__ import annotations

import json
import re
from datetime import date

import pytest

from tests.cli.conftest import asked, rows, sessions

CROSS_VALUES = {
    "close",
    "fast",
    "slow",
    "gap_pct",
    "gap_change_5",
    "trigger_close",
    "flat_sessions",
    "sessions_since",
    "last_golden",
    "last_death",
    "rsi14",
    "rvol20",
}
READING = {
    "signal",
    "subject",
    "session",
    "as_of",
    "state",
    "values",
    "checks",
    "source",
    "basis",
    "coverage",
    "version",
    "missing",
}


def test_a_question_is_answered_for_people_from_the_simulated_market(cli):
    result = cli("ask", "cross RUT")
    assert (result.code, result.err) == (0, "")
    assert "Russell 2000 (^RUT)" in result.out
    assert "SIMULATED" in result.out
    assert result.out.rstrip().endswith("not advice")
    assert "**" not in result.out
    assert "```" not in result.out


def test_a_reading_of_cross_has_the_documented_shape(cli):
    reading = asked(cli, "cross RUT")
    assert set(reading) >= READING
    assert set(reading["values"]) == CROSS_VALUES
    assert set(reading["coverage"]) == {"n", "of"}
    for check in reading["checks"]:
        assert set(check) == {"name", "result", "value", "bound"}
        assert check["result"] in ("pass", "fail", "unknown")
    assert (reading["signal"], reading["subject"], reading["basis"]) == ("cross", "^RUT", "price")


def test_a_reading_of_the_dashboard_has_the_documented_values(cli):
    values = asked(cli, "smallcap")["values"]
    for index in ("^RUT", "^GSPC", "^IXIC", "^DJI", "RSP"):
        for name in ("d1_pct", "d5_pct", "mtd_pct", "qtd_pct", "ytd_pct", "y1_pct", "from_high_pct"):
            assert f"{index}.{name}" in values


def test_a_reading_of_evidence_has_the_documented_values(cli):
    values = asked(cli, "evidence RUT death_cross")["values"]
    for horizon in ("1m", "3m", "6m", "12m", "21s", "63s", "126s", "252s"):
        for name in (
            "n",
            "mean_pct",
            "median_pct",
            "positive_pct",
            "base_mean_pct",
            "base_positive_pct",
            "diff_low_pct",
            "diff_high_pct",
        ):
            assert f"{horizon}.{name}" in values


def test_the_same_question_has_the_same_answer(cli):
    assert asked(cli, "evidence RUT") == asked(cli, "evidence RUT")


def test_other_thresholds_are_used(cli):
    assert asked(cli, "cross RUT", "--set", "fast=20")["values"]["fast"] != asked(cli, "cross RUT")["values"]["fast"]


def test_a_weekend_means_the_session_before(cli):
    assert asked(cli, "cross RUT", "--as-of", "2026-08-16")["session"] == "2026-08-14"
    assert asked(cli, "cross RUT", "--as-of", "2026-07-03")["session"] == "2026-07-02"  # a holiday


def test_as_of_sees_nothing_later(cli):
    then = asked(cli, "cross RUT", "--as-of", "2026-08-14")
    assert then["session"] == "2026-08-14"
    assert then["as_of"] < "2026-08-15"
    assert max(then["values"]["last_golden"], then["values"]["last_death"]) <= "2026-08-14"


def test_a_later_as_of_tells_how_old_the_last_session_is(cli, folder):
    data = folder({"ABC": rows()})
    reading = asked(cli, "cross ABC", "--data", data, "--as-of", "2025-10-05")
    assert (reading["session"], reading["as_of"][:10], reading["stale_sessions"]) == ("2025-09-30", "2025-10-03", 3)


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["croos RUT"], 2, "did you mean cross"),
        ([""], 2, "ask one of: cross"),
        (["cross RTU"], 2, "did you mean"),
        (["cross RUT", "--as-of", "1950-01-03"], 2, "there are no bars before"),
        (["cross RUT", "--as-of", "2999-01-03"], 2, "is in the future"),
        (["cross RUT", "--as-of", "yesterday"], 2, "write YYYY-MM-DD"),
        (["cross RUT", "--set", "fast=500"], 2, "must be between 2 and 400 sessions"),
        (["cross RUT", "--set", "fast=1"], 2, "must be between 2 and 400 sessions"),
        (["cross RUT", "--set", "fast=200", "--set", "slow=50"], 2, "must be below slow"),
        (["cross RUT", "--set", "fast=50", "--set", "slow=50"], 2, "must be below slow"),
        (["cross RUT", "--set", "fast=2.5"], 2, "must be a whole number"),
        (["cross RUT", "--set", "fast=nan"], 2, "fast is nan"),
        (["cross RUT", "--set", "fast=abc"], 2, "must be a number"),
        (["cross RUT", "--set", "quick=3"], 2, "no such threshold"),
        (["cross RUT", "--set", "fast"], 2, "NAME=VALUE"),
        (["cross RUT", "--period", "3m"], 2, "choose 6m, 1y, 5y, all"),
        (["evidence RUT boom"], 2, "choose one of golden_cross"),
        (["cross RUT", "--png", "nowhere/x.png"], 1, "there is no folder nowhere"),
        (["cross RUT", "--png", "."], 1, "Is a directory"),
        (["cross RUT", "--data", "nowhere"], 1, "there is no folder nowhere"),
        (["cross RUT", "--config", "nowhere.toml"], 2, "there is no settings file"),
        (["cross RUT", "IWM"], 2, "unexpected extra argument"),
        (["cross RUT", "--colour"], 2, "No such option"),
    ],
)
def test_what_is_asked_wrongly_or_fails_ends_in_one_line(cli, args, code, words):
    result = cli("ask", *args)
    assert (result.code, result.out) == (code, "")
    assert result.is_one_line(), result.err
    assert words in result.err


def test_a_picture_is_written(cli, tmp_path):
    assert cli("ask", "cross RUT", "--png", "x.png", "--period", "5y").code == 0
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")


def test_a_symbol_with_thirty_bars_is_unknown_and_never_zero(cli, folder):
    reading = asked(cli, "cross ABC", "--data", folder({"ABC": rows(30)}))
    assert reading["state"] == "unknown"
    assert {reading["values"][name] for name in ("fast", "slow", "gap_pct", "trigger_close", "flat_sessions")} == {None}
    assert {check["result"] for check in reading["checks"]} <= {"unknown", "pass", "fail"}
    assert reading["missing"]
    assert cli("ask", "evidence ABC", "--data", "data").code == 0
    assert cli("ask", "smallcap", "--data", "data").code == 0


def test_an_empty_folder_is_told_what_it_needs(cli, tmp_path):
    (tmp_path / "data").mkdir()
    result = cli("ask", "cross RUT", "--data", "data")
    assert result.code == 1
    assert result.is_one_line()
    assert "it needs prices/<SYMBOL>.csv" in result.err


def test_missing_columns_are_named(cli, folder):
    lines = [",".join(line.split(",")[:3]) for line in rows()]
    result = cli("ask", "cross ABC", "--data", folder({"ABC": lines}, header="Date,Open,High"))
    assert result.code == 1
    assert result.is_one_line()
    assert "no column Close" in result.err


def bad(lines, kind):
    match kind:
        case "text":
            day = lines[150].split(",")[0]
            return [*lines[:150], f"{day},n/a,1,1,oops,oops,many", *lines[151:]], "not a number"
        case "unsorted":
            return [*reversed(lines)], "comes after a later date"
        case "future":
            return [*lines, "2999-01-02,1,1,1,1,1,1"], "in the future"


@pytest.mark.parametrize("kind", ["text", "unsorted", "future"])
def test_bad_rows_are_noted_on_stderr_and_the_rest_is_answered(cli, folder, kind):
    lines, words = bad(rows(), kind)
    result = cli("ask", "cross ABC", "--data", folder({"ABC": lines}), "--json")
    assert result.code == 0
    reading = json.loads(result.out)
    assert reading["session"] == "2025-09-30"
    assert re.match(r"smallcap: note: ABC is suspect: prices/ABC\.csv, line \d+", result.err)
    assert words in result.err
    assert result.err.count("\n") == 1


def test_a_row_that_stands_twice_counts_once(cli, folder):
    once = asked(cli, "cross ABC", "--data", folder({"ABC": rows()}))
    twice = asked(cli, "cross ABC", "--data", folder({"ABC": [*rows(), rows()[-1]]}))
    assert twice["values"] == once["values"]


def test_a_broken_settings_file_is_named(cli, tmp_path):
    for text, words in (("prefix = [", "cannot be read"), ('prefix = "much too long"', "prefix"), ("x = 1", "x")):
        (tmp_path / "smallcap.toml").write_text(text, encoding="utf-8")
        result = cli("ask", "cross RUT")
        assert result.code == 2
        assert result.is_one_line()
        assert words in result.err


def test_a_state_folder_that_cannot_be_made_is_named(cli, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("SMALLCAP_STATE", str(tmp_path / "file"))
    result = cli("ask", "cross RUT")
    assert result.code == 1
    assert result.is_one_line()
    assert "set SMALLCAP_STATE to another one" in result.err


def test_a_state_folder_that_cannot_be_written_to_is_named(cli, monkeypatch, tmp_path):
    import os

    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    result = cli("ask", "cross RUT")
    assert result.code == 1
    assert "cannot be written to: set SMALLCAP_STATE" in result.err


def test_a_defect_is_one_line_too_and_says_where(cli, monkeypatch):
    from bot import terminal

    def broken(_question):
        raise KeyError("x")

    monkeypatch.setattr(terminal, "parse", broken)
    result = cli("ask", "cross RUT")
    assert result.code == 1
    assert result.is_one_line()
    assert "a defect: KeyError: 'x' at test_ask.py:" in result.err


def test_with_debugging_on_a_defect_shows_the_way_there(monkeypatch):
    import sys

    from bot import terminal
    from bot.__main__ import main

    def broken(_question):
        raise KeyError("x")

    monkeypatch.setattr(terminal, "parse", broken)
    monkeypatch.setattr(sys, "argv", ["smallcap", "ask", "cross"])
    monkeypatch.setenv("SMALLCAP_LOG_LEVEL", "debug")
    with pytest.raises(KeyError):
        main()


def test_whoever_closed_stdout_is_spared(cli, monkeypatch):
    import sys

    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "argv", ["smallcap", "--version"])
    from bot.__main__ import main

    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    sys.stdout.close()


def test_people_at_a_terminal_see_that_work_goes_on(cli, monkeypatch, capsys):
    import sys

    monkeypatch.setattr(type(sys.stderr), "isatty", lambda _self: True, raising=False)
    result = cli("ask", "cross RUT", "--json")
    assert json.loads(result.out)["signal"] == "cross"
    assert "Reading prices" in result.err


# The real market.


def test_made_up_folders_end_where_the_tests_think(folder):
    assert sessions(2)[-1] == date(2025, 9, 30).isoformat()


def test_the_dates_of_the_reconstitution_are_named_in_json(cli):
    reading = asked(cli, "recon calendar", "--as-of", "2026-11-20")
    dates = {name: reading["values"][name] for name in ("rank_day", "lists_from", "lock_down", "effective")}
    assert dates == {
        "rank_day": "2026-10-30",
        "lists_from": "2026-11-13",
        "lock_down": "2026-11-30",
        "effective": "2026-12-11",
    }
