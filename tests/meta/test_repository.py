"""What must not stand in the repository, whoever wrote it and wherever."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.conftest import ROOT

# Put together here, so that this file does not hold what it looks for.
INDEX = "|".join(
    ["py" + r"pi\.org", "python" + r"hosted\.org", "--extra" + "-index", r"index" + r"-url\s*=", "PIP_" + "INDEX"]
)
PLACES = "|".join(
    [r"(?<![\w.)}])/" + place + "/" for place in ("work", "root", "home", "Users")] + [r"[\"' (]/" + "tmp/"]
)


def tracked():
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is no git checkout")
    return [ROOT / name for name in listed.decode().split("\0") if name and (ROOT / name).is_file()]


def text_of(path):
    content = path.read_bytes()
    return None if b"\0" in content else content.decode("utf-8")


def test_no_file_names_a_package_index_or_this_machines_places():
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()[:120]}"
        for path in tracked()
        for line in (text_of(path) or "").splitlines()
        if re.search(rf"{INDEX}|{PLACES}", line)
    ]
    assert found == []


def test_the_lock_has_hashes_and_no_address():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in text
    requirements = re.findall(r"^([A-Za-z0-9._-]+)==\S+((?:.*\\\n)*.*)", text, re.MULTILINE)
    assert len(requirements) > 50
    for name, rest in requirements:
        assert "--hash=sha256:" in rest, name


def test_no_market_data_is_in_the_repository():
    for path in tracked():
        assert not path.name.endswith((".csv", ".csv.gz", ".parquet", ".feather", ".npz")), path


def test_no_module_is_called_after_what_it_might_do():
    for path in tracked():
        assert not re.search(r"(^|_)(utils?|helpers?|manager|misc|common|base)(_|\.py$)", path.name), path
