"""Long tables: written and read piece by piece, so that memory does not grow with the rows.

One table stays one Parquet file, known by the hash of its bytes. Rows are written in groups of a fixed size, so that
the bytes follow from the rows alone, however they came.
"""

from __future__ import annotations

import hashlib
import io
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import polars as pl

from supplychain.errors import StoreFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    import pyarrow as pa
    import pyarrow.parquet as pq
    from _typeshed import ReadableBuffer

    from supplychain.ledger.entries import Scalar
    from supplychain.store import Store, StoredTable

COUNTED = "_row"
"""The column of a row's number within its batch."""
GROUP = 1 << 17
"""Rows of a row group: what a writer holds, and what is read at a time."""


def types_of(schema: pl.Schema) -> dict[str, str]:
    """Column to type, in words."""
    return {name: str(dtype) for name, dtype in schema.items()}


class _HashedFile(io.FileIO):
    """A file that hashes what is written to it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "w")
        self.hashed = hashlib.sha256()

    def write(self, data: ReadableBuffer, /) -> int:
        self.hashed.update(data)
        return super().write(data)


class TableWriter:
    """A Parquet file that grows; equal rows give equal bytes with one version of pyarrow, however they are parted.

    Example:
        >>> import tempfile, pathlib
        >>> with TableWriter(pathlib.Path(tempfile.mkdtemp()) / "x.parquet") as table:
        ...     table.write(pl.DataFrame({"x": [1, 2]}))
        ...     table.write(pl.DataFrame({"x": [3]}))
        ...     table.close()
        >>> table.rows
        3

    Args:
        file: A new local file; it is gone when the `with` ends, unless it was moved away.
        explained: A context in which errors of the disk become one line, such as the store's.
        metadata: Key-value metadata of the file.
    """

    def __init__(
        self,
        file: Path,
        explained: Callable[[], AbstractContextManager[None]] = nullcontext,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        self.file = file
        self._metadata = metadata
        self.rows = self.bytes = 0
        self.notes: dict[str, Scalar] = {}
        self.schema = pl.Schema()
        self._explained = explained
        with explained():
            self._sink = _HashedFile(file)
        self._writer: pq.ParquetWriter | None = None
        self._held: list[pl.DataFrame] = []

    def write(self, frame: pl.DataFrame) -> None:
        """Add rows; the first piece, which may be empty, says what the columns are.

        Raises:
            StoreFault: The columns are other than those of the first piece.
        """
        if self._writer is None:
            self._open(frame)
        if frame.schema != self.schema:
            raise StoreFault(
                f"rows with columns {types_of(frame.schema)} do not fit a table of {types_of(self.schema)}"
            )
        self._held.append(frame)
        self.rows += frame.height
        if sum(piece.height for piece in self._held) >= GROUP:
            with self._explained():
                self._flush(all_of_it=False)

    def close(self) -> None:
        """Write what is left; then the hash and the size are known.

        Raises:
            StoreFault: Nothing was ever written, not even an empty piece.
        """
        if self._writer is None:
            raise StoreFault(f"{self.file}: no rows were written, nor what their columns are")
        with self._explained():
            self._flush(all_of_it=True)
            self._writer.close()
            self._sink.close()
            self.bytes = self.file.stat().st_size

    @property
    def content(self) -> str:
        """The hash of the bytes."""
        return self._sink.hashed.hexdigest()

    def _open(self, frame: pl.DataFrame) -> None:
        import pyarrow.parquet as pq

        self.schema = frame.schema
        arrow = frame.clear().to_arrow().schema
        if self._metadata:
            arrow = arrow.with_metadata({**(arrow.metadata or {}), **self._metadata})
        self._writer = pq.ParquetWriter(
            self._sink, arrow, compression="zstd", write_statistics=False, **_encodings(arrow)
        )

    def _flush(self, *, all_of_it: bool) -> None:
        assert self._writer is not None
        rows = pl.concat(self._held)
        whole = rows.height if all_of_it else rows.height // GROUP * GROUP
        for start in range(0, whole, GROUP):
            group = rows.slice(start, min(GROUP, whole - start))
            self._writer.write_table(group.rechunk().to_arrow(), row_group_size=GROUP)
        self._held = [rows.slice(whole)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # where it could not be written, it cannot be closed either
            if self._writer is not None:
                self._writer.close()
            self._sink.close()
        self.file.unlink(missing_ok=True)


def _encodings(schema: pa.Schema) -> dict[str, Any]:
    """How columns are encoded: by dictionary, but numbers that go up row by row by their differences.

    Of ten million rows `_row` takes 0.15 bytes each so, and 2.3 by dictionary.
    """
    import pyarrow.parquet as pq

    if COUNTED not in schema.names:
        return {}
    empty = io.BytesIO()
    pq.ParquetWriter(empty, schema).close()
    columns = pq.ParquetFile(empty).schema
    others = [path for path in (columns.column(place).path for place in range(len(columns))) if path != COUNTED]
    return {"use_dictionary": others, "column_encoding": {COUNTED: "DELTA_BINARY_PACKED"}}


@dataclass(frozen=True)
class TableScan:
    """A stored table, read piece by piece."""

    store: Store
    table: StoredTable

    @property
    def rows(self) -> int:
        """Rows in all."""
        return self.table.rows

    @cached_property
    def schema(self) -> pl.Schema:
        """Columns and their types."""
        import pyarrow.parquet as pq

        with self.store.open_file(self.table.path) as handle:
            empty = pl.from_arrow(pq.read_schema(handle).empty_table())
        assert isinstance(empty, pl.DataFrame)
        return empty.schema

    def pieces(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """The rows in order, at most `GROUP` at a time; only some columns where they are named."""
        import pyarrow.parquet as pq

        with self.store.open_file(self.table.path) as handle, self.store.explained("read", self.table.path):
            for batch in pq.ParquetFile(handle).iter_batches(GROUP, columns=list(columns) if columns else None):
                piece = pl.from_arrow(batch)
                assert isinstance(piece, pl.DataFrame)
                yield piece

    def select(self, columns: Sequence[str]) -> pl.DataFrame:
        """Some columns of all rows."""
        parts = list(self.pieces(columns))
        return pl.concat(parts) if parts else pl.DataFrame(schema={name: self.schema[name] for name in columns})

    def sample(self, most: int, *, seed: int) -> pl.DataFrame:
        """The rows, or that many of them by chance, in their order."""
        import numpy as np

        if self.rows <= most:
            return self.select(self.schema.names())
        chosen = np.sort(np.random.default_rng(seed).choice(self.rows, most, replace=False))
        parts, start = [], 0
        for piece in self.pieces():
            low, high = np.searchsorted(chosen, [start, start + piece.height])
            parts.append(piece[chosen[low:high] - start])
            start += piece.height
        return pl.concat(parts)


def scan_table(store: Store, table: StoredTable) -> TableScan:
    """A stored table, to be read piece by piece.

    Raises:
        StoreFault: The file is gone or is not what was written.
    """
    if store.digest(table.path) != table.content:
        raise StoreFault(f"{store.path(table.path)}: is not what the lineage log says; run `supplychain doctor`")
    return TableScan(store, table)
