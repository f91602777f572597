"""One action: at most once on the machine, intent before, result after, secrets only there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from steward.core.compile import seal
from steward.core.orders import order_of
from steward.core.perform import REATTACH_SECONDS, StepEnd, Task
from steward.core.wishes import PlanCard
from steward.model.approval import fingerprint
from steward.model.command import Outcome
from steward.model.errors import StewardError
from steward.model.plan import EnvironmentValue, PlannedFile
from steward.model.secret import Secret, SecretRef
from steward.store import blobs
from steward.testing.hosts import Behavior
from steward.testing.stage import Core, World, wish

SECRET = "hunter2hunter2"


async def ready(core: Core, **changes) -> tuple[PlanCard, Task]:
    """Return the first action of an approved plan; `changes` are made to it before it is stored."""
    asked = wish()
    drafted = await core.proposals.draft(asked)
    step = drafted.plan.steps[0]
    step = replace(step, action=replace(step.action, **changes))
    plan, shown = seal(replace(drafted.plan, steps=(step,)), drafted.plan.risk)
    card = replace(drafted, plan=plan, shown=shown, fingerprint=fingerprint(plan))
    card = await core.proposals.submit(card, asked)
    run = await core.run_of(card)
    return card, Task(
        run=run,
        step=step,
        action=step.action,
        target=card.plan.target(step.machine),
        fingerprint=card.fingerprint,
    )


async def test_the_intent_is_on_disk_and_in_the_audit_before_the_machine_hears_of_it(world: World):
    seen: list[tuple[int, int, int]] = []
    lives: list[Core] = []

    def look(point: str) -> None:
        if point == "send.before":
            with lives[0].storage.database.read() as connection:
                rows = connection.exec_driver_sql("SELECT count(*) FROM steps").scalar_one()
                told = connection.exec_driver_sql(
                    "SELECT count(*) FROM audit WHERE kind = 'step.intended'"
                ).scalar_one()
            seen.append((rows, told, len(world.host().markers)))

    lives.append(world.start(reached=look))
    _, task = await ready(lives[0])
    assert await lives[0].performer.perform(task) == (StepEnd.OK, "")
    assert seen == [(1, 1, 0)]
    lives[0].close()


async def test_the_same_action_performed_again_is_only_looked_up(core: Core, world: World):
    _, task = await ready(core)
    first = await core.performer.perform(task)
    world.host().is_reachable = False
    assert await core.performer.perform(task) == first
    assert world.host().starts("step-1") == 1


async def test_a_secret_reaches_the_program_and_nothing_that_is_kept(core: Core, world: World):
    world.vault.put("token", Secret(SECRET))
    ref = SecretRef(name="token", version=core.secrets.version("token"))
    card, task = await ready(core, environment=(EnvironmentValue(name="TOKEN", secret=ref),))
    assert "secret://token" in card.shown
    assert (await core.performer.perform(task))[0] is StepEnd.OK
    assert world.host().secrets_seen == [SECRET]
    for path in world.folder.iterdir():
        assert SECRET.encode() not in path.read_bytes(), path.name


async def test_a_secret_with_another_value_than_the_approved_one_starts_nothing(core: Core, world: World):
    world.vault.put("token", Secret(SECRET))
    ref = SecretRef(name="token", version=core.secrets.version("token"))
    _, task = await ready(core, environment=(EnvironmentValue(name="TOKEN", secret=ref),))
    world.vault.put("token", Secret("another-secret-value"))
    end, why = await core.performer.perform(task)
    assert end is StepEnd.FAILED
    assert "not started" in why
    assert world.host().markers == {}


async def test_files_are_written_from_the_stored_bytes_or_nothing_starts(core: Core, world: World):
    content = b"listen 80;\n"
    digest = await core.storage.write(blobs.put, content)
    file = PlannedFile(destination="/etc/x", mode="0644", owner="root:root", content_hash=digest)
    _, task = await ready(core, files=(file,), stdin_hash=digest)
    order = await order_of(task.action, storage=core.storage, secrets=core.secrets)
    assert (order.files[0].content, order.stdin) == (content, content)
    missing = replace(task.action, stdin_hash="0" * 64)
    with pytest.raises(StewardError):
        await order_of(missing, storage=core.storage, secrets=core.secrets)


@pytest.mark.parametrize(
    ("behavior", "end", "outcome"),
    [
        (Behavior.WORKS, StepEnd.OK, Outcome.OK),
        (Behavior.FAILS, StepEnd.FAILED, Outcome.FAILED),
        (Behavior.TIMES_OUT, StepEnd.FAILED, Outcome.FAILED),
        (Behavior.LOSES_LINK, StepEnd.OK, Outcome.OK),
        (Behavior.CUTS_OFF, StepEnd.UNKNOWN, Outcome.UNKNOWN),
        (Behavior.KEEPS_RUNNING, StepEnd.UNKNOWN, Outcome.UNKNOWN),
        (Behavior.VANISHES, StepEnd.UNKNOWN, Outcome.UNKNOWN),
    ],
)
async def test_every_way_a_program_can_end_is_told_as_it_is(core: Core, world: World, behavior, end, outcome):
    world.host().behave("step-1", behavior)
    card, task = await ready(core)
    assert (await core.performer.perform(task))[0] is end
    (record,) = await core.steps_of(card)
    assert (record.outcome, record.is_started) == (outcome, True)
    assert any(f'"kind":"step.{outcome.value}"' in row for row in core.audit.export())


async def test_a_broken_link_is_tried_for_half_a_minute_and_no_longer(core: Core, world: World):
    world.host().behave("step-1", Behavior.CUTS_OFF)
    _, task = await ready(core)
    started = world.clock.monotonic()
    await core.performer.perform(task)
    assert REATTACH_SECONDS <= world.clock.monotonic() - started <= REATTACH_SECONDS + 5


async def test_asking_about_an_unknown_action_starts_nothing(core: Core, world: World):
    world.host().behave("step-1", Behavior.KEEPS_RUNNING)
    _, task = await ready(core)
    await core.performer.perform(task)
    world.host().heal()
    assert (await core.performer.reconcile(task))[0] is StepEnd.UNKNOWN
    world.host().finish(task.action.key)
    assert (await core.performer.reconcile(task))[0] is StepEnd.OK
    assert world.host().starts("step-1") == 1


async def test_a_machine_under_another_control_plane_is_left_alone(core: Core, world: World, worlds):
    other = worlds()
    other.hosts = world.hosts
    stranger = other.start()
    with stranger.storage.database.write() as connection:
        connection.exec_driver_sql("UPDATE identity SET control_plane = 'another'")
    _, theirs = await ready(stranger)
    await stranger.performer.perform(theirs)
    world.host().settings.clear()
    _, task = await ready(core)
    end, why = await core.performer.perform(task)
    assert (end, "another control plane" in why) == (StepEnd.FAILED, True)
    assert world.host().settings == {}
    stranger.close()
