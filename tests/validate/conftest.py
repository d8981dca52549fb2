"""Arms that several tests look at, trained once."""

from __future__ import annotations

import pytest

from tests.validate.arms import Parts


@pytest.fixture(scope="session")
def parts(people):
    return Parts.of(people)


@pytest.fixture(scope="session")
def fresh(parts):
    """Fresh real people as synthetic rows."""
    return parts.effect(parts.fresh)
