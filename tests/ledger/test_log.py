"""The log is whole whatever happens to its writers, and its index can be built anew."""

from __future__ import annotations

import dataclasses
import json
import random
import signal
import subprocess
import sys
import time

import pytest

from supplychain.errors import StoreFault
from supplychain.ledger import Commit, GateResult, Ledger, Output, Waiver, Withdrawal
from supplychain.ledger.checking import check_log
from supplychain.ledger.index import query, refresh
from supplychain.store import Store
from tests.bad_input import put_release

WRITER = """
import os, sys
from supplychain.ledger import Commit, Ledger, Output
from supplychain.store import Store
name, count, home = sys.argv[1], int(sys.argv[2]), sys.argv[3]
ledger = Ledger(Store(home))
for number in range(count):
    content = f"{name}-{number}"
    ledger.append(Commit("", 0, "", "p", "w", "define", name, "s", "c", 0.0, 0.0, outputs=(Output("real", content),)))
    print(content, flush=True)
"""


def commit(content: str, **more) -> Commit:
    base = Commit("", 0, "", "p", "w", "define", "run", "spec", "code", 0.1, 0.1, outputs=(Output("real", content),))
    return dataclasses.replace(base, **more)


@pytest.fixture
def ledger(tmp_path) -> Ledger:
    return Ledger(Store(str(tmp_path)))


def test_the_newest_commit_says_what_is_current(ledger):
    for content in ("one", "two", "three"):
        ledger.append(commit(content))
    ledger.append(commit("other", window="elsewhere"))
    assert ledger.current("p", "real", "w").content == "three"
    assert [entry.sequence for entry in ledger.commits("p")] == [1, 2, 3, 4]


def test_order_does_not_hang_on_the_clock(ledger, monkeypatch):
    """A clock that jumps back changes nothing: the order is that of what a writer had seen."""
    import supplychain.ledger.log as log

    ledger.append(commit("before"))

    class Past(log.datetime):
        @classmethod
        def now(cls, zone=None):
            return super().now(zone).replace(year=1999)

    monkeypatch.setattr(log, "datetime", Past)
    ledger.append(commit("after"))
    assert ledger.current("p", "real", "w").content == "after"


def write_at_once(home, writers: int, count: int, kill: float) -> set[str]:
    """Writers in processes of their own, some killed at random moments; what each was told is in the log."""
    rng = random.Random(1)
    counts = [count * 100 if rng.random() < kill else count for _ in range(writers)]  # who is killed is never ready
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, f"w{number}", str(own), str(home)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number, own in enumerate(counts)
    ]
    doomed = [process for process, own in zip(processes, counts, strict=True) if own > count]
    told: set[str] = set()
    for process in doomed:
        told.add(process.stdout.readline().strip())  # it is at work: killed now, it is killed in the middle
        time.sleep(rng.uniform(0, 0.02))
        process.send_signal(signal.SIGKILL)
    for process in processes:
        written = set(process.stdout.read().split())
        told |= written
        process.wait(timeout=240)
        assert process.returncode == (-signal.SIGKILL if process in doomed else 0)
        assert process in doomed or len(written) == count
    return told


def check_whole(home, told: set[str]) -> None:
    ledger = Ledger(Store(str(home)))
    contents = [output.content for entry in ledger.commits("p") for output in entry.outputs]
    assert told <= set(contents), "nothing that a writer was told of is lost"
    assert len(contents) == len(set(contents)), "nothing stands twice"
    assert len(set(contents) - told) <= 16, "only what was written in the last moment may be untold"
    refresh(ledger)
    assert query(ledger, "select count(*) as n from commits")["n"][0] == len(contents)
    found = check_log(ledger, "p")
    assert found.faults == [], "every event names, by hash, what its writer had in sight"
    assert len({entry.writer for entry in ledger.commits("p")}) > 1


def test_writers_at_once_some_killed_lose_and_double_nothing(tmp_path):
    told = write_at_once(tmp_path, writers=4, count=60, kill=0.5)
    assert len(told) >= 60
    check_whole(tmp_path, told)


@pytest.mark.long
def test_sixteen_writers_of_two_hundred_commits(tmp_path):
    check_whole(tmp_path, write_at_once(tmp_path, writers=16, count=200, kill=0.6))


def test_many_readers_and_builders_of_the_index_at_once(tmp_path, ledger):
    for number in range(20):
        ledger.append(commit(str(number)))
    code = (
        "import sys; from supplychain.ledger import Ledger; from supplychain.ledger.index import query;"
        "from supplychain.store import Store;"
        "print(query(Ledger(Store(sys.argv[1])), 'select count(*) as n from commits')['n'][0])"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(5)
    ]
    assert [process.communicate(timeout=120)[0].strip() for process in processes] == ["20"] * 5


