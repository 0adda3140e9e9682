"""`jifen ruleset list · show · check · cases · clauses`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from console.common import AsJson, print_json, print_table, say
from domain.errors import BadInput, Refused
from domain.points import format_points
from domain.rules.load import RULESETS_DIR, load_file, ruleset_ids, shipped
from domain.rules.schema import Ruleset

app = typer.Typer(help="The schemes as data.", no_args_is_help=True)
RulesetId = Annotated[str, typer.Argument(metavar="ID", help="A ruleset's id, e.g. baoshan-2023.")]


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="ruleset")


@app.command("list")
def list_all(as_json: AsJson = False) -> None:
    """The rulesets that ship.

    Example: jifen ruleset list
    """
    rows = [
        {"id": each.id, "title": each.title, "document": each.document, "items": len(each.items),
         "extends": each.extends, "example": each.example}
        for each in map(shipped, ruleset_ids())
    ]  # fmt: skip
    if as_json:
        print_json(rows)
    else:
        print_table(("id", "title", "document", "items"), (
            (row["id"], row["title"], row["document"], row["items"]) for row in rows
        ))  # fmt: skip


@app.command()
def show(ruleset_id: RulesetId, as_json: AsJson = False) -> None:
    """A ruleset: items, review, cadence, clauses, rulings.

    Example: jifen ruleset show fuling-maan-2022 --json
    """
    ruleset = shipped(ruleset_id)
    if as_json:
        print_json(document_of(ruleset))
        return
    print(f"{ruleset.id} · {ruleset.title} · {ruleset.document}")
    if ruleset.note:
        print(ruleset.note)
    print_table(("code", "name", "category", "kind", "points", "per", "clause"), (
        (item.code, item.name, item.category, item.kind,
         "" if item.points is None else format_points(item.points), item.per, item.source)
        for item in ruleset.items
    ))  # fmt: skip
    print("\nRulings that this ruleset rests on:")
    for ruling in ruleset.rulings:
        print(f"{ruling.number:>3}. {ruling.text}")


def document_of(ruleset: Ruleset) -> dict[str, Any]:
    """A ruleset as JSON, with what applies to an item beside it."""
    from domain.rules.layers import caps_on  # noqa: PLC0415

    document: dict[str, Any] = ruleset.model_dump(mode="json")
    for data, item in zip(document["items"], ruleset.items, strict=True):
        data["caps"] = [cap.model_dump(mode="json") for cap in caps_on(ruleset, item)]
    document["review"]["due"] = {**document["review"]["due"], "months_after": 1}
    return document


@app.command()
def check(file: Annotated[Path, typer.Argument(help="A ruleset's YAML file.")]) -> None:
    """Lint a ruleset file: what cannot be explained, or is not lawful to encode, is refused.

    Example: jifen ruleset check my-village/ruleset.yaml
    """
    from domain.rules.lint import check as lint  # noqa: PLC0415

    findings = lint(load_file(file), str(file))
    for finding in findings:
        say(finding)
    if findings:
        raise Refused(f"{file}: {len(findings)} findings; correct them and check again")
    say(f"{file}: nothing to object to")


@app.command("schema")
def schema(overlay: Annotated[bool, typer.Option("--overlay")] = False) -> None:
    """The JSON Schema of a ruleset file, for editors.

    Example: jifen ruleset schema > ruleset.schema.json
    """
    from domain.rules.overlay import Overlay  # noqa: PLC0415

    print_json((Overlay if overlay else Ruleset).model_json_schema())


@app.command()
def cases(
    ruleset_id: Annotated[str | None, typer.Argument(metavar="[ID]")] = None,
    as_json: AsJson = False,
) -> None:
    """Run the worked cases of one ruleset, or of all.

    Example: jifen ruleset cases baoshan-2023
    """
    from domain.rules.cases import run_cases  # noqa: PLC0415

    rows: list[dict[str, Any]] = []
    for each in [ruleset_id] if ruleset_id else ruleset_ids():
        ruleset = shipped(each)
        path = RULESETS_DIR / each / "cases.yaml"
        if not path.is_file():
            raise BadInput(f"{each} has no cases.yaml")
        rows += [
            {"ruleset": each, "case": result.name, "passed": result.passed,
             "differences": list(result.differences)}
            for result in run_cases(ruleset, path)
        ]  # fmt: skip
    failed = [row for row in rows if not row["passed"]]
    if as_json:
        print_json(rows)
    else:
        for row in failed:
            print(f"{row['ruleset']}: {row['case']}: {'; '.join(row['differences'])}")
        print(f"{len(rows) - len(failed)} cases passed, {len(failed)} failed")
    if failed:
        raise Refused(f"{len(failed)} of {len(rows)} cases failed")


@app.command()
def clauses(ruleset_id: RulesetId, as_json: AsJson = False) -> None:
    """Every clause of the source, with what executes it, or why a person does.

    Example: jifen ruleset clauses wulong-changba-2023
    """
    from domain.rules.clauses import account  # noqa: PLC0415

    rows = account(shipped(ruleset_id))
    missing = [row for row in rows if row.missing]
    if as_json:
        print_json([
            {"id": row.id, "text": row.text, "executed_by": list(row.executed_by),
             "people": row.people, "missing": list(row.missing)}
            for row in rows
        ])  # fmt: skip
    else:
        print_table(("clause", "text", "executed by", "people"), (
            (row.id, row.text, " ".join(row.executed_by), row.people) for row in rows
        ))  # fmt: skip
        executed = sum(1 for row in rows if row.executed_by)
        print(f"\n{len(rows)} clauses: {executed} executed, {len(rows) - executed} with people,"
              f" {len(missing)} unaccounted for")  # fmt: skip
    if missing:
        raise Refused(f"{len(missing)} clauses name something that does not exist")
