"""Mutants (变异体): one small change each in a module's source, such as a bug would be.

A mutant that no test notices shows a line that may be wrong without anybody seeing it.
"""

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

Change = Callable[[ast.AST], ast.AST]
_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_CALLED = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Mutant:
    """One change: the file, its place in it, and what it does there."""

    file: str
    number: int
    line: int
    end_line: int
    what: str

    @property
    def name(self) -> str:
        return f"{self.file}#{self.number}"


def mutants(root: Path, file: str) -> list[Mutant]:
    """All mutants of a file, in the order of its source."""
    tree = ast.parse((root / file).read_text("utf-8"))
    return [
        Mutant(file, number, site.lineno, site.end_lineno or site.lineno, what)
        for number, (site, what, _) in enumerate(_sites(tree))
    ]


def mutated(source: str, number: int) -> ast.Module:
    """A module's syntax with one of its mutants in it."""
    tree = ast.parse(source)
    site, _, change = list(_sites(tree))[number]
    _Replaced(site, change).visit(tree)
    return ast.fix_missing_locations(tree)


class _Replaced(ast.NodeTransformer):
    def __init__(self, site: ast.AST, change: Change) -> None:
        self.site, self.change = site, change

    def visit(self, node: ast.AST) -> ast.AST:
        if node is self.site:
            return ast.copy_location(self.change(node), node)
        found: ast.AST = super().visit(node)
        return found


def _sites(tree: ast.Module) -> Iterator[tuple[ast.expr | ast.stmt, str, Change]]:
    """Each place, what is done there, and how."""
    left_alone = {id(each) for node in ast.walk(tree) for each in _unrun(node)}
    for node in _walk(tree, left_alone):
        if isinstance(node, ast.expr | ast.stmt):
            for what, change in _changes(node):
                yield node, f"{_shown(node)} → {what}", change


def _walk(node: ast.AST, left_alone: set[int]) -> Iterator[ast.AST]:
    if id(node) in left_alone:
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _walk(child, left_alone)


def _unrun(node: ast.AST) -> Iterator[ast.AST]:
    """What is for readers and type checkers: annotations, docstrings, f-strings' own texts."""
    if isinstance(node, ast.AnnAssign | ast.arg):
        yield from filter(None, [node.annotation])
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module):
        if ast.get_docstring(node, clean=False) is not None:
            yield node.body[0]
        yield from getattr(node, "decorator_list", ())
        yield from filter(None, [getattr(node, "returns", None)])
    elif isinstance(node, ast.JoinedStr):
        yield from (each for each in node.values if isinstance(each, ast.Constant))
        yield from (
            each.format_spec
            for each in node.values
            if isinstance(each, ast.FormattedValue) and each.format_spec
        )
    elif isinstance(node, ast.Subscript) and ast.unparse(node.value) in ("Literal", "Annotated"):
        yield node


def _changes(node: ast.expr | ast.stmt) -> Iterator[tuple[str, Change]]:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARED:
        ops = [_COMPARED[type(node.ops[0])](), *node.ops[1:]]
        yield _with(node, ops=ops)
    elif isinstance(node, ast.BinOp) and type(node.op) in _COUNTED:
        yield _with(node, op=_COUNTED[type(node.op)]())
    elif isinstance(node, ast.BoolOp):
        yield _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield ast.unparse(node.operand), lambda each: each.operand  # type: ignore[attr-defined]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLED:
        yield _with(node, func=ast.Name(_CALLED[node.func.id], ast.Load()))
    elif isinstance(node, ast.Constant):
        yield from _of_constant(node)
    elif isinstance(node, ast.IfExp):
        yield _with(node, test=ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.If | ast.While):
        yield "not so", _with(node, test=ast.UnaryOp(ast.Not(), node.test))[1]
    elif isinstance(node, ast.Return) and node.value is not None:
        yield _with(node, value=ast.Constant(None))
    elif isinstance(node, ast.AugAssign) or _is_bare_call(node):
        yield "pass", lambda _: ast.Pass()


def _of_constant(node: ast.Constant) -> Iterator[tuple[str, Change]]:
    if isinstance(node.value, bool):
        yield _with(node, value=not node.value)
    elif isinstance(node.value, int):
        yield _with(node, value=node.value + 1)
    elif isinstance(node.value, str):
        yield _with(node, value=f"{node.value}~")


def _is_bare_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)


def _with(node: ast.AST, **fields: object) -> tuple[str, Change]:
    """The same with other parts, and how that reads."""

    def change(each: ast.AST) -> ast.AST:
        other = copy.copy(each)
        for name, value in fields.items():
            setattr(other, name, value)
        return other

    return _shown(ast.fix_missing_locations(ast.copy_location(change(node), node))), change


def _shown(node: ast.AST) -> str:
    return ast.unparse(node).partition("\n")[0]
