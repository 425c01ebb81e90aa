"""
The set-up: from a bare machine to everything `./portal` needs. Standard library only, any Python from 3.11.

- Every package comes from a lock with hashes.
- A step that is done leaves a stamp, written last and keyed by what it was made from: an interrupted set-up
  goes on where it stopped, and a changed lock is noticed.
- Nothing is written outside the checkout and the package managers' caches.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from rwa_portal.embedded.home import Home
from rwa_portal.embedded.output import CannotGoOn, is_full, say, step
from rwa_portal.embedded.processes import die_with_parent, last_lines, stop, write_private

RUNTIME = ("requirements.txt", "requirements-embedded.txt")
EVERYTHING = (*RUNTIME, "requirements-dev.txt")
NODE = "requirements-node.txt"
OLDEST_NODE = 18

_FULL_DISK = ("no space left on device", "os error 28", "enospc", "disk quota exceeded", "os error 122")
_NO_NETWORK = (
    "dns error", "name resolution", "name or service not known", "network is unreachable", "getaddrinfo",
    "connection refused", "error sending request", "failed to establish a new connection", "timed out",
    "enotfound", "eai_again", "econnrefused", "etimedout", "enetunreach", "connection reset",
)  # fmt: skip


def prepare(home: Home, *, development: bool, chain_tools: bool = True) -> None:
    """
    Install what is missing: the Python packages, and the chain tools unless a chain is already there.

    :raises CannotGoOn: no network, a full disk, or a package manager that failed
    """
    os.environ.update(_caches(home))
    with _one_at_a_time(home):
        _install_python(home, development=development)
        if chain_tools:
            _install_chain_tools(home, development=development)


@contextlib.contextmanager
def _one_at_a_time(home: Home) -> Iterator[None]:
    with open(home.path / "setup.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("  waiting for another ./portal that is setting up")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# Python


def _install_python(home: Home, *, development: bool) -> None:
    stamps = home.path / "stamps"
    stamps.mkdir(exist_ok=True)
    made_from = _version_of(home.python)
    if _stamp(stamps / "venv") != made_from:
        with step("Python environment"):
            shutil.rmtree(home.python.parents[1], ignore_errors=True)
            _make_environment(home, home.python)
        write_private(stamps / "venv", made_from := _version_of(home.python))
    for locks, name in ((EVERYTHING, "packages-dev"), (RUNTIME, "packages")):
        if _stamp(stamps / name) == _digest(home.root, locks, made_from) and (
            not development or locks == EVERYTHING
        ):
            return
    locks = EVERYTHING if development or (stamps / "packages-dev").exists() else RUNTIME
    with step("Python packages"):
        for name in ("packages", "packages-dev"):
            (stamps / name).unlink(missing_ok=True)
        _install_packages(home, home.python, [home.root / lock for lock in locks])
    name = "packages-dev" if locks == EVERYTHING else "packages"
    write_private(stamps / name, _digest(home.root, locks, made_from))


def _version_of(python: Path) -> str:
    """Return what an environment was made from: its place, since its scripts name it, and its Python."""
    if not python.exists():
        return "missing"
    said = subprocess.run(
        [str(python), "-c", "import sys; print(sys.version)"], capture_output=True, text=True
    )
    return f"{python} {said.stdout}" if said.returncode == 0 else "broken"


def _make_environment(home: Home, python: Path) -> None:
    try:
        import ensurepip  # noqa: F401, PLC0415  Debian splits it off
    except ImportError:
        raise CannotGoOn("this Python has no venv module: apt-get install python3-venv") from None
    _run(home, "the Python environment", [sys.executable, "-m", "venv", str(python.parents[1])])


def _install_packages(home: Home, python: Path, locks: list[Path]) -> None:
    """uv takes seconds where pip takes a minute; pip fetches it, and steps in where uv cannot run."""
    pip = [
        str(python),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--retries=2",
        "--require-hashes",
    ]
    uv_lock = home.path / "stamps" / "uv.txt"
    uv_lock.write_text(only_package("uv", (home.root / "requirements-embedded.txt").read_text()))
    _run(home, "uv", [*pip, "--no-deps", "-r", str(uv_lock)])
    uv = [str(python), "-m", "uv", "--no-progress", "--no-config"]
    if subprocess.run([*uv, "--version"], capture_output=True).returncode == 0:
        install = [*uv, "pip", "install", "--python", str(python), "--require-hashes"]
    else:
        install = pip
    _run(home, "the Python packages", [*install, *(part for lock in locks for part in ("-r", str(lock)))])


def only_package(name: str, lock: str) -> str:
    """Return the lines of a hashed lock that pin one package."""
    lines = iter(lock.splitlines())
    for line in lines:
        if line.startswith(f"{name}=="):
            pin = [line]
            while pin[-1].endswith("\\"):
                pin.append(next(lines))
            return "\n".join(pin) + "\n"
    raise CannotGoOn(f"the lock does not pin {name}.")


# The chain's tools


def _install_chain_tools(home: Home, *, development: bool) -> None:
    modules = home.contracts / "node_modules"
    if modules.is_symlink():  # somebody else looks after it
        return
    lock = _digest(home.contracts, ("package-lock.json",), "")
    stamp = modules / ".portal-stamp"
    if _stamp(stamp) in ({f"all {lock}"} if development else {f"all {lock}", f"runtime {lock}"}):
        return
    environment = environment_with_node(home)
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    with step("chain tools"):
        stamp.unlink(missing_ok=True)
        _run(
            home,
            "the chain tools",
            ["npm", "ci", *options, *([] if development else ["--omit=dev"])],
            cwd=home.contracts,
            environment=environment,
        )
    write_private(stamp, f"{'all' if development else 'runtime'} {lock}")


def environment_with_node(home: Home) -> dict[str, str]:
    """Return an environment whose PATH finds node and npm: the machine's, or those of a Python wheel."""
    environment = dict(os.environ, NODE_USE_SYSTEM_CA="1")
    if not _machine_has_node():
        environment["PATH"] = f"{_node_of_wheel(home)}{os.pathsep}{environment.get('PATH', os.defpath)}"
    return environment


