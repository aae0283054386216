"""A server's settings as a file: written, read back, compared; everything that can be wrong with it."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.errors import Refusal
from bot.chat.moderators.config_document import Unreadable, document_of
from bot.chat.moderators.config_file import Export, config_text, difference, digest_of
from bot.chat.moderators.config_reader import MOST_COMPLAINTS, Here, wanted_of
from bot.chat.zones import zone_named
from bot.people import Edit, Noun, PaperName
from signals.catalog import SIGNALS
from signals.errors import InvalidThreshold, UnknownSubject

NOW = datetime(2025, 8, 6, 20, 30, tzinfo=UTC)
SYMBOLS = ("^RUT", "IWM", "STRL", "sector:Real Estate", 'sector:"Odd" \\ name', "theme:é\u2028\x7f")
CHANNELS, ROLES = (11, 12, 13), (21, 22)
ROUTE = {"subjects": [], "importance": 1, "role_id": None, "cadence": "instant", "daily_at": None}
ZONES = sorted(available_timezones())
ABOUT = Export("A server", NOW, "0.1.0", {11: "alerts", 21: "Crosses"})


def subject(typed: str) -> str:
    if typed.upper() not in {symbol.upper() for symbol in SYMBOLS}:
        raise UnknownSubject("symbol", typed, "it is not followed here")
    return next(symbol for symbol in SYMBOLS if symbol.upper() == typed.upper())


def read(text: str | bytes, present=None, **other):
    here = Here(
        now=NOW,
        present=present or {},
        channels=CHANNELS,
        roles=ROLES,
        subject=subject,
        zone=zone_named,
        prefix="sc ",
    )
    content = text.encode() if isinstance(text, str) else text
    return wanted_of(document_of(content), here)


def complaints(text: str | bytes, present=None) -> list[str]:
    with pytest.raises(Unreadable) as caught:
        read(text, present)
    return list(caught.value.complaints)


def told_of(text: str | bytes) -> tuple[str, ...]:
    """What is wrong with a file; nothing where it can be taken."""
    try:
        read(text)
    except Unreadable as unreadable:
        return unreadable.complaints
    return ()


def consistent(rows: dict) -> bool:
    for signal in SIGNALS:
        changed = {
            key.split(" ")[1]: row["value"]
            for (noun, key), row in rows.items()
            if noun is Noun.THRESHOLD and key.startswith(f"{signal.name} ")
        }
        try:
            signal.thresholds_with(changed)
        except InvalidThreshold:
            return False
    return True


def value_of(threshold) -> st.SearchStrategy:
    if threshold.choices:
        return st.sampled_from(threshold.choices)
    if threshold.is_whole:
        return st.integers(int(threshold.lower), int(threshold.upper))
    return st.floats(threshold.lower, threshold.upper)


@st.composite
def configurations(draw) -> dict:
    """Anything that moderators may have set, also what this version would not let them set any more."""
    rows = {}
    for signal in SIGNALS:
        for threshold in draw(st.sets(st.sampled_from(signal.thresholds))) if signal.thresholds else ():
            rows[Noun.THRESHOLD, f"{signal.name} {threshold.name}"] = {"value": draw(value_of(threshold))}
    for channel in draw(st.sets(st.sampled_from((*CHANNELS, 2**63 - 1)))):
        is_daily = draw(st.booleans())
        rows[Noun.ROUTE, f"{channel} cross"] = {
            "subjects": draw(st.lists(st.sampled_from((*SYMBOLS, "GONE")), max_size=4, unique=True)),
            "importance": draw(st.integers(1, 5)),
            "role_id": draw(st.none() | st.sampled_from((*ROLES, 99))),
            "cadence": "daily" if is_daily else "instant",
            "daily_at": f"{draw(st.times()):%H:%M}" if is_daily else None,
        }
    for what in draw(st.sets(st.sampled_from(("cross ", " IWM", "cross STRL", "older GONE", 'x "y" \n#z')))):
        until = NOW + timedelta(microseconds=draw(st.integers(1, 90 * 86_400 * 10**6)))
        rows[Noun.SILENCE, what] = {"until": until.isoformat()}
    papers = st.sampled_from(tuple(PaperName))
    for channel, paper in draw(st.sets(st.tuples(st.sampled_from((*CHANNELS, 2**63 - 1)), papers))):
        hour = draw(st.none() | st.times())
        rows[Noun.ORDER, f"{channel} {paper}"] = {
            "rhythm": draw(st.sampled_from(("daily", "weekly"))),
            "at": None if hour is None else f"{hour:%H:%M}",
        }
    for words in draw(st.sets(st.sampled_from(("morning note", "r&d's", "scn smallcap", "é clair")))):
        rows[Noun.KEYWORD, words] = {"paper": draw(st.sampled_from(("rotation", "off")))}
    if draw(st.booleans()):
        rows[Noun.GUILD, "moderator_role_id"] = {"value": draw(st.sampled_from((*ROLES, 98)))}
    if draw(st.booleans()):
        rows[Noun.GUILD, "time_zone"] = {"value": draw(st.sampled_from(ZONES))}
    return rows


names = st.dictionaries(st.sampled_from((*CHANNELS, *ROLES)), st.text())


@settings(deadline=None, max_examples=40)
@given(configurations().filter(consistent), st.text(), names)
def test_what_was_exported_is_imported_without_a_difference(rows, guild, names):
    text = config_text(rows, Export(guild, NOW, "0.1.0", names))
    wanted = read(text, rows)
    assert difference(rows, wanted.rows) == ()
    assert (wanted.left_out, wanted.ended) == ((), ())


@settings(deadline=None, max_examples=40)
@given(configurations(), configurations())
def test_the_difference_of_two_servers_makes_the_one_of_the_other(mine, theirs):
    edits = difference(mine, theirs)
    made = dict(mine)
    for edit in edits:
        made.pop((edit.noun, edit.key), None)
        if edit.after is not None:
            made[edit.noun, edit.key] = edit.after
    assert made == theirs
    assert all(edit.before == mine.get((edit.noun, edit.key)) for edit in edits)
    assert (digest_of(edits) == digest_of(())) is (mine == theirs)


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_whatever_end_in_anything_but_a_complaint(content):
    told = told_of(content)
    assert all("@everyone" not in line and "://" not in line for line in told)


value = st.recursive(
    st.none().map(lambda _: "0")
    | st.sampled_from(['"x"', '""', "1", "-1", "1.5", "nan", "inf", "true", "1979-05-27", "07:32:00", '"@everyone"'])
    | st.sampled_from(["1979-05-27T07:32:00", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "9" * 30]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]")
        | inner.map(lambda part: f"{{channel = {part}}}")
    ),
    max_leaves=3,
)
key = st.sampled_from(
    [
        "format", "server", "thresholds", "routes", "silences", "papers", "keywords", "keywords.rpm",
        "server.time_zone", "server.moderator_role",
        "thresholds.cross", "thresholds.cross.slow", "thresholds.cross.require_holds", "thresholds.x.y", "a",
    ]
)  # fmt: skip
entry = st.sampled_from(
    ["channel", "signal", "subjects", "importance", "role", "cadence", "daily_at", "subject", "until", "z"]
)


@settings(deadline=None)
@given(
    st.dictionaries(key, value, max_size=4),
    st.lists(st.tuples(st.sampled_from(["routes", "silences"]), st.dictionaries(entry, value, max_size=7)), max_size=3),
)
def test_values_of_any_kind_in_any_place_end_in_a_complaint_or_a_configuration(top, entries):
    lines = ["format = 1", *(f"{name} = {given}" for name, given in top.items() if name != "format")]
    for section, parts in entries:
        lines += [f"[[{section}]]", *(f"{name} = {given}" for name, given in parts.items())]
    assert all("@everyone" not in line for line in told_of("\n".join(lines)))


FILE = """\
format = 1

