"""Everything a reader can meet says what it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "steward"
MODULES = sorted(SOURCE.rglob("*.py"))
Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def test_every_module_says_what_it_is():
    assert MODULES
    assert [str(path) for path in MODULES if not ast.get_docstring(_tree(path))] == []


def test_every_public_class_and_function_says_what_it_is():
    assert [where for path in MODULES for where in _undocumented(path)] == []


def test_every_field_of_a_record_says_what_it_is():
    assert [where for path in MODULES for where in _undocumented_fields(path)] == []


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _undocumented(path: Path) -> Iterator[str]:
    classes = [node for node in ast.walk(_tree(path)) if isinstance(node, ast.ClassDef)]
    for owner in (_tree(path), *(node for node in classes if not node.name.startswith("_"))):
        for node in owner.body:
            if isinstance(node, Definition) and not node.name.startswith("_") and not _says(node):
                yield f"{path.relative_to(SOURCE)}:{node.lineno} {node.name}"


def _says(node: Definition) -> bool:
    return bool(ast.get_docstring(node)) or any("overload" in ast.unparse(one) for one in node.decorator_list)


def _undocumented_fields(path: Path) -> Iterator[str]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and _is_value(node):
            for field, after in zip(node.body, [*node.body[1:], None], strict=True):
                if isinstance(field, ast.AnnAssign) and not _is_text(after) and ast.unparse(field.target)[0] != "_":
                    yield f"{path.relative_to(SOURCE)}:{field.lineno} {node.name}.{ast.unparse(field.target)}"


def _is_value(node: ast.ClassDef) -> bool:
    return any(ast.unparse(one) == "record" for one in node.decorator_list)


def _is_text(node: ast.stmt | None) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