def _machine_has_node() -> bool:
    if not (shutil.which("npm") and (node := shutil.which("node"))):
        return False
    said = subprocess.run([node, "--version"], capture_output=True, text=True)
    major = said.stdout.strip().removeprefix("v").partition(".")[0]
    return said.returncode == 0 and major.isdigit() and int(major) >= OLDEST_NODE


def _node_of_wheel(home: Home) -> Path:
    python = home.path / "node" / "bin" / "python"
    stamp = home.path / "stamps" / "node"
    made_from = _digest(home.root, (NODE,), sys.version)
    if _stamp(stamp) != made_from or not (python.parent / "npm").exists():
        with step("Node.js"):
            shutil.rmtree(python.parents[1], ignore_errors=True)
            _make_environment(home, python)
            _install_packages(home, python, [home.root / NODE])
        write_private(stamp, made_from)
    return python.parent


# Running the package managers


def _run(
    home: Home,
    what: str,
    command: list[str],
    *,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> None:
    """
    Run a package manager quietly; its output goes to logs/setup.log.

    :raises CannotGoOn: it failed, with the reason in one line
    """
    path = home.logs / "setup.log"
    with open(path, "ab") as log:
        log.write(f"$ {' '.join(command)}\n".encode())
        log.flush()
        begins = log.tell()
        process = subprocess.Popen(
            command,
            cwd=cwd or home.root,
            env={
                **(environment or os.environ),
                **_caches(home),
                "UV_SYSTEM_CERTS": "1",
                "UV_LINK_MODE": "copy",
            },
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=die_with_parent(9),
        )
        try:
            code = process.wait()
        finally:
            stop(process, 15)
    if code:
        with open(path, "rb") as log:
            log.seek(begins)
            raise CannotGoOn(explain_failure(what, log.read().decode(errors="replace"), path))


def explain_failure(what: str, output: str, log: Path) -> str:
    """Return why a package manager failed, in one line."""
    said = output.lower()
    if any(sign in said for sign in _FULL_DISK) or is_full(log.parent):
        return f"the disk is full: {what} could not be installed. Make room and start again."
    if any(sign in said for sign in _NO_NETWORK):
        return f"no network: {what} could not be fetched. The first set-up needs it; what is done is kept."
    return f"{what} could not be installed ({log}):\n{last_lines(log)}"


def _caches(home: Home) -> dict[str, str]:
    """The package managers cache in the user's home; who has none gets a cache beside the state."""
    user_home = os.path.expanduser("~")
    if user_home not in ("~", "/") and os.access(user_home, os.W_OK):
        return {}
    cache = home.path / "cache"
    return {
        "HOME": str(home.path),
        "UV_CACHE_DIR": str(cache / "uv"),
        "PIP_CACHE_DIR": str(cache / "pip"),
        "npm_config_cache": str(cache / "npm"),
    }


def _stamp(path: Path) -> str:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        return path.read_text()
    return ""


def _digest(folder: Path, names: tuple[str, ...], salt: str) -> str:
    digest = hashlib.sha256(salt.encode())
    for name in names:
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()
