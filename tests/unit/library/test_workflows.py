"""Every shipped workflow is read, expanded and planned with the real operations against what machines told."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from steward.core.compile import compile_steps
from steward.core.expand import Expanded, Ground, expand
from steward.core.line_probes import ask, probe_of
from steward.core.workflow_files import read_workflow
from steward.core.workflow_plans import course_of
from steward.core.workflow_values import Looks
from steward.knowhow.measures import library
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.hold import HoldKind
from steward.model.ids import MachineId, PlanId
from steward.model.machine import Autonomy, Machine
from steward.model.plan import PlanStep
from steward.model.probe import Probe
from steward.model.risk import Risk
from steward.model.workflow import InputKind, StepKind, Workflow
from steward.model.workspace import Inventory
from tests.unit.knowhow.plugins import OPERATIONS
from tests.unit.knowhow.snapshots import recorded, unit, units
from tests.unit.knowhow.test_plugins import SEEN
from tests.unit.library.measures import MEASURES

FOLDER = resources.files("steward").joinpath("library", "workflows")
FILES = {Path(str(each)).stem: each.read_text("utf-8") for each in FOLDER.iterdir() if each.name.endswith(".yaml")}
WORKFLOWS = {name: read_workflow(text, file=f"{name}.yaml", operations=OPERATIONS) for name, text in FILES.items()}
MACHINES = tuple(Machine(id=MachineId(f"mach-{name}"), name=name, autonomy=Autonomy.ASK) for name in ("m1", "m2"))
CALM = units(unit(), unit("postgresql.service"), unit("off.timer", active_state="inactive"))
KNOWN = dict(
    recorded(kernel="debian_12_newer_installed", disks="proxmox_8_sata_sas_nvme", supplies="nut_2_8_on_line").values
)
VALUES: Mapping[str, Any] = {**SEEN.values, **KNOWN, "units": CALM}
LOOKS = Looks(
    snapshots={machine.id: replace(SEEN, machine=machine, values=VALUES) for machine in MACHINES}, unreachable={}
)
DISK = next(iter(KNOWN["disks"].disks))
GIVEN: Mapping[str, Mapping[str, Any]] = {
    "certificate-renewal": {"machine": "m1", "certificate": "wiki.example.org", "served": "wiki.example.org:443"},
    "close-account": {},
    "disk-replacement": {
        "machine": "m1",
        "disk": DISK,
        "backup_job": "nginx.service",
        "kind": "array",
        "name": "md0",
        "disks": 2,
    },
    "log-clean-up": {"machines": ["m1", "m2"]},
    "node-reboot": {"machines": ["m1", "m2"], "ask": True},
    "restart-if-wanted": {"machine": "m1"},
    "restore-drill": {"machine": "m1", "job": "nginx.service"},
    "service-restart-chain": {"machine": "m1", "units": ["postgresql.service", "nginx.service"]},
    "storage-expansion": {"machine": "m1", "place": "/", "device_gb": 64},
    "update-machine": {"machine": "m1", "drain": ["nginx.service"], "port": 443},
    "ups-rehearsal": {"machine": "m1", "shed": "nginx.service"},
    "user-offboarding": {"machines": ["m1", "m2"], "account": "anna"},
    "weekly-updates": {"first": ["m1"], "others": ["m2"], "drain": ["nginx.service"]},
}
"""What each is started with here. `close-account` knows its machine only when another workflow calls it."""
NO_WAY_BACK = {
    "certificate-renewal": {"renew"},
    "log-clean-up": {"journal", "packages"},
    "node-reboot": {"reboot"},
    "restart-if-wanted": {"reboot"},
    "storage-expansion": {"grow"},
    "update-machine": {"restart.reboot"},
    "user-offboarding": {"end"},
    "weekly-updates": {"first.restart.reboot", "others.restart.reboot"},
}
"""Steps that cannot be put back, and that the page of the library tells as such; every other step can."""


@dataclass(frozen=True)
class Planned:
    """A workflow, what it comes to, and its plan."""

    workflow: Workflow
    expanded: Expanded
    steps: tuple[PlanStep, ...]

    def step(self, name: str) -> PlanStep:
        return next(step for step in self.steps if step.id == name)

    def lines(self) -> list[Probe]:
        of_holds = [probe for hold in self.expanded.holds for probe in hold.proofs]
        of_steps = [probe for step in self.steps for probe in step.verify]
        untils = [step.flow.until for step in self.steps if step.flow and step.flow.until]
        every = [*self.expanded.preflight, *self.expanded.invariants, *of_holds, *of_steps, *untils]
        return [probe for probe in every if probe.line]


def probe(line: str, machine: MachineId | None, within_seconds: int) -> Probe:
    assert machine is not None, f"{line} is about no machine"
    return probe_of(line, machine, MEASURES, within_seconds=within_seconds)


def planned(name: str, looks: Looks = LOOKS, **changes: Any) -> Planned:
    workflow = WORKFLOWS[name]
    ground = Ground(inventory=Inventory(machines=MACHINES), looks=looks, find=WORKFLOWS.__getitem__, probe=probe)
    expanded = expand(workflow, {**GIVEN[name], **changes}, ground)
    flat = replace(workflow, steps=expanded.steps)
    steps = compile_steps(
        flat, looks.snapshots, OPERATIONS, PlanId("plan-1"), course=course_of(workflow, expanded), probe=probe
    )
    return Planned(workflow, expanded, steps)


def looks_with(**values: object) -> Looks:
    return replace(
        LOOKS,
        snapshots={name: replace(seen, values={**seen.values, **values}) for name, seen in LOOKS.snapshots.items()},
    )


PLANNED = [name for name in sorted(WORKFLOWS) if GIVEN[name]]


def test_every_shipped_workflow_is_planned_here() -> None:
    assert set(GIVEN) == set(WORKFLOWS)
    called = {step.workflow for workflow in WORKFLOWS.values() for step in workflow.steps if step.workflow}
    assert set(WORKFLOWS) - set(PLANNED) <= called


@pytest.mark.parametrize("name", sorted(WORKFLOWS))
def test_a_workflow_says_what_it_is_for_and_what_it_is_given(name: str) -> None:
    workflow = WORKFLOWS[name]
    assert workflow.name == name
    assert workflow.title
    assert workflow.goal != "it was asked for"
    assert all(each.says for each in workflow.inputs)


@pytest.mark.parametrize("name", sorted(WORKFLOWS))
def test_its_own_machine_is_an_input_so_that_another_workflow_can_call_it(name: str) -> None:
    kinds = {each.name: each.kind for each in WORKFLOWS[name].inputs}
    for machine in ("machine", "machines"):
        if machine in kinds:
            assert kinds[machine] is {"machine": InputKind.MACHINE, "machines": InputKind.LIST}[machine]


@pytest.mark.parametrize("name", PLANNED)
def test_it_comes_to_a_plan_with_a_proof_for_what_it_changes(name: str) -> None:
    made = planned(name)
    assert made.steps
    for step in made.steps:
        asks_only = step.command.name == "machine.tell_restart"
        assert asks_only or step.verify or (step.flow and step.flow.until), f"{step.id} is not proven"


@pytest.mark.parametrize("name", PLANNED)
def test_every_line_can_be_asked_of_what_the_machines_told(name: str) -> None:
    for line in planned(name).lines():
        holds, seen = ask(line.line, LOOKS.snapshots[line.machine], MEASURES)
        assert holds is not None, f"{line.line}: {seen}"


@pytest.mark.parametrize("name", PLANNED)
def test_whatever_step_fails_all_before_it_is_put_back_but_what_is_told_here(name: str) -> None:
    without = {
        (step.flow.origin if step.flow and step.flow.origin else step.id)
        for step in planned(name).steps
        if not step.undo.is_possible
    }
    assert {origin.replace(".m1", "").replace(".m2", "") for origin in without} == NO_WAY_BACK.get(name, set())


def test_rings_follow_each_other_and_a_ring_goes_one_by_one() -> None:
    ring = planned("weekly-updates", first=["m1", "m2"], others=[])
    second = ring.step("first.drain.m2.1")
    assert second.flow is not None
    assert second.flow.after == ("first.settled.m1",)
    assert ring.step("first.upgrade.m1").needs == ("first.drain.m1.1",)
    whole = planned("weekly-updates")
    assert [hold.needs for hold in whole.expanded.holds if hold.id == "settle"] == [("first.settled.m1",)]
    assert whole.step("others.drain.m2.1").needs == ("settle",)


def test_an_empty_ring_is_no_machine_and_not_every_machine() -> None:
    ring = planned("weekly-updates", others=[])
    assert {step.machine for step in ring.steps} == {"mach-m1"}
    assert not any(hold.id == "settle" for hold in ring.expanded.holds)
    with pytest.raises(InvalidInput, match="nothing is left to do"):
        planned("node-reboot", machines=[])


def test_a_machine_is_restarted_only_where_it_asks_for_it() -> None:
    reboot = next(step for step in planned("update-machine").steps if step.command.name == "machine.reboot")
    assert reboot.flow is not None
    assert "outputs.wanted" in reboot.flow.when
    without = planned("update-machine", restart=False)
    assert "machine.reboot" not in {step.command.name for step in without.steps}


def test_a_container_is_never_restarted_as_a_machine() -> None:
    made = planned("update-machine", looks_with(kernel=recorded(kernel="container").values["kernel"]))
    assert "machine.reboot" not in {step.command.name for step in made.steps}


def test_where_no_update_waits_nothing_is_installed_and_the_rest_goes_on() -> None:
    none = replace(VALUES["updates"], updates={}, count=0, security_count=0)
    made = planned("update-machine", looks_with(updates=none))
    assert "upgrade" not in {step.id for step in made.steps}
    assert any("upgrade" in note for note in made.expanded.notes)


def test_a_kernel_alone_is_left_to_a_person() -> None:
    waiting = VALUES["updates"].updates["libssl3"]
    kernel = replace(VALUES["updates"], updates={"linux-image-amd64": waiting})
    made = planned("update-machine", looks_with(updates=kernel))
    assert "upgrade" not in {step.id for step in made.steps}


def test_services_restart_in_the_order_that_was_given() -> None:
    made = planned("service-restart-chain")
    first, second = (step for step in made.steps if step.command.name == "unit.restart")
    assert (first.command.input["unit"], second.command.input["unit"]) == ("postgresql.service", "nginx.service")
    assert second.flow is not None
    assert second.flow.after or first.id in second.needs


def test_room_comes_only_after_a_person_bought_it_and_the_device_proves_it() -> None:
    made = planned("storage-expansion")
    buy, install = made.expanded.holds
    assert (buy.kind, install.kind) == (HoldKind.ASK, HoldKind.PHYSICAL)
    assert install.needs == (buy.id,)
    assert [proof.line for proof in install.proofs] == ["[DEVICE_GB /] >= 64"]
    assert made.step("grow").needs == (install.id,)


def test_sessions_end_only_once_the_account_is_closed_on_every_machine() -> None:
    made = planned("user-offboarding")
    commands = [step.command.name for step in made.steps if step.machine == "mach-m1"]
    assert sorted(commands) == ["account.end_sessions", "account.leave_group", "account.leave_group", "account.lock"]
    closed = {step.id for step in made.steps if step.command.name == "account.leave_group"}
    assert closed <= set(made.step("end.m1").needs)
    assert "account.end_sessions" not in {
        step.command.name for step in planned("user-offboarding", end_sessions=False).steps
    }
    with pytest.raises(InvalidInput, match="nothing is left to do"):
        planned("user-offboarding", account="nobody-here")


def test_a_journal_that_is_small_enough_is_left_alone() -> None:
    assert "packages.clean_cache" in {step.command.name for step in planned("log-clean-up", keep_megabytes=5000).steps}
    assert "journal.vacuum" not in {step.command.name for step in planned("log-clean-up", keep_megabytes=5000).steps}


def test_every_step_that_loses_something_is_destructive_or_told_by_its_operation() -> None:
    risks = {
        step.command.name: step.risk for name in PLANNED for step in planned(name).steps if not step.undo.is_possible
    }
    assert risks["filesystem.grow"] is Risk.DESTRUCTIVE
    assert risks["account.end_sessions"] is Risk.DESTRUCTIVE
    assert risks["journal.vacuum"] is Risk.DESTRUCTIVE


def test_a_workflow_of_hands_alone_would_not_be_a_plan() -> None:
    acting = {
        name: [each for each in one.steps if each.kind in {StepKind.COMMAND, StepKind.WORKFLOW}]
        for name, one in WORKFLOWS.items()
    }
    assert all(acting.values())


def test_measures_of_the_library_say_nothing_of_what_is_not_there() -> None:
    nothing = Snapshot(machine=MACHINES[0], at=SEEN.at)
    for measure in library.PLUGINS:
        assert ask(measure.example, nothing, MEASURES)[0] is None
    assert ask('[ACCOUNT_PASSWORD nobody] == "absent"', LOOKS.snapshots[MACHINES[0].id], MEASURES)[0] is True
    assert ask("[DEVICE_GB /nowhere] > 1", LOOKS.snapshots[MACHINES[0].id], MEASURES)[0] is None
