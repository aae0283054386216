"""The program as a program: what only a real process can show."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(sys.executable).with_name("smallcap")
HEAVY = "discord pandas yfinance matplotlib sqlalchemy exchange_calendars numpy"


def run(*command, **kwargs):
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **kwargs)


@pytest.fixture
def environment(kept_state, tmp_path):
    return {**os.environ, "SMALLCAP_STATE": str(kept_state)}


@pytest.fixture
def sample(cli):
    """Read the simulated market in, so that the processes find it there."""
    assert cli("ask", "cross RUT").code == 0


@pytest.mark.parametrize("program", [[str(SCRIPT)], [sys.executable, "-m", "bot"]], ids=["smallcap", "python -m bot"])
def test_the_program_starts_either_way(program, environment):
    if program == [str(SCRIPT)] and not SCRIPT.exists():
        pytest.skip("the package is not installed: its console script is missing")
    help_ = run(*program, "--help", env=environment)
    assert (help_.returncode, help_.stderr) == (0, "")
    assert help_.stdout.startswith("Usage: smallcap ")
    wrong = run(*program, "ask", "croos", env=environment)
    assert (wrong.returncode, wrong.stdout, wrong.stderr.count("\n")) == (2, "", 1)


@pytest.mark.parametrize("args", [["--version"], ["--help"], ["ask", "--help"]])
def test_help_and_version_load_nothing_heavy(args, environment):
    program = (
        "import sys\n"
        f"sys.argv = ['smallcap', *{args!r}]\n"
        "from bot.__main__ import main\n"
        "try:\n    main()\n"
        f"finally:\n    print(sorted(set({HEAVY!r}.split()) & set(sys.modules)), file=sys.stderr)\n"
    )
    assert run(sys.executable, "-c", program, env=environment).stderr == "[]\n"


def test_a_question_loads_what_it_needs_and_no_more(sample, environment):
    program = (
        "import sys\n"
        "sys.argv = ['smallcap', 'ask', 'cross RUT', '--json']\n"
        "from bot.__main__ import main\n"
        "try:\n    main()\n"
        f"finally:\n    print(sorted(set({HEAVY!r}.split()) & set(sys.modules)), file=sys.stderr)\n"
    )
    assert run(sys.executable, "-c", program, env=environment).stderr == "['numpy']\n"


def test_a_reader_that_has_heard_enough_is_no_error(sample, environment):
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "replay", "--from", "2020-01-01", "--to", "2026-09-30"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
    ) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        assert program.stdout.readline()
        program.stdout.close()
        assert program.stderr.read() == ""


def test_a_closed_stdout_is_no_error(sample, environment):
    program = run("sh", "-c", f"{sys.executable} -m bot ask 'cross RUT' >&-", env=environment)
    assert (program.returncode, program.stderr) == (0, "")


def test_ctrl_c_ends_quietly(sample, environment):
    program = (
        "import os, signal, sys, bot.terminal\n"
        "from bot.__main__ import main\n"
        "sys.argv = ['smallcap', 'ask', 'cross RUT']\n"
        "bot.terminal.parse = lambda text: os.kill(os.getpid(), signal.SIGINT)\n"
        "main()"
    )
    ended = run(sys.executable, "-c", program, env=environment)
    assert (ended.returncode, ended.stdout) == (130, "")
    assert "Traceback" not in ended.stderr
