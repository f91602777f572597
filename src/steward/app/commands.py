"""Every command of every engine: the catalogue."""

from __future__ import annotations

from steward.app.plugins import KnowHow
from steward.core.catalogue import AnySpec, Catalogue
from steward.engines.fleet import cards, discover, enroll, files, hand_over, mark, seen_facts
from steward.engines.fleet import glance as machine_glance
from steward.engines.fleet import overview as machine_overview
from steward.engines.goals import listing as goal_listing
from steward.engines.goals import running as goal_running
from steward.engines.health import changed, evidence, glance, history, overview, status, telemetry, waiting, why
from steward.engines.knowledge import docs, reading
from steward.engines.oversight import (
    access,
    audit_rows,
    brakes,
    budgets,
    decisions,
    grants,
    hooks,
    installation,
    matrix,
    passwords,
    proofs,
    records,
    rules,
    vault,
    workers,
)
from steward.engines.services import breaking, drawing, listing, mapping, placing, repositories, showing
from steward.engines.triggers import addresses, composing, schedules, switching, writing
from steward.engines.triggers import listing as trigger_listing
from steward.engines.work import again, holds, pictures, plan, progress, resume, retry, runs, story, weigh
from steward.engines.work import listing as run_listing
from steward.engines.workflows import importing, running, saving
from steward.engines.workflows import listing as workflow_listing

COMMANDS: tuple[AnySpec, ...] = (
    *status.COMMANDS,
    *overview.COMMANDS,
    *waiting.COMMANDS,
    *glance.COMMANDS,
    *why.COMMANDS,
    *changed.COMMANDS,
    *history.COMMANDS,
    *telemetry.COMMANDS,
    *evidence.COMMANDS,
    *listing.COMMANDS,
    *showing.COMMANDS,
    *placing.COMMANDS,
    *drawing.COMMANDS,
    *mapping.COMMANDS,
    *breaking.COMMANDS,
    *repositories.COMMANDS,
    *plan.COMMANDS,
    *decisions.COMMANDS,
    *run_listing.COMMANDS,
    *weigh.COMMANDS,
    *again.COMMANDS,
    *runs.COMMANDS,
    *holds.COMMANDS,
    *pictures.COMMANDS,
    *progress.COMMANDS,
    *retry.COMMANDS,
    *resume.COMMANDS,
    *story.COMMANDS,
    *importing.COMMANDS,
    *cards.COMMANDS,
    *machine_glance.COMMANDS,
    *machine_overview.COMMANDS,
    *seen_facts.COMMANDS,
    *enroll.COMMANDS,
    *discover.COMMANDS,
    *hand_over.COMMANDS,
    *mark.COMMANDS,
    *files.COMMANDS,
    *brakes.COMMANDS,
    *rules.COMMANDS,
    *grants.COMMANDS,
    *budgets.COMMANDS,
    *matrix.COMMANDS,
    *records.COMMANDS,
    *audit_rows.COMMANDS,
    *installation.COMMANDS,
    *vault.COMMANDS,
    *access.COMMANDS,
    *passwords.COMMANDS,
    *proofs.COMMANDS,
    *hooks.COMMANDS,
    *goal_listing.COMMANDS,
    *goal_running.COMMANDS,
    *workers.COMMANDS,
    *trigger_listing.COMMANDS,
    *writing.COMMANDS,
    *switching.COMMANDS,
    *composing.COMMANDS,
    *addresses.COMMANDS,
    *schedules.COMMANDS,
    *workflow_listing.COMMANDS,
    *running.COMMANDS,
    *saving.COMMANDS,
    *docs.COMMANDS,
    *reading.COMMANDS,
)


def catalogue_of(know_how: KnowHow) -> Catalogue:
    """Return the catalogue of the engines' commands and these operations."""
    return Catalogue(commands=COMMANDS, operations=know_how.operations)
