"""What the documentation says can be done, can be done."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess

import pytest
import typer

from bot.__main__ import app
from bot.chat.teaching.lessons import lesson_of, lessons_of
from tests.conftest import ROOT

PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES += sorted((ROOT / "docs").rglob("*.md"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
COMMANDS = typer.main.get_command(app)


def code(page):
    """Return every line of code of a page: of its blocks, and between backticks."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line.removeprefix("$ ").strip() for block in blocks for line in block.splitlines()]
    return lines + re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))


def shown(pattern):
    """Return every line of code that begins like `pattern`, with the page it stands on."""
    found = [(page.relative_to(ROOT).as_posix(), line) for page in PAGES for line in code(page)]
    return [(page, line) for page, line in found if re.match(pattern, line)]


def parsed(args):
    """Parse a command line as the program would, and run nothing."""
    context = COMMANDS.make_context("smallcap", [*args], resilient_parsing=False)
    command, rest = COMMANDS, [*context._protected_args, *context.args]
    while rest and hasattr(command, "resolve_command"):
        name, command, rest = command.resolve_command(context, rest)
        context = command.make_context(name, rest, parent=context)
        rest = [*getattr(context, "_protected_args", []), *context.args]
    return context


SMALLCAP = [
    (page, line)
    for page, line in shown(r"(\S+/)?smallcap \S")
    if "<" not in line and "|" not in line and not line.startswith(("smallcap --help", "smallcap:"))
]


@pytest.mark.parametrize(("page", "line"), SMALLCAP, ids=[f"{page}: {line[:50]}" for page, line in SMALLCAP])
def test_every_command_line_shown_is_understood(page, line):
    words = shlex.split(line, comments=True)[1:]
    words = [{"DATE": "2025-01-02", "SECONDS": "5", "DIR": ".", "FILE": "x"}.get(word, word) for word in words]
    try:
        parsed(words)
    except Exception as error:
        # In a sentence a command may be named without all it needs.
        if "Missing" not in str(error.format_message()):
            raise


def test_a_command_line_nobody_understands_would_be_noticed():
    for wrong in (["ask", "cross", "--nonsense"], ["dance"], ["replay"], ["held", "dance"]):
        with pytest.raises(Exception, match=r"No such|Missing"):
            parsed(wrong)


def test_every_command_stands_in_the_documentation():
    said = " ".join(line for _, line in shown(r"(\S+/)?smallcap"))
    for command in COMMANDS.commands:
        assert f"smallcap {command}" in said, command


@pytest.mark.parametrize(("page", "line"), shown(r"make [a-z]"))
def test_every_target_shown_is_in_the_makefile(page, line):
    assert line.split()[1] in TARGETS, f"{page}: {line}"


@pytest.mark.parametrize(("page", "line"), shown(r"[!/][a-z]+(?!\S*/)"))
def test_every_command_of_the_chat_is_one_that_help_teaches(page, line):
    first, second = [*re.split(r"[\s:]+", line[1:]), ""][:2]
    assert lesson_of(f"{first} {second}") or lesson_of(first) or lessons_of(first), f"{page}: {line}"


def test_a_command_of_the_chat_nobody_knows_would_be_noticed():
    assert not lesson_of("dance")
    assert not lessons_of("dance")


def test_the_readme_promises_two_commands_and_no_more_to_set_up():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```console\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    assert [line.split("#")[0].strip() for line in block.splitlines()] == ["$ make demo", "$ make test"]
    assert "pip install" not in readme


@pytest.mark.parametrize("target", sorted({"demo", "test", "check", "bench", "docs", "gallery", "lock"}))
def test_every_target_sets_up_all_it_needs_by_itself_and_once(target, tmp_path):
    if shutil.which("make") is None:
        pytest.skip("make is not installed here")
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)

    def would_do():
        return subprocess.run(["make", "-n", target], cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    first = would_do()
    assert "-m venv .venv" in first
    assert "--no-deps --require-hashes -r requirements.lock" in first
    assert first.index("requirements.lock") < first.rindex(".venv/bin/")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / ".installed").touch()
    assert "pip install" not in would_do()


@pytest.mark.parametrize("page", PAGES[:3], ids=lambda page: page.name)
def test_links_of_the_pages_outside_the_site_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_every_page_but_the_decisions_is_in_the_navigation():
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    for page in (ROOT / "docs").rglob("*.md"):
        name = page.relative_to(ROOT / "docs").as_posix()
        if not re.match(r"decisions/\d{4}-", name):
            assert f": {name}\n" in navigation, name


def test_every_decision_is_listed():
    index = (ROOT / "docs" / "decisions" / "index.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs" / "decisions").glob("0*.md"):
        assert page.name in index


PICTURES = sorted((ROOT / "docs" / "images").glob("*.png"))


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.stem)
def test_every_screenshot_is_in_the_gallery_with_a_caption_and_words_for_those_who_do_not_see_it(picture):
    gallery = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
    (alt,) = re.findall(rf"!\[([^\]]*)\]\(images/{picture.name}\)", gallery)
    assert len(alt) > 20
    assert f"(images/{picture.name})\n<figcaption" in gallery


def test_every_picture_of_a_page_has_words_for_those_who_do_not_see_it():
    for page in PAGES:
        for alt in re.findall(r"!\[([^\]]*)\]\(", page.read_text(encoding="utf-8")):
            assert len(alt) > 20, f"{page.name}: {alt!r}"


def test_the_readme_stays_on_one_screen():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 40
