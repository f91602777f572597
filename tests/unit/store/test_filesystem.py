from __future__ import annotations

from pathlib import Path

import pytest

from steward.model.errors import InvalidInput
from steward.store import filesystem
from steward.store.filesystem import file_system, refuse_network

MOUNTS = r"""
/dev/sda1 / ext4 rw 0 0
nas:/home /home nfs4 rw 0 0
/dev/sdb1 /home/local xfs rw 0 0
//nas/x /mnt/with\040blank cifs rw 0 0
me@nas:/ /mnt/s fuse.sshfs rw 0 0
/dev/sdc1 /covered nfs rw 0 0
/dev/sdd1 /covered ext4 rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "ext4"),
        ("/var/lib/steward", "ext4"),
        ("/home", "nfs4"),
        ("/home/me/steward", "nfs4"),
        ("/homework", "ext4"),
        ("/home/local/steward", "xfs"),
        ("/mnt/with blank/x", "cifs"),
        ("/mnt/s/x", "fuse.sshfs"),
        ("/covered/x", "ext4"),
    ],
)
def test_the_nearest_mount_point_decides(path: str, kind: str):
    assert file_system(Path(path), MOUNTS) == kind


def test_a_system_that_tells_no_mounts_is_not_known_to_be_a_network():
    assert file_system(Path("/x"), "") == ""


def test_a_network_file_system_is_refused_with_a_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    mounts = tmp_path / "mounts"
    mounts.write_text(f"nas:/x {tmp_path} nfs4 rw 0 0\n")
    monkeypatch.setattr(filesystem, "_MOUNTS", mounts)
    with pytest.raises(InvalidInput, match=r"network file system.*nfs4.*postgresql"):
        refuse_network(tmp_path / "store")


def test_a_link_to_a_network_file_system_is_seen_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    mounts = tmp_path / "mounts"
    (tmp_path / "nas").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "nas")
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\nnas:/x {tmp_path}/nas cifs rw 0 0\n")
    monkeypatch.setattr(filesystem, "_MOUNTS", mounts)
    refuse_network(tmp_path)
    with pytest.raises(InvalidInput, match="cifs"):
        refuse_network(tmp_path / "link")
