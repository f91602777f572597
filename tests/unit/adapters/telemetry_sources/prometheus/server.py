"""A server on loopback that gives recorded answers of a real Prometheus 2.42, or whatever a test makes of them."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

ANSWERS = Path(__file__).parent / "answers"


@dataclass(frozen=True)
class Answer:
    """What is answered."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """What was asked."""

    path: str
    query: str
    parameters: dict[str, str]
    authorization: str


Answering = Callable[[Asked], Answer]


def recorded(name: str) -> Answer:
    """Return an answer of the real server; errors came with status 400."""
    body = (ANSWERS / f"{name}.json").read_bytes()
    return Answer(body=body, status=400 if b'"errorType"' in body else 200)


class FakePrometheus:
    """Answers, and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answering: Answering = lambda _asked: recorded("empty")
        self.url = ""


@contextmanager
def serving(certificate: Path | None = None) -> Iterator[FakePrometheus]:
    """Serve until the block ends, over TLS when there is a file with a key and a certificate."""
    fake = FakePrometheus()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            parameters = {name: values[0] for name, values in parse_qs(parts.query).items()}
            asked = Asked(parts.path, parameters.pop("query", ""), parameters, self.headers.get("Authorization", ""))
            fake.asked.append(asked)
            answer = fake.answering(asked)
            self.send_response(answer.status)
            for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_said: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        fake.url = f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
