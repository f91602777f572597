"""The words of the pages stand in one place, all of them and no others."""

from __future__ import annotations

import json
import re

import pytest

from steward.engines.fleet.glance import Kind
from steward.engines.knowledge.reading import Shelf
from steward.engines.oversight.matrix import Says
from steward.engines.work.listing import GROUPS
from steward.engines.work.progress import NextStep
from steward.knowhow.joining import Platform
from steward.lib.tones import ICONS
from steward.model.access import TOKEN_RIGHTS, Role
from steward.model.approval import ApprovalState
from steward.model.brake import Brake
from steward.model.command import Outcome
from steward.model.difference import Author
from steward.model.finding import Severity
from steward.model.flow import OnFailure
from steward.model.grant import Origin
from steward.model.graph import ThingKind
from steward.model.hold import AnswerKind, HoldKind
from steward.model.machine import Autonomy
from steward.model.policy import Verdict
from steward.model.principal import PrincipalKind
from steward.model.resource import Owner
from steward.model.risk import Risk
from steward.model.run import RunState
from steward.model.step_state import StepState, UndoState
from steward.model.trigger import Missed, OccurrenceState, Overlap, TriggerKind
from steward.model.workflow import StepKind
from steward.surfaces.web.charts import CHARTS
from steward.surfaces.web.fleet import PLATFORMS
from steward.surfaces.web.problem import NAMED_ERRORS
from steward.surfaces.web.render import FOLDER
from steward.surfaces.web.rooms import ROOMS, SETTINGS
from steward.surfaces.web.schedules import STATES
from steward.surfaces.web.setup_machines import SOURCES as PLACES
from steward.surfaces.web.setup_steps import STEPS
from steward.surfaces.web.texts import FOLDER as TEXTS
from steward.surfaces.web.texts import LANGUAGES, Texts, preferred
from steward.surfaces.web.words import tone_of
from steward.surfaces.web.work import SPANS

