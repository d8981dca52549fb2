"""Survey weights in the evidence."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from supplychain.validate.population import as_common


def test_thinned_rows_are_as_common_as_their_weights_say():
    rng = np.random.default_rng(1)
    rural = rng.random(20_000) < 0.2
    real = pl.DataFrame({"rural": rural, "w": np.where(rural, 300, 100)})
    synthetic = pl.DataFrame({"rural": rng.random(500) < 0.43, "w": [140] * 500})
    tables = as_common({"real": real, "accepted": synthetic}, "w", seed=2)
    weighted = (real["rural"] * real["w"]).sum() / real["w"].sum()
    assert tables["real"]["rural"].mean() == pytest.approx(weighted, abs=0.02)
    assert tables["real"].columns == ["rural"]
    assert tables["accepted"].equals(synthetic.drop("w")), "rows of one weight are all kept"


def test_without_weights_nothing_changes():
    tables = {"real": pl.DataFrame({"x": [1, 2]}), "gold": pl.DataFrame({"x": [3]})}
    assert as_common(tables, None, seed=1) is tables
