"""Small files of others are read with care."""

from __future__ import annotations

import os

import pytest

from steward.lib.io.bounded import Unfit, bounded_text


def test_a_text_comes_with_plain_line_ends_and_links_are_followed(tmp_path):
    (tmp_path / "real").write_bytes(b"\xef\xbb\xbfa\r\nb")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert bounded_text(tmp_path / "link", 10) == "a\nb"


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Unfit, match="no regular file"):
        bounded_text(tmp_path / "pipe", 10)


@pytest.mark.parametrize(
    ("content", "why"), [(b"12345678901", "more than 10 B"), (b"\xff\xfe", "no text"), (None, "No such file")]
)
def test_what_does_not_fit_says_why(tmp_path, content, why):
    if content is not None:
        (tmp_path / "file").write_bytes(content)
    with pytest.raises(Unfit, match=why):
        bounded_text(tmp_path / "file", 10)


def test_a_folder_is_no_text(tmp_path):
    with pytest.raises(Unfit):
        bounded_text(tmp_path, 10)
