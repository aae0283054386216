"""What there is to teach moderators, by what they want to know."""

from __future__ import annotations

from bot.chat.teaching.lesson import Lesson

FOR_MODERATORS = "For moderators"
"""What the questions of moderators begin with; the others are everybody's."""
WHO_GETS_ALERTS = f"{FOR_MODERATORS}: who gets alerts"
WHO_GETS_PAPERS = f"{FOR_MODERATORS}: who gets papers"
THE_NUMBERS = f"{FOR_MODERATORS}: the numbers"
WHAT_CHANGED = f"{FOR_MODERATORS}: what changed and safety"

MODERATOR_LESSONS: dict[str, tuple[Lesson, ...]] = {
    WHO_GETS_ALERTS: (
        Lesson("setup", "", "set the bot up step by step: channel, alerts, presets, role", "setup", "setup"),
        Lesson(
            "alerts here",
            "[signal] [symbols…]",
            "post alerts in this channel: of all symbols, or of those named",
            "alerts here cross RUT IWM",
            "alerts here signal:cross symbols:RUT IWM",
        ),
        Lesson(
            "alerts off",
            "[signal]",
            "stop them in this channel: of one signal, or all",
            "alerts off cross",
            "alerts off signal:cross",
        ),
        Lesson("alerts list", "", "which channel gets what", "alerts list", "alerts list"),
        Lesson(
            "alerts role",
            "[signals:…] [role:…]",
            "post a button by which members get pinged: they take the role of this channel's alerts by themselves",
            "alerts role cross role:@Crosses",
            "alerts role signals:cross role:@Crosses",
        ),
        Lesson(
            "alerts doctor",
            "",
            "check every channel that gets alerts: what the bot may do there, what is switched off, and the fix",
            "alerts doctor",
            "alerts doctor",
        ),
        Lesson(
            "route add",
            "[channel] [signals…] [subjects…] [importance:1-5] [role:…] [daily:HH:MM]",
            "send alerts to a channel or thread: of signals, about symbols and groups, at once or daily",
            "route add #small-caps cross RUT IWM importance:4 role:@Crosses daily:18:00",
            "route add channel:#small-caps signals:cross subjects:RUT IWM importance:4 cadence:daily 18:00",
        ),
        Lesson(
            "route edit",
            "[channel] [signals…] [subjects…] [importance:1-5] [role:…] [instant] [daily:HH:MM]",
            "change a channel's alerts: what you name, and nothing else",
            "route edit #small-caps importance:3 instant",
            "route edit channel:#small-caps importance:3 cadence:instant",
        ),
        Lesson(
            "route remove",
            "[channel] [signals…]",
            "end a channel's alerts: of some signals, or all",
            "route remove #small-caps cross",
            "route remove channel:#small-caps signals:cross",
        ),
        Lesson("route list", "", "everything that is routed, channel by channel", "route list", "route list"),
        Lesson(
            "route test",
            "[channel] [signals…] [ping:yes]",
            "send a test the way an alert goes: it says that nothing happened",
            "route test #small-caps ping:yes",
            "route test channel:#small-caps ping:True",
        ),
        Lesson(
            "route zone",
            "<name>",
            "the time zone of this server's daily messages",
            "route zone Europe/Berlin",
            "route zone name:Europe/Berlin",
        ),
    ),
    WHO_GETS_PAPERS: (
        Lesson(
            "paper here",
            "<name> [when]",
            "post a paper in this channel: smallcap, rotation or digest; daily or weekly, from an hour on",
            "paper here smallcap weekly 18:00",
            "paper here name:smallcap when:weekly 18:00",
        ),
        Lesson(
            "paper off",
            "[name]",
            "stop papers in this channel: one, or all",
            "paper off smallcap",
            "paper off name:smallcap",
        ),
        Lesson("paper list", "", "which channel gets which paper, and when", "paper list", "paper list"),
        Lesson(
            "keyword add",
            "<name> <words>",
            "let a message ask for a briefing: one that says just these words",
            "keyword add rotation morning note",
            "keyword add name:rotation words:morning note",
        ),
        Lesson(
            "keyword remove",
            "<words>",
            "let words ask for nothing any more",
            "keyword remove morning note",
            "keyword remove words:morning note",
        ),
        Lesson("keyword list", "", "which words ask for which briefing", "keyword list", "keyword list"),
    ),
    THE_NUMBERS: (
        Lesson(
            "threshold list",
            "[signal]",
            "this server's thresholds with their bounds",
            "threshold list cross",
            "threshold list signal:cross",
        ),
        Lesson(
            "threshold set",
            "<signal> <name> <value>",
            "change one for this server",
            "threshold set cross slow 150",
            "threshold set signal:cross name:slow value:150",
        ),
        Lesson(
            "threshold rehearse",
            "<signal> <name> <value> [sessions] [from:YYYY-MM-DD] [to:YYYY-MM-DD]",
            "what another value would have brought: the last year with it beside the present one, then Save or Cancel",
            "threshold rehearse cross slow 150",
            "threshold rehearse signal:cross name:slow value:150",
        ),
        Lesson(
            "threshold reset",
            "<signal> [name]",
            "back to the default: one, or all of a signal",
            "threshold reset cross slow",
            "threshold reset signal:cross name:slow",
        ),
    ),
    WHAT_CHANGED: (
        Lesson(
            "silence add",
            "<signal|symbol> <duration>",
            "keep a signal or a symbol quiet for a while; `add` may be left out",
            "silence cross STRL 1w",
            "silence add what:cross duration:1w symbol:STRL",
        ),
        Lesson("silence list", "", "what is silenced, and until when", "silence list", "silence list"),
        Lesson(
            "silence off",
            "<signal|symbol>",
            "end a silence now",
            "silence off cross STRL",
            "silence off what:cross STRL",
        ),
        Lesson("audit", "[page]", "who changed what, when, from what to what", "audit", "audit page:2"),
        Lesson("undo", "", "take back the last change: shown first", "undo", "undo"),
        Lesson("export", "", "all settings as a file: to keep, or to change", "export", "export"),
        Lesson(
            "import",
            "<file>",
            "set this server as such a file says: shown first, stored as one change",
            "import",
            "import file:smallcap.toml",
        ),
    ),
}
"""Question to the commands that answer it."""
