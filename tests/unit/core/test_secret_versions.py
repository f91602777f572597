"""Secrets of a plan are bound to the value they have when it is made."""

from dataclasses import replace

from steward.core.compile import compile_steps
from steward.core.secret_versions import with_versions
from steward.knowhow.operations.http_request import PLUGIN
from steward.model.ids import PlanId
from steward.model.wanted import Wanted
from steward.model.workflow import Workflow, WorkflowStep
from tests.unit.knowhow.snapshots import snapshot
from tests.unit.knowhow.uses_system import SYSTEM


def test_the_version_of_a_secret_is_part_of_the_plan() -> None:
    seen = replace(snapshot(os=SYSTEM), wanted=Wanted(http_targets={"nas": "10.0.0.9"}))
    given = {"machine": seen.machine.id, "method": "GET", "url": "http://nas/", "headers": "X-Key: secret://token"}
    step = WorkflowStep(id="ask", command="http.request", input=given)
    workflow = Workflow(name="ask", steps=(step,))
    steps = compile_steps(workflow, {seen.machine.id: seen}, {"http.request": PLUGIN}, PlanId("plan-1"))
    (bound,) = with_versions(steps, lambda name: f"version of {name}")
    (value,) = bound.action.environment
    assert value.secret is not None
    assert (value.secret.name, value.secret.version) == ("token", "version of token")
    assert with_versions((replace(steps[0], action=replace(steps[0].action, environment=())),), str)[
        0
    ].action == replace(steps[0].action, environment=())
