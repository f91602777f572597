"""Autonomy, values, audit, doctor and about in the browser."""

from __future__ import annotations

import json
from typing import Any

import pytest

from steward.app.start import LOCAL_NAME
from tests.flows.house import House
from tests.web.place import EVIL, PASSWORD, Place

AUTONOMY, AUDIT = "/settings/autonomy", "/settings/audit"
GIVEN: dict[str, Any] = {"command": "file.make", "machine": [LOCAL_NAME], "where": ["name=one"]}


async def cell(house: House, command: str = "file.make") -> tuple[str, str]:
    """What the matrix says of a command on the only machine."""
    rows = (await house.do("policy.matrix")).result["rows"]
    found = next(row for row in rows if row["command"] == command)["cells"][0]
    return found["says"], found["by"]


async def test_settings_lead_to_autonomy(place: Place):
    assert (await place.get("/settings")).place == AUTONOMY


async def test_the_matrix_follows_autonomy_grants_and_rules(house: House, place: Place):
    await house.do("machines.promote", machine=LOCAL_NAME, to="watch")
    assert await cell(house) == ("never", "watch")
    await house.do("machines.promote", machine=LOCAL_NAME, to="ask")
    assert (await cell(house))[0] == "ask"
    grant = (await house.do("grants.add", **GIVEN)).result["grant"]["id"]
    assert (await cell(house))[0] == "ask"
    await house.do("machines.promote", machine=LOCAL_NAME, to="granted")
    assert await cell(house) == ("granted", grant)
    page = (await place.get(AUTONOMY)).text
    assert f'href="/settings/grants/{grant}"' in page
    assert "Allowed" in page
    await house.do("grants.revoke", grant=grant)
    hours = (await house.do("grants.add", **GIVEN, hours="22:00-07:00")).result["grant"]["id"]
    assert await cell(house) == ("hours", hours)


async def test_a_shell_is_never_shown_as_granted(house: House):
    await house.do("machines.promote", machine=LOCAL_NAME, to="granted")
    assert (await cell(house, "shell.run"))[0] == "ask"


async def test_the_matrix_is_filtered_in_the_address_and_an_unknown_machine_is_said_so(house: House, place: Place):
    page = (await place.get(f"{AUTONOMY}?kind=file&machine={LOCAL_NAME}")).text
    assert f"steward policy matrix --machine {LOCAL_NAME} --kind file" in page
    assert "shell.run" not in page
    unknown = await place.get(f"{AUTONOMY}?machine=nobody")
    assert (unknown.status, 'role="alert"' in unknown.text) == (404, True)


async def test_an_action_is_tried_out_and_nothing_is_proposed(house: House, place: Place):
    page = (await place.get(f"{AUTONOMY}?command=file.make&on={LOCAL_NAME}&input=name%3Done")).text
    assert "Asked first" in page
    assert "no grant covers it" in page
    assert "steward policy explain file.make --given" in page
    assert (await house.do("status")).result["waiting"] == []
    missing = await place.get(f"{AUTONOMY}?command=file.make&on={LOCAL_NAME}")
    assert (missing.status, 'role="alert"' in missing.text) == (422, True)
    own = (await place.get(f"{AUTONOMY}?command=resume")).text
    assert "may do this" in own or "proved who they are" in own


async def test_a_machine_is_raised_with_the_password_only(house: House, place: Place):
    await house.do("machines.promote", machine=LOCAL_NAME, to="watch")
    refused = await place.post(f"{AUTONOMY}/promote", machine=LOCAL_NAME, to="ask")
    assert (refused.status, 'role="alert"' in refused.text) == (403, True)
    assert (await cell(house))[0] == "never"
    done = await place.post(f"{AUTONOMY}/promote", machine=LOCAL_NAME, to="ask", password=PASSWORD)
    assert (done.status, done.place) == (303, AUTONOMY)
    assert (await cell(house))[0] == "ask"


async def test_values_tell_where_each_comes_from(place: Place):
    page = (await place.get("/settings/values")).text
    assert "STEWARD_SCAN_SECONDS" in page
    assert "Default" in page


