from __future__ import annotations

import pytest

from steward.core.hook_file import NO_HOOKS, parse_hooks
from steward.core.sources import InForce
from steward.model.errors import InvalidFile
from steward.model.hook import HOOKS_FILE, Hook, Scheme
from steward.testing.places import MemoryRepository

GOOD = """\
hooks:
  - name: forgejo
    scheme: github
    secret: secret://forgejo-hook
    about: Pushes
  - name: uptime
    scheme: none
"""


def test_a_good_file_is_read():
    found = parse_hooks(GOOD)
    assert found.find("forgejo") == Hook(
        name="forgejo", scheme=Scheme.GITHUB, secret="secret://forgejo-hook", about="Pushes"
    )
    assert [hook.name for hook in found.hooks] == ["forgejo", "uptime"]
    assert found.find("nobody") is None


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("hooks: 3\n", 1, "must be a list"),
        ("hook: []\nhooks: []\n", 1, "unknown field `hook`"),
        (GOOD.replace("scheme: none", "scheme: nothing"), 7, "`hooks[1].scheme` does not fit"),
        (GOOD.replace("name: forgejo", "name: Forge/jo"), 2, "cannot be a name"),
        (GOOD.replace("secret://forgejo-hook", "plain-value-of-it"), 4, "must be the name of a secret"),
        (GOOD.replace("    secret: secret://forgejo-hook\n", ""), 2, "has no secret to check"),
        (GOOD.replace("scheme: none", "scheme: none\n    secret: secret://x"), 8, "checks no secret"),
        (GOOD.replace("about: Pushes", "header: X-Other"), 5, "no meaning for scheme `github`"),
        (GOOD.replace("name: uptime", "name: forgejo"), 6, "the name `forgejo` already belongs"),
        (GOOD.replace("scheme: none", "scheme: hmac\n    secret: secret://forgejo-hook"), 8, "the secret"),
        (
            GOOD.replace("scheme: none", "scheme: hmac\n    secret: secret://a\n    header: 'X: y'"),
            9,
            "name of a header",
        ),
        (GOOD.replace("scheme: none", "scheme: hmac\n    secret: secret://a\n    separator: '1'"), 9, "from the body"),
        (GOOD.replace("scheme: none", "scheme: none\n    pat: x"), 8, "unknown field `hooks[1].pat`"),
    ],
)
def test_what_does_not_fit_is_told_with_its_line(text: str, line: int, says: str):
    with pytest.raises(InvalidFile) as told:
        parse_hooks(text)
    assert (told.value.file, told.value.line) == (HOOKS_FILE, line)
    assert says in told.value.what


def test_every_problem_of_a_file_is_told_at_once():
    with pytest.raises(InvalidFile) as told:
        parse_hooks("hooks:\n  - name: A\n    scheme: github\n  - name: b\n    scheme: x\n")
    assert [problem.line for problem in told.value.problems] == [2, 2, 5]


def test_a_missing_file_is_no_webhook_and_a_broken_edit_keeps_the_last_good_one():
    repository = MemoryRepository()
    in_force = InForce(repository=repository, path=HOOKS_FILE, parse=parse_hooks, absent=NO_HOOKS)
    assert in_force.current().hooks == ()
    repository.edit(HOOKS_FILE, GOOD)
    assert len(in_force.current().hooks) == 2
    repository.edit(HOOKS_FILE, "hooks: {")
    assert len(in_force.current().hooks) == 2
    assert in_force.problems()
    del repository._tree[HOOKS_FILE]
    assert in_force.current().hooks == ()
