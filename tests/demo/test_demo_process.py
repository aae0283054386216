"""The demo as a process: it starts, says where it is, and ends without a trace."""

from __future__ import annotations

import json
import signal
import socket
import time
import urllib.request
from pathlib import Path

import pytest

from tests.demo.conftest import Demo

PROC = Path("/proc")


def left_in(group: int) -> list[str]:
    """Return the processes of a group that are left, zombies aside."""
    left = []
    for process in PROC.glob("[0-9]*"):
        try:
            state, _, owner = (process / "stat").read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(owner) == group and state != "Z":
            left.append(process.name)
    return left


@pytest.mark.skipif(not PROC.is_dir(), reason="left-over processes are looked for in /proc")
def test_ctrl_c_ends_it_cleanly_while_sessions_pass(running_demo):
    with running_demo("--port", "0", "--pace", "0.2") as demo:
        url = demo.url()
        with urllib.request.urlopen(f"{url}demo/state") as answer:  # noqa: S310 - our own address
            state = json.load(answer)
        assert state["channel"] == "alerts"
        assert state["total"] == 42
        assert demo.stop(signal.SIGINT) == (0, "The demo is over.\n", "")
        ends_by = time.monotonic() + 5
        while left_in(demo.process.pid) and time.monotonic() < ends_by:
            time.sleep(0.05)  # Python's own watcher of shared resources ends a moment after the process it watches
        assert not left_in(demo.process.pid)


def test_a_port_in_use_is_one_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, out, err = Demo("--port", str(port)).finish()
    assert (code, out) == (1, "")
    assert err == f"smallcap: port {port} is in use: name another one with --port, or --port 0 for any that is free\n"


def test_a_first_day_after_the_last_is_one_line():
    code, _, err = Demo("--port", "0", "--from", "2031-01-02").finish()
    assert code == 1
    assert err.startswith("smallcap: --from 2031-01-02 lies after 2026-09-30")
    assert err.count("\n") == 1