async def test_the_audit_is_listed_filtered_paged_and_opened_at_a_row(house: House, place: Place):
    await house.do("grants.add", **GIVEN)
    rows = (await house.do("audit.ls", limit=500)).result["rows"]
    grant = next(row for row in rows if row["kind"] == "grant.added")
    page = (await place.get(f"{AUDIT}?kind=grant.added")).text
    assert page.count("<tr") == 2
    assert f"row={grant['seq']}" in page
    opened = (await place.get(f"{AUDIT}?row={grant['seq']}")).text
    shown = (await house.do("audit.show", row=grant["seq"])).result
    assert shown["hash"] in opened
    assert shown["previous"] in opened
    assert f'class="chosen"><td><a href="{AUDIT}?row={grant["seq"]}' in opened
    assert f"row={grant['seq'] + 1}" not in opened
    older = json.loads((await place.get(f"{AUDIT}?before=2", Accept="application/json")).text)
    assert [row["seq"] for row in older["rows"]] == [1]
    assert (await place.get(f"{AUDIT}?row=999999")).status == 404
    assert (await place.get(f"{AUDIT}?since=soon")).status == 422
    assert (await place.get(f"{AUDIT}?row=x&before=%F0")).status == 200


async def test_pages_of_the_audit_meet_without_a_gap(house: House):
    await house.do("grants.add", **GIVEN)
    every = [row["seq"] for row in (await house.do("audit.ls", limit=500)).result["rows"]]
    seen: list[int] = []
    before = 0
    while True:
        page = (await house.do("audit.ls", limit=2, before=before)).result
        seen += [row["seq"] for row in page["rows"]]
        before = page["next"]
        if not before:
            break
    assert seen[: len(every)] == every
    assert seen == list(range(seen[0], 0, -1))


async def test_the_chain_is_checked_and_given_away_whole(house: House, place: Place):
    await house.do("grants.add", **GIVEN)
    assert "The chain is whole" in (await place.get(f"{AUDIT}?check=1")).text
    reply = await place.get(f"{AUDIT}/export")
    assert reply.headers["content-disposition"].startswith("attachment")
    lines = [json.loads(line) for line in reply.text.splitlines()]
    rows = [line["row"]["seq"] for line in lines if "row" in line]
    assert rows == list(range(1, len(rows) + 1))
    assert any(line.get("row", {}).get("kind") == "grant.added" for line in lines)


async def test_hostile_words_in_a_row_stay_words(house: House, place: Place):
    terms = {**GIVEN, "where": [f"name={EVIL}"]}
    await house.do("grants.add", **terms)
    seq = next(row for row in (await house.do("audit.ls")).result["rows"] if row["kind"] == "grant.added")["seq"]
    page = (await place.get(f"{AUDIT}?row={seq}")).text
    assert "onload=alert(1)" in page
    assert "<b id" not in page
    assert "<svg onload" not in page
    assert "from outside" in page


async def test_the_doctor_shows_every_check_with_what_mends_it(house: House, place: Place):
    page = (await place.get("/settings/doctor")).text
    checks = (await house.do("settings.check")).result["checks"]
    assert {"store", "audit", "keys", "workspace", "owner"} <= {check["id"] for check in checks}
    assert all(f"<strong>{check['id']}</strong>" in page for check in checks)
    assert [check["severity"] for check in checks if check["id"] in {"store", "audit", "owner"}] == ["ok"] * 3


async def test_about_names_the_version_and_every_license(place: Place):
    page = (await place.get("/settings/about")).text
    assert "0.1.0" in page
    assert "htmx.LICENSE.txt" in page
    assert "Apache-2.0" in page
    twin = json.loads((await place.get("/settings/about", Accept="application/json")).text)
    assert all(each["license"] for each in (*twin["libraries"], *twin["vendored"]))


@pytest.mark.parametrize("path", [AUTONOMY, AUDIT, "/settings/values", "/settings/doctor", "/knowledge"])
async def test_every_one_of_these_pages_has_a_twin_for_programs(place: Place, path: str):
    reply = await place.get(path, Accept="application/json")
    assert reply.status == 200
    assert isinstance(json.loads(reply.text), dict)
