"""Operations on accounts: what they refuse, and that every lock can be opened as it was."""

from dataclasses import replace

import pytest

from steward.model.errors import InvalidInput
from steward.model.risk import Risk
from tests.unit.knowhow.plugins import OPERATIONS
from tests.unit.knowhow.snapshots import snapshot
from tests.unit.knowhow.test_plugins import allows, blueprint
from tests.unit.knowhow.uses_workflows import ANNA, STATES

SEEN = snapshot(account_states=STATES)
USERMOD = "/usr/sbin/usermod"


def with_anna(**changes):
    return snapshot(
        account_states=replace(STATES, accounts={**STATES.accounts, "anna": replace(ANNA, **changes)}),
    )


def test_a_lock_shuts_out_keys_too_and_is_put_back_as_it_was() -> None:
    made = blueprint("account.lock", {"account": "anna"}, SEEN)
    assert made.action.argv == (USERMOD, "--lock", "--expiredate", "1", "anna")
    assert made.undo.actions[0].argv == (USERMOD, "--unlock", "--expiredate", "-1", "anna")
    assert [probe.expected for probe in made.verify] == ["locked", "1970-01-02"]
    assert made.preconditions == made.undo.verify


def test_what_was_locked_before_stays_locked_and_a_day_of_expiry_comes_back() -> None:
    seen = with_anna(password="locked", expires="2027-01-31")
    undo = blueprint("account.lock", {"account": "anna"}, seen).undo
    assert undo.actions[0].argv == (USERMOD, "--expiredate", "2027-01-31", "anna")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"password": ""}, "does not tell"),
        ({"password": "none"}, "no password at all"),
        ({"expires": "1970-01-02"}, "already"),
    ],
)
def test_a_lock_that_could_not_be_put_back_is_refused(changes: dict[str, str], why: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        blueprint("account.lock", {"account": "anna"}, with_anna(**changes))
    assert why in str(raised.value)


@pytest.mark.parametrize("operation", ["account.lock", "account.unlock", "account.end_sessions"])
@pytest.mark.parametrize(
    ("seen", "account", "why"),
    [
        (SEEN, "steward", "logs in as it"),
        (SEEN, "root", "there is no account"),
        (snapshot(account_states=replace(STATES, administrators=("anna",))), "anna", "only administrator"),
        (snapshot(), "anna", "cannot work on accounts"),
    ],
)
def test_nobody_is_locked_out_for_good(operation: str, seen, account: str, why: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        blueprint(operation, {"account": account}, seen)
    assert why in str(raised.value)


def test_leaving_a_group_is_put_back_and_a_group_it_is_not_in_is_refused() -> None:
    made = blueprint("account.leave_group", {"account": "anna", "group": "docker"}, SEEN)
    assert made.action.argv == ("/usr/bin/gpasswd", "--delete", "anna", "docker")
    assert made.undo.actions[0].argv == ("/usr/bin/gpasswd", "--add", "anna", "docker")
    with pytest.raises(InvalidInput, match="did you mean `docker`"):
        blueprint("account.leave_group", {"account": "anna", "group": "dockre"}, SEEN)


def test_ending_sessions_is_destructive() -> None:
    made = blueprint("account.end_sessions", {"account": "anna"}, SEEN)
    assert made.risk is Risk.DESTRUCTIVE
    assert not made.undo.is_possible


@pytest.mark.parametrize(
    ("operation", "argv"),
    [
        ("account.lock", (USERMOD, "--lock", "--expiredate", "1", "root")),
        ("account.lock", (USERMOD, "--unlock", "--expiredate", "-1", "steward")),
        ("account.leave_group", ("/usr/bin/gpasswd", "--add", "gone", "sudo")),
        ("account.leave_group", ("/usr/bin/gpasswd", "--add", "steward", "sudo")),
        ("account.end_sessions", ("/bin/sh", "-c", "/usr/bin/pkill -KILL -u $0 || true", "root")),
    ],
)
def test_the_lines_of_sudoers_name_only_accounts_that_may_be_touched(operation: str, argv: tuple[str, ...]) -> None:
    rights = OPERATIONS[operation].rights
    assert rights is not None
    assert rights(SEEN)
    assert not allows(rights(SEEN), argv)
