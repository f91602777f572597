"""The words of the pages stand in one place, all of them and no others."""

from __future__ import annotations

import json
import re

import pytest

from steward.lib.tones import ICONS
from steward.model.access import TOKEN_RIGHTS, Role
from steward.model.approval import ApprovalState
from steward.model.brake import Brake
from steward.model.command import Outcome
from steward.model.finding import Severity
from steward.model.grant import Origin
from steward.model.machine import Autonomy
from steward.model.principal import PrincipalKind
from steward.model.risk import Risk
from steward.model.run import RunState
from steward.surfaces.web.render import FOLDER
from steward.surfaces.web.texts import FOLDER as TEXTS
from steward.surfaces.web.texts import Texts
from steward.surfaces.web.words import tone_of

ENGLISH = json.loads((TEXTS / "en.json").read_text("utf-8"))
SOURCES = "".join(path.read_text("utf-8") for path in [*FOLDER.glob("*.html"), *FOLDER.parent.glob("*.py")])
NAMED = set(re.findall(r"""\b(?:t|_?texts)\(\s*["']([a-z_.]+)["']\s*[,)]""", SOURCES))
COMPOSED = {
    *(f"state.run.{state.value}" for state in RunState),
    *(f"state.approval.{state.value}" for state in ApprovalState),
    *(f"state.risk.{risk.value}" for risk in Risk),
    *(f"state.outcome.{outcome.value}" for outcome in Outcome),
    *(f"status.{word}" for word in ICONS),
    *(f"autonomy.{autonomy.value}" for autonomy in Autonomy),
    *(f"principal.{kind.value}" for kind in PrincipalKind),
    *(f"right.{right.value}" for right in TOKEN_RIGHTS),
    *(f"role.{role.value}" for role in Role),
    *(f"brake.{b.value}{end}" for b in Brake if b is not Brake.NONE for end in ("", ".do", ".on", ".says")),
    *(f"answer.{word}" for word in ("yes", "no", "unknown")),
    *(f"theme.{word}" for word in ("auto", "light", "dark")),
    *(f"approval.decided.{word}" for word in ("yes", "no")),
    *(f"grants.origin.{origin.value}" for origin in Origin),
    *(f"state.grant.{state}" for state in ("active", "probation", "suspended", "expired", "revoked")),
}


def test_every_text_a_page_asks_for_is_there():
    assert NAMED
    assert sorted((NAMED | COMPOSED) - set(ENGLISH)) == []


def test_no_text_is_kept_that_no_page_asks_for():
    assert sorted(set(ENGLISH) - NAMED - COMPOSED) == []


def test_texts_stand_in_order():
    assert list(ENGLISH) == sorted(ENGLISH)


def test_a_text_that_is_missing_is_our_mistake():
    with pytest.raises(KeyError):
        Texts()("no.such.text")


@pytest.mark.parametrize("severity", Severity)
def test_every_severity_is_one_of_the_six_status_words(severity):
    assert severity.value in ICONS


@pytest.mark.parametrize("state", RunState)
def test_only_a_proven_run_is_ever_green(state):
    assert (tone_of("run", state.value) == "ok") == (state is RunState.VERIFIED)


def test_a_word_nobody_knows_is_never_good():
    assert {tone_of(kind, "surprise") for kind in ("run", "approval", "risk", "outcome", "grant")} == {"unknown"}
