"""`review` is switched on later: what was released before, and is carried over, says so or is not released anew."""

from __future__ import annotations

import json

import pytest

from supplychain.errors import GateRefused
from supplychain.publish.reviewed import is_reviewed, said_by_people, words
from supplychain.review.freeze import freeze
from supplychain.review.gate import take_verdict
from tests.review.conftest import GENERATE, PRODUCT, Reviewed

SECTION = "  review: {second: 0.1, defects: 10, good: 10}\n"
REQUIRED = "risk: {unmet: 0, human_review: rows}"


def said(chain, *, carried):
    accepted = chain.ledger.current("clinic", "accepted", "metro").content
    return said_by_people(chain.product, chain.ledger.commits("clinic"), "metro", accepted, carried=carried)


def test_what_nobody_has_judged_is_carried_over_only_where_risk_allows_it(reviewed):
    assert said(reviewed.chain, carried=True) == []
    assert words([], external=False).startswith("Not reviewed by people")
    with pytest.raises(GateRefused, match="window metro: people have not reviewed its rows"):
        said(reviewed.chain, carried=False)
    reviewed.project.edit(PRODUCT, "risk: {unmet: 0}", REQUIRED)
    with pytest.raises(GateRefused, match=r"levers.risk wants every window reviewed.*supplychain run clinic"):
        said(reviewed.project.chain(), carried=True)


def test_what_people_said_in_the_end_counts_while_they_are_asked_anew(reviewed):
    for name in ("ann", "bob"):
        reviewed.judge(name)
    take_verdict(reviewed.chain, "metro")
    before = said(reviewed.chain, carried=True)
    assert is_reviewed(before) and words(before, external=False).startswith("Reviewed by people: accept: 0 of 127 rows")
    assert words(before, external=True) == "Reviewed by people."
    reviewed.project.edit(PRODUCT, "review: {}", "review: {targeted: 10}")
    chain = reviewed.project.chain()
    freeze(chain, "metro")
    take_verdict(chain, "metro")
    assert said(chain, carried=True) == before, "another lot of the same rows takes nothing back"
    assert [gate.rule for gate in said(chain, carried=False) if gate.blocks] == ["verdict"], "but this one waits"
    reviewed.project.edit(PRODUCT, "  review: {targeted: 10}\n", "")
    assert said(reviewed.project.chain(), carried=False) == [], "a product that asks nobody waits for nobody"


def answered(project, supplychain, window):
    """A window under review is judged by two people who are right, and goes on; the exit code and the error."""
    under = Reviewed(project, project.chain(), window)
    for name in ("ann", "bob"):
        under.judge(name)
    code, _, err = supplychain("review", "verdict", "clinic", "--window", window, "--resume")
    return code, err


def told(project, version):
    """What the newest release's manifest, card and page say of each window's review."""
    folder = project.home / "releases" / "clinic" / version
    windows = {each["window"]: each for each in json.loads((folder / "manifest.json").read_text())["windows"]}
    return windows, (folder / "README.md").read_text(), (folder / "report.html").read_text()


@pytest.mark.long
@pytest.mark.timeout(900)
def test_switched_on_after_two_windows_were_released(project, supplychain):
    for window in ("metro", "rural"):
        assert supplychain("run", "clinic", "--window", window)[0] == 0
    assert "reviewed" not in told(project, "1.1.0")[0]["metro"]
    project.edit(PRODUCT, GENERATE, GENERATE + SECTION)
    assert supplychain("run", "clinic", "--window", "rural")[0] == 3
    assert answered(project, supplychain, "rural")[0] == 0
    windows, card, page = told(project, "1.1.1")
    assert {name: entry["reviewed"] for name, entry in windows.items()} == {"metro": False, "rural": True}
    assert "| marginals | no |" in card and "| marginals | yes |" in card
    for text in (card, page):
        assert text.count("Not reviewed by people: it was released before") == 1
        assert text.count("Reviewed by people: accept: 0 of") == 1
    asked = "select distinct \"window\", reviewer from row_lineage where version = '1.1.1' order by all"
    lines = json.loads(supplychain("lineage", "clinic", "--sql", asked, "--json")[1])
    assert lines == [{"window": "metro", "reviewer": None}, {"window": "rural", "reviewer": "ann, bob"}]

    project.edit(PRODUCT, "risk: {unmet: 0}", REQUIRED)
    code, _, err = supplychain("run", "clinic", "--window", "rural")
    assert code == 3 and "window metro: people have not reviewed its rows" in err, err
    assert "1.1.1 stays in force" in supplychain("run", "clinic", "--window", "rural")[1]
    assert supplychain("run", "clinic", "--window", "metro")[0] == 3
    assert answered(project, supplychain, "metro")[0] == 0
    windows, card, page = told(project, "1.1.2")
    assert all(entry["reviewed"] for entry in windows.values())
    assert "Not reviewed by people" not in card + page
    for version in ("1.1.1", "1.1.2"):
        code, out, err = supplychain("rebuild", f"clinic@{version}")
        assert code == 0 and "are the same, byte for byte" in out, out + err
