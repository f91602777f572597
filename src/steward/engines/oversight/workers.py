"""Workers: who carries runs out, and asking one to leave."""

from __future__ import annotations

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.team import Place, Team, WorkerState, team_of
from steward.core.workers import WORKER
from steward.lib.record import record
from steward.lib.text import nearest, plural
from steward.model.access import Right
from steward.model.command import Example
from steward.model.errors import Conflict, NotFound
from steward.model.risk import Risk, Strength
from steward.store import workers as table


@record
class ListWorkersInput:
    """Show who carries runs out, whether they live, and what waits for them."""


@record
class DrainWorkerInput:
    """Ask a worker to take no new runs, end its steps, hand the rest over and leave."""

    name: str
    """Name, as `workers ls` shows it."""


@record
class WorkerList:
    """Workers and what waits for them."""

    sentence: str
    """The result in words."""
    workers: tuple[Place, ...]
    """Processes by name; one that fell silent is shown for a day."""
    queued: int
    """Runs on the queue."""
    open: int
    """Runs that were approved and have not ended, those on the queue included."""
    waits_seconds: int | None
    """How long the run waits that was proposed first of those on the queue."""

    @property
    def exit_code(self) -> int:
        """10 when runs wait and nobody takes them."""
        return 10 if self.open and not any(place.takes_runs for place in self.workers) else 0


@record
class Drained:
    """A worker that was asked to leave."""

    name: str
    """Name."""
    runs: int
    """Runs it was carrying out."""
    sentence: str
    """What happens now."""


async def listing(desk: Desk, _input: ListWorkersInput) -> WorkerList:
    """List workers."""
    team = await _team(desk)
    return WorkerList(
        sentence=team.problem or str(team),
        workers=team.workers,
        queued=team.queued,
        open=team.open,
        waits_seconds=team.waits_seconds,
    )


async def drain(desk: Desk, given: DrainWorkerInput) -> Drained:
    """Ask a worker to leave."""
    place = _found(await _team(desk), given.name)
    if not await desk.storage.write(table.drain, place.id):
        raise _unknown(given.name, ())
    does = f"{place.name} takes no new runs, has 30 s to end its steps, hands the rest over and leaves"
    return Drained(name=place.name, runs=place.runs, sentence=does)


async def preview_drain(desk: Desk, given: DrainWorkerInput) -> str:
    """Say who would leave, and who would be left."""
    team = await _team(desk)
    place = _found(team, given.name)
    left = team.at_work - place.takes_runs
    carries = f" ({plural(place.runs, 'run')})" if place.runs else ""
    return f"{place.name}{carries} would leave; {plural(left, 'worker')} would be left to take runs"


async def _team(desk: Desk) -> Team:
    return await desk.storage.read(team_of, desk.storage.database)


def _found(team: Team, name: str) -> Place:
    """Return the worker of this name.

    Raises:
        NotFound: there is none, or it is silent and its runs were given to others already.
        Conflict: it is the control plane.
    """
    living = {place.name: place for place in team.workers if place.state is not WorkerState.SILENT}
    if name not in living:
        raise _unknown(name, tuple(living))
    if living[name].role != WORKER:
        step = "end `steward up` itself, with Ctrl-C or SIGTERM; start it with --no-work to take no runs"
        raise Conflict(f"{name} is the control plane", why="it does more than carry out runs", next_step=step)
    return living[name]


def _unknown(name: str, living: tuple[str, ...]) -> NotFound:
    close = nearest(name, living)
    step = f"did you mean {close}?" if close else "steward workers ls"
    return NotFound(f"no living worker is called {name}", next_step=step)


COMMANDS = (
    CommandSpec(
        name="workers.ls",
        right=Right.READ,
        input=ListWorkersInput,
        output=WorkerList,
        handler=listing,
        risk=Risk.READ,
        examples=(
            Example(line="workers ls", does="Show who carries runs out, and what waits"),
            Example(line="workers ls --json", does="The same as one JSON object"),
        ),
    ),
    CommandSpec(
        name="workers.drain",
        right=Right.GOVERN,
        input=DrainWorkerInput,
        output=Drained,
        handler=drain,
        preview=preview_drain,
        undo="start it again where it ran: `steward worker`",
        verify="`steward workers ls` does not show it any more",
        risk=Risk.REVERSIBLE,
        proof=Strength.STEP_UP,
        examples=(
            Example(line="workers drain shed-2", does="Have this worker finish its steps and leave, before an upgrade"),
            Example(line="workers drain shed-2 --dry-run", does="Only say who would be left"),
        ),
    ),
)
