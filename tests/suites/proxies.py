"""Real proxies on loopback: Traefik and Caddy, each with the very lines that the documentation shows."""

from __future__ import annotations

import http.client
import os
import shutil
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

CADDY_KEPT = """\
    redir /steward /steward/
    handle /steward/* {
        reverse_proxy 127.0.0.1:8787
    }
"""
CADDY_STRIPPED = """\
    redir /steward /steward/
    handle_path /steward/* {
        reverse_proxy 127.0.0.1:8787
    }
"""
CADDY_ROOT = """\
    reverse_proxy 127.0.0.1:8787
"""
CADDY_AUTH = """\
    redir /steward /steward/
    handle /steward/* {
        forward_auth 127.0.0.1:9091 {
            uri /verify
            copy_headers Remote-User
        }
        reverse_proxy 127.0.0.1:8787
    }
"""
TRAEFIK_KEPT = """\
http:
  routers:
    steward:
      rule: Path(`/steward`) || PathPrefix(`/steward/`)
      service: steward
  services:
    steward:
      loadBalancer:
        servers:
          - url: http://127.0.0.1:8787
"""
TRAEFIK_STRIPPED = """\
http:
  routers:
    steward:
      rule: Path(`/steward`) || PathPrefix(`/steward/`)
      service: steward
      middlewares: [without-path]
  middlewares:
    without-path:
      stripPrefix:
        prefixes: [/steward]
  services:
    steward:
      loadBalancer:
        servers:
          - url: http://127.0.0.1:8787
"""
TRAEFIK_ROOT = """\
http:
  routers:
    steward:
      rule: PathPrefix(`/`)
      service: steward
      tls: {}
  services:
    steward:
      loadBalancer:
        servers:
          - url: http://127.0.0.1:8787
"""
TRAEFIK_AUTH = """\
http:
  routers:
    steward:
      rule: Path(`/steward`) || PathPrefix(`/steward/`)
      service: steward
      middlewares: [signed-in]
  middlewares:
    signed-in:
      forwardAuth:
        address: http://127.0.0.1:9091/verify
        authResponseHeaders: [Remote-User]
  services:
    steward:
      loadBalancer:
        servers:
          - url: http://127.0.0.1:8787
"""
SNIPPETS: Mapping[str, Mapping[str, str]] = {
    "caddy": {"kept": CADDY_KEPT, "stripped": CADDY_STRIPPED, "root": CADDY_ROOT, "auth": CADDY_AUTH},
    "traefik": {"kept": TRAEFIK_KEPT, "stripped": TRAEFIK_STRIPPED, "root": TRAEFIK_ROOT, "auth": TRAEFIK_AUTH},
}


def program(name: str) -> str:
    """Return a program of the tests' own environment, or of the machine; skip where it is missing."""
    found = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None:
        pytest.skip(f"there is no {name}: `pip install {name}-bin`")
    return found


@contextmanager
def proxied(
    kind: str, shape: str, folder: Path, *, port: int, house: int, portal: int = 0, tls: tuple[str, str] | None = None
) -> Iterator[None]:
    """Run a proxy before a house for as long as the block does; it asks nobody else anything."""
    text = SNIPPETS[kind][shape].replace(":8787", f":{house}").replace(":9091", f":{portal}")
    command = _caddy(text, folder, port, tls) if kind == "caddy" else _traefik(text, folder, port, tls)
    log = (folder / f"{kind}.log").open("wb")
    given = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "PATH": "/usr/bin:/bin"}
    process = subprocess.Popen([program(kind), *command], stdout=log, stderr=log, env=given, cwd=folder)
    try:
        _wait(process, port, folder / f"{kind}.log", is_encrypted=tls is not None)
        yield
    finally:
        process.kill()  # asked to end it would wait for streams that are still open
        process.wait(20)
        log.close()


def _caddy(text: str, folder: Path, port: int, tls: tuple[str, str] | None) -> list[str]:
    scheme = f"https://localhost:{port}" if tls else f"http://127.0.0.1:{port}"
    secured = f"    tls {tls[0]} {tls[1]}\n" if tls else ""
    own = "{\n    admin off\n    auto_https off\n    persist_config off\n}\n"
    (folder / "Caddyfile").write_text(f"{own}{scheme} {{\n    bind 127.0.0.1\n{secured}{text}}}\n", "utf-8")
    return ["run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


def _traefik(text: str, folder: Path, port: int, tls: tuple[str, str] | None) -> list[str]:
    if tls:
        pair = f"        certFile: {tls[0]}\n        keyFile: {tls[1]}\n"
        text += f"tls:\n  stores:\n    default:\n      defaultCertificate:\n{pair}"
    (folder / "dynamic.yml").write_text(text, "utf-8")
    return [
        f"--entrypoints.web.address=127.0.0.1:{port}",
        f"--providers.file.filename={folder / 'dynamic.yml'}",
        "--providers.file.watch=false",
        "--global.checknewversion=false",
        "--global.sendanonymoususage=false",
        "--log.level=WARN",
    ]


def _wait(process: subprocess.Popen[bytes], port: int, log: Path, *, is_encrypted: bool) -> None:
    """Wait until it knows its routes: Traefik listens a moment before, and finds nothing at any address then."""
    for _ in range(600):
        assert process.poll() is None, log.read_text("utf-8", "replace")
        if _status(port, is_encrypted=is_encrypted) not in {0, 404}:
            return
        time.sleep(0.1)
    raise AssertionError(log.read_text("utf-8", "replace"))


def _status(port: int, *, is_encrypted: bool) -> int:
    """Return what it answers, 0 while it does not listen, 1 when it passes the question on to a house that waits."""
    if is_encrypted:
        anybody = ssl.create_default_context()
        anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection("localhost", port, timeout=1, context=anybody)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/steward/healthz")
        return connection.getresponse().status
    except TimeoutError:
        return 1
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


class _Portal(BaseHTTPRequestHandler):
    """Lets in whoever brings a cookie that says who they are; a real portal would have asked for a password."""

    def do_GET(self) -> None:
        name = next(
            (
                part.partition("=")[2]
                for part in self.headers.get("cookie", "").split("; ")
                if part.startswith("portal=")
            ),
            "",
        )
        self.send_response(200 if name else 401)
        if name:
            self.send_header("Remote-User", name)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


@contextmanager
def portal() -> Iterator[int]:
    """Run a portal that proxies ask whether to let somebody in; give its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Portal)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
