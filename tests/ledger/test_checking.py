"""What happened to a log is noticed: `supplychain lineage verify`."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supplychain.errors import StoreFault
from supplychain.ledger import Commit, Ledger, Output
from supplychain.ledger.checking import check_log
from supplychain.ledger.events import _TAIL
from supplychain.ledger.index import refresh
from supplychain.store import Store, sha256


def put(ledger: Ledger, content: str, product: str = "p") -> Commit:
    made = Commit("", 0, "", product, "w", "define", "run", "s", "c", 0.1, 0.1, outputs=(Output("real", content),))
    return ledger.append(made)


def fresh(ledger: Ledger) -> Ledger:
    """A process that has seen nothing yet."""
    return Ledger(ledger.store)


@pytest.fixture
def ledger(tmp_path) -> Ledger:
    made = Ledger(Store(str(tmp_path)))
    for number in range(6):
        put(made if number % 2 else fresh(made), str(number))
    return made


def files(ledger: Ledger):
    return sorted((ledger.store.local / "events/p").iterdir())


def faults(ledger: Ledger, **more: str) -> list[tuple[str, str]]:
    return [(fault.event, fault.problem) for fault in check_log(fresh(ledger), "p", **more).faults]


def test_a_whole_log_is_whole_and_every_event_is_behind_the_head(ledger):
    found = check_log(fresh(ledger), "p")
    assert (found.events, found.faults, found.notes) == (6, [], [])
    assert found.head == sha256(files(ledger)[-1].read_bytes())[:16]
    last = fresh(ledger).commits("p")[-1]
    assert (last.behind, list(last.heads)) == (5, [files(ledger)[-2].name])
    assert last.previous == sha256(files(ledger)[-2].read_bytes())


@given(place=st.integers(0, 4), what=st.sampled_from(["lost", "edited", "forged", "cut", "swapped"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
def test_whatever_happens_to_an_event_is_noticed_and_the_event_is_named(tmp_path_factory, place, what):
    ledger = Ledger(Store(str(tmp_path_factory.mktemp("log"))))
    for number in range(6):
        put(fresh(ledger), str(number))
    file, data = files(ledger)[place], files(ledger)[place].read_bytes()
    if what == "lost":
        file.unlink()
    elif what == "edited":
        file.write_bytes(data.replace(b'"code": "c"', b'"code": "d"'))
    elif what == "forged":  # by somebody who knows how the digest is made
        body = data[: -len(_TAIL.format("0" * 64))].replace(b'"code": "c"', b'"code": "d"') + b"}"
        file.write_bytes(body[:-1] + _TAIL.format(sha256(body)).encode())
    elif what == "cut":
        file.write_bytes(data[: len(data) // 2])
    else:
        file.write_bytes(files(ledger)[place + 1].read_bytes())
    words = {"lost": "is missing", "edited": "was edited", "forged": "was edited", "cut": "is damaged"}
    assert [(event, words.get(what, "") in problem) for event, problem in faults(ledger)] == [(file.name, True)]


def test_the_last_event_is_missed_by_the_index_and_by_whoever_noted_the_head(ledger):
    head = check_log(ledger, "p").head
    refresh(ledger)
    last = files(ledger)[-1]
    last.unlink()
    assert [event for event, _ in faults(ledger)] == [last.name]
    assert "lineage.duckdb saw it (define of window w" in faults(ledger)[0][1]
    (ledger.store.local / "lineage.duckdb").unlink()
    assert faults(ledger) == []
    assert faults(ledger, since=head) == [
        (head, "the event of this hash, which was noted earlier, is missing or was edited")
    ]


def test_an_old_head_still_holds_when_the_log_has_grown(ledger):
    head = check_log(ledger, "p").head
    put(fresh(ledger), "more")
    assert faults(ledger, since=head) == []


def test_events_from_before_there_were_links_are_named_by_the_next_one(ledger, monkeypatch):
    monkeypatch.setattr("supplychain.ledger.links._last", {})
    for file in files(ledger):
        content = json.loads(file.read_bytes())
        for name in ("digest", "writer", "previous", "heads", "behind", "removals", "erasure", "withdrawals"):
            del content[name]
        file.write_text(json.dumps({**content, "format": 3}))
    assert len(put(fresh(ledger), "new").heads) == 6
    assert faults(ledger) == []
    files(ledger)[2].write_bytes(files(ledger)[2].read_bytes().replace(b'"code": "c"', b'"code": "d"'))
    assert [problem.startswith("was edited") for _, problem in faults(ledger)] == [True]


def test_a_clock_that_jumped_back_is_told_and_harms_nothing(ledger, monkeypatch):
    import supplychain.ledger.log as log

    class Past(log.datetime):
        @classmethod
        def now(cls, zone=None):
            return super().now(zone) - timedelta(days=1)

    monkeypatch.setattr(log, "datetime", Past)
    late = put(fresh(ledger), "late")
    (note,) = check_log(fresh(ledger), "p").notes
    assert note.startswith(f"the clock of {late.file_name} stands 86,") and faults(ledger) == []
    assert fresh(ledger).current("p", "real", "w").content == "late"


def test_a_file_that_is_no_event_is_told_and_not_read(ledger):
    (ledger.store.local / "events/p/notes.txt").write_text("mine")
    put(fresh(ledger), "more")
    assert check_log(fresh(ledger), "p").notes == ["notes.txt is no event and is not read"]


def test_nothing_is_appended_to_a_log_whose_newest_event_cannot_be_read(ledger):
    last = files(ledger)[-1]
    last.write_bytes(last.read_bytes()[:50])
    before = files(ledger)
    with pytest.raises(StoreFault, match=rf"{last.name}: is damaged"):
        put(fresh(ledger), "more")
    assert files(ledger) == before


def test_the_command_names_the_event_and_ends_with_one(ledger, project, supplychain, monkeypatch):
    monkeypatch.setenv("SUPPLYCHAIN_HOME", str(ledger.store.local))
    code, out, _ = supplychain("lineage", "verify")
    assert code == 0 and "p: 6 events, none damaged, edited or missing" in out
    files(ledger)[1].unlink()
    code, _, err = supplychain("lineage", "verify", "p")
    assert code == 1 and err.count("\n") == 1 and "is missing; 0000000003-" in err
    code, _, err = supplychain("lineage", "verify", "q")
    assert code == 64 and "there is no product 'q' in this store" in err


def test_a_newer_log_is_named_as_such(ledger):
    last = files(ledger)[-1]
    last.write_text(json.dumps({**json.loads(last.read_bytes()), "format": 99}))
    ((event, problem),) = faults(ledger)
    assert event == last.name and "is of format 99" in problem and "update supplychain" in problem
