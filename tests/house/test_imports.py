"""Who may know whom: the contracts of pyproject.toml are run here, and what needs a graph is asked of one."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

DECISIONS = ("steward.model.policy", "steward.model.approval", "steward.core.policy", "steward.core.approvals")
"""What says whether something may be done."""
NETWORK = ("asyncssh", "ftplib", "http", "httpx", "requests", "smtplib", "socket", "ssl", "urllib3", "websockets")
LANGUAGE_MODELS = ("anthropic", "litellm", "llama_cpp", "mistralai", "ollama", "openai", "pydantic_ai", "transformers")
ROOMS_OUT_OF_REACH = ("steward.adapters", "steward.brain", "steward.engines", "steward.reactor", "steward.surfaces")


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("steward", include_external_packages=True)


def test_the_contracts_hold():
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("decision", DECISIONS)
def test_nothing_leads_from_a_decision_to_the_network_a_model_or_an_adapter(graph, decision):
    reached = graph.find_upstream_modules(decision)
    roots = {name.partition(".")[0] for name in reached}
    assert roots.isdisjoint(NETWORK), sorted(roots.intersection(NETWORK))
    assert roots.isdisjoint(LANGUAGE_MODELS), sorted(roots.intersection(LANGUAGE_MODELS))
    assert [name for name in reached if name.startswith(ROOMS_OUT_OF_REACH)] == []


@pytest.mark.parametrize("decision", DECISIONS)
def test_decisions_only_quote_addresses_never_open_them(graph, decision):
    """The graph knows `urllib` as one thing; of it `urllib.parse` is allowed, which opens nothing."""
    opened = {
        name: imported
        for name in {decision, *graph.find_upstream_modules(decision)}
        if name.startswith("steward.")
        for imported in _imports_of(name)
        if imported.startswith("urllib") and imported != "urllib.parse"
    }
    assert opened == {}


def test_the_graph_does_see_a_path_where_there_is_one(graph):
    """Without this, an empty graph would pass the tests above."""
    assert graph.find_shortest_chain("steward.app.wiring", "asyncssh")
    assert graph.find_upstream_modules("steward.core.policy") >= {"steward.model.policy", "pydantic"}


def _imports_of(name: str) -> set[str]:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    found: set[str] = set()
    for node in ast.walk(ast.parse(Path(spec.origin).read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(f"{node.module}.{node.names[0].name}" if node.module == "urllib" else node.module or "")
    return found
