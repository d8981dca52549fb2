"""The product `clinic`, ready to make candidates of in batches of 150."""

from __future__ import annotations

import pytest


@pytest.fixture
def planned(project):
    project.edit(
        "assets/products/clinic/defs.yaml",
        "generate: {synthesizer: marginals}",
        "generate: {synthesizer: marginals, batch_rows: 150, workers: 1}",
    )
    return project
