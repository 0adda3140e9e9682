"""The command line, `jifen`: INTERFACE.md is its contract.

Commands import what they need when they run: reading commands never load Prefect.
"""

import gc
import os
import signal
import sys
from importlib import import_module
from io import TextIOWrapper
from typing import TYPE_CHECKING

from config.private import keep_private
from console.language import spoken
from console.memory import keep_small
from console.wording import speak
from domain.kernel.errors import JifenError, machine_fault
from domain.kernel.reasons import reason
from domain.kernel.visible_text import plain

if TYPE_CHECKING:
    import typer

# Which module of `console.commands` has which commands. Only that of the command called is loaded:
# a reading command must answer at once.
MODULES = {
    "setup": ("init", "config"),
    "backup": ("backup", "restore"),
    "rehearsal": ("rehearse", "demo"),
    "rulesets": ("ruleset",),
    "communities": ("community",),
    "households": ("household",),
    "people": ("person", "kin"),
    "imports": ("import",),
    "steps": ("collect", "audit", "publicity", "redemption", "settle", "report"),
    "held_steps": ("step",),
    "timekeeping": ("time",),
    "review": ("review",),
    "objections": ("objection",),
    "shop": ("redeem", "refund", "goods", "redemptions"),
    "rounds": ("round",),
    "results": ("results",),
    "survey": ("survey",),
    "cards": ("card",),
    "explaining": ("explain", "standing"),
    "ledger": ("ledger",),
    "notices": ("notice",),
    "templates": ("template",),
    "outbox": ("outbox",),
    "status": ("calendar", "status", "metrics"),
    "doctor": ("doctor",),
    "up": ("up",),
    "console.web.command": ("web",),  # of the pages
    "town": ("town",),
    "clock": ("clock", "worker", "deploy", "server"),
}
# Whose errors are the server's, not ours.
ENGINE = ("prefect", "httpx", "httpcore")
INTERRUPTED, TERMINATED = 130, 143
# What runs for long: its garbage is looked for as Python does, and its threads share memory.
PARTS = ("up", "server", "worker", "clock", "web")
# A short command mostly loads modules, whose objects all stay: to look for garbage among them
# after every 700, as Python does, takes a fifth of its time.
OBJECTS_BETWEEN_COLLECTIONS = 200_000


def main() -> None:
    """Run the command line; whatever a user can cause ends in one line, never a traceback."""
    keep_private()
    if sys.argv[1:2] and sys.argv[1] in PARTS:
        keep_small()
    else:
        gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    _restart_where_arguments_are_unreadable()
    # We have none; to look for them, pydantic would read what every installed package declares.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # Being told to end is an end like any other: what was started is ended, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    unreadable = next((each for each in sys.argv[1:] if _is_no_text(each)), None)
    if unreadable is not None:
        _complain(reason("argument_unreadable", word=repr(unreadable)).text(spoken()))
        sys.exit(2)
    code = run(sys.argv[1:])
    # The interpreter looks for garbage once more as it ends: the longest part of a short command.
    gc.freeze()
    sys.exit(code)


def _restart_where_arguments_are_unreadable() -> None:
    """Begin again in UTF-8 where the locale cannot read what was typed."""
    if sys.getfilesystemencoding() == "utf-8" or not any(map(_is_no_text, sys.argv)):
        return
    # The terminal is still written to as it can be read.
    output = os.environ.get("PYTHONIOENCODING") or sys.stdout.encoding
    environment = {**os.environ, "PYTHONUTF8": "1", "PYTHONIOENCODING": output}
    arguments = [sys.executable, "-P", "-m", "jifen", *sys.argv[1:]]
    os.execve(sys.executable, arguments, environment)  # noqa: S606 - ourselves


def _is_no_text(argument: str) -> bool:
    """Whether an argument holds bytes that are no text; the name of a file may."""
    try:
        argument.encode()
    except UnicodeEncodeError:
        return not os.path.exists(argument)
    return False


def _print_whatever_comes() -> None:
    """What a terminal (GBK, ASCII) cannot show is escaped: a rare name must not end a list."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def application(command: str) -> "typer.Typer":
    """The command line with the module of `command`, or with all where it is not one (help)."""
    import typer  # lazy: collector

    from console.version import program  # lazy: collector

    app = typer.Typer(
        name="jifen",
        help="The automation service around the review cycle of village points schemes.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    # With a callback a lone command keeps its name.
    app.callback()(program)
    if command == "--version":
        return app
    wanted = [name for name, commands in MODULES.items() if command in commands]
    for name in wanted or MODULES:
        import_module(name if "." in name else f"console.commands.{name}").register(app)
    return app


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    from domain.store.faults import DATABASE_ERRORS  # lazy: collector
    from notifications.channels.proxies import for_couriers_only  # lazy: collector

    for_couriers_only()
    _print_whatever_comes()
    speak(spoken())
    try:
        code = _carried_out(arguments)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BrokenPipeError:
        # The reader of our output has gone (`jifen … | head`): that is its right.
        sys.stderr.close()
        code = 0
    except DATABASE_ERRORS as error:
        return _tell_of_database(error)
    except (JifenError, OSError, KeyboardInterrupt) as error:
        text, code = _told(error)
        _complain(text)
    except Exception as error:
        # By name: a reading command must not load the engine only to tell its errors apart.
        thrown_by = type(error).__module__.partition(".")[0]
        if thrown_by not in ENGINE:
            raise
        _complain(reason("engine_failed", fault=type(error).__name__).text(spoken()))
        return 1
    return code


def _carried_out(arguments: list[str]) -> int:
    """The exit code of a command; wrong usage is told of (2)."""
    from typer.exceptions import TyperException  # lazy: collector

    from console.help import built, complain  # lazy: collector

    command = built(application(arguments[0] if arguments else ""))
    try:
        return int(command.main(arguments, "jifen", standalone_mode=False) or 0)
    except TyperException as error:
        return complain(error)


def _complain(text: str) -> None:
    print(plain(text), file=sys.stderr)


def _told(error: BaseException) -> tuple[str, int]:
    """What to say of an error that a user can cause, and the exit code."""
    if isinstance(error, JifenError):
        return error.text(spoken()), error.exit_code
    if isinstance(error, OSError):
        why = machine_fault(error)
        fault = reason("os_error", file=error.filename, why=why) if error.filename else why
        return fault.text(spoken()), 2
    return reason("interrupted").text(spoken()), INTERRUPTED


def _tell_of_database(error: BaseException) -> int:
    from domain.store.faults import database_fault  # lazy: collector

    _complain(database_fault(error).text(spoken()))
    return 1


if __name__ == "__main__":
    main()
