"""Where tables, models and releases live: one root, local or any URL that fsspec opens.

A file is written under a temporary name, synced, then renamed: a reader sees all of it or none.
Names carry the content's hash and are never written twice.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import os
import uuid
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from supplychain.errors import BadInput, Busy, StoreFault

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

HOME_VARIABLE = "SUPPLYCHAIN_HOME"
DEFAULT_HOME = ".supplychain"
_PIECE = 1 << 20
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def sha256(data: bytes) -> str:
    """The content hash used everywhere: 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True)
class StoredTable:
    """A table in the store: the path within it, and what is in there."""

    path: str
    content: str
    rows: int
    bytes: int


@dataclass(frozen=True)
class Store:
    """The state root.

    Example:
        >>> store = Store.open("memory://doc")
        >>> store.write("a/b.txt", b"x")
        >>> store.read("a/b.txt")
        b'x'
    """

    url: str

    @classmethod
    def open(cls, home: str | Path | None = None) -> Store:
        """The store at `home`; by default at `SUPPLYCHAIN_HOME`, else at `.supplychain` of the project around here."""
        url = str(home or os.environ.get(HOME_VARIABLE) or _project() / DEFAULT_HOME)
        return cls(url if "://" in url else str(Path(url).absolute()))

    @cached_property
    def _opened(self) -> tuple[Any, str]:
        import fsspec

        try:
            filesystem, root = fsspec.core.url_to_fs(self.url)
        except (ValueError, ImportError) as error:
            raise BadInput(
                f"cannot open {self.url!r} ({error})",
                where=HOME_VARIABLE,
                remedy="name a folder, or a URL whose file system is installed",
            ) from None
        return filesystem, root.rstrip("/")

    @property
    def local(self) -> Path | None:
        """The root as a path, or None where the store is not on this machine's file system."""
        filesystem, root = self._opened
        return Path(root) if "file" in _protocols(filesystem) else None

    def path(self, key: str) -> str:
        """The whole path of a key, as the file system names it."""
        return f"{self._opened[1]}/{key}"

    def write(self, key: str, data: bytes) -> None:
        """Write one file, whole or not at all.

        Raises:
            StoreFault: The root is not writable, or the disk is full; what was there before still is.
        """
        with self.explained("write", key):
            if self.local:
                _write_local(self.local / key, data)
            else:
                self._opened[0].makedirs(str(Path(self.path(key)).parent), exist_ok=True)
                self._opened[0].pipe_file(self.path(key), data)  # an object store's put is whole or not at all

    def read(self, key: str) -> bytes:
        """The bytes of one file.

        Raises:
            StoreFault: It is not there or cannot be read.
        """
        with self.explained("read", key):
            data: bytes = self._opened[0].cat_file(self.path(key))
            return data

    def open_file(self, key: str) -> IO[bytes]:
        """A file to read from piece by piece; close it.

        Raises:
            StoreFault: It is not there or cannot be read.
        """
        with self.explained("read", key):
            handle: IO[bytes] = self._opened[0].open(self.path(key), "rb")
            return handle

    def digest(self, key: str) -> str:
        """The content hash of a file, without holding the file.

        Raises:
            StoreFault: It is not there or cannot be read.
        """
        hashed = hashlib.sha256()
        with self.open_file(key) as handle, self.explained("read", key):
            while piece := handle.read(_PIECE):
                hashed.update(piece)
        return hashed.hexdigest()

    def unfinished(self, folder: str) -> Path:
        """A local path to write a long file to, for `adopt`: within the folder where the store is local."""
        import tempfile

        name = f"{uuid.uuid4().hex}.tmp"
        if not self.local:
            return Path(tempfile.gettempdir()) / f"supplychain-{name}"
        with self.explained("prepare", folder):
            (self.local / folder).mkdir(parents=True, exist_ok=True)
        return self.local / folder / name

    def adopt(self, file: Path, key: str) -> None:
        """Move a finished local file to a key, whole or not at all.

        Raises:
            StoreFault: The store refuses.
        """
        with self.explained("write", key):
            if self.local:
                target = self.local / key
                target.parent.mkdir(parents=True, exist_ok=True)
                _sync(file)
                file.replace(target)
                _sync(target.parent)
            else:
                self._opened[0].makedirs(str(Path(self.path(key)).parent), exist_ok=True)
                self._opened[0].put_file(str(file), self.path(key))
                file.unlink()

    def exists(self, key: str) -> bool:
        """Whether there is a file or folder of that key."""
        return bool(self._opened[0].exists(self.path(key)))

    def is_folder(self, key: str) -> bool:
        """Whether there is a folder of that key."""
        return bool(self._opened[0].isdir(self.path(key)))

    def names(self, folder: str) -> list[str]:
        """Names of what lies in a folder, sorted; empty where there is no such folder.

        Raises:
            StoreFault: The folder cannot be read, or is none.
        """
        filesystem, _ = self._opened
        filesystem.invalidate_cache()
        with self.explained("list", folder):
            try:
                found = filesystem.ls(self.path(folder), detail=False)
            except FileNotFoundError:
                return []
        names = (str(entry).rstrip("/").rsplit("/", 1)[-1] for entry in found)
        return sorted(name for name in names if not name.startswith("."))

    def remove(self, key: str) -> None:
        """Remove a file or folder; nothing happens where there is none."""
        if self.exists(key):
            with self.explained("remove", key):
                self._opened[0].rm(self.path(key), recursive=True)

    def read_table(self, table: StoredTable) -> pl.DataFrame:
        """The frame of a stored table.

        Raises:
            StoreFault: The file is gone or is not what was written.
        """
        import polars as pl

        data = self.read(table.path)
        if sha256(data) != table.content:
            raise StoreFault(f"{self.path(table.path)}: is not what the lineage log says; run `supplychain doctor`")
        return pl.read_parquet(io.BytesIO(data))

    def publish_folder(self, staged: Path, key: str) -> None:
        """Move a local folder into the store, so that a reader sees all of it or none.

        The files `manifest.json` come last where the store cannot rename a folder, that of the folder itself after
        those within: without it there is no release.

        Raises:
            StoreFault: The store refuses, or the key is taken.
        """
        with self.explained("publish", key):
            if self.local:
                target = self.local / key
                target.parent.mkdir(parents=True, exist_ok=True)
                staged.rename(target)
                _sync(target.parent)
                return
            files = sorted(p for p in staged.rglob("*") if p.is_file())
            for file in sorted(files, key=lambda p: (p.name == "manifest.json", -len(p.parts))):
                place = self.path(f"{key}/{file.relative_to(staged).as_posix()}")
                self._opened[0].makedirs(str(Path(place).parent), exist_ok=True)
                self._opened[0].put_file(str(file), place)

    def staging(self, beside: str) -> Path:
        """An empty local folder to prepare something in, on the same disk as `beside` where that is local."""
        import tempfile

        if not self.local:
            return Path(tempfile.mkdtemp(prefix="supplychain-"))
        folder = self.local / Path(beside).parent / f".staging-{uuid.uuid4().hex}"
        with self.explained("prepare", str(folder)):
            folder.mkdir(parents=True)
        return folder

    @contextlib.contextmanager
    def lock(self, name: str, *, why: str, wait: bool = False, shared: bool = False) -> Iterator[None]:
        """Hold a lock among the processes of this machine; it goes with the process, however that ends.

        A shared lock may be held by several, while nobody holds it alone.

        Raises:
            Busy: Another process holds it and `wait` is off; `why` says what is under way.
        """
        import fcntl

        if not self.local:
            yield  # one machine's lock means nothing to a shared store; commits there are safe without it
            return
        key = f"locks/{name}.lock"
        path = self.local / key
        with self.explained("lock", key):
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = path.open("a+b", buffering=0)  # nothing is left to be written when it is closed
        with handle:
            try:
                fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                handle.seek(0)
                holder = handle.read().decode().strip() or "unknown"
                raise Busy(f"{why} (process {holder}); wait for it to end") from None
            with self.explained("lock", key):
                handle.truncate(0)
                handle.write(str(os.getpid()).encode())
            yield

    @contextlib.contextmanager
    def explained(self, verb: str, key: str) -> Iterator[None]:
        """Turn an error of the operating system into one line that says what to do."""
        try:
            yield
        except OSError as error:
            may = "read" if verb in ("read", "list") else "write"
            remedy = (
                "the disk is full: free some room and run again"
                if error.errno in _FULL
                else f"check that {HOME_VARIABLE} names a folder that you may {may}"
            )
            raise StoreFault(f"{self.url}: cannot {verb} {key} ({error.strerror or error}); {remedy}") from error


def _project() -> Path:
    """The nearest folder from here upwards that is a project, else this folder."""
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / "workspace.yaml").is_file()), here)


def parquet_bytes(frame: pl.DataFrame) -> bytes:
    """The frame as Parquet; equal frames give equal bytes with one version of polars."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", statistics=False)
    return buffer.getvalue()


def _protocols(filesystem: Any) -> tuple[str, ...]:  # noqa: ANN401  (fsspec has no types)
    protocol = filesystem.protocol
    return (protocol,) if isinstance(protocol, str) else tuple(protocol)


def _write_local(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        write_synced(temporary, data)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def write_synced(path: Path, data: bytes) -> None:
    """Write a local file and wait until it is on the disk."""
    with path.open("wb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())


def _sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
