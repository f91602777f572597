"""Graphs of kro: inputs, order and conditions come over; objects of Kubernetes are told, and stand as questions."""

from __future__ import annotations

import pytest

from steward.core.workflow_files import read_workflow
from steward.model.workflow import InputKind
from tests.unit.core.foreign.texts import GRAPH, became, imported, whys


def test_a_graph_becomes_a_workflow_that_steward_reads():
    found = imported(g__yaml=GRAPH)
    assert [file.path for file in found.files] == ["workflows/photo-site.yaml"]
    workflow = read_workflow(found.files[0].text, file="photo-site.yaml")
    assert [step.id for step in workflow.steps] == ["settings", "volumes", "deployment", "service", "ingress"]
    assert found.mistakes == ()


def test_order_is_found_in_the_expressions():
    found = imported(g__yaml=GRAPH)
    workflow = read_workflow(found.files[0].text, file="photo-site.yaml")
    assert {step.id: step.needs for step in workflow.steps} == {
        "settings": (),
        "volumes": (),
        "deployment": ("settings",),
        "service": ("deployment",),
        "ingress": ("service",),
    }
    edges = {(edge.before, edge.after) for edge in found.drawings[0].edges}
    assert edges == {("settings", "deployment"), ("deployment", "service"), ("service", "ingress")}


def test_the_schema_becomes_inputs_with_types_defaults_and_choices():
    workflow = read_workflow(imported(g__yaml=GRAPH).files[0].text, file="photo-site.yaml")
    inputs = {each.name: each for each in workflow.inputs}
    assert {name: each.kind for name, each in inputs.items()} == {
        "name": InputKind.TEXT,
        "replicas": InputKind.INTEGER,
        "tier": InputKind.TEXT,
        "ingress_enabled": InputKind.BOOLEAN,
        "ingress_host_name": InputKind.TEXT,
        "zones": InputKind.LIST,
    }
    assert (inputs["name"].says, inputs["name"].default) == ("Name of the site", None)
    assert inputs["replicas"].default == 2
    assert inputs["tier"].choices == ("small", "large")
    told = whys(imported(g__yaml=GRAPH))
    assert "no type of an input" in told["input limits"]
    assert told["marker minimum of input replicas"] == "inputs have no such rule"


def test_a_condition_over_the_schema_is_ours_and_one_over_a_resource_is_told():
    workflow = read_workflow(imported(g__yaml=GRAPH).files[0].text, file="photo-site.yaml")
    assert workflow.steps[-1].when == "(inputs.ingress_enabled) && (inputs.tier == 'large')"
    later = GRAPH.replace("${schema.spec.tier == 'large'}", "${service.spec.type == 'x'}")
    found = imported(g__yaml=later)
    assert not read_workflow(found.files[0].text, file="photo-site.yaml").steps[-1].when
    assert "more than the inputs" in whys(found)["includeWhen of ingress"]


def test_every_object_is_told_with_its_line_and_so_is_what_kro_would_wait_for():
    found = imported(g__yaml=GRAPH)
    told = {(each.line, each.what) for each in found.unmapped}
    assert {(21, "resource settings"), (23, "resource deployment"), (35, "resource volumes")} <= told
    assert {(24, "readyWhen of deployment"), (36, "forEach of volumes"), (19, "status address")} <= told
    assert "objects of Kubernetes are not run here" in whys(found)["resource deployment"]
    assert "not looked up here" in whys(found)["resource settings"]


def test_expressions_of_a_graph_are_shown_and_never_put_in_their_place():
    text = imported(g__yaml=GRAPH).files[0].text
    assert "Make Deployment ${'$'}{schema.spec.name}" in text


