"""How steps become a drawing."""

from __future__ import annotations

from steward.surfaces.web.step_graph import drawn_steps
from steward.surfaces.web.texts import Texts


def step(name: str, *needs: str, **more: str) -> dict[str, object]:
    return {"id": name, "kind": "command", "says": name, "needs": list(needs), **more}


def test_no_arrow_is_drawn_that_others_say_already():
    steps = [step("a"), step("b", "a"), step("c", "a", "b"), step("d", "a", "c", "gone")]
    drawn = drawn_steps(steps, Texts())
    assert [(edge["of"], edge["on"]) for edge in drawn["edges"]] == [("a", "b"), ("b", "c"), ("c", "d")]


def test_a_step_of_a_lane_names_its_machine_and_not_itself_twice():
    drawn = drawn_steps([step("restart.nas", machine="nas", lane="restart.nas", state="done")], Texts())
    assert drawn["nodes"][0]["kind_says"] == "nas"
