"""Report where the house gets cramped: `python scripts/house.py`. A mirror, never a fence: it always succeeds.

Prints the longest files, functions and classes, the packages that import each other both ways, the imports inside
functions and the broad excepts of `src/steward`.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path("src/steward")
SHOWN = 8
FILE_ALARM, FUNCTION_ALARM, CLASS_ALARM = 400, 50, 400

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, kw_only=True)
class Module:
    """One source file, read once."""

    path: Path
    """Where it lies, from the source folder on."""
    text: str
    """What it says."""
    tree: ast.Module
    """The same, parsed."""

    @property
    def package(self) -> str:
        """The folder it lies in."""
        return str(self.path.parent)


@dataclass(frozen=True, kw_only=True, order=True)
class Size:
    """How many lines something has."""

    lines: int
    """Lines, from the first to the last."""
    name: str
    """Where it is."""


def main() -> None:
    """Print the report."""
    modules = [_read(path) for path in sorted(SOURCE.rglob("*.py"))]
    total = sum(len(module.text.splitlines()) for module in modules)
    print(f"{len(modules)} files, {total} lines in {SOURCE}")
    _longest("files", FILE_ALARM, [Size(lines=len(m.text.splitlines()), name=str(m.path)) for m in modules])
    _longest("functions", FUNCTION_ALARM, [s for m in modules for s in _sizes(m, Function)])
    _longest("classes", CLASS_ALARM, [s for m in modules for s in _sizes(m, ast.ClassDef)])
    _list("packages that import each other both ways", _both_ways(modules))
    _list("imports inside functions", [s for m in modules for s in _hidden_imports(m)])
    _list("broad excepts", [s for m in modules for s in _broad_excepts(m)])


def _read(path: Path) -> Module:
    text = path.read_text("utf-8")
    return Module(path=path.relative_to(SOURCE), text=text, tree=ast.parse(text))


def _longest(what: str, alarm: int, sizes: list[Size]) -> None:
    print(f"\nlongest {what} (past {alarm} lines look for a second idea)")
    for size in sorted(sizes, reverse=True)[:SHOWN]:
        print(f"  {size.lines:4}{' !' if size.lines > alarm else '  '} {size.name}")


def _list(what: str, lines: list[str]) -> None:
    print(f"\n{what}: {len(lines) or 'none'}")
    for line in lines:
        print(f"  {line}")


def _sizes(module: Module, kind: type[ast.AST] | object) -> Iterator[Size]:
    for node in ast.walk(module.tree):
        if isinstance(node, kind):  # type: ignore[arg-type]
            yield Size(lines=(node.end_lineno or 0) - node.lineno + 1, name=f"{module.path}:{node.lineno} {node.name}")


def _both_ways(modules: list[Module]) -> list[str]:
    edges = Counter(
        (module.package, target) for module in modules for target in _imported(module) if target != module.package
    )
    return [
        f"{one} -> {other} ({count}), {other} -> {one} ({edges[other, one]})"
        for (one, other), count in sorted(edges.items())
        if one < other and edges[other, one]
    ]


def _imported(module: Module) -> Iterator[str]:
    """Give the package of every import of our own."""
    for node in ast.walk(module.tree):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for path in (Path(*name.split(".")[1:]) for name in names if name.startswith(f"{SOURCE.name}.")):
            yield str(path if (SOURCE / path).is_dir() else path.parent)


def _hidden_imports(module: Module) -> Iterator[str]:
    for function in (node for node in ast.walk(module.tree) if isinstance(node, Function)):
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield f"{module.path}:{node.lineno} in {function.name}"


def _broad_excepts(module: Module) -> Iterator[str]:
    lines = module.text.splitlines()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler) and _is_broad(node.type):
            yield f"{module.path}:{node.lineno} {lines[node.lineno - 1].strip()}"


def _is_broad(caught: ast.expr | None) -> bool:
    names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(name is None or ast.unparse(name) in {"Exception", "BaseException"} for name in names)


if __name__ == "__main__":
    main()
