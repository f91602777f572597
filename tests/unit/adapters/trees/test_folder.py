"""A folder as it lies on a disk: links, rights, sizes, encodings."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from steward.adapters.trees.folder import BIGGEST_FILE, DEEPEST, FolderTree, stamp_of
from steward.model.errors import InvalidInput


def reasons(tree: FolderTree) -> dict[str, str]:
    for path in tree.list():
        tree.read(path)
    return {each.file: each.reason for each in tree.unreadable}


def test_files_come_in_one_order_without_what_git_and_others_keep(tmp_path):
    for name in ("b.yaml", "a/c.yaml", ".git/config", "node_modules/x.yaml", "a/.env"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    tree = FolderTree(tmp_path)
    assert tree.list() == ("a/.env", "a/c.yaml", "b.yaml")
    assert {"", "a"} <= tree.folders()
    assert tree.read("a/c.yaml") == "a/c.yaml"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Grüße\n".encode(), "Grüße\n"),
        (b"\xef\xbb\xbfa\r\nb\rc", "a\nb\nc"),
        ("Grüße".encode("utf-16"), "Grüße"),
        ("Grüße".encode("utf-16-be"), None),
        (b"\xfe\xff" + "Grüße".encode("utf-16-be"), "Grüße"),
        ("Grüße".encode("latin-1"), "Grüße"),
        (b"a\0b", None),
    ],
)
def test_texts_are_read_in_the_encodings_people_use(tmp_path, content, text):
    (tmp_path / "x.yaml").write_bytes(content)
    assert FolderTree(tmp_path).read("x.yaml") == text


def test_links_are_not_followed_out_of_the_folder_nor_in_circles(tmp_path):
    inside = tmp_path / "inside"
    (inside / "real").mkdir(parents=True)
    (inside / "real/a.yaml").write_text("a: 1")
    (tmp_path / "outside.yaml").write_text("secret: 1")
    (inside / "out.yaml").symlink_to("../outside.yaml")
    (inside / "up").symlink_to("..")
    (inside / "loop").symlink_to("loop")
    (inside / "nowhere").symlink_to("gone")
    (inside / "again").symlink_to("real")
    tree = FolderTree(inside)
    assert tree.list() == ("real/a.yaml",)
    assert "again" in tree.folders()
    assert reasons(tree) == {
        "loop": "a link that leads in a circle",
        "nowhere": "a link that leads nowhere",
        "out.yaml": "a link that leads out of the folder; it was not followed",
        "up": "a link that leads out of the folder; it was not followed",
    }


def test_what_is_too_big_too_deep_or_no_file_is_told_and_the_rest_is_read(tmp_path):
    with (tmp_path / "big.yaml").open("wb") as file:
        file.truncate(100 << 20)
    os.mkfifo(tmp_path / "pipe.yaml")
    deep = tmp_path.joinpath(*["d"] * (DEEPEST + 2))
    deep.mkdir(parents=True)
    (deep / "x.yaml").write_text("a: 1")
    (tmp_path / "a.yaml").write_text("a: 1")
    tree = FolderTree(tmp_path)
    found = reasons(tree)
    assert found["big.yaml"] == "it has 100 MB, more than 4.0 MB"
    assert found["pipe.yaml"] == "this is no regular file"
    assert any("deep" in reason for reason in found.values())
    assert tree.read("a.yaml") == "a: 1"
    assert BIGGEST_FILE == 4 << 20


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_told(tmp_path):
    (tmp_path / "a.yaml").write_text("a: 1")
    (tmp_path / "a.yaml").chmod(0)
    assert "cannot be opened" in reasons(FolderTree(tmp_path))["a.yaml"]


def test_a_file_that_becomes_a_link_meanwhile_is_not_followed(tmp_path):
    (tmp_path / "outside.yaml").write_text("secret: 1")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "a.yaml").write_text("a: 1")
    tree = FolderTree(inside)
    (inside / "a.yaml").unlink()
    (inside / "a.yaml").symlink_to("../outside.yaml")
    assert tree.read("a.yaml") is None
    assert "cannot be opened" in reasons(tree)["a.yaml"]


def test_names_that_are_no_text_are_read_and_told_as_far_as_they_go(tmp_path):
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.yaml")).write_text("a: [")
    tree = FolderTree(tmp_path)
    assert [tree.read(path) for path in tree.list()] == ["a: ["]


def test_what_is_no_folder_is_refused(tmp_path):
    (tmp_path / "x").write_text("")
    with pytest.raises(InvalidInput, match="no folder"):
        FolderTree(tmp_path / "x")


def test_a_stamp_is_another_one_when_a_file_changed_came_or_went(tmp_path):
    (tmp_path / "a.yaml").write_text("1")
    (tmp_path / ".git").mkdir()
    stamps = [stamp_of(tmp_path)]
    (tmp_path / ".git" / "index").write_text("not read, so no change")
    assert stamp_of(tmp_path) == stamps[0]
    (tmp_path / "a.yaml").write_text("22")
    stamps.append(stamp_of(tmp_path))
    (tmp_path / "b.yaml").write_text("")
    stamps.append(stamp_of(tmp_path))
    (tmp_path / "a.yaml").unlink()
    stamps.append(stamp_of(tmp_path))
    assert len(set(stamps)) == 4
    with pytest.raises(InvalidInput):
        stamp_of(tmp_path / "gone")
