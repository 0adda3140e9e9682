"""Which fields of the ruleset's schema the program reads: by its source, with types.

A small flow of types through the syntax: a name has the schema's classes that its annotation, or
what it is made of, mentions. A read is an attribute of something that may be such a class. That a
list holds a class, or is one, is not told apart: what matters is that somebody reads the field.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from domain.rules import schema
from domain.rules.schema import Strict

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("domain", "flows", "notifications", "console")
# These say what a field may hold, or hand all of them on: that is not to do what it says.
UNCOUNTED = (
    "domain/rules/schema.py",
    "domain/rules/lint",
    "domain/rules/json_schema.py",
    "console/commands/rulesets.py",
)
SHOWS = ROOT / "console" / "commands" / "rulesets.py"
# A mapping's, and not the field `items`: nobody calls a field.
CONTAINER_METHODS = ("items", "values", "keys", "get")
# Other names under which a ruleset's fields are handed on.
PARTS = {"Outlined": "Ruleset", "Outline": "Ruleset"}
Classes = frozenset[str]
NONE: Classes = frozenset()

MODELS: dict[str, type[Strict]] = {
    name: each
    for name, each in vars(schema).items()
    if isinstance(each, type) and issubclass(each, Strict) and each.__module__ == schema.__name__
}


def fields() -> set[tuple[str, str]]:
    """Every field of every model, by the class that states it.

    Left out are those of one possible word: they say what the program always does.
    """
    return {
        (name, field)
        for name, model in MODELS.items()
        for field, hint in model.__annotations__.items()
        if field in model.model_fields and not _has_one_word(hint)
    }


def _has_one_word(hint: Any) -> bool:
    return get_origin(hint) is Literal and len(get_args(hint)) == 1


def sources() -> Iterator[Path]:
    """The files whose reading counts."""
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            if not file.relative_to(ROOT).as_posix().startswith(UNCOUNTED):
                yield file


def read_by_methods(files: dict[str, str]) -> set[tuple[str, str]]:
    """The fields that the models' own methods read, of those methods that these texts use."""
    used = {
        node.attr
        for text in files.values()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute)
    }
    tree = ast.parse(Path(schema.__file__).read_text("utf-8"))
    reader = _Reader(_Known([tree]))
    for model in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        own = frozenset({model.name} & MODELS.keys())
        for method in (node for node in model.body if isinstance(node, ast.FunctionDef)):
            if method.name in used:
                arguments = {one.arg: _mentioned(one.annotation) for one in method.args.args}
                reader.scope(method.body, arguments | {"self": own})
    return reader.found


def reads(files: dict[str, str]) -> set[tuple[str, str]]:
    """The fields that these texts read, by name."""
    trees = {name: ast.parse(text, name) for name, text in files.items()}
    known = _Known(trees.values())
    found: set[tuple[str, str]] = set()
    for tree in trees.values():
        reader = _Reader(known)
        reader.scope(tree.body, {})
        found |= reader.found
    return found


def _in_value(value: Any) -> Classes:
    """The models that a field's type mentions."""
    if isinstance(value, type) and value.__name__ in MODELS:
        return frozenset({value.__name__})
    return NONE.union(*map(_in_value, get_args(value)))


def _mentioned(annotation: ast.expr | None) -> Classes:
    """The models that an annotation mentions, be it quoted."""
    if annotation is None:
        return NONE
    names = {
        PARTS.get(node.id, node.id) for node in ast.walk(annotation) if isinstance(node, ast.Name)
    }
    quoted = {
        word
        for node in ast.walk(annotation)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for word in MODELS
        if word in node.value
    }
    return frozenset((names | quoted) & MODELS.keys())


class _Known:
    """What the program's own functions and classes say of their values."""

    def __init__(self, trees: Any) -> None:
        self.returned: dict[str, Classes] = {}
        self.taken: dict[str, Classes] = {}
        self.attributes: dict[str, Classes] = {}
        self.fields = {
            (name, field): _in_value(hint)
            for name, model in MODELS.items()
            for field, hint in get_type_hints(model).items()
        }
        methods = ast.parse(Path(schema.__file__).read_text("utf-8"))
        for tree in (methods, *trees):
            for node in ast.walk(tree):
                self._learn(node)

    def _learn(self, node: ast.AST) -> None:
        if isinstance(node, ast.FunctionDef):
            self._add(self.returned, node.name, _mentioned(node.returns))
            for one in (*node.args.args, *node.args.kwonlyargs):
                self._add(self.taken, node.name, _mentioned(one.annotation))
        elif isinstance(node, ast.ClassDef) and node.name not in MODELS:
            for part in node.body:
                if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                    self._add(self.attributes, part.target.id, _mentioned(part.annotation))

    @staticmethod
    def _add(table: dict[str, Classes], name: str, classes: Classes) -> None:
        if classes:
            table[name] = table.get(name, NONE) | classes


