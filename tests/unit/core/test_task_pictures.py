"""Pictures of things done by hand: what is shown is a small picture below `workflows/`, whatever it is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from steward.adapters.repositories.git import GitRepository
from steward.core.task_pictures import MOST_BYTES, picture_at, picture_problem
from steward.model.errors import InvalidInput, NotFound

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
KINDS = [
    (PNG, "image/png"),
    (b"\xff\xd8\xff\xe0" + b"\0" * 20, "image/jpeg"),
    (b"RIFF\x10\0\0\0WEBPVP8 " + b"\0" * 20, "image/webp"),
]


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    found = GitRepository(path=tmp_path / "workspace")
    found.create()
    (tmp_path / "workspace" / "workflows" / "pictures").mkdir(parents=True)
    return found


def put(repository: GitRepository, name: str, body: bytes) -> None:
    Path(repository.path, "workflows", name).write_bytes(body)


@pytest.mark.parametrize(("body", "kind"), KINDS)
def test_the_first_bytes_say_what_it_is_not_the_name(repository: GitRepository, body: bytes, kind: str):
    put(repository, "pictures/bay.txt", body)
    found = picture_at(repository, "pictures/bay.txt")
    assert (found.kind, found.body, found.file) == (kind, body, "workflows/pictures/bay.txt")


@pytest.mark.parametrize(
    "body",
    [b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", b"<html></html>", b"", b"RIFF1234WAVE", b"GIF89a"],
)
def test_what_may_carry_a_script_or_is_no_picture_is_refused(repository: GitRepository, body: bytes):
    put(repository, "bay.png", body)
    with pytest.raises(InvalidInput, match="no picture that is shown"):
        picture_at(repository, "bay.png")


def test_a_picture_that_is_too_big_is_refused(repository: GitRepository):
    put(repository, "bay.png", PNG + b"\0" * MOST_BYTES)
    with pytest.raises(InvalidInput, match=r"has 2\.0 MB"):
        picture_at(repository, "bay.png")


@pytest.mark.parametrize("path", ["../inventory.yaml", "/etc/passwd", "a/../../x", ".git/config", "", "a/.hidden"])
def test_no_path_leads_out_of_the_folder(repository: GitRepository, path: str):
    with pytest.raises(InvalidInput):
        picture_at(repository, path)


def test_a_link_is_not_followed(repository: GitRepository, tmp_path: Path):
    (tmp_path / "outside.png").write_bytes(PNG)
    Path(repository.path, "workflows", "bay.png").symlink_to(tmp_path / "outside.png")
    with pytest.raises(InvalidInput):
        picture_at(repository, "bay.png")


def test_a_picture_that_is_not_there_is_a_problem_of_the_workflow(repository: GitRepository):
    assert isinstance(picture_problem(repository, "gone.png"), NotFound)
    put(repository, "here.png", PNG)
    assert picture_problem(repository, "here.png") is None
