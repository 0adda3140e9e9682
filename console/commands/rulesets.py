"""`jifen ruleset list · show · check · cases · clauses · schema`.

Where a ruleset is asked for, its id will do, or the path of a YAML file of one's own.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from console.commands.ruleset_files import from_file, named
from console.commands.ruleset_words import executors, process
from console.common import AsJson, print_json, print_table, put, say
from console.language import spoken
from console.wording import _, heads, listed, word
from domain.kernel.errors import BadInput, Refused, machine_fault
from domain.kernel.points import format_points, json_points
from domain.kernel.reasons import Reason, reason
from domain.rules.load import find_file, ruleset_ids, shipped
from domain.rules.schema import Ruleset

app = typer.Typer(help="The schemes as data.", no_args_is_help=True)
RulesetName = Annotated[
    str, typer.Argument(metavar="ID", help="A ruleset's id, e.g. baoshan-2023, or a YAML file.")
]


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="ruleset")


@app.command("list")
def list_all(as_json: AsJson = False) -> None:
    """The rulesets that ship.

    Example: jifen ruleset list
    """
    rows = [
        {
            "id": each.id,
            "title": each.title,
            "document": each.document,
            "items": len(each.items),
            "extends": each.extends,
            "example": each.example,
        }
        for each in map(shipped, ruleset_ids())
    ]
    if as_json:
        print_json(rows)
    else:
        print_table(
            heads("id", "title", "document", "items"),
            ((row["id"], row["title"], row["document"], row["items"]) for row in rows),
        )


@app.command()
def show(ruleset: RulesetName, as_json: AsJson = False) -> None:
    """A ruleset: items, process, what a community may change, and the rulings it rests on.

    Example: jifen ruleset show fuling-maan-2022 --json
    """
    shown = named(ruleset)
    if as_json:
        print_json(document_of(shown))
        return
    put(f"{shown.id} · {shown.title} · {shown.document} · {shown.issuer}")
    if shown.source_file is not None:
        put(f"sources/{shown.source_file}")
    if shown.note:
        put(shown.note)
    print_table(
        heads("code", "name", "category", "kind", "points", "per", "clause"),
        (
            (
                item.code,
                item.name,
                item.category,
                word("item_kinds", item.kind),
                "" if item.points is None else format_points(item.points),
                word("ruleset", item.per),
                item.source,
            )
            for item in shown.items
        ),
    )
    put()
    print_table(heads("process", "what", "clause"), process(shown))
    allowed = listed(shown.allows) or _("nothing")
    put("\n" + _("What a community may change: {names}").format(names=allowed))
    put("\n" + _("Rulings that this ruleset rests on:"))
    for ruling in shown.rulings:
        put(f"{ruling.number:>3}. {ruling.text}")


def document_of(ruleset: Ruleset) -> dict[str, Any]:
    """A ruleset as JSON, with what applies to an item beside it.

    An item's `points` are a number, or null where none is adopted; of a graded item they are the
    most that a score may be, `range` says from where to where.
    """
    from domain.rules.layers import caps_on  # lazy: start

    document: dict[str, Any] = ruleset.model_dump(mode="json")
    for data, item in zip(document["items"], ruleset.items, strict=True):
        data["caps"] = [cap.model_dump(mode="json") for cap in caps_on(ruleset, item)]
        graded = item.kind == "graded" and item.points is not None
        data["range"] = [0, json_points(item.points or 0)] if graded else None
    document["review"]["due"]["months_after"] = 1
    return document


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A ruleset's YAML file.")], as_json: AsJson = False
) -> None:
    """Lint a ruleset file: what cannot be explained, or is not lawful to encode, is refused.

    Example: jifen ruleset check my-village/ruleset.yaml
    """
    from domain.rules.faults import FaultyRuleset  # lazy: start
    from domain.rules.lint import require_lawful  # lazy: start

    faulty = None
    try:
        require_lawful(from_file(file), str(file))
    except FaultyRuleset as error:
        faulty = error
    if as_json:
        print_json({"ok": faulty is None, "findings": faulty.findings if faulty else []})
    if faulty is not None:
        for finding in faulty.told(spoken()):
            say(finding)
        raise Refused(reason("ruleset_findings", file=file, count=len(faulty.findings)))
    say(_("{file}: nothing to object to").format(file=file))


@app.command()
def schema(
    form: Annotated[
        Literal["ruleset", "overlay", "cases"],
        typer.Argument(help="A scheme, a community's own over it, or worked cases."),
    ] = "ruleset",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write all three into this folder.")
    ] = None,
) -> None:
    """The JSON Schema of the files, for editors: they complete keys and mark faults.

    Example: jifen ruleset schema --out my-village
    """
    from domain.rules.json_schema import json_schema, write_schemas  # lazy: start

    if out is None:
        print_json(json_schema(form))
        return
    try:
        written = write_schemas(out)
    except OSError as error:
        why = machine_fault(error)
        raise BadInput(reason("file_unwritable", file=out, why=why)) from error
    say(_("written: {files}").format(files=listed(map(str, written))))


@app.command()
def cases(
    ruleset: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="A ruleset's id, or a YAML file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run the worked cases (cases.yaml beside the ruleset) of one ruleset, or of all that ship,
    and say which rules and rulings no case tries.

    Example: jifen ruleset cases baoshan-2023
    """
    from domain.rules.casebook import CASES_FILE  # lazy: start
    from domain.rules.cases import CaseResult  # lazy: start
    from domain.worked.coverage import run_all, untried  # lazy: start

    results: list[tuple[str, CaseResult]] = []
    uncovered: list[tuple[str, Reason]] = []
    for name in [ruleset] if ruleset else ruleset_ids():
        file = find_file(name)
        asked = from_file(file)
        path = file.parent / CASES_FILE
        if not path.is_file():
            raise BadInput(reason("cases_missing", ruleset=asked.id, file=path))
        results += [(asked.id, result) for result in run_all(asked, path)]
        uncovered += [(asked.id, what) for what in untried(asked, path)]
    failed = [(ruleset_id, result) for ruleset_id, result in results if not result.passed]
    if as_json:
        print_json(
            {
                "cases": [
                    {
                        "ruleset": ruleset_id,
                        "case": result.name,
                        "passed": result.passed,
                        "differences": list(result.differences),
                    }
                    for ruleset_id, result in results
                ],
                "uncovered": [
                    {"ruleset": ruleset_id, "what": what.text("en")}
                    for ruleset_id, what in uncovered
                ],
            }
        )
    else:
        told = [
            (ruleset_id, reason("case_differs", case=result.name, whys=result.whys))
            for ruleset_id, result in failed
        ]
        for ruleset_id, why in (*told, *uncovered):
            put(reason("case_of_ruleset", ruleset=ruleset_id, why=why).text(spoken()))
        put(
            _("cases passed: {passed}, failed: {failed}, uncovered: {uncovered}").format(
                passed=len(results) - len(failed), failed=len(failed), uncovered=len(uncovered)
            )
        )
    if failed:
        raise Refused(reason("cases_failed", count=len(failed), all=len(results)))


@app.command()
def clauses(ruleset: RulesetName, as_json: AsJson = False) -> None:
    """Every clause of the source, with what executes it, or why a person does.

    Example: jifen ruleset clauses wulong-changba-2023
    """
    from domain.rules.clauses import account  # lazy: start

    rows = account(named(ruleset))
    missing = [row for row in rows if row.missing]
    if as_json:
        print_json(
            [
                {
                    "id": row.id,
                    "text": row.text,
                    "executed_by": list(row.executed_by),
                    "people": row.people,
                    "missing": list(row.missing),
                }
                for row in rows
            ]
        )
    else:
        print_table(
            heads("clause", "text", "executed by", "people"),
            ((row.id, row.text, executors(row.executed_by), row.people) for row in rows),
        )
        executed = sum(1 for row in rows if row.executed_by)
        told = _(
            "clauses: {count}; executed: {executed}, with people: {people},"
            " unaccounted for: {missing}"
        )
        put(
            "\n"
            + told.format(
                count=len(rows),
                executed=executed,
                people=len(rows) - executed,
                missing=len(missing),
            )
        )
    if missing:
        raise Refused(reason("clauses_dangling", count=len(missing)))
