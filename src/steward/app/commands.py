"""Every command of every engine: the catalogue."""

from __future__ import annotations

from steward.app.plugins import KnowHow
from steward.core.catalogue import AnySpec, Catalogue
from steward.engines.fleet import files, machines
from steward.engines.health import changed, evidence, status, why
from steward.engines.oversight import (
    access,
    brakes,
    budgets,
    decisions,
    grants,
    hooks,
    passwords,
    records,
    rules,
    vault,
    workers,
)
from steward.engines.work import plan, runs

COMMANDS: tuple[AnySpec, ...] = (
    *status.COMMANDS,
    *why.COMMANDS,
    *changed.COMMANDS,
    *evidence.COMMANDS,
    *plan.COMMANDS,
    *decisions.COMMANDS,
    *runs.COMMANDS,
    *machines.COMMANDS,
    *files.COMMANDS,
    *brakes.COMMANDS,
    *rules.COMMANDS,
    *grants.COMMANDS,
    *budgets.COMMANDS,
    *records.COMMANDS,
    *vault.COMMANDS,
    *access.COMMANDS,
    *passwords.COMMANDS,
    *hooks.COMMANDS,
    *workers.COMMANDS,
)


def catalogue_of(know_how: KnowHow) -> Catalogue:
    """Return the catalogue of the engines' commands and these operations."""
    return Catalogue(commands=COMMANDS, operations=know_how.operations)
