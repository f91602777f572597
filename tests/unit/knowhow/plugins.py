"""Find the plug-ins as the program does: every module of the five folders exports one `PLUGIN`."""

import importlib
import pkgutil
from types import ModuleType
from typing import Any

import steward.knowhow.checks
import steward.knowhow.facts
import steward.knowhow.fixes
import steward.knowhow.operations
import steward.knowhow.relations
from steward.model.check import Check
from steward.model.fact import Fact
from steward.model.fix import Fix
from steward.model.operation import Operation
from steward.model.relation import Relation


def _modules(folder: ModuleType) -> list[ModuleType]:
    names = [found.name for found in pkgutil.iter_modules(folder.__path__)]
    return [importlib.import_module(f"{folder.__name__}.{name}") for name in names]


MODULES = {
    kind: _modules(getattr(steward.knowhow, kind)) for kind in ("facts", "checks", "fixes", "operations", "relations")
}
FACTS: dict[str, Fact[Any]] = {module.PLUGIN.name: module.PLUGIN for module in MODULES["facts"]}
CHECKS: dict[str, Check] = {module.PLUGIN.name: module.PLUGIN for module in MODULES["checks"]}
FIXES: dict[str, Fix] = {module.PLUGIN.name: module.PLUGIN for module in MODULES["fixes"]}
RELATIONS: dict[str, Relation] = {module.PLUGIN.name: module.PLUGIN for module in MODULES["relations"]}
OPERATIONS: dict[str, Operation[Any]] = {module.PLUGIN.name: module.PLUGIN for module in MODULES["operations"]}