def test_the_index_is_rebuilt_the_same(project):
    put_release(project)
    ledger = Ledger(Store.open(project.home))

    def content():
        names = query(ledger, "select table_name from duckdb_tables()")["table_name"]
        return {name: sorted(map(str, query(ledger, f"select * from {name}").rows())) for name in names}

    before = content()
    assert all(before[name] for name in ("commits", "edges", "evidence", "release_windows", "members", "plan_lines"))
    refresh(ledger).unlink()
    assert content() == before


def test_a_damaged_event_is_named(ledger, tmp_path):
    made = ledger.append(commit("one"))
    file = tmp_path / "events/p" / made.file_name
    file.write_bytes(file.read_bytes()[:40])
    with pytest.raises(StoreFault, match=rf"{made.file_name}: is damaged"):
        Ledger(Store(str(tmp_path))).commits("p")


def test_a_newer_log_is_refused(ledger, tmp_path):
    made = ledger.append(commit("one"))
    file = tmp_path / "events/p" / made.file_name
    content = json.loads(file.read_bytes())
    file.write_text(json.dumps({**content, "format": 99}))
    with pytest.raises(StoreFault, match="is of format 99"):
        Ledger(Store(str(tmp_path))).commits("p")


def test_a_commit_survives_its_file(ledger, project):
    """Every field of a real run's commits, there and back."""
    put_release(project)
    for entry in Ledger(Store.open(project.home)).commits("clinic"):
        assert Commit.from_json(entry.to_json(), where="test") == entry


def verdict(outcome: str) -> GateResult:
    words = ("evidence", "hash", "fidelity", "rule", "type", "critical", outcome, "0.5", "at most 0.4", 0, "why")
    return GateResult(*words, "evidence", "content")


def test_an_event_of_format_2_had_two_outcomes_and_stays_readable(ledger, tmp_path):
    for outcome in ("pass", "fail"):
        made = ledger.append(commit(outcome, gates=(verdict(outcome),)))
        file = tmp_path / "events/p" / made.file_name
        content = json.loads(file.read_bytes())
        (gate,) = content["gates"]
        assert "waiver" not in gate and "passed" not in gate
        gate["passed"] = gate.pop("outcome") == "pass"
        for name in ("strict", "set_by", "figures"):
            del gate[name]
        del content["waivers"]
        file.write_text(json.dumps({**content, "format": 2}))
    old = [entry.gates[0] for entry in Ledger(Store(str(tmp_path))).commits("p")]
    assert [(gate.outcome, gate.passed, gate.blocks) for gate in old] == [("pass", True, False), ("fail", False, True)]


def test_an_index_of_another_version_is_made_anew(ledger):
    import duckdb

    ledger.append(commit("one", gates=(verdict("fail"),)))
    file = refresh(ledger)
    with duckdb.connect(str(file)) as connection:
        for statement in (
            "drop view row_origin",
            "drop view verdicts",
            "alter table gate_results drop column outcome",
            "drop table waivers",
            "drop table shape",
        ):
            connection.execute(statement)
    waiver = Waiver("evidence", "fidelity", "rule", "at most 0.4", "a pilot", "Ada", "2030-01-31")
    ledger.append(commit("two", gates=(verdict("inconclusive"),), waivers=(waiver,), step="waive"))
    found = query(ledger, "select outcome, passed from gate_results order by outcome").rows()
    assert found == [("fail", False), ("inconclusive", False)]
    told = query(ledger, """select rule, "by", "until"::varchar as last from waivers""").rows()
    assert told == [("rule", "Ada", "2030-01-31")]


def test_a_withdrawal_is_in_the_log_and_in_the_index(ledger):
    ledger.append(commit("one"))
    first = Withdrawal("1.0.0", "a person asked to be erased", "Ada")
    ledger.append(commit("two", step="withdraw", withdrawals=(first,)))
    ledger.append(commit("three", step="withdraw", withdrawals=(Withdrawal("1.0.0", "again", "Bob"),)))
    again = Ledger(ledger.store)
    assert again.withdrawn("p") == {"1.0.0": first}
    assert query(again, """select version, reason, "by" from withdrawals order by recorded_at""").rows() == [
        ("1.0.0", "a person asked to be erased", "Ada"),
        ("1.0.0", "again", "Bob"),
    ]


def test_an_index_that_somebody_holds_is_waited_for_and_then_named(ledger, tmp_path, monkeypatch):
    ledger.append(commit("one"))
    file = refresh(ledger)
    hold = f"import duckdb; c = duckdb.connect({str(file)!r}); print('held', flush=True); input()"
    holder = subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    monkeypatch.setattr("supplychain.ledger.index.PATIENCE", 0.3)
    with pytest.raises(StoreFault, match="another process holds it; close that one and try again"):
        query(ledger, "select 1")
    holder.communicate("\n", timeout=60)
    assert query(ledger, "select count(*) from commits").item() == 1
