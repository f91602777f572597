"""Three things that are not wrong and that an owner wants to be told: a new port, a changed file, another image."""

from tests.real.lab.faults.fault import Fault
from tests.real.lab.guest import Guest
from tests.real.lab.images import recipe

PORT = 8099
_SHARE = "photo-share.service"
CHANGED = "/etc/ssh/sshd_config.d/lab.conf"
_IMAGE, _KEPT = "home/base:1", "home/base:before"
RENEWED = "web"
# The same name for another content, as when a tag was pulled again.
_RENEW = f"""
docker image inspect {_KEPT} >/dev/null 2>&1 && exit 0
docker tag {_IMAGE} {_KEPT}
docker create --name renewing {_IMAGE} sh >/dev/null
page=$(mktemp -d)
echo '<h1>Home, newly painted</h1>' > $page/index.html
docker cp $page/index.html renewing:/www/index.html
docker commit renewing {_IMAGE} >/dev/null
docker rm renewing >/dev/null
docker rm -f {RENEWED} >/dev/null
first-containers
"""
_PUT_BACK = f"""
docker image inspect {_KEPT} >/dev/null 2>&1 || exit 0
docker tag {_KEPT} {_IMAGE}
docker rm -f {RENEWED} >/dev/null
first-containers
docker rmi {_KEPT} >/dev/null
docker image prune -f >/dev/null
"""


def _open(guest: Guest) -> None:
    if not _is_open(guest):
        serve = ["python3", "-m", "http.server", str(PORT), "--bind", "0.0.0.0", "--directory", "/srv"]
        guest.run(["systemd-run", f"--unit={_SHARE}", "--description=Share of the photos", *serve])
        guest.wait(f"port {PORT}", lambda: _is_open(guest))


def _is_open(guest: Guest) -> bool:
    return bool(guest.run(["ss", "-H", "-t", "-l", "-n", f"sport = :{PORT}"]).stdout.strip())


def _close(guest: Guest) -> None:
    guest.run(["systemctl", "stop", _SHARE], check=False)
    guest.run(["systemctl", "reset-failed", _SHARE], check=False)


def _edit(guest: Guest) -> None:
    edited = recipe("machine" + CHANGED) + "MaxAuthTries 20\n"
    guest.put({CHANGED: (0o644, edited.encode())})


def _edit_back(guest: Guest) -> None:
    guest.put({CHANGED: (0o644, recipe("machine" + CHANGED).encode())})


def _is_healthy(guest: Guest) -> bool:
    shown = guest.run(["docker", "inspect", "--format", "{{.State.Health.Status}}", RENEWED], check=False)
    return shown.stdout.strip() == "healthy"


def _renew(guest: Guest) -> None:
    guest.shell(_RENEW)
    guest.wait(f"the health of {RENEWED}", lambda: _is_healthy(guest))


def _put_back(guest: Guest) -> None:
    guest.shell(_PUT_BACK)
    guest.wait(f"the health of {RENEWED}", lambda: _is_healthy(guest))


NEW_PORT = Fault(
    name="new_port",
    summary=f"a web server newly listens on port {PORT} of all addresses",
    cured_by=f"systemctl stop {_SHARE}",
    apply=_open,
    heal=_close,
)
CHANGED_FILE = Fault(
    name="changed_file",
    summary=f"{CHANGED} was changed by hand",
    cured_by="the line MaxAuthTries taken out",
    apply=_edit,
    heal=_edit_back,
)
CHANGED_IMAGE = Fault(
    name="changed_image",
    summary=f"container {RENEWED} was made anew from another image of the same name",
    cured_by="the older image, and the container made anew",
    apply=_renew,
    heal=_put_back,
    needs_docker=True,
)
