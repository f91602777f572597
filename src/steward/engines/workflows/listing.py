"""Which workflows there are, what one says, and how it went."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import islice

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.workflow_files import read_workflow
from steward.core.workflow_order import in_order
from steward.core.workflows import WorkflowText
from steward.lib.record import record
from steward.lib.text import lasting, plural
from steward.model.access import Right
from steward.model.command import Example
from steward.model.errors import InvalidFile, InvalidInput
from steward.model.plan import Plan
from steward.model.risk import Risk
from steward.model.run import Run
from steward.model.workflow import Workflow, WorkflowInput, WorkflowStep
from steward.store.database import Connection
from steward.store.run_pages import Wanted, page

_RUNS_READ = 300
_MOST_VERSIONS = 30


@record
class ListInput:
    """List the workflows of the workspace and those that Steward ships, with how each went last."""


@record
class ShowInput:
    """Show a workflow: its text, its steps and what needs what, its versions, and its last runs."""

    name: str
    """Name of the workflow."""


@record
class PastRun:
    """One run of a workflow."""

    run: str
    """Id."""
    state: str
    """Where it stands."""
    created: datetime
    """Proposed when."""
    ended: datetime | None
    """When it ended, or None."""
    source_hash: str
    """SHA-256 of the version it was planned with."""


@record
class WorkflowLine:
    """One workflow in one line."""

    name: str
    """Name."""
    title: str
    """What it does; empty where its text has mistakes."""
    inputs: tuple[str, ...]
    """Names of its inputs; one that must be given ends in `*`."""
    steps: int
    """How many steps are written in it."""
    is_shipped: bool
    """Whether it came with Steward."""
    last: PastRun | None
    """Its last run, or None."""
    problem: str
    """What is wrong with its text, or empty."""


@record
class WorkflowList:
    """Workflows."""

    sentence: str
    """How many there are, in one sentence."""
    workflows: tuple[WorkflowLine, ...]
    """By name."""


@record
class WorkflowNode:
    """One step, for those who draw it."""

    id: str
    """Name."""
    kind: str
    """What it is."""
    says: str
    """What it does, in a few words."""
    needs: tuple[str, ...]
    """Steps before it."""
    is_fan_out: bool
    """Whether it is done on several machines or for several items."""


@record
class WorkflowVersion:
    """One commit that changed it."""

    commit: str
    """Commit."""
    title: str
    """What it did then; empty where its text had mistakes."""
    steps: int
    """How many steps it had."""


@record
class WorkflowPage:
    """A workflow."""

    name: str
    """Name."""
    file: str
    """Where its text lies."""
    is_shipped: bool
    """Whether it came with Steward."""
    text: str
    """What it says."""
    title: str
    """What it does; empty where its text has mistakes."""
    goal: str
    """What will be true afterwards."""
    inputs: tuple[WorkflowInput, ...]
    """What whoever starts it gives."""
    graph: tuple[WorkflowNode, ...]
    """Its steps, after what they need."""
    problems: tuple[str, ...]
    """What is wrong with its text."""
    versions: tuple[WorkflowVersion, ...]
    """Commits that changed it, newest first; at most thirty."""
    runs: tuple[PastRun, ...]
    """Its runs, newest first."""


async def listed(desk: Desk, _given: ListInput) -> WorkflowList:
    """List workflows."""
    past = await desk.storage.read(_past)
    folder = desk.workspace.workflows
    lines = tuple(_line(folder.text(name), past.get(name, ())) for name in folder.names())
    own = sum(not line.is_shipped for line in lines)
    sentence = f"{plural(len(lines), 'workflow')}, {own} of yours." if lines else "No workflows."
    return WorkflowList(sentence=sentence, workflows=lines)


async def show(desk: Desk, given: ShowInput) -> WorkflowPage:
    """Show one."""
    found = desk.workspace.workflows.text(given.name)
    workflow, problems = _read(found)
    past = await desk.storage.read(_past)
    history = islice(desk.workspace.workflows.history(found.name), _MOST_VERSIONS)
    return WorkflowPage(
        name=found.name,
        file=found.file,
        is_shipped=found.is_shipped,
        text=found.text,
        title=workflow.title if workflow else "",
        goal=workflow.goal if workflow else "",
        inputs=workflow.inputs if workflow else (),
        graph=_graph(workflow) if workflow else (),
        problems=problems,
        versions=tuple(_version(found.name, commit, text) for commit, text in history),
        runs=past.get(found.name, ()),
    )


def _line(found: WorkflowText, past: tuple[PastRun, ...]) -> WorkflowLine:
    workflow, problems = _read(found)
    return WorkflowLine(
        name=found.name,
        title=workflow.title if workflow else "",
        inputs=tuple(f"{one.name}{'*' if one.default is None else ''}" for one in workflow.inputs) if workflow else (),
        steps=len(workflow.steps) if workflow else 0,
        is_shipped=found.is_shipped,
        last=past[0] if past else None,
        problem=problems[0] if problems else "",
    )


def _read(found: WorkflowText) -> tuple[Workflow | None, tuple[str, ...]]:
    try:
        return read_workflow(found.text, file=found.file), ()
    except InvalidFile as error:
        return None, tuple(str(problem) for problem in error.problems)


def _version(name: str, commit: str, text: str) -> WorkflowVersion:
    workflow, _ = _read(WorkflowText(name=name, file=name, text=text, is_shipped=False))
    title, steps = (workflow.title, len(workflow.steps)) if workflow else ("", 0)
    return WorkflowVersion(commit=commit, title=title, steps=steps)


def _graph(workflow: Workflow) -> tuple[WorkflowNode, ...]:
    by_id = {step.id: step for step in workflow.steps}
    try:
        order = in_order({step.id: step.needs for step in workflow.steps}, workflow.name)
    except InvalidInput:  # told as a problem of the text
        order = list(by_id)
    return tuple(_node(by_id[name]) for name in order)


def _node(step: WorkflowStep) -> WorkflowNode:
    said = step.command or step.workflow
    if step.inquiry is not None:
        said = step.inquiry.text.strip().splitlines()[0]
    elif step.task is not None:
        said = step.task.instructions[0]
    elif step.wait is not None:
        wait = step.wait
        said = wait.until or wait.condition or wait.event or lasting(wait.seconds)
    is_fan_out = step.on is not None or bool(step.for_each)
    return WorkflowNode(id=step.id, kind=step.kind.value, says=said, needs=step.needs, is_fan_out=is_fan_out)


def _past(connection: Connection) -> Mapping[str, tuple[PastRun, ...]]:
    """Return the newest runs of each workflow."""
    found: dict[str, tuple[PastRun, ...]] = {}
    for run, plan in page(connection, Wanted(), limit=_RUNS_READ):
        if plan.course is not None:
            name = plan.course.workflow
            found[name] = (*found.get(name, ()), _past_run(run, plan))
    return found


def _past_run(run: Run, plan: Plan) -> PastRun:
    version = plan.course.source_hash if plan.course else ""
    return PastRun(run=run.id, state=run.state.value, created=run.created, ended=run.ended, source_hash=version)


COMMANDS = (
    CommandSpec(
        name="workflow.ls",
        right=Right.READ,
        input=ListInput,
        output=WorkflowList,
        handler=listed,
        risk=Risk.READ,
        examples=(
            Example(line="workflow ls", does="List the workflows with how each went last"),
            Example(line="workflow ls --json", does="The same as one JSON object"),
        ),
    ),
    CommandSpec(
        name="workflow.show",
        right=Right.READ,
        input=ShowInput,
        output=WorkflowPage,
        handler=show,
        risk=Risk.READ,
        examples=(
            Example(line="workflow show weekly-updates", does="Show its text, steps, versions and runs"),
            Example(line="workflow show weekly-updates --json", does="The same as one JSON object"),
        ),
    ),
)
