from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import pytest

from steward.adapters.repositories.git import GitRepository
from steward.core.policy import Policy, parse_policy
from steward.model.access import Right
from steward.model.brake import Brake
from steward.model.errors import InvalidFile
from steward.model.ids import MachineId, PrincipalId
from steward.model.machine import Autonomy
from steward.model.policy import Limits, Request, TargetFacts, Verdict
from steward.model.principal import STEWARD, Principal, PrincipalKind
from steward.model.risk import Risk, Strength
from steward.model.taint import Taint

COMMANDS = {
    "unit.restart": Risk.REVERSIBLE,
    "unit.stop": Risk.RISKY,
    "logs.show": Risk.READ,
    "logs.search": Risk.READ,
    "stop": Risk.REVERSIBLE,
}
OWNER = Principal(
    id=PrincipalId("owner"), kind=PrincipalKind.PERSON, name="Ada", strength=Strength.STEP_UP, rights=tuple(Right)
)
NAS = TargetFacts(machine=MachineId("m-1"), name="nas", groups=("storage",), autonomy=Autonomy.GRANTED)
RESTART = Request(
    command="unit.restart",
    is_known=True,
    input={"machine": "m-1", "unit": "nginx.service"},
    risk=Risk.REVERSIBLE,
    actor=OWNER,
    taint=Taint.TRUSTED,
    targets=(NAS,),
    fleet_size=4,
    brake=Brake.NONE,
    now=datetime(2026, 1, 1, 23, 30, tzinfo=UTC),
    mutations_today=0,
    uses_today={},
)
LOOK = replace(RESTART, command="logs.show", risk=Risk.READ)
NIGHT = """\
rules:
  - name: quiet nights
    when: {command: "unit.*", hours: "22:00-07:00"}
    then: deny
    reason: the family sleeps
"""


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    found = GitRepository(path=tmp_path / "workspace")
    found.create()
    return found


def write(repository: GitRepository, text: str, *, commit: bool = False) -> None:
    if commit:
        repository.write({"policy.yaml": text}, message="policy", author=STEWARD)
    else:
        (Path(repository.path) / "policy.yaml").write_text(text)


def policy_of(repository: GitRepository) -> Policy:
    return Policy(repository=repository, commands=COMMANDS)


def test_the_rules_of_the_file_decide(repository: GitRepository):
    write(repository, NIGHT)
    decision = policy_of(repository).decide(RESTART, ())
    assert decision.verdict is Verdict.DENY
    assert (decision.reasons[0].rule, decision.reasons[0].why) == ("quiet nights", "the family sleeps")
    assert (
        policy_of(repository).decide(replace(RESTART, now=datetime(2026, 1, 1, 12, tzinfo=UTC)), ()).verdict
        is Verdict.ASK
    )


def test_an_edit_is_in_force_at_the_next_question(repository: GitRepository):
    write(repository, "rules: []\n")
    policy = policy_of(repository)
    assert policy.decide(RESTART, ()).verdict is Verdict.ASK
    write(repository, NIGHT)
    assert policy.decide(RESTART, ()).verdict is Verdict.DENY


@pytest.mark.parametrize("broken", ["rules: [", "", "rules:\n", "limits: {}\n", NIGHT.replace("deny", "dney"), None])
def test_a_broken_file_leaves_the_last_good_rules_in_force(repository: GitRepository, broken: str | None):
    write(repository, NIGHT, commit=True)
    policy = policy_of(repository)
    version = policy.version()
    if broken is None:
        (Path(repository.path) / "policy.yaml").unlink()
    else:
        write(repository, broken)
    for one in (policy, policy_of(repository)):
        assert one.problems()
        assert one.version() == version
        assert one.decide(RESTART, ()).reasons[0].rule == "quiet nights"


@pytest.mark.parametrize("broken", ["rules: [", "", None])
def test_without_any_good_version_every_change_is_denied_and_looking_goes_on(
    repository: GitRepository, broken: str | None
):
    if broken is not None:
        write(repository, broken, commit=True)
    policy = policy_of(repository)
    for change in (RESTART, replace(RESTART, risk=Risk.DESTRUCTIVE), replace(RESTART, targets=())):
        decision = policy.decide(change, ())
        assert decision.verdict is Verdict.DENY
        assert any("policy.yaml" in reason.rule for reason in decision.reasons)
    assert policy.decide(LOOK, ()).verdict is Verdict.ALLOW
    brake = replace(RESTART, command="stop", targets=(), proof=Strength.NONE)
    assert policy.decide(brake, ()).verdict is Verdict.ALLOW


def test_the_version_changes_with_what_the_file_says_and_not_with_how_it_is_written():
    plain = parse_policy(NIGHT, commands=COMMANDS).version
    assert parse_policy("# a comment\n" + NIGHT.replace('"unit.*"', "unit.*"), commands=COMMANDS).version == plain
    for changed in (
        NIGHT.replace("22:00", "22:01"),
        NIGHT.replace("deny", "ask"),
        NIGHT + "limits: {mutations_per_day: 59}\n",
        NIGHT + "approvers: {risky: passkey}\n",
        "rules: []\n",
    ):
        assert parse_policy(changed, commands=COMMANDS).version != plain


def test_approvers_and_limits_are_read():
    rules = parse_policy(
        "rules: []\napprovers: {destructive: passkey}\nlimits: {mutations_per_day: 5}\n", commands=COMMANDS
    )
    assert rules.least_strength(Risk.DESTRUCTIVE) is Strength.PASSKEY
    assert rules.least_strength(Risk.RISKY) is Strength.STEP_UP
    assert rules.limits == Limits(mutations_per_day=5)


