"""Hostile words through the parser and the renderer of everything that people can type, choose, press or upload."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.errors import friendly
from bot.chat.moderators.config_document import Unreadable
from bot.chat.moderators.imports import complaints_card, proposal_card, proposal_of, proposal_view
from bot.chat.press import GRAMMAR, MARK, Action, Needs, Press
from bot.chat.pressing import HANDLERS
from tests.fuzz.conftest import INPUTS, fuzzed
from tests.fuzz.harmless import troubles_of_text
from tests.fuzz.hostile import files, words
from tests.fuzz.stage import Defect, Stage
from tests.fuzz.targets import ACTIONS, COMMANDS, FILE, PARSERS, TYPED, filled, options_in, options_of, prefixed

OPTIONS = [(command, option) for command, given in COMMANDS.items() for option in given if option != FILE]
_SHARES = len(OPTIONS) + len(ACTIONS) + len(PARSERS) + 6
EACH = -(-INPUTS // _SHARES)
"""Inputs for each option, action and parser; files get six times as many."""
MESSAGE = 2000


def test_every_option_of_every_command_is_fed(stage: Stage):
    assert {(option.command, option.name) for option in options_in(stage.bot)} == {
        (command, option) for command, given in COMMANDS.items() for option in given
    }
    assert {command.qualified_name for command in stage.bot.walk_commands()} == set(COMMANDS)


def test_every_action_is_fed_and_has_a_handler():
    assert set(ACTIONS) == set(GRAMMAR) == set(HANDLERS) == set(Action)


@pytest.mark.parametrize("command", [command for command in COMMANDS if TYPED not in COMMANDS[command]])
def test_what_may_well_be_said_is_understood_in_both_forms(stage: Stage, command: str):
    good = {name: filled(stage, value) for name, value in COMMANDS[command].items() if value}
    if command != "import":
        stage.run(stage.say(prefixed(stage.bot, command, good)))
        assert stage.kept.lines == []
        assert stage.kept.answers > 0
        stage.clear()
        stage.run(stage.slash(command, {n: v for n, v in good.items() if _is_text(stage, command, n)}))
        assert stage.kept.lines == []
        assert stage.kept.answers > 0
    stage.need_harmless()


@pytest.mark.parametrize("action", Action)
def test_what_a_component_may_well_say_is_understood(stage: Stage, action: Action):
    sample = ACTIONS[action]
    custom_id = Press(action, tuple(filled(stage, argument) for argument in sample.arguments)).custom_id
    stage.run(stage.press(custom_id, [filled(stage, value) for value in sample.values[:1]]))
    stage.need_harmless()
    fields = {item["component"]["custom_id"] for form in stage.kept.forms for item in form.to_dict()["components"]}
    assert fields <= {name for sample in ACTIONS.values() for name in sample.fields or ()}


@pytest.mark.parametrize(("command", "option"), OPTIONS, ids=[f"{command}: {option}" for command, option in OPTIONS])
def test_hostile_words_in_an_option(stage: Stage, tried, command: str, option: str):
    [found] = [each for each in options_of(stage.bot, command) if each.name == option]

    @fuzzed(EACH)
    @given(words(), st.integers(0, 7))
    def say(text: str, manner: int) -> None:
        tried()
        stage.clear()
        is_quoted, is_full, stage.allowed.embed_links = bool(manner & 1), bool(manner & 2), bool(manner & 4)
        others = {
            name: filled(stage, value)
            for name, value in COMMANDS[command].items()
            if value and name != option and (is_full or _is_needed(stage, command, name))
        }
        typed = f'"{text}"' if is_quoted and not found.is_last else text
        stage.run(stage.say(prefixed(stage.bot, command, {**others, option: typed})[:MESSAGE]))
        if _is_text(stage, command, option):
            texts = {name: value for name, value in others.items() if _is_text(stage, command, name)}
            stage.run(stage.slash(command, {**texts, option: _fitting(stage, command, option, text)}))
            if _parameter(stage, command, option).autocomplete:
                stage.run(stage.complete(command, option, {**texts, option: text}))
        stage.need_harmless()

    say()


@pytest.mark.parametrize("action", Action)
def test_hostile_components(stage: Stage, tried, action: Action):
    sample = ACTIONS[action]
    plausible = st.sampled_from([filled(stage, value) for value in sample.values] or [""])
    chosen = st.lists(st.one_of(plausible, plausible, words(100)), max_size=3)
    fields = st.one_of(st.sampled_from(sample.fields or ("value",)), words(20))
    written = st.one_of(st.none(), st.dictionaries(fields, words(100), max_size=3)) if sample.fields else st.none()

    @fuzzed(EACH)
    @given(_custom_ids(stage, action), chosen, written)
    def use(custom_id: str, values: list[str], typed: dict[str, str] | None) -> None:
        tried()
        stage.clear()
        stage.run(stage.press(custom_id, values, typed))
        stage.need_harmless()

    use()


def test_hostile_files(stage: Stage, tried):
    async def imported(content: bytes) -> None:
        try:
            proposal = await proposal_of(stage.bot.ports, stage.member, content, stage.bot.shown_prefix)
        except Unreadable as unreadable:
            await stage.show(complaints_card(unreadable))
            return
        await stage.show(proposal_card(proposal), proposal_view(proposal))

    @fuzzed(6 * EACH)
    @given(files())
    def take(content: bytes) -> None:
        tried()
        stage.clear()
        for mark, number in ((b"{channel}", stage.channel_id), (b"{role}", stage.role_id)):
            content = content.replace(mark, str(number).encode())
        stage.run(imported(content))
        stage.need_harmless()

    take()


@pytest.mark.parametrize("name", PARSERS)
def test_hostile_words_in_a_parser(tried, name: str):
    @fuzzed(EACH)
    @given(words())
    def parse(text: str) -> None:
        tried()
        assert troubles_of_text(_shown(name, text)) == []

    parse()


def _shown(name: str, text: str) -> str:
    """Return what a parser makes of a text, or the friendly line that refuses it."""
    try:
        return str(PARSERS[name](text))
    except Unreadable as unreadable:
        return "\n".join(unreadable.complaints)
    except Exception as error:
        line = friendly(error)
        if line is None:
            raise Defect(f"no friendly line for {error!r}") from error
        return line


def _parameter(stage: Stage, command: str, option: str) -> Any:
    found = stage.bot.get_command(command).app_command
    return found.get_parameter(option) if hasattr(found, "get_parameter") else None


def _is_text(stage: Stage, command: str, option: str) -> bool:
    parameter = _parameter(stage, command, option)
    return parameter is not None and parameter.type.name == "string"


def _is_needed(stage: Stage, command: str, option: str) -> bool:
    parameter = _parameter(stage, command, option)
    return parameter is not None and parameter.required


def _fitting(stage: Stage, command: str, option: str, text: str) -> str:
    """Return a text as long as Discord lets the option be."""
    parameter = _parameter(stage, command, option)
    return text[: parameter.max_value].ljust(parameter.min_value or 0, "x")


def _custom_ids(stage: Stage, action: Action) -> st.SearchStrategy[str]:
    """Return what a component of the action may say, what it cannot have said, and what nobody says."""
    grammar, sample = GRAMMAR[action], ACTIONS[action]
    arguments = []
    for at, (pattern, good) in enumerate(zip(grammar.arguments, sample.arguments, strict=True)):
        usual = [filled(stage, good), *(step for step in sample.steps if pattern.fullmatch(step))]
        strange = st.from_regex(pattern, fullmatch=True)
        is_owner = at == 0 and grammar.needs is Needs.OWNER
        arguments.append(st.sampled_from(usual) if is_owner else st.one_of(st.sampled_from(usual), strange))
    said = st.tuples(*arguments).map(lambda given: f"{MARK}1:{':'.join((action, *given))}")
    forged = words(60).map(lambda text: f"{MARK}1:{action}:{text}")
    return st.one_of(said, said, said, forged, words(100))
