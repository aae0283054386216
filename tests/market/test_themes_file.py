from __future__ import annotations

from datetime import date

import pytest

from bot.market.themes_file import read_themes
from bot.market.toml_file import BadFile

MEMBER = '{ symbol = "STRL", since = 2025-07-22, reason = "Builds." }'
NAMES = ["semiconductors", "optical", "datacenter", "industrial", "banks", "biotech", "fintech", "clean-energy"]
DRAWN_UP = date(2026, 11, 28)


def written(tmp_path, text):
    path = tmp_path / "themes.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_bundled_file_has_eight_baskets_of_eight_members_or_more():
    themes = read_themes()
    assert [theme.name for theme in themes] == NAMES
    assert all(len(theme.members) >= 8 for theme in themes)


def test_only_what_was_named_at_the_time_counts_from_before_the_list_was_drawn_up():
    members = [member for theme in read_themes() for member in theme.members]
    early = {(member.symbol, member.since) for member in members if member.since < DRAWN_UP}
    assert early == {("STRL", date(2025, 7, 22)), ("LITE", date(2025, 7, 22)), ("AGX", date(2025, 7, 22))}
    assert all(member.reason.endswith(".") and len(member.reason) < 120 for member in members)


def test_real_prices_cover_most_of_every_basket(market_data):
    import pyarrow.parquet as pq

    known = set(pq.read_table(market_data / "universe" / "closes.parquet", columns=["symbol"])["symbol"].to_pylist())
    known |= {path.name.partition(".csv")[0] for path in (market_data / "prices").iterdir()}
    for theme in read_themes():
        covered = sum(member.symbol in known for member in theme.members)
        assert covered >= len(theme.members) / 2, theme.name


def test_a_file_is_read_in_its_order(tmp_path):
    path = written(tmp_path, f'[b]\ntitle = "B"\nmembers = [{MEMBER}]\n[a]\ntitle = " A "\nmembers = [{MEMBER}]\n')
    b, a = read_themes(path)
    assert (b.name, a.title) == ("b", "A")
    assert (a.members[0].symbol, a.members[0].since, a.members[0].reason) == ("STRL", date(2025, 7, 22), "Builds.")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no theme"),
        ("title", "is no TOML"),
        ('title = "x"', "themes.toml, title: is no table"),
        ('[Upper]\ntitle = "x"\nmembers = []', "small letters, digits and dashes"),
        ('[a]\ntitle = "x"', "themes.toml, a: members is missing"),
        ('[a]\ntitle = "x"\nmembers = []', "themes.toml, a: has no members"),
        ('[a]\ntitle = "x"\nmembers = "STRL"', "themes.toml, a: has no members"),
        (f'[a]\ntitle = ""\nmembers = [{MEMBER}]', "a: title is no text"),
        (f'[a]\ntitle = "x"\ncolour = "red"\nmembers = [{MEMBER}]', "a: there is no key colour"),
        (f'[a]\ntitle = "x"\nmembers = [{MEMBER}, {MEMBER}]', "a: STRL is a member twice"),
        ('[a]\ntitle = "x"\nmembers = ["STRL"]', "a, member 1: is no table"),
        ('[a]\ntitle = "x"\nmembers = [{ symbol = "STRL", since = 2025-07-22 }]', "a, STRL: reason is missing"),
        (f'[a]\ntitle = "x"\nmembers = [{MEMBER.replace("2025-07-22", "2025")}]', "a, STRL: since is no date"),
        (
            f'[a]\ntitle = "x"\nmembers = [{MEMBER.replace("2025-07-22", chr(34) + "soon" + chr(34))}]',
            "is no date like",
        ),
        (f'[a]\ntitle = "x"\nmembers = [{MEMBER.replace("2025-07-22", "2025-07-22T10:00:00")}]', "is no date like"),
        (f'[a]\ntitle = "x"\nmembers = [{MEMBER.replace("STRL", "strl")}]', "a, strl: 'strl' is no symbol"),
        (
            f'[a]\ntitle = "x"\nmembers = [{MEMBER.replace(chr(34) + "STRL" + chr(34), "7")}]',
            "member 1: 7 is no symbol",
        ),
        (f'[a]\ntitle = "x"\nmembers = [{MEMBER.replace(" }", ", weight = 1 }")}]', "a, STRL: there is no key weight"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(tmp_path, text, words):
    with pytest.raises(BadFile) as caught:
        read_themes(written(tmp_path, text))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(BadFile, match=r"themes\.toml cannot be read"):
        read_themes(tmp_path / "themes.toml")
