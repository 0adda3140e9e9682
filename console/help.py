"""Help and usage errors in the reader's language (帮助): what Typer shows of the commands.

The docstrings of the commands and the help of their options are the English keys of the
catalogue, a paragraph each.
"""

import re
import sys
from collections.abc import Iterator
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from console.help_layout import WideFormatter
from console.wording import _

# What Typer says of wrong usage without asking gettext; `make texts` takes them from here.
USAGE_FORMS = (
    "Invalid value for {hint}: {message}",
    "Invalid value: {message}",
    "Missing argument {hint}. {message}",
    "Missing argument {hint}.",
    "Missing option {hint}. {message}",
    "Missing option {hint}.",
    "No such option: {name} (Possible options: {names})",
    "No such option: {name}",
    "No such command {name}. Did you mean {names}?",
    "No such command {name}.",
    "Option {name} requires an argument.",
    "Option {name} does not take a value.",
    "Got unexpected extra argument(s) ({words})",
    "Value error, {value} is not one of {names}.",
    "Input should be a valid integer, unable to parse string as an integer",
    "Input should be a valid number, unable to parse string as a number",
    "Input should be greater than or equal to {least}",
    "Input should be less than or equal to {most}",
    "Choose from: {names}",
)
# What Typer takes from gettext by itself.
HEADINGS = (
    "Arguments",
    "Options",
    "Commands",
    "Missing command.",
    "default: {default}",
    "required",
)
# What stands in usage and help for what is to be written: all that is no word to type as it is.
PLACES = (
    "[OPTIONS]",
    "COMMAND [ARGS]...",
    "<str>",
    "<int>",
    "<int range>",
    "<float>",
    "<path>",
    "<list[str]>",
    "C",
    "CODE",
    "COMMUNITY",
    "DATE",
    "DIR",
    "FILE",
    "FILE.xlsx",
    "HOUSEHOLD",
    "[HOUSEHOLD]...",
    "ID",
    "[ID]",
    "KEY",
    "KIND",
    "N",
    "NAME",
    "OUT",
    "P",
    "PERIOD",
    "PERSON",
    "S",
    "TEMPLATE",
    "TEXT",
    "TIME",
    "URL",
    "URL|-|@FILE",
    "code",
    "file",
    "first",
    "form",
    "household",
    "points",
    "process",
    "ref",
    "second",
)
_EXAMPLE = "Example: "
_CLAUSE_END = re.compile("[:;：；。]")


class SpokenCommand(TyperCommand):
    """A command whose usage and `--help` are said in the reader's language."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        _write_usage(self, ctx, formatter)

    def get_help(self, ctx: Any) -> str:
        return _laid_out(self, ctx)

    def get_help_option(self, ctx: Any) -> Any:
        return _help_option(super().get_help_option(ctx))


class SpokenGroup(TyperGroup):
    """A group of commands whose usage and `--help` are said in the reader's language."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        _write_usage(self, ctx, formatter)

    def get_help(self, ctx: Any) -> str:
        return _laid_out(self, ctx)

    def get_help_option(self, ctx: Any) -> Any:
        return _help_option(super().get_help_option(ctx))


def _write_usage(command: Any, ctx: Any, formatter: Any) -> None:
    pieces = " ".join(command.collect_usage_pieces(ctx))
    formatter.write_usage(ctx.command_path, pieces, prefix=_("Usage: "))


def _laid_out(command: Any, ctx: Any) -> str:
    formatter = WideFormatter(width=ctx.terminal_width, max_width=ctx.max_content_width)
    command.format_help(ctx, formatter)
    return formatter.getvalue().rstrip("\n")


def _help_option(option: Any) -> Any:
    if option is not None:
        option.help = _("Show this message and exit.")
    return option


def built(app: typer.Typer) -> "TyperGroup":
    """The commands of an application, with their help in the language that is spoken."""
    _let_speak(app)
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    for command in commands_of(group):
        if command.help and (said := _said(command.help)) != _flat(command.help):
            command.help, command.short_help = said, _first_clause(said)
        command.options_metavar = _place(command.options_metavar)
        if isinstance(command, SpokenGroup):
            command.subcommand_metavar = _place(command.subcommand_metavar)
        for parameter in command.params:
            if text := getattr(parameter, "help", None):
                parameter.help = _said(text)
            _let_places_speak(parameter)
    return group


def _let_places_speak(parameter: Any) -> None:
    """Name what is to be written for a parameter in the reader's language."""
    is_named = parameter.param_type_name == "option" or parameter.nargs != 1
    if parameter.metavar is not None or not is_named:
        parameter.metavar = _place(parameter.metavar or parameter.name)
    kind = parameter.display_type
    parameter.display_type = lambda context: _place(kind(context))


def _place(text: Any) -> Any:
    return _(text) if text in PLACES else text


def _let_speak(app: typer.Typer) -> None:
    app.info.cls = SpokenGroup
    for command in app.registered_commands:
        command.cls = SpokenCommand
    for group in app.registered_groups:
        group.cls = SpokenGroup
        if group.typer_instance is not None:
            _let_speak(group.typer_instance)


def commands_of(command: Any) -> Iterator[Any]:
    """A command and all that are under it."""
    yield command
    for each in getattr(command, "commands", {}).values():
        yield from commands_of(each)


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a docstring, each on one line: the keys; an example is none."""
    parts = (" ".join(part.split()) for part in text.split("\n\n"))
    return [part for part in parts if part]


def is_example(paragraph: str) -> bool:
    """Whether a paragraph shows a command, which is the same in every language."""
    return paragraph.startswith(_EXAMPLE)


def _said(text: str) -> str:
    return "\n\n".join(
        _("Example: {command}").format(command=part.removeprefix(_EXAMPLE))
        if is_example(part)
        else _(part)
        for part in paragraphs(text)
    )


def _flat(text: str) -> str:
    return "\n\n".join(paragraphs(text))


def _first_clause(text: str) -> str:
    """What the list of commands says of one."""
    return _CLAUSE_END.split(text.partition("\n\n")[0])[0]


def complain(error: TyperException) -> int:
    """Say what is wrong with the usage, as Typer does; the answer is the exit code."""
    fault: Any = error
    message, context = fault.format_message(), getattr(fault, "ctx", None)
    if context is not None and message == context.get_help():
        print(message, file=sys.stderr)  # a group without a command
        return int(fault.exit_code)
    if context is not None:
        print(context.get_usage(), file=sys.stderr)
        hint = _("Try '{command} --help' for help.")
        print(hint.format(command=context.command_path) + "\n", file=sys.stderr)
    print(_("Error: {message}").format(message=usage_fault(message)), file=sys.stderr)
    return int(fault.exit_code)


def usage_fault(message: str) -> str:
    """A message of Typer's in the language that is spoken; one that it does not know as it is."""
    flat = " ".join(message.split())
    for form in USAGE_FORMS:
        found = re.fullmatch(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(form)), flat)
        if found:
            named = found.groupdict()
            if "message" in named:
                named["message"] = usage_fault(named["message"])
            return _(form).format(**named)
    return _(flat) if flat else message
