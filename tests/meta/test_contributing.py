from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_examples_in_contributing_stand_in_the_code_as_they_are():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found = re.findall(r"From `([^`]+)`:\n\n```python\n(.*?)```", text, flags=re.DOTALL)
    assert len(found) == 2
    for path, example in found:
        assert example in (ROOT / path).read_text(encoding="utf-8"), path