def test_allow_is_possible_for_what_only_reads():
    rules = parse_policy("rules:\n  - {name: a, when: {command: logs.*}, then: allow}\n", commands=COMMANDS)
    assert rules.rules[0].then is Verdict.ALLOW


RULE = "rules:\n  - {name: a, when: {"


@pytest.mark.parametrize(
    ("text", "column", "what", "step"),
    [
        (RULE + "comand: unit.restart}, then: ask}\n", 22, "unknown field `rules[0].when.comand`", "`command`"),
        (RULE + "command: unit.restat}, then: ask}\n", 31, "no command fits `unit.restat`", "`unit.restart`"),
        (RULE + "command: units.*}, then: ask}\n", 31, "no command fits", "did you mean `unit"),
        (RULE + "command: 'unit.[rs]*'}, then: ask}\n", 31, "is no pattern", "`*` for any part"),
        (RULE + "command: unit.restart}, then: allow}\n", 52, "`allow` is only for commands that read", "grant"),
        (RULE + "command: '*'}, then: allow}\n", 43, "`allow` is only for commands that read", "grant"),
        (RULE + "machine: nas}, then: allow}\n", 43, "`allow` is only for commands that read", "grant"),
        (RULE + "risk: riskyy}, then: ask}\n", 28, "`rules[0].when.risk` does not fit", "`risky`"),
        (RULE + "actor: persn}, then: ask}\n", 29, "`rules[0].when.actor` does not fit", "`person`"),
        (RULE + "hours: 9:00-17:00}, then: ask}\n", 29, "`9:00-17:00` are no hours", "four digits"),
        (RULE + "hours: 22:00-24:00}, then: ask}\n", 29, "are no hours", ""),
        (RULE + "hours: 22:00-22:00}, then: ask}\n", 29, "are no hours", "differ"),
        (RULE + "hours: night}, then: ask}\n", 29, "are no hours", ""),
        (RULE + "hours: 1320}, then: ask}\n", 29, "`rules[0].when.hours` does not fit", "quotes"),
        (RULE + "machine: NAS}, then: ask}\n", 31, "`NAS` names no machine", "lower-case"),
        (RULE + "group: 'stor*'}, then: ask}\n", 29, "names no group", ""),
        (RULE + "}, then: maybe}\n", 31, "`rules[0].then` does not fit", ""),
        (RULE + "}}\n", 5, "`rules[0].then` is missing", "then: ..."),
        ("rules:\n  - {name: '', when: {}, then: ask}\n", 12, "a rule needs a name", ""),
        ("rules:\n  - {when: {}, then: ask}\n", 5, "`rules[0].name` is missing", ""),
        ("rules:\n  - {name: a, then: ask}\n", 5, "`rules[0].when` is missing", ""),
        ("rules: # none\n  - ask everything\n", 5, "`rules[0]` must be a mapping", ""),
        ("rules: []\napprover: {}\n", 1, "unknown field `approver`", "`approvers`"),
        ("rules: []\napprovers: {risky: none}\n", 20, "nobody can approve with no proof", ""),
        ("rules: []\napprovers: {risky: chat}\n", 20, "`risky` needs at least what `reversible` needs", ""),
        ("rules: []\napprovers: {never: passkey}\n", 13, "unknown field `approvers.never`", "reversible"),
        ("rules: []\napprovers: {risky: passky}\n", 20, "`approvers.risky` does not fit", "`passkey`"),
        ("rules: []\nlimits: {mutations_per_day: -1}\n", 29, "must be a number from 0", ""),
        ("rules: []\nlimits: {mutations_per_day: 99999999999999999}\n", 29, "must be a number from 0", ""),
        (
            "rules: []\nlimits: {mutation_per_day: 1}\n",
            10,
            "unknown field `limits.mutation_per_day`",
            "`mutations_per_day`",
        ),
    ],
)
def test_each_mistake_is_named_at_its_place_with_a_remedy(text: str, column: int, what: str, step: str):
    with pytest.raises(InvalidFile) as caught:
        parse_policy(text, commands=COMMANDS)
    error = caught.value
    assert what in error.what
    assert step in error.next_step
    assert (error.file, error.line, error.column) == ("policy.yaml", 2, column)


def test_two_rules_of_one_name_are_refused():
    with pytest.raises(InvalidFile, match="already a rule `a`"):
        parse_policy(RULE + "}, then: ask}\n  - {name: a, when: {}, then: deny}\n", commands=COMMANDS)


def test_all_mistakes_are_given_at_once():
    text = RULE + "hours: x, machine: X}, then: allow}\nlimits: {mutations_per_day: -1}\nfoo: 1\n"
    with pytest.raises(InvalidFile) as caught:
        parse_policy(text, commands=COMMANDS)
    assert [problem.line for problem in caught.value.problems] == [2, 2, 2, 3, 4]


def test_every_policy_in_the_library_is_good_and_the_default_says_the_built_in_defaults():
    folder = resources.files("steward").joinpath("library", "policies")
    read = {place.name: parse_policy(place.read_text("utf-8"), commands=COMMANDS) for place in folder.iterdir()}
    assert set(read) >= {"default.yaml", "careful.yaml"}
    default = read["default.yaml"]
    nothing_said = parse_policy("rules: []\n", commands=COMMANDS)
    assert default.limits == nothing_said.limits
    for risk in Risk:
        assert default.least_strength(risk) is nothing_said.least_strength(risk)
