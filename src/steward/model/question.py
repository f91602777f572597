"""Questions that are asked from Steward's own box over the network, and their answers; all of them only look.

A probe says what is expected and whether it holds; a question only says what is there. No question carries bytes
of its own: what is sent follows from its type, so that no know-how can send anything else.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from steward.lib.record import record


class Hello(StrEnum):
    """What is said to a port after it accepted the connection; nothing of it changes anything."""

    NONE = "none"
    """Nothing: hang up at once."""
    DOCKER = "docker"
    """`GET /_ping`, which the Docker API answers without any right."""
    ELASTICSEARCH = "elasticsearch"
    """`GET /`."""
    REDIS = "redis"
    """`PING`."""
    MEMCACHED = "memcached"
    """`version`."""
    VNC = "vnc"
    """The version of the protocol, to be told which proofs of a person are offered."""


class Reach(StrEnum):
    """Whether a port answers."""

    REACHED = "reached"
    """It accepted the connection."""
    REFUSED = "refused"
    """The machine said that nobody listens."""
    SILENT = "silent"
    """Nothing came back: a firewall, or no machine."""
    UNKNOWN = "unknown"
    """It could not be tried: the name is not found, there is no way there."""


@record
class PortQuestion:
    """Does this port accept connections, and what does it say?"""

    host: str
    """Address of the machine, as the inventory has it."""
    port: int
    """TCP port."""
    hello: Hello = Hello.NONE
    """What is said to it."""


@record
class PortAnswer:
    """What came of a connection."""

    question: PortQuestion
    """The question."""
    reach: Reach
    """Whether it accepted."""
    peer: str = ""
    """IP address that was connected to."""
    said: str = ""
    """Begin of what it said, at most 600 characters; from outside."""


@record
class CertificateQuestion:
    """Which certificate is served here?"""

    host: str
    """Address of the machine, as the inventory has it."""
    port: int
    """TCP port."""
    server_name: str = ""
    """Name that is asked for; empty asks for none."""


@record
class ServedCertificate:
    """A certificate as it was served. Its texts were written by whoever issued it."""

    subject: str
    """Whom it is for."""
    issuer: str
    """Who signed it."""
    serial: str
    """Serial number, hexadecimal."""
    names: tuple[str, ...]
    """Names and addresses it is valid for."""
    begins_at: datetime
    """Valid from (UTC)."""
    ends_at: datetime
    """Valid until (UTC)."""
    is_public: bool
    """Whether it says that a public authority issued it: by its policy, or by the logs it is written in."""


@record
class CertificateAnswer:
    """What was served."""

    question: CertificateQuestion
    """The question."""
    certificate: ServedCertificate | None = None
    """The server's own certificate; None when none could be read."""
    is_trusted: bool | None = None
    """Whether the chain that came with it leads to an authority that Steward's box knows, whatever its names and
    dates; None when that was not found out."""
    problem: str = ""
    """What went wrong, in words; from outside."""


@record
class NameQuestion:
    """What does this name server answer for this name?"""

    name: str
    """Name."""
    server: str
    """Address of the name server, with `:PORT` when it is not 53."""


@record
class NameAnswer:
    """What a name server said."""

    question: NameQuestion
    """The question."""
    addresses: tuple[str, ...] | None = None
    """Addresses, IPv4 and IPv6, sorted; none when it says that there are none; None when it gave no answer."""
    problem: str = ""
    """Why there was no answer."""


@record
class TagsQuestion:
    """Which newer tags does this registry have of an image?"""

    registry: str
    """The registry as the owner wrote it: `docker.io`, `http://registry.lan:5000`."""
    repository: str
    """Repository in it: `library/nginx`."""
    tag: str
    """Tag in use."""


@record
class TagsAnswer:
    """What a registry says of an image."""

    question: TagsQuestion
    """The question."""
    newest: str = ""
    """Newest tag of the same scheme that is newer than the one in use, or empty."""
    newest_of_line: str = ""
    """The same within the same first number, or empty."""
    digest: str = ""
    """What the tag in use stands for in the registry now, or empty when it did not tell."""
    is_whole: bool = False
    """Whether all tags were read."""
    is_reached: bool = True
    """Whether anybody answered there."""
    problem: str = ""
    """Why it could not be asked, in words; from outside."""


Question: TypeAlias = PortQuestion | CertificateQuestion | NameQuestion | TagsQuestion
Answer: TypeAlias = PortAnswer | CertificateAnswer | NameAnswer | TagsAnswer
