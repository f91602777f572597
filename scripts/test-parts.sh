#!/bin/sh
# Install the real parts that tests use (databases, sshd, age, containers, a browser) where that can be done: as root on
# Debian.
#
# Elsewhere nothing is installed, and the tests that need a missing part are skipped by name.
set -eu

NEEDED="age aardvark-dns bash busybox-static chromium conmon dash dnsmasq-base e2fsprogs git iptables mmdebstrap mount
    netavark openssh-client openssh-server podman postgresql-15 procps prometheus prometheus-node-exporter runc util-linux"

if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" -ne 0 ]; then
    echo "not root on Debian: tests whose parts are missing will be skipped by name" >&2
    exit 0
fi

missing=
for package in $NEEDED; do
    state=$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null || true)
    case $state in ii*) ;; *) missing="$missing $package" ;; esac
done
[ -n "$missing" ] || exit 0

echo "installing what tests need:$missing" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get update -q >/dev/null
# shellcheck disable=SC2086 # a list of names
apt-get install -y -q --no-install-recommends $missing >/dev/null
