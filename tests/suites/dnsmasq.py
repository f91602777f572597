"""A real name server on loopback, where dnsmasq is installed."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dns.asyncquery
import dns.exception
import dns.message
import pytest

from tests.suites.sshd import free_port

DNSMASQ = shutil.which("dnsmasq") or shutil.which("dnsmasq", path="/usr/local/sbin:/usr/sbin:/sbin")
DOMAIN = "example.net"


@contextmanager
def name_server(folder: Path, *options: str) -> Iterator[str]:
    """Serve what the options say of `example.net`, and nothing else; yield `ADDRESS:PORT`."""
    if DNSMASQ is None:
        pytest.skip("dnsmasq is not installed")
    port, config = free_port(), folder / "dnsmasq.conf"
    config.write_text("")
    words = (DNSMASQ, "--keep-in-foreground", f"--conf-file={config}", f"--port={port}", "--listen-address=127.0.0.1")
    words += ("--bind-interfaces", "--no-resolv", "--no-hosts", "--user=", f"--pid-file={folder / 'pid'}")
    words += (f"--local=/{DOMAIN}/", *options)
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        asyncio.run(_answers(port, process))
        try:
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()


async def _answers(port: int, process: subprocess.Popen[str]) -> None:
    """Wait until the server answers at all."""
    query = dns.message.make_query(f"nobody.{DOMAIN}", "A")
    for _ in range(300):
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        try:
            await dns.asyncquery.udp(query, "127.0.0.1", timeout=0.5, port=port)
        except (dns.exception.DNSException, OSError):
            await asyncio.sleep(0.1)
        else:
            return
    pytest.fail("dnsmasq does not answer")
