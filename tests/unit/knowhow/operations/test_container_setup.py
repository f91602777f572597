"""Pausing containers, changing their restart policy, making them anew, and removing images."""

from dataclasses import replace
from typing import Any

import pytest

from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Blueprint
from steward.model.probe import Comparison
from steward.model.risk import Risk
from tests.unit.knowhow.container_snapshots import COMPOSE, pair, seen
from tests.unit.knowhow.plugins import OPERATIONS
from tests.unit.knowhow.test_plugins import allows, blueprint
from tests.unit.knowhow.uses_containers import IMAGES

ID = "1" * 64
OLD = "sha256:" + "1" * 64


def set_policy(policy: str = "unless-stopped", **changes: Any) -> Blueprint:
    given = {"container": "web", "policy": policy}
    return blueprint("container.update_restart_policy", given, seen(pair(**changes)))


def outdated(*, needs_root: bool = True, has_compose: bool = True, **compose: Any) -> Snapshot:
    one, settings = pair(image="caddy:2", compose=replace(COMPOSE, **compose))
    one = replace(one, image_id=OLD, needs_root=needs_root)
    return seen((one, settings), images=IMAGES, has_compose=has_compose)


def recreate(looked: Snapshot) -> Blueprint:
    return blueprint("container.recreate", {"container": "web"}, looked)


def test_a_pause_is_put_back_by_its_opposite() -> None:
    made = blueprint("container.pause", {"container": "web"}, seen(pair()))
    assert made.action.argv == ("/usr/bin/docker", "pause", ID)
    assert made.undo.actions[0].argv == ("/usr/bin/docker", "unpause", ID)
    assert [probe.expected for probe in made.undo.verify] == [ID, "running"]


@pytest.mark.parametrize(("verb", "state"), [("pause", "paused"), ("pause", "exited"), ("unpause", "running")])
def test_only_what_runs_is_paused_and_only_what_is_paused_goes_on(verb: str, state: str) -> None:
    with pytest.raises(InvalidInput):
        blueprint(f"container.{verb}", {"container": "web"}, seen(pair(state={"state": state})))


def test_a_policy_is_put_back_with_its_number_of_tries() -> None:
    made = set_policy("always", restart_policy="on-failure", most_restarts=5)
    assert made.action.argv == ("/usr/bin/docker", "update", "--restart", "always", ID)
    assert made.undo.actions[0].argv == ("/usr/bin/docker", "update", "--restart", "on-failure:5", ID)
    assert [probe.expected for probe in made.verify] == [ID, "always", 0]
    assert [probe.expected for probe in made.undo.verify] == [ID, "on-failure", 5]
    assert allows(OPERATIONS["container.update_restart_policy"].sudoers, made.undo.actions[0].argv)


@pytest.mark.parametrize(
    ("policy", "changes", "why"),
    [
        ("sometimes", {}, "is none"),
        ("always", {}, "always already"),
        ("no", {"engine": "podman"}, "only Docker"),
        ("no", {"is_removed_when_off": True}, "thrown away"),
        ("no", {"keeper": "swarm"}, "Swarm"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(policy: str, changes: dict[str, Any], why: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        set_policy(policy, **changes)
    assert why in raised.value.why


def test_a_policy_of_a_container_made_anew_is_not_guessed() -> None:
    one, settings = pair()
    with pytest.raises(InvalidInput, match="not known"):
        blueprint(
            "container.update_restart_policy",
            {"container": "web", "policy": "no"},
            seen((replace(one, id="f" * 64), settings)),
        )


def test_compose_makes_one_service_anew_and_undo_gives_the_name_back() -> None:
    made = recreate(outdated())
    assert made.action.argv == (
        *("/usr/bin/docker", "compose", "--project-name", "shop", "--project-directory", "/opt/stacks/shop"),
        *("--file", "/opt/stacks/shop/compose.yaml", "up", "--detach", "--no-deps", "--no-build", "web"),
    )
    assert made.verify[0].expected == "sha256:" + "2" * 64
    assert [action.argv[1] for action in made.undo.actions] == ["tag", "compose"]
    assert made.undo.actions[0].argv[2:] == (OLD, "caddy:2")
    assert made.undo.verify[0].expected == OLD
    assert made.risk is Risk.RISKY


@pytest.mark.parametrize(
    "folder", ["/home/anna/shop", "/tmp/shop", "/opt/../home/anna", "/opt/.hidden", "/opt/a b", "/opt", "opt/shop"]
)
def test_root_takes_no_file_that_somebody_else_may_write(folder: str) -> None:
    with pytest.raises(InvalidInput, match="cannot ask Compose"):
        recreate(outdated(folder=folder))
    made = recreate(outdated())
    argv = tuple(word.replace("/opt/stacks/shop", folder) for word in made.action.argv)
    assert not allows(OPERATIONS["container.recreate"].sudoers, argv)


def test_a_user_who_may_use_docker_may_use_their_own_folder() -> None:
    mine = {"folder": "/home/anna/shop", "files": ("/home/anna/shop/compose.yaml",)}
    assert not recreate(outdated(needs_root=False, **mine)).action.needs_root


@pytest.mark.parametrize("compose", [{"project": "--help"}, {"service": "-x"}, {"files": ()}, {"is_one_off": True}])
def test_what_compose_could_misread_is_refused(compose: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        recreate(outdated(**compose))


def test_a_container_is_made_anew_only_with_compose_its_file_and_a_way_back() -> None:
    with pytest.raises(InvalidInput, match="cannot be made anew"):
        recreate(outdated(has_compose=False))
    with pytest.raises(InvalidInput, match="cannot be made anew"):
        recreate(outdated(missing_files=COMPOSE.files))
    looked = outdated()
    newest_only = replace(IMAGES, images={key: one for key, one in IMAGES.images.items() if key != "1" * 64})
    with pytest.raises(InvalidInput, match="cannot be made anew"):
        recreate(replace(looked, values={**looked.values, "images": newest_only}))


def test_a_container_that_runs_the_newest_image_is_left_alone() -> None:
    one, settings = pair(image="caddy:2", compose=COMPOSE)
    with pytest.raises(InvalidInput, match="newest"):
        recreate(seen((replace(one, image_id="2" * 64), settings), images=IMAGES))


def prune(images: object = IMAGES, *, used: str = OLD) -> Blueprint:
    one, settings = pair()
    return blueprint("images.prune", {"engine": "docker"}, seen((replace(one, image_id=used), settings), images=images))


def test_only_images_without_name_and_use_go() -> None:
    made = prune()
    assert made.action.argv == ("/usr/bin/docker", "image", "prune", "--force")
    assert [(probe.path[1], probe.comparison) for probe in made.verify] == [("3" * 64, Comparison.ABSENT)]
    assert made.bytes_touched == 50_000_000
    assert not made.undo.is_possible


def test_images_that_were_built_here_are_lost_for_ever() -> None:
    assert prune().risk is Risk.RISKY
    built = replace(IMAGES, images={key: replace(one, digests=()) for key, one in IMAGES.images.items()})
    assert prune(built).risk is Risk.DESTRUCTIVE


def test_nothing_to_remove_is_refused() -> None:
    with pytest.raises(InvalidInput, match="nothing to remove"):
        prune(used="sha256:" + "3" * 64, images=replace(IMAGES, images={"3" * 64: IMAGES.images["3" * 64]}))
    with pytest.raises(InvalidInput, match="no images of podman"):
        blueprint("images.prune", {"engine": "podman"}, seen(images=IMAGES))
