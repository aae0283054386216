from __future__ import annotations

import pytest

from bot.chat.moderators.presets import PRESETS, check, edits_of, preset_in, preset_named
from bot.people import Noun
from signals.catalog import SIGNALS, by_name
from signals.errors import InvalidThreshold

LIMITS = [
    (preset, signal, name, value)
    for preset in PRESETS
    for signal, limits in preset.limits.items()
    for name, value in limits.items()
]


def applied(preset, rows=None):
    rows = dict(rows or {})
    for edit in edits_of(preset):
        rows.pop((edit.noun, edit.key), None)
        if edit.after is not None:
            rows[edit.noun, edit.key] = edit.after
    return rows


@pytest.mark.parametrize(("preset", "signal", "name", "value"), LIMITS, ids=lambda part: getattr(part, "name", part))
def test_every_value_of_a_preset_is_a_limit_within_its_bounds_and_no_default(preset, signal, name, value):
    [threshold] = [t for t in by_name(signal).thresholds if t.name == name]
    assert threshold.role == "limit"
    assert threshold.parse(value) == value
    assert type(threshold.parse(value)) is type(value)
    assert value != threshold.default


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_no_preset_contradicts_itself_or_the_defaults(preset):
    check(applied(preset))
    for signal in SIGNALS:
        signal.thresholds_with(preset.limits.get(signal.name, {}))


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_a_preset_is_known_again_after_it_was_taken_whatever_was_before(preset):
    for before in PRESETS:
        assert preset_in(applied(preset, applied(before))) == preset


def test_calm_asks_for_more_than_normal_and_eager_for_less():
    calm, eager = (preset_named(name).limits["cross"] for name in ("calm", "eager"))
    defaults = by_name("cross").thresholds_with()
    assert calm["approach_sessions"] < defaults["approach_sessions"] < eager["approach_sessions"]
    for name in ("hold_sessions", "separation_pct"):
        assert calm[name] > defaults[name] > eager[name]


def test_normal_is_what_holds_where_nothing_is_set_and_leaves_nothing_set():
    assert preset_in({}).name == "normal"
    assert applied(preset_named("normal"), applied(preset_named("eager"))) == {}


def test_a_limit_of_ones_own_is_no_preset_and_a_window_of_ones_own_is_left_alone():
    assert preset_in({(Noun.THRESHOLD, "cross hold_sessions"): {"value": 7}}) is None
    slow = {(Noun.THRESHOLD, "cross slow"): {"value": 150}}
    calm = applied(preset_named("calm"), slow)
    assert calm[Noun.THRESHOLD, "cross slow"] == {"value": 150}
    assert preset_in(calm).name == "calm"


def test_a_contradiction_with_what_is_set_beside_is_found():
    with pytest.raises(InvalidThreshold, match="must be below slow"):
        check({(Noun.THRESHOLD, "cross fast"): {"value": 300}})


def test_a_threshold_of_an_older_version_is_no_obstacle():
    check({(Noun.THRESHOLD, "cross long_gone"): {"value": 1}, (Noun.THRESHOLD, "nothing at_all"): {"value": 1}})
