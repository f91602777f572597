"""What is pasted at a new machine: by three shells, by a linter, and for real on a copy of this system."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from steward.knowhow.joining import Platform, command, joining
from steward.lib.yaml_loose import load_all
from steward.model.errors import InvalidInput

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOWNmrAkuI5mYRzCxNbDZcGfNXBf1VTmaEb5wBa0Cd9X steward"
OVER = """\
set -e
mount -t tmpfs none "$1"
mkdir "$1/up" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/up,workdir=$1/work" "$1/root"
mount --rbind /dev "$1/root/dev"
mount -t proc proc "$1/root/proc"
chroot "$1/root" sh -eu -c "$2"
"""
"""Runs a script on this system as root, seeing all of it and changing nothing of it."""


def on_a_copy(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    if os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("useradd"):
        pytest.skip("a copy of this system needs root, unshare and useradd")
    place = folder / "copy"
    place.mkdir()
    argv = ("unshare", "--mount", "--propagation", "private", "sh", "-c", OVER, "sh", str(place), script)
    ended = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False, cwd="/")
    if "mount" in ended.stderr and ended.returncode != 0:
        pytest.skip("no overlay can be mounted here")
    return ended


@pytest.mark.parametrize("platform", [Platform.DEBIAN, Platform.PROXMOX])
@pytest.mark.parametrize("shell", ["dash", "busybox sh", "bash --posix"])
def test_every_shell_can_read_it(platform, shell, tmp_path):
    words = shell.split()
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    (tmp_path / "text").write_text(joining(platform, KEY))
    ended = subprocess.run([*words, "-n", str(tmp_path / "text")], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_linter_of_shells_finds_nothing(tmp_path):
    linter = shutil.which("shellcheck")
    if linter is None:
        pytest.skip("shellcheck is not installed")
    inner = command(KEY).removeprefix("sh -euc '").removesuffix("'")
    for text in (joining(Platform.DEBIAN, KEY), inner):
        (tmp_path / "text").write_text(text)
        ended = subprocess.run(
            [linter, "-s", "sh", str(tmp_path / "text")], capture_output=True, text=True, check=False
        )
        assert ended.stdout == ""


def test_it_is_one_line_that_fetches_nothing_and_gives_no_rights():
    line = command(KEY)
    assert "\n" not in line
    assert line.count("'") == 2
    assert not re.search(r"\b(curl|wget|sudo|sudoers|apt-get (?!install openssh-server, then))", line)


def test_pasted_twice_there_is_one_user_with_one_key_and_no_rights(tmp_path):
    line = command(KEY)
    ended = on_a_copy(
        tmp_path,
        "mkdir -p /etc/ssh; rm -f /etc/ssh/ssh_host_*\n"
        "ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key\n"
        f"{line}\n{line} >/dev/null\n"
        "echo; cat ~steward/.ssh/authorized_keys; stat -c '%A %U %n' ~steward/.ssh ~steward/.ssh/authorized_keys\n"
        "id -nG steward; getent shadow steward | cut -d : -f 2; ls /etc/sudoers.d/steward 2>&1 | tail -n 1\n"
        "echo; printf 'ssh-ed25519 BBBB other' >~steward/.ssh/authorized_keys\n"
        f"{line} >/dev/null; cat ~steward/.ssh/authorized_keys",
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    said, first, second = ended.stdout.split("\n\n")
    assert re.search(r"^Host key, to compare: SHA256:[A-Za-z0-9+/]{43}$", said, re.MULTILINE)
    assert re.search(r"^Type where Steward runs: steward machines add \S+ \S+$", said, re.MULTILINE)
    key, folder, file, groups, password, rights = first.splitlines()
    assert key == KEY
    assert folder.startswith("drwx------ steward ")
    assert file.startswith("-rw------- steward ")
    assert (groups, password) == ("steward", "*")
    assert "No such file" in rights or "cannot access" in rights
    assert second.splitlines() == ["ssh-ed25519 BBBB other", KEY]


def test_whoever_has_the_key_may_log_in_afterwards_and_is_nobody_special(tmp_path):
    if not shutil.which("sshd") and not Path("/usr/sbin/sshd").exists():
        pytest.skip("sshd is not installed")
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "steward", "-f", str(key)], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = "-o BatchMode=yes -o ConnectionAttempts=60 -o StrictHostKeyChecking=yes -o UserKnownHostsFile=/known"
    ended = on_a_copy(
        tmp_path,
        "mkdir -p /etc/ssh /run/sshd; rm -f /etc/ssh/ssh_host_*\n"
        "ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key\n"
        f"{command(key.with_suffix('.pub').read_text().strip())} >/dev/null\n"
        f"printf '%s %s\\n' '[127.0.0.1]:{port}' \"$(cat /etc/ssh/ssh_host_ed25519_key.pub)\" >/known\n"
        f"/usr/sbin/sshd -f /dev/null -o UsePAM=yes -o ListenAddress=127.0.0.1:{port} -o PidFile=/sshd.pid\n"
        "trap 'kill $(cat /sshd.pid)' EXIT\n"
        f"install -m 600 {key} /key\n"
        f"ssh {options} -i /key -p {port} steward@127.0.0.1 'id -un; id -u'",
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    name, number = ended.stdout.splitlines()
    assert name == "steward"
    assert int(number) >= 1000


def test_without_an_ssh_server_it_says_what_is_missing(tmp_path):
    ended = on_a_copy(tmp_path, f"rm -f /etc/ssh/ssh_host_ed25519_key.pub\n{command(KEY)}")
    assert ended.returncode == 1
    assert ended.stderr == "There is no SSH server here: apt-get install openssh-server, then again.\n"


def test_nobody_but_root_gets_anywhere(tmp_path):
    ended = on_a_copy(
        tmp_path, f"cat >/line <<'END'\n{command(KEY)}\nEND\nsu nobody -s /bin/sh -c 'sh /line'; id steward"
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("Run this as root.\n")


def test_the_compose_file_is_one_and_opens_only_its_port():
    (document,) = load_all(joining(Platform.DOCKER, KEY)).documents
    (service,) = document.map("services").values()
    assert [port.text for port in service.list("ports")] == ["2222:22"]
    text = service.string("build", "dockerfile_inline") or ""
    assert text.startswith("FROM debian:")
    assert f"echo '{KEY}'" in text
    assert "docker.sock" not in text
    assert not service.at("privileged")


def test_nixos_can_read_its_piece(tmp_path):
    text = joining(Platform.NIXOS, KEY)
    assert f'openssh.authorizedKeys.keys = [ "{KEY}" ];' in text
    nix = shutil.which("nix-instantiate")
    if nix is None:
        pytest.skip("nix is not installed")
    (tmp_path / "piece.nix").write_text(f"{{\n{text}\n}}\n")
    ended = subprocess.run([nix, "--parse", str(tmp_path / "piece.nix")], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("key", ["", "ssh-ed25519 AAAA", KEY + "\nssh-rsa x", KEY + "'; reboot; '", 'x" ' + KEY])
@pytest.mark.parametrize("platform", Platform)
def test_what_could_leave_its_quotes_is_no_key(platform, key):
    with pytest.raises(InvalidInput):
        joining(platform, key)
