"""Foreign workflows come in: anybody may look, only the owner writes, and nothing that is there is touched."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from steward.model.errors import InvalidInput, NeedsProof, NotAllowed, NotFound
from steward.model.principal import PrincipalKind
from steward.model.risk import Strength
from steward.model.secret import Secret
from tests.flows.house import OWNER, SOMEBODY, House, as_kind
from tests.unit.core.foreign.texts import EVERYTHING, GRAPH, NIGHTLY


async def take_in(house: House, actor: Any = OWNER, **given: Any) -> dict[str, Any]:
    return (await house.do("workflow.import", actor, **{"what": "x", "files": EVERYTHING, **given})).result


async def test_looking_writes_nothing_and_needs_no_proof(house: House) -> None:
    result = await take_in(house, SOMEBODY)
    assert "3 workflows" in result["sentence"]
    assert result["commit"] == ""
    assert result["unmapped"]
    assert not any(file["is_written"] for file in result["files"])
    assert not (house.settings.workspace / "workflows").exists()


async def test_writing_is_one_commit_and_what_is_there_stays(house: House) -> None:
    (house.settings.workspace / "workflows").mkdir()
    mine = house.settings.workspace / "workflows" / "nightly.yaml"
    mine.write_text("mine\n")
    result = await take_in(house, write=True)
    assert result["commit"]
    notes = {file["path"]: file["note"] for file in result["files"]}
    assert notes["workflows/nightly.yaml"] == "another file is there; it stays"
    assert mine.read_text() == "mine\n"
    graph = house.settings.workspace / "workflows" / "photo-site.yaml"
    assert graph.read_text() == next(file["text"] for file in result["files"] if "photo-site" in file["path"])
    again = await take_in(house, write=True)
    assert again["commit"] == ""
    assert {file["note"] for file in again["files"]} == {"it is there already", "another file is there; it stays"}


async def test_writing_is_noted_in_the_audit(house: House) -> None:
    await take_in(house, files={"g.yaml": GRAPH}, write=True)
    rows = (await house.do("audit.ls", OWNER)).result["rows"]
    assert {row["kind"] for row in rows} >= {"workflow.import.intended", "workflow.import.done"}


async def test_writing_needs_the_owner(house: House) -> None:
    with pytest.raises(NeedsProof):
        await take_in(house, SOMEBODY, write=True)
    for kind in (PrincipalKind.AGENT, PrincipalKind.TOKEN):
        with pytest.raises((NeedsProof, NotAllowed)):
            await take_in(house, replace(as_kind(kind, Strength.NONE), rights=SOMEBODY.rights), write=True)
    assert not (house.settings.workspace / "workflows").exists()


async def test_a_known_secret_reaches_neither_the_answer_nor_the_file(house: House) -> None:
    value = "kestrel-harbor-91-quartz"
    house.steward.secrets.put("shop", Secret(value))
    result = await take_in(house, files={"n.yaml": NIGHTLY.replace("pg_dump shop", f"pg_dump {value}")}, write=True)
    assert value not in str(result)
    assert value not in (house.settings.workspace / "workflows" / "nightly.yaml").read_text()


async def test_nothing_to_read_and_an_unknown_machine_say_what_to_type(house: House) -> None:
    with pytest.raises(InvalidInput, match="nothing to import"):
        await take_in(house, files={})
    with pytest.raises(NotFound):
        await take_in(house, machine="nowhere")


async def test_a_text_of_no_known_form_leaves_with_10(house: House) -> None:
    answer = await house.do("workflow.import", SOMEBODY, what="x", files={"x.yaml": "services: {}\n"})
    assert answer.exit_code == 10
