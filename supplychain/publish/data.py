"""The rows of a release: tables of the store, streamed into the release's folder and hashed on the way.

Where all columns and rows are wanted, only the file's footer is written anew, with the label in its key-value
metadata: the row groups are copied as they are, at the speed of copying (Apache Parquet, File Format: the offsets in
the footer count from the start of the file).
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from supplychain.errors import StoreFault
from supplychain.tables import TableWriter, scan_table, types_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import IO

    import pyarrow.parquet as pq

    from supplychain.ledger import Output
    from supplychain.store import Store

SYNTHETIC = "_synthetic"
"""The column of an external release that says of each row what the metadata say of all: true."""
_PIECE = 1 << 20
_MAGIC = b"PAR1"


@dataclass(frozen=True)
class Written:
    """A data file of a release."""

    sha256: str
    bytes: int
    rows: int
    schema: dict[str, str]


def copy_labelled(store: Store, table: Output, target: Path, label: Mapping[str, str]) -> Written:
    """Copy a table of the store with a label in its metadata, and check on the way that it is what the log says.

    Raises:
        StoreFault: The table is gone or is not what was written.
    """
    import pyarrow.parquet as pq

    with store.open_file(table.path) as source:
        parquet = pq.ParquetFile(source)
        rows, schema = parquet.metadata.num_rows, _schema(parquet)
        footer = _footer(parquet, label)
        size = source.seek(0, os.SEEK_END)
        source.seek(size - 8)
        end = size - 8 - int.from_bytes(source.read(4), "little")
        source.seek(0)
        with target.open("wb") as sink:
            copied, found = _copy(source, sink, end, footer)
    if found != table.content:
        raise StoreFault(f"{store.path(table.path)}: is not what the lineage log says; run `supplychain doctor`")
    return Written(copied, end + len(footer), rows, schema)


def write_synthetic(store: Store, table: Output, target: Path, label: Mapping[str, str]) -> Written:
    """Write the synthetic rows of a blend with a label, and `_synthetic` instead of `_origin`; piece by piece."""
    with TableWriter(target.with_suffix(".tmp"), metadata=label) as writer:
        for piece in scan_table(store, table.table).pieces():
            writer.write(synthetic_part(piece))
        writer.close()
        writer.file.rename(target)
    return Written(writer.content, writer.bytes, writer.rows, types_of(writer.schema))


def synthetic_part(rows: pl.DataFrame) -> pl.DataFrame:
    """The synthetic rows of a blend, with `_synthetic` instead of `_origin`, and without what real people showed them
    to be worth beside real rows.
    """
    made = rows.filter(pl.col("_origin") == "synthetic").drop("_origin", "_weight")
    return made.with_columns(pl.lit(value=True).alias(SYNTHETIC))


def label_of(file: Path) -> dict[str, str]:
    """The key-value metadata of a Parquet file that are a release's label."""
    import pyarrow.parquet as pq

    found = pq.ParquetFile(file).metadata.metadata or {}
    return {key.decode(): value.decode() for key, value in found.items() if key.startswith(b"supplychain.")}


def _schema(parquet: pq.ParquetFile) -> dict[str, str]:
    empty = pl.from_arrow(parquet.schema_arrow.empty_table())
    assert isinstance(empty, pl.DataFrame)
    return types_of(empty.schema)


def _footer(parquet: pq.ParquetFile, label: Mapping[str, str]) -> bytes:
    """The file's footer with a label, and what ends the file: made by joining an empty, labelled file's to it."""
    import pyarrow.parquet as pq

    schema = parquet.schema_arrow
    schema = schema.with_metadata({**(schema.metadata or {}), **label})
    empty, joined = io.BytesIO(), io.BytesIO()
    pq.ParquetWriter(empty, schema).close()
    metadata = pq.ParquetFile(io.BytesIO(empty.getvalue())).metadata
    metadata.append_row_groups(parquet.metadata)
    metadata.write_metadata_file(joined)
    return joined.getvalue()[len(_MAGIC) :]


def _copy(source: IO[bytes], sink: IO[bytes], end: int, footer: bytes) -> tuple[str, str]:
    """Copy up to `end` and put the footer behind; the hashes of what was written and of what was read."""
    read = hashlib.sha256()
    left = end
    while left and (piece := source.read(min(_PIECE, left))):
        read.update(piece)
        sink.write(piece)
        left -= len(piece)
    written = read.copy()
    while piece := source.read(_PIECE):
        read.update(piece)
    written.update(footer)
    sink.write(footer)
    sink.flush()
    os.fsync(sink.fileno())
    return written.hexdigest(), read.hexdigest()


@contextmanager
def staged(store: Store, folder: str) -> Iterator[Path]:
    """A local folder to prepare a release in; it is gone when the `with` ends, unless it was moved to its name."""
    place = store.staging(folder)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