[server]
moderator_role = "21"
time_zone = "europe/berlin"

[thresholds.cross]
slow = 150

[[routes]]
channel = 11
signal = "cross"
subjects = ["iwm", "^RUT", "IWM"]
role = "22"

[[routes]]
channel = "12"
signal = "cross"
cadence = "daily"
daily_at = 18:00:00

[[silences]]
signal = "cross"
until = 2025-08-07T00:00:00+02:00
"""


def test_a_file_made_by_hand_is_read_with_what_it_leaves_out():
    assert read("\ufeff" + FILE.replace("\n", "\r\n")).rows == {
        (Noun.GUILD, "moderator_role_id"): {"value": 21},
        (Noun.GUILD, "time_zone"): {"value": "Europe/Berlin"},
        (Noun.THRESHOLD, "cross slow"): {"value": 150},
        (Noun.ROUTE, "11 cross"): {**ROUTE, "subjects": ["IWM", "^RUT"], "role_id": 22},
        (Noun.ROUTE, "12 cross"): {**ROUTE, "cadence": "daily", "daily_at": "18:00"},
        (Noun.SILENCE, "cross "): {"until": "2025-08-06T22:00:00+00:00"},
    }


def test_an_export_is_for_people_too():
    rows = read(FILE).rows
    text = config_text(rows, ABOUT)
    assert text.startswith("# What this server has set in smallcap-signals.\n# Server:   A server\n")
    for line in (
        "# Exported: 2025-08-06 20:30 UTC, by version 0.1.0",
        'moderator_role = "21"  # @Crosses',
        "slow = 150  # 2 to 400 sessions, default 200",
        'channel = "11"  # #alerts',
        'channel = "12"',
        "subjects = []  # all",
        "until = 2025-08-06T22:00:00Z",
    ):
        assert line in text.split("\n")
    assert tomllib.loads(text)["thresholds"] == {"cross": {"slow": 150}}


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("format = 1", "", "format: the file must say `format = 1`, as `export` writes it"),
        ("format = 1", "format = true", "line 1, format: the file must say `format = 1`"),
        ("format = 1", "format = 2", "line 1, format: the file must say `format = 1`"),
        ("[server]", "[servers]", "line 3, servers: I do not know servers: there are format, server, thresholds"),
        ("moderator_role", "role", "line 4, server.role: I do not know role: there are moderator\\_role, time\\_zone"),
        ('"21"', '"me"', "line 4, server.moderator\\_role: is none of Discord's numbers"),
        ('"21"', "99999999999999999999", "line 4, server.moderator\\_role: is none of Discord's numbers"),
        ("europe/berlin", "Europe/Berln", "did you mean Europe/Berlin?"),
        ("slow = 150", "slow = 900", "line 8, thresholds.cross.slow: slow"),
        ("slow = 150", "slow = 900", "must be between 2 and 400 sessions"),
        ("slow = 150", "slow = 12.5", "must be a whole number"),
        ("slow = 150", "slow = nan", "must be a whole number"),
        ("slow = 150", "slow = true", "must be a number or a word"),
        ("slow = 150", "slow = [1]", "must be a number or a word"),
        ("slow = 150", f"slow = {'9' * 400}", "line 8, thresholds.cross.slow: is too large"),
        ("slow = 150", 'require_holds = "maybe"', "must be one of yes, no"),
        ("slow = 150", "slw = 150", "cross has no such threshold: there are fast, slow"),
        ("slow = 150", "fast = 250", "line 7, thresholds.cross: "),
        ("slow = 150", "fast = 250", "must be below slow"),
        ("[thresholds.cross]", "[thresholds.crss]", "line 8, thresholds.crss.slow: there is no signal crss"),
        ("channel = 11", "", "line 10, route 1.channel: is missing: copy it with Developer Mode on"),
        ('signal = "cross"\nsubjects', "subjects", "line 10, route 1.signal: is missing"),
        (
            'signal = "cross"\nsubjects',
            'signal = "smallcap"\nsubjects',
            "there is no signal smallcap that raises alerts",
        ),
        ('"iwm"', '"IWN"', "line 13, route 1.subjects: symbol is IWN: it is not followed here"),
        ('"iwm"', "5", "line 13, route 1.subjects: must be a list of symbols and groups"),
        ('role = "22"', "importance = 6", "line 14, route 1.importance: must be a whole number from 1 to 5"),
        ('role = "22"', "importance = true", "must be a whole number from 1 to 5"),
        ('role = "22"', "ping = 1", "line 14, route 1.ping: I do not know ping: there are channel, signal"),
        ('"daily"', '"weekly"', "line 19, route 2.cadence: must be one of instant, daily"),
        ("daily_at = 18:00:00", "", "line 16, route 2.daily\\_at: is missing: a daily route needs its hour"),
        ('cadence = "daily"\n', "", "line 19, route 2.daily\\_at: contradicts the cadence"),
        ("18:00:00", '"25:00"', 'must be an hour of the day, such as "18:00"'),
        ("18:00:00", "18:00:30", "must be an hour of the day"),
        ('"12"', '"11"', "line 16, route 2: that channel and signal stand in an earlier route, too"),
        ("2025-08-07T00:00:00+02:00", "2025-08-07T00:00:00", "line 24, silence 1.until: must be an instant"),
        ("2025-08-07T00:00:00+02:00", "2026-08-07T00:00:00Z", "must be at most 90 days from now"),
        ("2025-08-07T00:00:00+02:00", '"tomorrow"', "such as 2026-01-31T18:00:00Z"),
        ('signal = "cross"\nuntil', "until", "line 22, silence 1: name a signal, a subject, or both"),
        ("[[silences]]", "[silences]", "line 22, silences: must be a list: begin each entry with `[[silences]]`"),
        ("[server]", "server = 1\n[serv]", "server: must be a table: begin it with `[server]`"),
        ("slow = 150", "slow = ", "this is not TOML: Invalid value (at line 8, column 8)"),
        ("slow = 150", "slow = 1\nslow = 2", "this is not TOML: Cannot overwrite a value"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_what_is_allowed(before, after, complaint):
    assert before in FILE
    told = complaints(FILE.replace(before, after, 1))
    assert any(complaint in line for line in told), told


def test_everything_that_is_wrong_is_told_at_once():
    told = complaints(FILE.replace("slow = 150", "slow = 1").replace('"iwm"', '"x"').replace("format = 1", ""))
    assert len(told) == 3


def test_so_much_that_is_wrong_is_cut_short():
    assert len(complaints("format = 1\n" + "[[routes]]\nx = 1\n" * 500)) == MOST_COMPLAINTS


def test_hostile_words_in_complaints_are_harmless():
    told = complaints(FILE.replace('"iwm"', '"@everyone <@&1> https://b.example"').replace("[server]", '["[x](://y)"]'))
    for live in ("@everyone", "<@&1>", "://"):
        assert all(live not in line for line in told)


def test_what_is_no_utf_8_is_told_with_its_line():
    assert complaints(FILE.encode() + b"# caf\xe9\n") == ["line 25: this is not UTF-8 text: save the file as UTF-8"]


@pytest.mark.parametrize(
    "content",
    [
        b"a" + b".a" * 30_000 + b" = 1",
        b'"x"' + b' . "x"' * 9_000 + b" = 1",
        b"x = {" + b"a." * 20_000 + b"a = 1}",
        b"x = ''' \" ''' \n[" + b"a." * 20_000 + b"a]",
    ],
)
def test_keys_that_would_keep_the_reader_busy_for_minutes_are_refused_unread(content):
    [told] = complaints(content)
    assert "too many dots: no key of this file has more than one" in told


@pytest.mark.parametrize("content", [b"a = " + b"[" * 60_000, b"a = " + b"{a = " * 12_000, b"a = " + b"9" * 60_000])
def test_what_nests_or_counts_beyond_reason_is_refused(content):
    assert len(complaints(content)) == 1


def test_dots_in_texts_and_comments_are_nothing_to_complain_of():
    dots = ". . " * 40
    assert read(f'format = 1 # {dots}\n[[routes]]\nchannel = 11\nsignal = "cross" # "{dots}').rows


def test_channels_and_roles_of_another_server_are_named_and_left_out():
    wanted = read(FILE.replace("channel = 11", "channel = 55").replace('"22"', '"66"').replace('"21"', '"77"'))
    assert wanted.left_out == (
        "the moderator role 77, which cannot be chosen in this server: what is set here stays",
        "alerts of cross in channel 55, which this server does not have or you cannot see",
    )
    assert {key for noun, key in wanted.rows if noun is Noun.ROUTE} == {"12 cross"}
    wanted = read(FILE.replace('"22"', '"66"'))
    assert wanted.left_out == ("the ping of role 66, which alerts cannot ping in this server",)
    assert wanted.rows[Noun.ROUTE, "11 cross"]["role_id"] is None


def test_a_role_that_cannot_be_chosen_here_leaves_the_present_one_as_it_is():
    present = {(Noun.GUILD, "moderator_role_id"): {"value": 22}, (Noun.ROUTE, "11 cross"): {**ROUTE, "role_id": 21}}
    wanted = read(FILE.replace('"21"', '"77"').replace('"22"', '"66"'), present)
    assert wanted.rows[Noun.GUILD, "moderator_role_id"] == {"value": 22}
    assert wanted.rows[Noun.ROUTE, "11 cross"]["role_id"] == 21


def test_a_silence_that_had_ended_is_told_and_not_set():
    wanted = read(FILE.replace("2025-08-07", "2025-08-01"))
    assert wanted.ended == ("the silence of cross had ended",)
    assert not [key for noun, key in wanted.rows if noun is Noun.SILENCE]


def test_a_difference_is_sorted_and_names_what_was_before():
    present = {(Noun.THRESHOLD, "cross slow"): {"value": 150}, (Noun.SILENCE, "cross "): {"until": "x"}}
    wanted = {(Noun.THRESHOLD, "cross slow"): {"value": 160}, (Noun.ROUTE, "11 cross"): ROUTE}
    assert difference(present, wanted) == (
        Edit(Noun.ROUTE, "11 cross", ROUTE, None),
        Edit(Noun.THRESHOLD, "cross slow", {"value": 160}, {"value": 150}),
        Edit(Noun.SILENCE, "cross ", None, {"until": "x"}),
    )


def test_a_refusal_of_what_is_looked_up_is_told_where_it_stands():
    def loading(_typed: str) -> str:
        raise Refusal("the prices are still being loaded: try again in a minute")

    here = Here(now=NOW, present={}, channels=CHANNELS, roles=ROLES, subject=loading, zone=zone_named)
    with pytest.raises(Unreadable, match=r"line 13, route 1.subjects: the prices are still being loaded"):
        wanted_of(document_of(FILE.encode()), here)


def test_a_zone_that_means_something_else_on_every_machine_is_refused():
    [complaint] = complaints('format = 1\n[server]\ntime_zone = "localtime"\n')
    assert "means something else on every machine" in complaint
