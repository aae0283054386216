from __future__ import annotations

from pathlib import Path

import pytest

from bot.chat.teaching.lesson import Lesson
from bot.chat.teaching.lessons import LESSONS
from bot.chat.teaching.moderator_lessons import FOR_MODERATORS

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = [
    (page, lesson)
    for group, lessons in LESSONS.items()
    for page in ["moderators.md" if group.startswith(FOR_MODERATORS) else "members.md"]
    for lesson in lessons
]


@pytest.mark.parametrize(("page", "lesson"), PAGES, ids=[lesson.command for _, lesson in PAGES])
def test_every_command_is_documented_with_an_example_of_both_forms(page: str, lesson: Lesson):
    text = (DOCS / page).read_text(encoding="utf-8")
    assert f"| `!{lesson.prefix_example}` | `/{lesson.slash_example}` |" in text
    assert f"`{lesson.usage('')}`" in text
