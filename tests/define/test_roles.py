"""Roles: by entity, stable, in the declared shares."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from supplychain.define.roles import assign_roles, entity_hashes, entity_keys
from supplychain.sections import Roles

ROLES = Roles()


def roles_of(names, key="k"):
    return assign_roles(entity_hashes(pl.Series(names, dtype=pl.String), key), ROLES).to_list()


@given(st.lists(st.text(), min_size=1, max_size=30), st.lists(st.text(), max_size=30))
def test_who_else_arrives_changes_nobodys_role(people, others):
    alone = dict(zip(people, roles_of(people), strict=True))
    together = dict(zip(others + people, roles_of(others + people), strict=True))
    assert all(together[person] == role for person, role in alone.items())


def test_shares_are_as_declared():
    given_roles = roles_of([str(number) for number in range(20_000)])
    for role, share in (("train", 0.6), ("tune", 0.2), ("gold", 0.2)):
        # Four standard deviations of a share of 20,000.
        assert abs(given_roles.count(role) / 20_000 - share) < 4 * (share * (1 - share) / 20_000) ** 0.5


def test_another_key_deals_anew():
    names = [str(number) for number in range(200)]
    assert roles_of(names, "one") != roles_of(names, "two")


def test_a_row_without_an_id_is_known_by_its_content(people):
    rows = people.drop("person")
    shuffled = rows.sample(fraction=1, shuffle=True, seed=1)
    keys, other = entity_keys(rows, None), entity_keys(shuffled, None)
    assert set(keys) == set(other)
    assert keys.n_unique() == rows.unique().height


def test_neighbouring_fields_are_not_run_together():
    keys = entity_keys(pl.DataFrame({"a": ["x", "xy"], "b": ["yz", "z"]}), None)
    assert keys.n_unique() == 2


def test_the_hash_hides_the_name():
    hashed = entity_hashes(pl.Series(["Ann Smith"]), "key")
    assert "Ann" not in hashed[0] and len(hashed[0]) == 32
