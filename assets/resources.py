"""What assets are given: the store that everything is written to."""

from __future__ import annotations

import dagster as dg
from pydantic import Field

from supplychain.store import Store


class Home(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The state root of the chain."""

    url: str = Field(
        default="",
        description="A folder or a URL that fsspec opens; SUPPLYCHAIN_HOME, else `.supplychain`, where empty.",
    )

    def store(self) -> Store:
        """The store at that root."""
        return Store.open(self.url or None)
