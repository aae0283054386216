from __future__ import annotations

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_hex

from bot.cards import style
from bot.cards.theme import DARK, LIGHT, Theme, theme_of

COLOURS = {
    "small caps": style.SMALL,
    "large caps": style.LARGE,
    "nasdaq": style.NASDAQ,
    "dow": style.DOW,
    "equal weight": style.EQUAL,
    "golden": style.GOLDEN,
    "death": style.DEATH,
    "volume": style.VOLUME,
}
NEUTRAL = {"first line": style.FAST, "second line": style.SLOW, "words": style.TEXT, "quiet words": style.MUTED}
# How linear RGB is seen with each colour blindness (Machado, Oliveira and Fernandes 2009, severity 1).
SEEN = {
    "normally": np.eye(3),
    "without red cones": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "without green cones": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "without blue cones": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
LEAST_APART = {"dark": 20, "light": 18}
"""In CIELAB; on white there is less room: what is light enough for yellow is dark enough to be read."""
themes = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def cielab(rgb: np.ndarray) -> np.ndarray:
    relative = XYZ @ np.clip(rgb, 0, 1) / XYZ.sum(axis=1)
    x, y, z = np.where(relative > 0.008856, np.cbrt(relative), 7.787 * relative + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def seen_apart(one: str, other: str, sight: str) -> float:
    first, second = (cielab(np.asarray(SEEN[sight]) @ linear(colour)) for colour in (one, other))
    return float(np.linalg.norm(first - second))


def contrast(one: str, other: str) -> float:
    low, high = sorted(float(XYZ[1] @ linear(colour)) + 0.05 for colour in (one, other))
    return high / low


@themes
@pytest.mark.parametrize("sight", SEEN)
def test_no_two_things_look_alike_with_any_colour_blindness(sight: str, theme: Theme) -> None:
    for one, other in itertools.combinations(COLOURS, 2):
        inks = [theme.ink(COLOURS[thing]) for thing in (one, other)]
        assert seen_apart(*inks, sight) > LEAST_APART[theme.name], (one, other)


@themes
@pytest.mark.parametrize("thing", COLOURS)
def test_everything_stands_out_from_the_background(thing: str, theme: Theme) -> None:
    least = 4.5 if theme is DARK and thing != "volume" else 3
    assert contrast(theme.ink(COLOURS[thing]), theme.background) > least
    assert contrast(theme.ink(COLOURS[thing]), theme.panel) > 2.5  # the ground of half a map, with large words


@themes
@pytest.mark.parametrize("thing", NEUTRAL)
def test_words_and_neutral_lines_are_easily_read(thing: str, theme: Theme) -> None:
    for ground in (theme.background, theme.panel):
        assert contrast(theme.ink(NEUTRAL[thing]), ground) > 4.5


@themes
@pytest.mark.parametrize("colour", [style.GOLDEN, style.DEATH])
def test_small_words_about_a_cross_are_easily_read(colour: str, theme: Theme) -> None:
    assert contrast(theme.word_ink(colour), theme.background) > 4.5


@themes
def test_a_cell_can_be_read_whatever_its_ground_and_rise_looks_unlike_fall(theme: Theme) -> None:
    for strength in np.linspace(-1, 1, 9):
        assert contrast(theme.text, to_hex(theme.tint(float(strength)))) > 4.5, strength
    assert to_hex(theme.tint(0.0)) == theme.panel
    for sight in SEEN:
        assert seen_apart(theme.rise, theme.fall, sight) > 20


def test_the_light_theme_has_a_colour_for_everything_the_dark_one_has() -> None:
    named = {*COLOURS.values(), *NEUTRAL.values(), style.BACKGROUND, style.PANEL, style.GRID}
    assert set(LIGHT.inks) == named
    assert all(DARK.ink(colour) == colour for colour in named)
    assert LIGHT.ink("red") == "red"


def test_words_are_eight_pixels_high_where_a_picture_is_shown_400_wide() -> None:
    assert min(style.SMALL_PT, style.LABEL_PT, style.LEAST_TITLE_PT) / 72 * 400 / style.WIDTH_IN >= 8


def test_a_theme_nobody_knows_is_refused_with_the_known_ones() -> None:
    assert theme_of("light") is LIGHT
    with pytest.raises(ValueError, match="no theme 'sepia': there are dark and light"):
        theme_of("sepia")


def test_a_tone_has_the_colour_of_its_thing() -> None:
    assert style.TONES["golden"] == int(style.GOLDEN[1:], 16)
    assert style.TONES["death"] == int(style.DEATH[1:], 16)
