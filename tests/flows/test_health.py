"""Health, version and metrics over real HTTP."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from steward.core.readiness import LOOK
from steward.model.access import Right
from tests.flows.house import House
from tests.flows.served import Api, served


@pytest.fixture
async def api(house: House) -> AsyncIterator[Api]:
    async with served(house) as found:
        yield found


async def test_anybody_may_ask_whether_it_lives_and_is_told_nothing_of_the_lab(api, house):
    house.steward.pulse.beat(LOOK, began=house.steward.pulse.time())
    for path in ("/healthz", "/readyz", "/version"):
        reply = await api.send("GET", path)
        assert (reply.status, reply.headers["cache-control"]) == (200, "no-store")
        assert b"this-machine" not in reply.body
    assert (await api.send("HEAD", "/healthz")).status == 200
    assert (await api.send("POST", "/healthz")).status == 405


async def test_it_is_not_ready_before_it_has_looked(api):
    reply = await api.send("GET", "/readyz")
    assert (reply.status, reply.json["is_ready"]) == (503, False)
    assert [name for name, part in reply.json["parts"].items() if not part["is_ready"]] == ["scanner"]


async def test_figures_need_a_token_that_looks(api):
    assert (await api.send("GET", "/metrics")).status == 401
    assert (await api.send("GET", "/metrics", token=await api.token(Right.PROPOSE))).status == 403
    reply = await api.send("GET", "/metrics", token=await api.token(Right.READ))
    assert (reply.status, reply.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert re.search(rb'^steward_build_info\{version="[^"]+",python="3[^"]+"\} 1$', reply.body, re.MULTILINE)


async def test_figures_are_open_when_the_owner_says_so(house):
    steward = house.steward
    house._steward = replace(
        steward, settings=replace(steward.settings, http=replace(steward.settings.http, metrics_open=True))
    )
    async with served(house) as api:
        assert (await api.send("GET", "/metrics")).status == 200


async def test_prometheus_itself_finds_nothing_wrong_with_them(api, house):
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not here: Debian has it in the package `prometheus`")
    house.steward.pulse.beat(LOOK, began=house.steward.pulse.time())
    await api.send("POST", "/hooks/nothing", b"x")
    text = (await api.send("GET", "/metrics", token=await api.token(Right.READ))).body
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")


async def test_every_figure_has_help_a_type_and_a_name_with_its_unit(api):
    text = (await api.send("GET", "/metrics", token=await api.token(Right.READ))).body.decode()
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    assert set(kinds) == set(re.findall(r"^# HELP (\S+) \S", text, re.MULTILINE))
    assert {"steward_findings", "steward_runs", "steward_approvals_waiting", "steward_audit_rows_total"} <= set(kinds)
    assert [name for name, kind in kinds.items() if (kind == "counter") != name.endswith("_total")] == []