@pytest.mark.parametrize(
    ("old", "new", "what", "step"),
    [
        ("- id: service", "- id: my-service", "`my-service` is no id", "write it as `myService`"),
        ("- id: service", "- id: schema", "kro keeps the word `schema` for itself", "take another id"),
        ("- id: service", "- id: settings", "the id `settings` is there twice", "give each resource its own"),
        ("${settings.data", "${setings.data", "`setings` is no resource of the graph", "did you mean `settings`?"),
        ("${schema.spec.name}", "${schema.spec.nam}", "the schema has no `nam`", "did you mean `schema.spec.name`?"),
        ("${schema.spec.replicas}", "${schema.spec.replicas +}", "this is no CEL", ""),
        ("${schema.spec.replicas}", "${schema.spec.replicas", "an expression `${` does not end", "close it with `}`"),
        ("readyWhen: [", "readyWhen: [yes, ", "`readyWhen` of `deployment` must be one expression", ""),
        ("${deployment.status.av", "${service.status.av", "`readyWhen` of `deployment` names `service`", ""),
        ("readyWhen:", "readWhen:", "`readWhen` is no field of a resource", "did you mean `readyWhen`?"),
        ("readyWhen:", "dependsOn:", "`dependsOn` is no field of a resource", "leave it out"),
        ("kind: PhotoSite", "kind: photoSite", "`schema.kind` must be like `WebService`", ""),
        ("kind: Service,", "", "`template` of `service` has no kind", "write `kind: ...`"),
        ("  name: photo-site", "  nam: x", "the graph has no name", ""),
    ],
)
def test_what_kro_would_refuse_is_told_with_its_line(old, new, what, step):
    found = imported(g__yaml=GRAPH.replace(old, new, 1))
    told = [each for each in found.mistakes if what in each.what]
    assert told, found.mistakes
    assert step in told[0].next_step
    line = GRAPH[: GRAPH.index(old)].count("\n") + 1
    assert told[0].line in {line, line - 1, line + 1, 1}


def test_a_circle_is_told_and_the_workflow_still_has_every_step():
    found = imported(g__yaml=GRAPH.replace("name: shared", 'name: "${service.metadata.name}"'))
    assert any("these need each other" in each.what for each in found.mistakes)
    assert len(read_workflow(found.files[0].text, file="photo-site.yaml").steps) == 5


def test_a_name_that_an_expression_makes_itself_is_no_resource():
    text = GRAPH.replace("${schema.spec.replicas}", "${schema.spec.zones.filter(z, z != 'a').map(v, v + 'x').size()}")
    assert imported(g__yaml=text).mistakes == ()


def test_functions_of_kro_are_not_taken_for_resources():
    for text in (
        "${lists.range(size(schema.spec.zones))}",
        "${json.unmarshal(settings.data.x)}",
        "${settings.?data.?x}",
    ):
        assert imported(g__yaml=GRAPH.replace("${schema.spec.replicas}", text)).mistakes == (), text


def test_another_version_is_told_whole():
    found = imported(g__yaml=GRAPH.replace("kro.run/v1alpha1", "kro.run/v2"))
    assert found.files == ()
    assert [each.what for each in found.unmapped] == [
        "resource settings",
        "resource deployment",
        "resource service",
        "resource ingress",
        "resource volumes",
    ]
    assert "`kro.run/v2` is not read" in found.mistakes[0].what


def test_inputs_of_the_same_name_stay_apart():
    text = GRAPH.replace("      limits: map[string]string", "      ingressEnabled: string")
    assert became(imported(g__yaml=text))["input ingressEnabled"] == "inputs.ingress_enabled_2"


def test_a_condition_that_is_no_list_is_told_and_still_kept():
    text = GRAPH.replace(
        '["${deployment.status.availableReplicas >= 1}"]', '"${deployment.status.availableReplicas >= 1}"'
    )
    text = text.replace(
        """["${schema.spec.ingress.enabled}", "${schema.spec.tier == 'large'}"]""", '"${schema.spec.ingress.enabled}"'
    )
    found = imported(g__yaml=text)
    steps = {step.id: step for step in read_workflow(found.files[0].text, file="g.yaml").steps}
    assert steps["ingress"].when == "inputs.ingress_enabled"
    assert "it is ready when" in steps["deployment"].inquiry.text
    assert [each.what for each in found.mistakes] == [
        "`readyWhen` of `deployment` must be a list",
        "`includeWhen` of `ingress` must be a list",
    ]
