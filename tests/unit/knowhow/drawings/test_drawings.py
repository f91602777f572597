"""Whatever a machine calls its things, the text of a drawing has one node for each and nothing else in it."""

import re
import shutil
import subprocess
from collections.abc import Callable

import pytest

from steward.knowhow.drawings import d2, dot, mermaid
from steward.model.graph import Edge, Graph, Thing, ThingKind, Tie

EVIL = (
    "plain",
    'quote" -> n1; evil [label="x',
    "single ' quote }",
    "back\\slash\\",
    "line \\n \\N \\G",
    "<b>html</b> &amp; #35; ;",
    "`markdown` **bold**",
    "${variable} $(command)",
    "]] end -->|x| n9",
    "%% comment",
    "|pipe|",
    "ünïcödé 日本",
    "n2 -> n3",
    "",
)
GRAPH = Graph(
    things=(
        Thing(id="machine:nas", kind=ThingKind.MACHINE, name="nas", machine="nas"),
        *(
            Thing(id=f"service:nas/{number}", kind=kind, name=name, machine="nas" if number % 3 else "", state="down")
            for number, (name, kind) in enumerate(zip(EVIL, [*ThingKind, *ThingKind], strict=False))
        ),
    ),
    edges=tuple(
        edge
        for number in range(len(EVIL))
        for edge in (
            Edge(of=f"service:nas/{number}", on="machine:nas", tie=Tie.RUNS_ON, source=""),
            Edge(of=f"service:nas/{number}", on="service:nas/0", tie=Tie.NEEDS, source=""),
        )
        if edge.of != edge.on
    ),
)
QUOTED = {"dot": r'"(?:[^"\\]|\\.)*"', "mermaid": r'"[^"\n]*"', "d2": r"'(?:[^']|'')*'"}
NODE = {
    "dot": re.compile(rf"(n\d+) \[label=({QUOTED['dot']}), shape=\w+\];"),
    "mermaid": re.compile(rf"(n\d+)(?:\[|\[\(|\(\[|\{{\{{)({QUOTED['mermaid']})(?:\]|\)\]|\]\)|\}}\}})"),
    "d2": re.compile(rf"(n\d+): ({QUOTED['d2']}) \{{shape: \w+\}}"),
}
EDGE = {
    "dot": re.compile(rf"n\d+ -> n\d+ \[label={QUOTED['dot']}\];"),
    "mermaid": re.compile(rf"n\d+ -->\|{QUOTED['mermaid']}\| n\d+"),
    "d2": re.compile(rf"(?:g\d+\.)?n\d+ -> (?:g\d+\.)?n\d+: {QUOTED['d2']}"),
}
OTHER = {
    "dot": re.compile(rf'digraph "lab" {{|rankdir=LR;|subgraph "cluster_g\d+" {{|label={QUOTED["dot"]};|}}'),
    "mermaid": re.compile(rf"flowchart LR|subgraph g\d+\[{QUOTED['mermaid']}\]|end"),
    "d2": re.compile(rf"direction: right|g\d+: {QUOTED['d2']} {{|}}"),
}
DRAW: dict[str, Callable[[Graph], str]] = {"dot": dot.draw, "mermaid": mermaid.draw, "d2": d2.draw}


def unquoted(how: str, text: str) -> str:
    """Read a quoted label back as the program does."""
    inner = text[1:-1]
    if how == "dot":
        return re.sub(r"\\(.)", r"\1", inner)
    if how == "d2":
        return inner.replace("''", "'")
    return re.sub(r"#(\d+);", lambda match: chr(int(match[1])), inner)


@pytest.mark.parametrize("how", DRAW)
def test_every_line_is_a_node_an_edge_or_a_group_and_every_name_reads_back(how: str) -> None:
    nodes: dict[str, str] = {}
    edges = 0
    for line in (line.strip() for line in DRAW[how](GRAPH).splitlines()):
        if match := NODE[how].fullmatch(line):
            nodes[match[1]] = unquoted(how, match[2])
        elif EDGE[how].fullmatch(line):
            edges += 1
        else:
            assert OTHER[how].fullmatch(line), line
    assert nodes == {"n1": "nas"} | {f"n{number}": f"{name} (down)" for number, name in enumerate(EVIL, 2)}
    outside_the_box = len(range(0, len(EVIL), 3))
    assert edges == len(EVIL) - 1 + outside_the_box


@pytest.mark.parametrize("how", DRAW)
def test_an_empty_graph_is_a_drawing_too(how: str) -> None:
    assert DRAW[how](Graph())


def test_a_very_long_name_is_cut() -> None:
    graph = Graph(things=(Thing(id="a", kind=ThingKind.SERVICE, name="x" * 500),))
    assert all(len(line) < 120 for draw in DRAW.values() for line in draw(graph).splitlines())


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_draws_it() -> None:
    drawn = subprocess.run(["dot", "-Tsvg"], input=DRAW["dot"](GRAPH), capture_output=True, text=True, check=True)
    assert drawn.stdout.count('class="node"') == len(GRAPH.things)
    assert drawn.stderr == ""