class _Reader:
    """One file's reads."""

    def __init__(self, known: _Known) -> None:
        self.known = known
        self.found: set[tuple[str, str]] = set()

    def scope(self, body: list[ast.stmt], names: dict[str, Classes]) -> None:
        """A module's or function's statements; twice, as a loop's end feeds its beginning."""
        for _ in range(2):
            for statement in body:
                self.statement(statement, names)

    def statement(self, node: ast.stmt, names: dict[str, Classes]) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self.function(node, names)
        elif isinstance(node, ast.ClassDef):
            self.scope(node.body, dict(names))
        else:
            self.bind(node, names)
            self.inner(node, names)

    def inner(self, node: ast.AST, names: dict[str, Classes]) -> None:
        """What is within a statement, or within a match's case, a handler, a with's item."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                self.statement(child, names)
            elif isinstance(child, ast.expr):
                self.classes(child, names)
            else:
                self.inner(child, names)

    def bind(self, node: ast.stmt, names: dict[str, Classes]) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self.name(target, self.classes(node.value, names), names)
        elif isinstance(node, ast.AnnAssign):
            value = self.classes(node.value, names) if node.value else NONE
            self.name(node.target, _mentioned(node.annotation) | value, names)
        elif isinstance(node, ast.For):
            self.name(node.target, self.classes(node.iter, names), names)

    def function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, names: dict[str, Classes]
    ) -> None:
        inside = dict(names)
        for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
            inside[one.arg] = _mentioned(one.annotation)
        self.scope(node.body, inside)

    def name(self, target: ast.expr, classes: Classes, names: dict[str, Classes]) -> None:
        for node in ast.walk(target):
            if isinstance(node, ast.Name):
                names[node.id] = names.get(node.id, NONE) | classes

    def classes(self, node: ast.expr, names: dict[str, Classes]) -> Classes:
        """The models that an expression may be, or hold; its reads are noted."""
        if isinstance(node, ast.Name):
            return names.get(node.id, NONE)
        if isinstance(node, ast.Attribute):
            return self.attribute(node, names)
        if isinstance(node, ast.Call):
            return self.call(node, names)
        if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            return self.comprehension(node, dict(names))
        if isinstance(node, ast.Lambda):
            return self.classes(node.body, dict(names))
        if isinstance(node, ast.NamedExpr):
            found = self.classes(node.value, names)
            self.name(node.target, found, names)
            return found
        parts = [each for each in ast.walk(node) if each is not node]
        direct = [each for each in ast.iter_child_nodes(node) if isinstance(each, ast.expr)]
        found = NONE.union(*(self.classes(each, names) for each in direct))
        is_truth = isinstance(node, ast.Compare) or (
            isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
        )
        return NONE if is_truth or not parts else found

    def attribute(self, node: ast.Attribute, names: dict[str, Classes]) -> Classes:
        owners = self.classes(node.value, names)
        result = NONE
        for owner in owners:
            if node.attr in MODELS[owner].model_fields:
                stated = [
                    each.__name__
                    for each in MODELS[owner].__mro__
                    if node.attr in vars(each).get("__annotations__", {})
                ]
                self.found.add((stated[0], node.attr))
                result |= self.known.fields[owner, node.attr]
        return result or self.known.returned.get(
            node.attr, self.known.attributes.get(node.attr, NONE)
        )

    def call(self, node: ast.Call, names: dict[str, Classes]) -> Classes:
        called = node.func
        name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
        given = self.known.taken.get(name, NONE)
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        passed = NONE.union(*(self.classes(one, names) for one in arguments))
        for one in arguments:
            if isinstance(one, ast.Lambda):
                inside = dict(names) | {each.arg: given | passed for each in one.args.args}
                self.classes(one.body, inside)
        if isinstance(called, ast.Attribute) and name in CONTAINER_METHODS:
            return passed | self.classes(called.value, names)
        of = self.classes(called, names)
        return self.known.returned.get(name, NONE) or passed | of

    def comprehension(
        self,
        node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp,
        names: dict[str, Classes],
    ) -> Classes:
        for generator in node.generators:
            self.name(generator.target, self.classes(generator.iter, names), names)
            for condition in generator.ifs:
                self.classes(condition, names)
        if isinstance(node, ast.DictComp):
            return self.classes(node.key, names) | self.classes(node.value, names)
        return self.classes(node.elt, names)
