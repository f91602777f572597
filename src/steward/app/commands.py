"""Every command of every engine: the catalogue."""

from __future__ import annotations

from steward.app.plugins import KnowHow
from steward.core.catalogue import AnySpec, Catalogue
from steward.engines.fleet import cards, discover, enroll, files, hand_over, mark
from steward.engines.health import changed, evidence, history, status, telemetry, why
from steward.engines.knowledge import docs
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
from steward.engines.services import breaking, drawing, listing, placing, repositories, showing
from steward.engines.work import plan, runs

COMMANDS: tuple[AnySpec, ...] = (
    *status.COMMANDS,
    *why.COMMANDS,
    *changed.COMMANDS,
    *history.COMMANDS,
    *telemetry.COMMANDS,
    *evidence.COMMANDS,
    *listing.COMMANDS,
    *showing.COMMANDS,
    *placing.COMMANDS,
    *drawing.COMMANDS,
    *breaking.COMMANDS,
    *repositories.COMMANDS,
    *plan.COMMANDS,
    *decisions.COMMANDS,
    *runs.COMMANDS,
    *cards.COMMANDS,
    *enroll.COMMANDS,
    *discover.COMMANDS,
    *hand_over.COMMANDS,
    *mark.COMMANDS,
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
    *docs.COMMANDS,
)


def catalogue_of(know_how: KnowHow) -> Catalogue:
    """Return the catalogue of the engines' commands and these operations."""
    return Catalogue(commands=COMMANDS, operations=know_how.operations)
