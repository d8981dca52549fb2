"""Reading a release for a trainer."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.errors import BadInput, StoreFault, nearest
from supplychain.publish.folder import audience_folder, manifest_of
from supplychain.publish.withdraw import refuse_withdrawn
from supplychain.publishing import AUDIENCES, INTERNAL
from supplychain.store import sha256

if TYPE_CHECKING:
    from supplychain.ledger import Ledger

FORMS = ("polars", "pandas", "huggingface")
"""What rows may be loaded as."""


def load_release(
    ledger: Ledger,
    product: str,
    version: str = "latest",
    *,
    audience: str = INTERNAL,
    withdrawn: bool = False,
) -> pl.DataFrame:
    """The rows of a release, each file checked against its hash as it is read.

    Raises:
        BadInput: There is no such release or audience.
        StoreFault: A file is not what was published, or the release was withdrawn and `withdrawn` is off.
    """
    check_audience(audience)
    release = ledger.release(product, version).release
    assert release is not None
    if not withdrawn:
        refuse_withdrawn(ledger, product, release.version)
    content, _ = manifest_of(ledger.store, release.path, release.manifest)
    folder, expected = audience_folder(release.path, content, audience)
    if expected:
        content, _ = manifest_of(ledger.store, folder, expected)
    frames = []
    for entry in content["files"]:
        if "rows" not in entry:
            continue
        data = ledger.store.read(f"{folder}/{entry['path']}")
        if sha256(data) != entry["sha256"]:
            raise StoreFault(f"{ledger.store.path(folder)}/{entry['path']}: differs from the manifest's sha256")
        frames.append(pl.read_parquet(io.BytesIO(data)))
    return pl.concat(frames)


def check_audience(audience: str) -> None:
    """Refuse a word that is no audience.

    Raises:
        BadInput: It is none.
    """
    if audience not in AUDIENCES:
        raise BadInput(f"there is no audience {audience!r}", where="audience", remedy=nearest(audience, AUDIENCES))


def as_form(rows: pl.DataFrame, form: str) -> Any:  # noqa: ANN401  (a frame of one of three libraries)
    """Rows as a frame of polars or pandas, or as a `datasets.Dataset`.

    Raises:
        BadInput: There is no such form, or its library is not installed.
    """
    if form == "polars":
        return rows
    if form == "pandas":
        return rows.to_pandas()
    if form == "huggingface":
        try:
            from datasets import Dataset
        except ImportError:
            remedy = "pip install datasets"
            raise BadInput("needs the package datasets", where="huggingface", remedy=remedy) from None
        return Dataset(rows.to_arrow())
    raise BadInput(f"there is no form {form!r}", where="as_", remedy=nearest(form, FORMS))
