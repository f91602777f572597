"""Build and cache the three images: base (Debian), machine (our baseline), docker (an engine inside).

An image's tag is a digest of everything it is made from, so a changed recipe is rebuilt and an unchanged
one costs nothing.
"""

import hashlib
import io
import shutil
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.real.lab.command import run
from tests.real.lab.packages import sources_file, suite
from tests.real.lab.podman import Podman

_RECIPES = Path(__file__).parent / "recipes"
# python3, not python3-minimal: that one has no json module, which Ansible needs.
_BASE_PACKAGES = (
    "systemd,systemd-sysv,dbus,openssh-server,iproute2,procps,python3,curl,ca-certificates,sudo,cron,libfaketime"
)
_USER_ID = 1000
_MACHINE_SCRIPT = """\
set -e
useradd --create-home --uid 1000 --shell /bin/bash steward
install -d -m 700 -o steward -g steward /home/steward/.ssh
install -d -m 700 /root/.ssh
rm -f /etc/ssh/ssh_host_*
: > /etc/machine-id
systemctl -q enable photo-index.service mail-relay.service photo-backup.timer
systemctl -q mask apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer
"""
_DOCKER_SCRIPT = """\
set -e
apt-get update -q
DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends docker.io iptables busybox-static
apt-get clean
rm -rf /var/lib/apt/lists/*
"""
Say = Callable[[str], None]


def machine_image(podman: Podman, say: Say) -> str:
    """Return the image of a plain machine, building what the cache lacks."""
    base = _tag("base", suite(), _BASE_PACKAGES)
    image = _tag("machine", base, _MACHINE_SCRIPT, *_tree_digest(_RECIPES / "machine"))
    if not podman.has_image(image):
        if not podman.has_image(base):
            say(f"building the Debian root file system ({suite()}), about 40 s")
            _build_base(podman, base)
        say("building the machine image")
        _build_layer(podman, base, image, "machine", _MACHINE_SCRIPT)
    return image


def docker_image(podman: Podman, say: Say) -> str:
    """Return the image of a machine with a Docker engine, building what the cache lacks."""
    machine = machine_image(podman, say)
    image = _tag("docker", machine, _DOCKER_SCRIPT, *_tree_digest(_RECIPES / "docker"))
    if not podman.has_image(image):
        say("building the image with a Docker engine, about 15 s")
        _build_layer(podman, machine, image, "docker", _DOCKER_SCRIPT)
    return image


def recipe(path: str) -> str:
    """Return the text of a file below `recipes`."""
    return (_RECIPES / path).read_text(encoding="utf-8")


def tarball(files: dict[str, tuple[int, bytes]]) -> bytes:
    """Pack files (absolute path: mode, content) for `podman cp`: root's, except below /home."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path, (mode, content) in sorted(files.items()):
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.mode, entry.size, entry.mtime = mode, len(content), int(time.time())
            entry.uid = entry.gid = _USER_ID if path.startswith("/home/") else 0
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def _build_base(podman: Podman, image: str) -> None:
    tree = podman.places.root / "base.building"
    shutil.rmtree(tree, ignore_errors=True)
    command = ["mmdebstrap", "--mode=root", "--variant=minbase", f"--include={_BASE_PACKAGES}"]
    command += ["--components=main", '--aptopt=Acquire::Languages "none"']
    command += ["--dpkgopt=path-exclude=/usr/share/{doc,man,locale}/*", suite(), str(tree), str(sources_file())]
    run(command, timeout_seconds=900)
    packed = podman.places.root / "base.building.tar"
    run(["tar", "-C", str(tree), "-cf", str(packed), "."], timeout_seconds=300)
    podman("import", "-q", str(packed), image, timeout_seconds=300)
    packed.unlink()
    podman.forget_older(image)
    shutil.rmtree(tree)


def _build_layer(podman: Podman, parent: str, image: str, name: str, script: str) -> None:
    """Put the files of a recipe on top of an image and run its script there, with the host's network."""
    container = f"building-{name}"
    podman("rm", "-f", "-i", container)
    podman("create", "--name", container, "--network", "host", parent, "sh", "-c", script)
    try:
        podman("cp", "-", f"{container}:/", stdin=tarball(_tree(_RECIPES / name)))
        podman("start", "--attach", container, timeout_seconds=600)
        podman("commit", "-q", container, image, timeout_seconds=300)
        podman.forget_older(image)
    finally:
        podman("rm", "-f", container)


def _tree(directory: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(directory)): (0o755 if "bin" in path.parent.name else 0o644, path.read_bytes())
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def _tree_digest(directory: Path) -> list[str]:
    return [f"{path} {mode:o} {hashlib.sha256(data).hexdigest()}" for path, (mode, data) in _tree(directory).items()]


def _tag(name: str, *ingredients: str) -> str:
    digest = hashlib.sha256("\0".join(ingredients).encode()).hexdigest()
    return f"localhost/lab/{name}:{digest[:12]}"
