"""What the UI shows of a commit."""

from __future__ import annotations

from assets import display
from supplychain.define import find_gaps, land


def test_a_picture_that_cannot_be_drawn_fails_nothing(project, monkeypatch):
    chain = project.chain()
    land(chain, "metro")
    commit = find_gaps(chain, "metro")
    output = commit.output("gaps")
    assert "svg" in display.of_output(chain, commit, output)["charts"].value
    monkeypatch.setattr(display, "gap_pictures", lambda _: 1 / 0)
    metadata = display.of_output(chain, commit, output)
    assert metadata["charts"] == "could not be drawn (ZeroDivisionError: division by zero)"
    assert metadata["gaps"] == output.notes["gaps"]
