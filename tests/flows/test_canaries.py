"""Two hundred secrets in every encoding, and some nobody told, go through everything Steward does: none is kept."""

from __future__ import annotations

import io
import json
import logging
import random
from pathlib import Path
from typing import Any

import pytest

from steward.app.logs import MaskingFormatter
from steward.app.start import LOCAL_NAME
from steward.lib.secret_forms import forms_of
from steward.model.command import Command
from steward.model.errors import StewardError
from steward.model.run import RunState
from tests.flows.house import OWNER, SOMEBODY, House

COUNT = 200
SIGNS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
UNTOLD = tuple(
    f"{name}{value}"
    for name, value in (
        ("DB_PASSWORD=", "Untold7-canary-1x"),
        ("Authorization: Bearer ", "Untold8canary2xQ9wLr7TyB2"),
        ("smtp://me:", "Untold9-canary-3x@mail.lan"),
    )
)
UNTOLD_VALUES = ("Untold7-canary-1x", "Untold8canary2xQ9wLr7TyB2", "Untold9-canary-3x")


@pytest.fixture(scope="module")
def canaries() -> tuple[str, ...]:
    dice = random.Random(20)
    return tuple("".join(dice.choices(SIGNS, k=14)) + f"'{number:03d} &" for number in range(COUNT))


@pytest.fixture
def needles(canaries: tuple[str, ...]) -> dict[str, str]:
    """Every form of every canary that is long enough to be no accident, and which canary it shows."""
    forms = {form: value for value in canaries for form in forms_of(value) if len(form) >= 12 and "\0" not in form}
    return forms | {value: value for value in UNTOLD_VALUES}


def found_in(text: str, needles: dict[str, str]) -> list[str]:
    return sorted({value for form, value in needles.items() if form in text})


def found_below(folder: Path, needles: dict[str, str]) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [
        f"{value} in {path.name}" for path in files for value in found_in(path.read_bytes().decode("latin-1"), needles)
    ]


async def test_no_canary_is_kept_shown_or_sent(
    house: House, canaries: tuple[str, ...], needles: dict[str, str], tmp_path: Path
) -> None:
    await house.close()
    house.environment |= {f"STEWARD_SECRET_CANARY_{number}": value for number, value in enumerate(canaries)}
    await house.open()
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    handler.setFormatter(MaskingFormatter(house.steward.redactor))
    logging.getLogger().addHandler(handler)
    source = tmp_path / "printed"
    source.write_bytes("\n".join([*(set(needles) - set(UNTOLD_VALUES)), *UNTOLD, ""]).encode("utf-8", "surrogatepass"))
    assert len(found_in(source.read_text(), needles)) == COUNT + len(UNTOLD), "what is searched for is there"
    said: list[dict[str, Any]] = []

    async def emit(line: dict[str, Any]) -> None:
        said.append(line)

    try:
        for ending in ("exit 0", "cat FILE | tail -n 5 >&2; exit 3"):
            script = f"cat {source}; {ending.replace('FILE', str(source))}"
            card = (
                await house.do(
                    "shell.run", SOMEBODY, machine=LOCAL_NAME, script=script, reason="print what must not be seen"
                )
            ).result
            await house.approve(card)
            receipt = await house.ended(str(card["run"]))
            assert receipt.run.state in {RunState.UNVERIFIED, RunState.FAILED}
            assert "secret:canary-" in receipt.steps[0].output
            await house.steward.dispatch(OWNER, Command(name="runs.logs", input={"run": card["run"]}), emit=emit)
            said.append((await house.do("runs.show", run=card["run"])).result)
        await house.steward.dispatch(OWNER, Command(name="audit.export", input={}), emit=emit)
        with pytest.raises(StewardError):  # what a person types wrongly is repeated in the answer and in the audit
            await house.do("machines.show", machine=canaries[0])
        logging.getLogger("steward").error("it said %s", canaries[1], exc_info=ValueError(canaries[2]))
        await house.daemon.document()
        await house.daemon.look()
    finally:
        logging.getLogger().removeHandler(handler)

    assert found_in(json.dumps(said), needles) == []
    assert "it said" in log.getvalue()
    assert found_in(log.getvalue(), needles) == []
    assert (house.settings.data / "snapshot.json").exists()
    assert any((house.settings.workspace / "changes").glob("*.md"))
    for folder in (house.settings.data, house.settings.workspace):
        assert found_below(folder, needles) == []
    await house.close()
    assert found_below(house.settings.data, needles) == []
