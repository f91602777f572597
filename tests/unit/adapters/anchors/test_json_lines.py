from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from steward.adapters.anchors.json_lines import PLUGIN
from steward.model.audit import Checkpoint
from steward.model.errors import TryLater
from tests.databases import NOW

FIRST = Checkpoint(seq=1, hash="a", at=NOW, public_key="k", signature="s")
SECOND = replace(FIRST, seq=2)


def test_checkpoints_are_added_and_read_in_order(tmp_path: Path):
    anchor = PLUGIN(tmp_path / "deep" / "anchor.jsonl")
    assert anchor.read() == ()
    anchor.add(FIRST)
    anchor.add(SECOND)
    assert anchor.read() == (FIRST, SECOND)
    assert stat.S_IMODE((tmp_path / "deep" / "anchor.jsonl").stat().st_mode) == 0o600


def test_a_line_torn_by_a_power_cut_spoils_nothing_but_itself(tmp_path: Path):
    path = tmp_path / "anchor.jsonl"
    anchor = PLUGIN(path)
    anchor.add(FIRST)
    whole = path.read_bytes()
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        anchor.add(SECOND)
        assert anchor.read()[-1] == SECOND
        assert len(anchor.read()) == 1


def test_lines_of_another_shape_are_passed_over(tmp_path: Path):
    path = tmp_path / "anchor.jsonl"
    path.write_bytes(b'\xff\xfe\n{"seq": 1}\n[]\nnull')
    PLUGIN(path).add(FIRST)
    assert PLUGIN(path).read() == (FIRST,)


def test_a_place_that_cannot_be_written_or_read_is_an_error_and_not_empty(tmp_path: Path):
    (tmp_path / "anchor").mkdir()
    with pytest.raises(TryLater, match="written"):
        PLUGIN(tmp_path / "anchor").add(FIRST)
    with pytest.raises(TryLater, match="read"):
        PLUGIN(tmp_path / "anchor").read()
