from __future__ import annotations

import itertools

import numpy as np
import pytest

from bot.cards import style

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
# How linear RGB is seen with each colour blindness (Machado, Oliveira and Fernandes 2009, severity 1).
SEEN = {
    "normally": np.eye(3),
    "without red cones": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "without green cones": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "without blue cones": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def cielab(rgb: np.ndarray) -> np.ndarray:
    relative = XYZ @ np.clip(rgb, 0, 1) / XYZ.sum(axis=1)
    x, y, z = np.where(relative > 0.008856, np.cbrt(relative), 7.787 * relative + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("sight", SEEN)
def test_no_two_things_look_alike_with_any_colour_blindness(sight: str) -> None:
    seen = {thing: cielab(np.asarray(SEEN[sight]) @ linear(colour)) for thing, colour in COLOURS.items()}
    for one, other in itertools.combinations(seen, 2):
        assert np.linalg.norm(seen[one] - seen[other]) > 20, (one, other)


@pytest.mark.parametrize("thing", COLOURS)
def test_everything_stands_out_from_the_dark_background(thing: str) -> None:
    light, dark = (float(XYZ[1] @ linear(colour)) + 0.05 for colour in (COLOURS[thing], style.BACKGROUND))
    assert light / dark > (3 if thing == "volume" else 4.5)


def test_a_tone_has_the_colour_of_its_thing() -> None:
    assert style.TONES["golden"] == int(style.GOLDEN[1:], 16)
    assert style.TONES["death"] == int(style.DEATH[1:], 16)
