"""The command line: ``smallcap demo | run | ask | briefing | replay | status | doctor | migrate | held``.

Output is for people unless ``--json`` is given; diagnostics go to stderr. Exit code 2 says the command was not
understood or asks for something that is not there, 78 that Discord refuses the bot until somebody changes something,
1 that anything else failed.
"""

from __future__ import annotations

import os
import sys
import traceback
from datetime import date
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from bot import __version__
from bot.errors import CannotRun, Refused
from bot.words import one_line

app = typer.Typer(
    name="smallcap",
    help="What the US small-cap market is doing, in a Discord channel or right here.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
held = typer.Typer(help="Bars that the quality gate holds back, and letting them go.")
app.add_typer(held, name="held")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a date: write YYYY-MM-DD") from None


Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="A folder of your own data. Default: the bundled simulated market."),
]
LiveData = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="A folder of your own data. Default: Yahoo, or what the settings say."),
]
Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Settings file. Default: smallcap.toml, if there is one."),
]
Changed = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A threshold other than the default, e.g. fast=20."),
]
From = Annotated[date | None, typer.Option("--from", parser=_day, metavar="DATE", help="First session.")]
To = Annotated[date | None, typer.Option("--to", parser=_day, metavar="DATE", help="Last session.")]
Json = Annotated[bool, typer.Option("--json", help="For machines: JSON on stdout.")]


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    *,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if version:
        typer.echo(f"smallcap-signals {__version__}")
        raise typer.Exit
    _help_where_nothing_is_asked(context)


@held.callback(invoke_without_command=True)
def _help_where_nothing_is_asked(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command()
def demo(
    *,
    data: Data = None,
    first: From = None,
    last: To = None,
    pace: Annotated[float, typer.Option(metavar="SECONDS", min=0.2, max=3600, help="Seconds between sessions.")] = 3.0,
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65535, help="Port of the page; 0 takes a free one.")
    ] = 8765,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address instead of opening it.")] = False,
) -> None:
    """Watch the bot in a simulated Discord in your browser: no token, no network."""
    from bot.demo.show import Plan, show

    _run(show(Plan(data=data, first=first, last=last, pace_s=pace, port=port, is_opened=not no_browser)))


@app.command()
def run(
    *,
    data: LiveData = None,
    config: Config = None,
    first: From = None,
    pace: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS", min=0.05, max=86_400, help="Replay: seconds between sessions, starting --from DATE."
        ),
    ] = None,
) -> None:
    """Run the bot: needs DISCORD_TOKEN or DISCORD_TOKEN_FILE. With --from and --pace, replay history through it."""
    from bot.live import live

    if (first is None) != (pace is None):
        raise typer.BadParameter("--from DATE and --pace SECONDS go together: they replay history through the live bot")
    _run(live(_settings(config, data), replay_from=first, pace_s=pace))


@app.command()
def ask(
    question: Annotated[
        str, typer.Argument(metavar="QUESTION", help='For example "cross RUT", smallcap, "evidence IWM death_cross".')
    ],
    *,
    data: Data = None,
    config: Config = None,
    as_of: Annotated[
        date | None, typer.Option("--as-of", parser=_day, metavar="DATE", help="See nothing later than this session.")
    ] = None,
    changed: Changed = None,
    period: Annotated[
        str, typer.Option(metavar="SPAN", help="How far back the picture reaches: 6m, 1y, 5y or all.")
    ] = "1y",
    as_json: Json = False,
    png: Annotated[Path | None, typer.Option("--png", metavar="FILE", help="Write the picture here.")] = None,
) -> None:
    """Print what the bot would answer, without Discord."""
    from bot.terminal import Request, answer

    request = Request(question, as_of=as_of, changed=_pairs(changed), period=period, png=png, is_json=as_json)
    _run(answer(_settings(config, data), request))


@app.command()
def briefing(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Which one: smallcap or rotation.")],
    *,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Write the PDF here.")],
    data: Data = None,
    config: Config = None,
    as_of: Annotated[
        date | None, typer.Option("--as-of", parser=_day, metavar="DATE", help="See nothing later than this session.")
    ] = None,
) -> None:
    """Write a briefing of the last session as PDF: what changed, the numbers, pictures, lists and evidence."""
    from bot.terminal import Order, brief

    _run(brief(_settings(config, data), Order(name, out, as_of)))


