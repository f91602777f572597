"""Ports on which TLS is usually spoken from the first byte on."""

from __future__ import annotations

TLS_PORTS = (443, 465, 636, 853, 990, 993, 995, 5061, 5986, 6443, 8006, 8007, 8443, 8883, 9443, 10443)
"""The ports of which certificates are read."""
