"""Fixes of the system itself: each finding that names one gives steps that can be planned."""

from dataclasses import replace

import pytest

from steward.lib.codec import decode
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from tests.unit.knowhow.plugins import CHECKS, FIXES, OPERATIONS
from tests.unit.knowhow.snapshots import MACHINE, recorded, snapshot, unit, units
from tests.unit.knowhow.uses_system import CLOCK, SEEN, STATES, SYSTEM, UPDATES

HALF = replace(STATES, broken_count=1, broken={"libssl3": "unpacked"})
TROUBLES: dict[str, Snapshot] = {
    "outdated_kernels": recorded(kernel="debian_12_newer_installed", units="debian_12_with_failures"),
    "security_updates": snapshot(updates=UPDATES, package_states=STATES),
    "broken_packages": snapshot(package_states=HALF),
    "unsynchronized_clocks": snapshot(clock=CLOCK),
    "overdue_timers": recorded(timers="ubuntu_24_04_overdue"),
    "stopped_timers": recorded(timers="ubuntu_24_04_overdue"),
    "stopped_cron": recorded(cron="ubuntu_24_04_stopped"),
}
TROUBLES["outdated_services"] = snapshot(
    stale_programs=recorded(stale_programs="debian_12_after_update").values["stale_programs"],
    units=units(unit("nginx.service"), unit("postgresql@15-main.service"), unit("ssh.service")),
)
TROUBLES["unsynchronized_clocks without server"] = snapshot(
    clock=recorded(clock="chrony_without_server").values["clock"], units=units(unit("chrony.service"))
)
OFF = units(
    unit("backup.service", type="oneshot", active_state="inactive"),
    unit("photos.timer", active_state="inactive"),
    unit("cron.service", active_state="inactive"),
)
ON = units(*(replace(one, active_state="active") for one in OFF.units.values()))
TROUBLES |= {
    check: replace(TROUBLES[check], values={**TROUBLES[check].values, "units": OFF})
    for check in ("overdue_timers", "stopped_timers", "stopped_cron")
}


def found(trouble: str, seen: Snapshot) -> Finding:
    """Return the finding of the check that the name of a trouble begins with."""
    return CHECKS[trouble.split(" ", maxsplit=1)[0]].run(seen)[0]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_finding_with_a_fix_gives_steps_that_can_be_planned(trouble: str) -> None:
    seen = replace(TROUBLES[trouble], values={"os": SYSTEM, **TROUBLES[trouble].values})
    finding = found(trouble, seen)
    workflow = FIXES[finding.fix or ""].propose(finding, seen)
    assert workflow.finding == finding.id
    for step in workflow.steps:
        operation = OPERATIONS[step.command]
        assert step.input["machine"] == MACHINE.id
        assert operation.build(decode(operation.input, step.input), seen).verify


@pytest.mark.parametrize("trouble", [trouble for trouble in TROUBLES if trouble != "outdated_kernels"])
def test_what_is_over_is_left_alone(trouble: str) -> None:
    finding = found(trouble, TROUBLES[trouble])
    healed = {
        **SEEN,
        "updates": replace(UPDATES, updates={}),
        "package_states": replace(STATES, is_interrupted=False),
        "clock": replace(CLOCK, is_enabled=True),
        "timers": recorded(timers="ubuntu_24_04_overdue").values["timers"],
        "stale_programs": recorded(stale_programs="debian_12_container").values["stale_programs"],
        "units": ON,
    }
    with pytest.raises(InvalidInput):
        FIXES[finding.fix or ""].propose(finding, snapshot(**healed))


def test_outdated_services_are_restarted_one_after_the_other() -> None:
    seen = TROUBLES["outdated_services"]
    finding = CHECKS["outdated_services"].run(seen)[0]
    steps = FIXES["restart_outdated_services"].propose(finding, seen).steps
    assert [step.input["unit"] for step in steps] == ["nginx.service", "postgresql@15-main.service"]
    assert [step.needs for step in steps] == [(), (steps[0].id,)]