@app.command()
def replay(
    *,
    first: Annotated[date, typer.Option("--from", parser=_day, metavar="DATE", help="First session.")],
    last: Annotated[date, typer.Option("--to", parser=_day, metavar="DATE", help="Last session.")],
    data: Data = None,
    config: Config = None,
    signal: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this signal; may be given again.")
    ] = None,
    subject: Annotated[
        list[str] | None, typer.Option(metavar="SYMBOL", help="Only this subject; may be given again.")
    ] = None,
    changed: Changed = None,
    as_json: Json = False,
) -> None:
    """Print every event of those sessions, one per line, found session by session as the live bot would have."""
    from bot.terminal import Span, list_events

    span = Span(first, last, tuple(signal or ()), tuple(subject or ()), _pairs(changed), is_json=as_json)
    _run(list_events(_settings(config, data), span))


@app.command()
def doctor(*, data: LiveData = None, config: Config = None) -> None:
    """Check settings, token, database, data source and calendar; say what is missing and how to mend it."""
    from bot.doctor import examine

    if not _run(examine(config, data)):
        raise typer.Exit(1)


@app.command()
def status(
    *,
    config: Config = None,
    as_json: Json = False,
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 1 unless Discord is there and hears the bot: for a health check.")
    ] = False,
) -> None:
    """Show how deliveries, messages and the connection of the running bot stand."""
    from bot.condition import tell

    is_healthy = _run(tell(_settings(config, None), is_json=as_json))
    if check and not is_healthy:
        raise typer.Exit(1)


@app.command()
def migrate(*, config: Config = None) -> None:
    """Bring the database forward to this version of the program."""
    from bot.store.schema import migrate as bring_forward

    settings = _settings(config, None)
    try:
        settings.state.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = f"the state folder {settings.state} cannot be made ({error.strerror})"
        raise CannotRun(f"{reason}: set SMALLCAP_STATE to another one") from None
    before, after = bring_forward(settings.database)
    if before == after:
        typer.echo(f"the database stands at {after} already")
    else:
        typer.echo(f"the database is brought from {before or 'nothing'} to {after}")


@held.command("list")
def held_list(*, data: LiveData = None, config: Config = None, as_json: Json = False) -> None:
    """List the bars that are held back, each with its reason."""
    from bot.terminal import list_held

    _run(list_held(_settings(config, data), is_json=as_json))


@held.command("release")
def held_release(
    symbol: Annotated[str, typer.Argument(metavar="SYMBOL", help="The symbol, e.g. STRL.")],
    session: Annotated[date, typer.Argument(metavar="SESSION", parser=_day, help="The session, YYYY-MM-DD.")],
    *,
    data: LiveData = None,
    config: Config = None,
) -> None:
    """Let a held bar go: it is true, whatever the gate thinks of it."""
    from bot.terminal import release_held

    _run(release_held(_settings(config, data), symbol, session))


def _pairs(changed: list[str] | None) -> dict[str, str]:
    pairs = {}
    for text in changed or []:
        name, sign, value = text.partition("=")
        if not sign or not name or not value:
            raise typer.BadParameter(f"{text!r} is no NAME=VALUE, for example --set fast=20")
        pairs[name.strip()] = value.strip()
    return pairs


def _settings(config: Path | None, data: Path | None) -> Any:
    from bot.settings import load

    return load(config) if data is None else load(config, data=data, source="folder")


def _run(work: Any) -> Any:
    import asyncio

    return asyncio.run(work)


def _fail(message: str, code: int) -> NoReturn:
    sys.stderr.write(f"smallcap: {one_line(message)}\n")
    sys.exit(code)


def main() -> None:
    """Run the command line: every error is one line on stderr."""
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - open till the end
    command = typer.main.get_command(app)
    try:
        code = command(prog_name="smallcap", standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        _fail("stopped", 130)
    except Exception as error:
        if os.environ.get("SMALLCAP_LOG_LEVEL") == "debug" and not isinstance(error, Refused):
            raise
        _fail(_message(error), _code(error))
    sys.exit(code if isinstance(code, int) else 0)


def _code(error: Exception) -> int:
    if isinstance(error, CannotRun):
        return error.exit_code
    return 2 if _is_asked_wrongly(error) else 1


def _is_asked_wrongly(error: Exception) -> bool:
    from bot.questions.parse import QuestionError
    from bot.settings import SettingsError
    from signals.errors import SignalError

    return _is_usage(error) or isinstance(error, (QuestionError, SignalError, SettingsError))


def _is_usage(error: Exception) -> bool:
    # Usage errors of the command line carry their text in a method of their own.
    return hasattr(error, "format_message")


def _message(error: Exception) -> str:
    """Return the line to print: what our own errors say, and where a defect came up."""
    if _is_usage(error):
        return str(error.format_message())  # type: ignore[attr-defined]  # see above
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if type(error).__module__.partition(".")[0] in {"bot", "signals"}:
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "nowhere"
    return f"a defect: {type(error).__name__}: {error} at {place}; SMALLCAP_LOG_LEVEL=debug shows the way there"


if __name__ == "__main__":
    main()
