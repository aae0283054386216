from __future__ import annotations

import json
import re
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.cli.conftest import rows
from tests.market.holdings_text import put

TOKEN = "AAAAAAAA.BBBBBB.CCCCCCCCCCCC"  # noqa: S105 - opens nothing


@pytest.fixture
def own_state(monkeypatch, tmp_path) -> Path:
    monkeypatch.setenv("SMALLCAP_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


# migrate


def test_a_database_is_brought_forward_once(cli, own_state):
    assert re.fullmatch(r"the database is brought from nothing to \d{4}\n", cli("migrate").out)
    assert re.fullmatch(r"the database stands at \d{4} already\n", cli("migrate").out)
    assert (own_state / "smallcap.sqlite3").is_file()


def newer(own_state):
    with sqlite3.connect(own_state / "smallcap.sqlite3") as database:
        database.execute("update alembic_version set version_num = '9999'")
    database.close()


def test_a_newer_database_is_refused(cli, own_state):
    cli("migrate")
    newer(own_state)
    result = cli("migrate")
    assert result.code == 1
    assert result.is_one_line()
    assert "newer version of this program" in result.err


def test_a_state_folder_that_cannot_be_made_is_named(cli, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("SMALLCAP_STATE", str(tmp_path / "file"))
    result = cli("migrate")
    assert result.code == 1
    assert result.is_one_line()
    assert f"the state folder {tmp_path / 'file'} cannot be made" in result.err
    assert "set SMALLCAP_STATE" in result.err


# doctor


def found(result):
    """Return finding to whether it is well."""
    lines = [re.match(r"(ok|MEND) +([a-z ]+): ", line) for line in result.out.splitlines()]
    return {line[2]: line[1] == "ok" for line in lines if line}


@pytest.fixture
def well(own_state, migrated_file, monkeypatch, folder) -> list[str]:
    """Bring everything in order; returns the arguments of the doctor."""
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    own_state.mkdir()
    shutil.copy(migrated_file, own_state / "smallcap.sqlite3")
    return ["doctor", "--data", folder({"ABC": rows(), "XYZ": rows(seed=2)})]


def test_all_is_well(cli, well):
    result = cli(*well)
    assert (result.code, result.err) == (0, "")
    names = ["python", "settings", "token", "network", "state folder", "database", "calendar", "prices", "files"]
    assert found(result) == dict.fromkeys([*names, "facts"], True)
    assert "facts: nothing is fetched beside these prices" in result.out
    assert "folder data: 2 of 2 symbols came in whole, last session 2025-09-30" in result.out
    assert result.out.endswith("All is well.\n")
    assert TOKEN not in result.out


def mended(result, name):
    """Return what the doctor says to do about `name`, and check that nothing else ails."""
    assert result.code == 1
    assert [finding for finding, is_well in found(result).items() if not is_well] == [name]
    assert result.out.endswith("Mend what is marked, then run smallcap doctor again.\n")
    lines = result.out.splitlines()
    return lines[next(n for n, line in enumerate(lines) if line.startswith(f"MEND {name}")) + 1]


def test_a_holdings_file_is_named_a_stale_or_faulty_one_is_to_be_mended(cli, well):
    data = Path(well[-1])
    put(data, "IWM.csv", ["ABC", "XYZ"], day="Sep 2, 2025")
    assert "smallcap by IWM of 2025-09-02" in cli(*well).out
    put(data, "IWM.csv", ["ABC", "XYZ"], day="May 13, 2025")
    (data / "holdings" / "SPY.xlsx").write_bytes(b"PK")
    result = cli(*well)
    assert "correct, replace or remove what is named" in mended(result, "files")
    assert "holdings/SPY.xlsx: is no CSV" in result.out
    assert "smallcap is stale: its newest holdings file is of 2025-05-13, 140 days before 2025-09-30" in result.out


def test_a_missing_token(cli, well, monkeypatch):
    monkeypatch.delenv("DISCORD_TOKEN")
    assert "set DISCORD_TOKEN or DISCORD_TOKEN_FILE" in mended(cli(*well), "token")


@pytest.mark.parametrize("token", ["abc", "a.b", "a..c", "a.b.c.d"])
def test_half_a_token(cli, well, monkeypatch, token):
    monkeypatch.setenv("DISCORD_TOKEN", token)
    assert "copy the whole token" in mended(cli(*well), "token")


def test_a_token_in_a_file(cli, well, monkeypatch, tmp_path):
    monkeypatch.delenv("DISCORD_TOKEN")
    (tmp_path / "token").write_text(TOKEN, encoding="utf-8")
    monkeypatch.setenv("DISCORD_TOKEN_FILE", str(tmp_path / "token"))
    assert cli(*well).code == 0


def test_a_wrong_setting_ends_the_examination(cli, well, tmp_path):
    (tmp_path / "smallcap.toml").write_text("prefx = 1", encoding="utf-8")
    result = cli(*well)
    assert "compare with config/example.toml" in mended(result, "settings")
    assert "prefx" in result.out


def test_a_database_without_tables(cli, well, own_state):
    (own_state / "smallcap.sqlite3").unlink()
    assert "run smallcap migrate" in mended(cli(*well), "database")


def test_a_newer_database(cli, well, own_state):
    newer(own_state)
    assert "upgrade the program" in mended(cli(*well), "database")


def test_a_database_that_is_none(cli, well, own_state):
    (own_state / "smallcap.sqlite3").write_bytes(b"x" * 4096)
    assert mended(cli(*well), "database")


def test_a_certificate_file_that_is_not_there(cli, well, monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nowhere.pem"))
    assert "correct or unset the variable" in mended(cli(*well), "network")


def test_a_proxys_password_is_not_printed(cli, well, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://anna:hunter2@proxy.example:3128")
    result = cli(*well)
    assert "proxy.example:3128" in result.out
    assert "hunter2" not in result.out


def test_a_state_folder_that_is_a_file(cli, well, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("SMALLCAP_STATE", str(tmp_path / "file"))
    result = cli(*well)
    assert result.code == 1
    assert not found(result)["state folder"]
    assert "set SMALLCAP_STATE to a folder that can be written to" in result.out


def test_an_empty_folder_of_prices(cli, well, tmp_path):
    (tmp_path / "empty").mkdir()
    assert "check the folder" in mended(cli("doctor", "--data", str(tmp_path / "empty")), "prices")


def test_a_calendar_that_ends_soon(cli, well, monkeypatch):
    from bot import doctor

    monkeypatch.setattr(doctor, "NO_CALENDAR_DAYS", 10_000)
    assert "upgrade exchange-calendars" in mended(cli(*well), "calendar")


def test_what_nobody_foresaw_is_a_finding_too(cli, well, monkeypatch):
    from bot import doctor

    async def _calendar(_settings):
        raise RuntimeError("[bold]the sky fell")

    monkeypatch.setattr(doctor, "_calendar", _calendar)
    result = cli(*well)
    assert mended(result, "calendar")
    assert "RuntimeError: [bold]the sky fell" in result.out


# held


@pytest.fixture
def suspicious(own_state, folder) -> str:
    """Write ten quiet stocks and one that doubles with the last session."""
    files = {f"S{n}": rows(seed=n) for n in range(10)}
    jump = rows(seed=99)
    day, *prices, volume = jump[-1].split(",")
    files["JUMP"] = [*jump[:-1], ",".join([day, *(f"{2.6 * float(price):.4f}" for price in prices), volume])]
    return folder(files)


def test_a_held_bar_is_listed_with_its_reason_and_let_go_by_hand(cli, suspicious):
    listed = cli("held", "list", "--data", suspicious)
    assert listed.out.startswith("JUMP  2025-09-30  ")
    (bar,) = map(json.loads, cli("held", "list", "--data", suspicious, "--json").out.splitlines())
    assert (bar["symbol"], bar["session"]) == ("JUMP", "2025-09-30")
    assert bar["reason"]
    before = cli("ask", "cross JUMP", "--data", suspicious, "--json")
    assert json.loads(before.out)["session"] == "2025-09-29"
    assert before.err.startswith("smallcap: note: JUMP is held on 2025-09-30: ")
    assert cli("held", "release", "jump", "2025-09-30", "--data", suspicious).code == 0
    assert cli("held", "list", "--data", suspicious).out == "nothing is held back\n"
    assert cli("held", "list", "--data", suspicious, "--json").out == ""
    after = cli("ask", "cross JUMP", "--data", suspicious, "--json")
    assert (json.loads(after.out)["session"], after.err) == ("2025-09-30", "")


def test_a_bar_that_is_not_held_cannot_be_let_go(cli, suspicious):
    for args, words in (
        (("S1", "2025-09-30"), "no held bar on 2025-09-30"),
        (("NOPE", "2025-09-30"), "there is no symbol"),
        (("S1", "soon"), "write YYYY-MM-DD"),
    ):
        result = cli("held", "release", *args, "--data", suspicious)
        assert result.code == 2
        assert result.is_one_line()
        assert words in result.err


# run


@pytest.mark.parametrize("args", [["run"], ["run", "--from", "2026-08-03", "--pace", "1"]])
def test_without_a_token_there_is_no_running(cli, args):
    result = cli(*args)
    assert result.code == 1
    assert result.is_one_line()
    assert "set DISCORD_TOKEN or DISCORD_TOKEN_FILE" in result.err


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["run", "--pace", "3"], "go together"),
        (["run", "--from", "2026-08-03"], "go together"),
        (["run", "--from", "2026-08-03", "--pace", "0"], "'--pace'"),
        (["demo", "--port", "70000"], "'--port'"),
        (["demo", "--pace", "fast"], "'--pace'"),
        (["nonsense"], "No such command"),
        (["held", "nonsense"], "No such command"),
        (["--colour"], "No such option"),
    ],
)
def test_wrong_use_of_other_commands_ends_in_one_line(cli, args, words):
    result = cli(*args)
    assert (result.code, result.out) == (2, "")
    assert result.is_one_line(), result.err
    assert words in result.err


def test_a_replay_that_begins_after_the_last_session_says_so(cli, monkeypatch):
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    monkeypatch.setenv("SMALLCAP_SOURCE", "sample")
    result = cli("run", "--from", "2030-01-02", "--pace", "1")
    assert result.code == 1
    assert "the last session there is: name an earlier one" in result.err.splitlines()[-1]


@pytest.mark.parametrize("command", ["demo", "run", "ask", "replay", "doctor", "migrate", "held"])
def test_every_command_explains_itself(cli, command):
    result = cli(command, "--help")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(f"Usage: smallcap {command} ")


@pytest.mark.parametrize("args", [[], ["held"]])
def test_without_a_command_all_are_listed(cli, args):
    result = cli(*args)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(" ".join(["Usage: smallcap", *args, "[OPTIONS] COMMAND"]))
    assert result.out == cli(*args, "--help").out


def test_the_version_is_printed(cli):
    from bot import __version__

    assert cli("--version").out == f"smallcap-signals {__version__}\n"
