"""A security update that waits: apt itself offers it, from a repository that lies on the machine."""

from tests.real.lab.faults.fault import Fault
from tests.real.lab.guest import Guest

PACKAGE = "photo-tools"
_OLD, _NEW = "1.0-1", "1.0-1+deb12u1"
_REPOSITORY, _SOURCES = "/srv/security-mirror", "/etc/apt/sources.list.d/security-mirror.list"
_UPDATE = f"apt-get update -q -o Dir::Etc::sourcelist={_SOURCES} -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0"
# Named like Debian's own, because that is what apt tells updates by: label, suite and version of the Release file.
_OFFER = f"""
[ -e {_SOURCES} ] && exit 0
mkdir -p {_REPOSITORY}
cd {_REPOSITORY}
for version in {_OLD} {_NEW}; do
    mkdir -p build/DEBIAN build/usr/share/{PACKAGE}
    echo "$version" > build/usr/share/{PACKAGE}/version
    printf '%s\\n' 'Package: {PACKAGE}' "Version: $version" 'Architecture: all' 'Section: graphics' \\
        'Maintainer: Lab <root@localhost>' 'Description: small tools for the photos of the lab' > build/DEBIAN/control
    dpkg-deb --root-owner-group -Zgzip -b build {PACKAGE}_${{version}}_all.deb
    rm -r build
done
dpkg -i {PACKAGE}_{_OLD}_all.deb
file={PACKAGE}_{_NEW}_all.deb
{{
    dpkg-deb -f $file
    echo "Filename: ./$file"
    echo "Size: $(stat -c %s $file)"
    echo "SHA256: $(sha256sum $file | cut -d ' ' -f 1)"
}} > Packages
printf '%s\\n' 'Origin: Debian' 'Label: Debian-Security' 'Suite: stable-security' 'Codename: bookworm-security' \\
    'Version: 12' "Date: $(LC_ALL=C date -u '+%a, %d %b %Y %H:%M:%S UTC')" 'SHA256:' \\
    " $(sha256sum Packages | cut -d ' ' -f 1) $(stat -c %s Packages) Packages" > Release
echo 'deb [trusted=yes] file:{_REPOSITORY} ./' > {_SOURCES}
{_UPDATE}
"""
_TAKE_BACK = f"""
rm -f {_SOURCES}
rm -f /var/lib/apt/lists/*security-mirror*
rm -rf {_REPOSITORY}
! dpkg -s {PACKAGE} >/dev/null 2>&1 || dpkg --purge {PACKAGE}
"""


def _offer(guest: Guest) -> None:
    guest.shell(_OFFER)


def _take_back(guest: Guest) -> None:
    guest.shell(_TAKE_BACK)


SECURITY_UPDATE = Fault(
    name="security_update",
    summary=f"apt offers a security update of {PACKAGE}, {_OLD} -> {_NEW}",
    cured_by=f"apt-get install --only-upgrade {PACKAGE}",
    apply=_offer,
    heal=_take_back,
)