PARTS = {path: json.loads(path.read_text("utf-8")) for path in sorted(TEXTS.glob("*/*.json"))}
WORDS = {
    code: {key: text for path, part in PARTS.items() if path.parent.name == code for key, text in part.items()}
    for code in LANGUAGES
}
ENGLISH = WORDS["en"]
SOURCES = "".join(path.read_text("utf-8") for path in [*FOLDER.rglob("*.html"), *FOLDER.parent.glob("*.py")])
NAMED = {
    key
    for keys in re.findall(
        r"""\b(?:t|_?texts)\(\s*["']([a-z_.]+)["']\s*[,)]|title_key="([a-z_.]+)"|"([a-z_]+\.title)\"""", SOURCES
    )
    for key in keys
    if key
}
COMPOSED = {
    *(f"state.run.{state.value}" for state in RunState),
    *(f"state.approval.{state.value}" for state in ApprovalState),
    *(f"state.risk.{risk.value}" for risk in Risk),
    *(f"state.outcome.{outcome.value}" for outcome in Outcome),
    *(f"error.{status}" for status in (*NAMED_ERRORS, "other")),
    *(f"status.{word}" for word in ICONS),
    *(f"nav.{room.name}" for room in (*ROOMS, *SETTINGS)),
    *(f"autonomy.{autonomy.value}" for autonomy in Autonomy),
    *(f"principal.{kind.value}" for kind in PrincipalKind),
    *(f"right.{right.value}" for right in TOKEN_RIGHTS),
    *(f"role.{role.value}" for role in Role),
    *(f"brake.{b.value}{end}" for b in Brake if b is not Brake.NONE for end in ("", ".do", ".on", ".says")),
    *(f"answer.{word}" for word in ("yes", "no", "unknown")),
    *(f"theme.{word}" for word in ("auto", "light", "dark")),
    *(f"approval.decided.{word}" for word in ("yes", "no")),
    *(f"setup.step.{step.name}" for step in STEPS),
    *(f"setup.sees.{kind.value}" for kind in Kind),
    *(f"setup.source.{source}" for source in PLACES),
    *(f"setup.platform.{platform.value}" for platform in Platform),
    *(f"grants.origin.{origin.value}" for origin in Origin),
    *(f"state.step.{state.value}" for state in StepState),
    *(f"state.undo.{state.value}" for state in UndoState),
    *(f"holds.kind.{kind.value}" for kind in StepKind),
    *(f"holds.{part}.{kind.value}" for kind in HoldKind for part in ("waits", "title")),
    *(f"holds.act.{kind.value}" for kind in (HoldKind.ASK, HoldKind.PHYSICAL)),
    *(f"holds.seen.{word}" for word in ("yes", "no", "unknown")),
    *(f"course.type.{kind.value}" for kind in AnswerKind),
    *(f"course.fails.{kind.value}" for kind in OnFailure),
    *(f"workflow.verdict.{verdict.value}" for verdict in Verdict),
    *(f"workflow.{place}" for place in ("own", "shipped")),
    *(f"nav.{room}" for room in ("runs", "schedules", "workflows")),
    *(f"work.next.{step.value}" for step in NextStep if step is not NextStep.NOTHING),
    *(f"work.state.{group}" for group in GROUPS),
    *(f"work.since.{span}" for span in SPANS),
    *(f"knowledge.shelf.{shelf.value}" for shelf in Shelf),
    *(f"autonomy.says.{word.value}" for word in Says),
    *(f"autonomy.verdict.{verdict.value}" for verdict in Verdict),
    *(f"autonomy.level.{autonomy.value}" for autonomy in Autonomy),
    *(f"audit.{name}" for name in ("kind", "actor", "since")),
    *(f"thing.{kind.value}" for kind in ThingKind),
    *(f"owner.{owner.value}" for owner in Owner),
    *(f"service.{state}" for state in ("up", "down", "declared")),
    *(f"chart.{chart.name}" for chart in CHARTS),
    *(f"fleet.join.{platform}" for platform in PLATFORMS),
    *(f"machine.span.{span}" for span in ("day", "week", "month")),
    *(f"now.by.{author.value}" for author in Author),
    *(f"now.service.{state}" for state in ("up", "down", "unknown")),
    *(f"status.care.{care}" for care in ("nothing", "repairing", "waiting", "known")),
    *(f"status.word.{state}" for state in ("ok", "watch", "warning", "down", "unknown")),
    *(f"state.occurrence.{state.value}" for state in OccurrenceState),
    *(f"state.trigger.{state.replace(' ', '_')}" for state in STATES if state != "late"),
    *(f"schedules.kind.{kind.value}" for kind in TriggerKind),
    *(f"schedules.missed.{missed.value}" for missed in Missed),
    *(f"schedules.overlap.{overlap.value}" for overlap in Overlap),
    *(f"schedules.day.{day}" for day in range(1, 8)),
    *(f"schedules.quiet.{verdict.value}" for verdict in (Verdict.ASK, Verdict.DENY)),
    *(f"waits.{what}" for what in ("person", "hands", "time", "condition", "event")),
    *(f"nav.{tab}" for tab in ("runs", "schedules", "workflows")),
    *(f"state.grant.{state}" for state in ("active", "probation", "suspended", "expired", "revoked")),
}


def test_every_text_a_page_asks_for_is_there():
    assert NAMED
    assert sorted((NAMED | COMPOSED) - set(ENGLISH)) == []


def test_no_text_is_kept_that_no_page_asks_for():
    assert sorted(set(ENGLISH) - NAMED - COMPOSED) == []


def test_texts_stand_in_order_and_each_in_one_place():
    assert [path.name for path, part in PARTS.items() if list(part) != sorted(part)] == []
    assert sum(len(part) for path, part in PARTS.items() if path.parent.name == "en") == len(ENGLISH)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything_and_fills_in_the_same(language):
    assert set(WORDS[language]) == set(ENGLISH)
    fields = re.compile(r"{(\w+)}")
    assert [
        key for key, text in WORDS[language].items() if set(fields.findall(text)) != set(fields.findall(ENGLISH[key]))
    ] == []


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("fr, xx;q=0.3", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("fr;q=high, en;q=0.1", "en"),
        ("fr, de-AT;q=0.9, en;q=0.8", "de"),
        ("en, de;q=0.9", "en"),
    ],
)
def test_a_page_answers_in_a_language_the_browser_asks_for(accepted, language):
    assert preferred(accepted) == language


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
    assert {
        tone_of(kind, "surprise") for kind in ("run", "approval", "risk", "outcome", "grant", "occurrence", "trigger")
    } == {"unknown"}
