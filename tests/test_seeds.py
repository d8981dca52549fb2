"""Random streams: as many as there are purposes, and the same for the same."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from supplychain import seeds

PLACES = st.tuples(
    st.text(max_size=8), st.text(max_size=8), st.text(max_size=8), st.integers(0, 50), st.text(max_size=8)
)


def stream(place):
    product, window, slice_, attempt, purpose = place
    return seeds.sequence(product, "spec", window=window, slice_=slice_, attempt=attempt, purpose=purpose)


@given(PLACES, PLACES)
def test_two_places_share_a_stream_only_if_they_are_one(first, second):
    same = np.array_equal(stream(first).generate_state(8), stream(second).generate_state(8))
    assert same == (first == second)


def test_a_boundary_between_two_names_matters():
    one = seeds.sequence("ab", "c", purpose="x")
    other = seeds.sequence("a", "bc", purpose="x")
    assert one.entropy != other.entropy


def test_an_edited_recipe_gets_new_streams():
    assert seeds.sequence("p", "one", purpose="fit").entropy != seeds.sequence("p", "two", purpose="fit").entropy


def test_the_stream_of_a_place_is_what_it_always_was():
    """A fixed value: changing the derivation would silently change every release that is rebuilt."""
    assert (
        seeds.integer(seeds.sequence("drug-spend", "spec", window="metro", slice_="all", purpose="sample"))
        == 6904853444399805472
    )


def test_words_levers_and_workers_change_no_seed_and_the_rest_does(project):
    """A typo mended in a description must not change a single row."""
    before = project.chain().product
    project.edit("assets/products/clinic/defs.yaml", "few enough for a test", "few enough for any test")
    project.edit("assets/products/clinic/defs.yaml", "all: 400", "all: 500")
    project.edit("assets/products/clinic/defs.yaml", "synthesizer: marginals", "synthesizer: marginals, workers: 2")
    after = project.chain().product
    assert after.recipe_hash == before.recipe_hash and after.spec_hash != before.spec_hash
    project.edit("assets/products/clinic/defs.yaml", "drugexp >= 2500", "drugexp >= 3000")
    assert project.chain().product.recipe_hash != before.recipe_hash


def test_workers_alone_change_no_seed_of_a_product_that_is_otherwise_at_its_defaults(project):
    project.edit("assets/products/clinic/defs.yaml", "  generate: {synthesizer: marginals}\n", "")
    before = project.chain().product.recipe_hash
    project.edit("assets/products/clinic/defs.yaml", "  levers:", "  generate: {workers: 2}\n  levers:")
    assert project.chain().product.recipe_hash == before
