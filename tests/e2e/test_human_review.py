"""A window waits for people, people answer at the real desk, and the daemon goes on by itself; or does not."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.request import Request

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from services import Services, free_port, services, wait_for

from supplychain.ledger import Ledger
from supplychain.publish import verify
from supplychain.review.files import docket
from supplychain.review.lot import DEFECT, RANDOM, Item
from supplychain.review.standing import Standing
from supplychain.store import Store
from tests.review.conftest import GENERATE, PEOPLE, PRODUCT, Desk, Script

REVIEWED = "  review: {{second: 0.1, defects: 10, good: 10, desk: 'http://127.0.0.1:{port}/'}}\n"
RESUMED = {"lot", "blend", "release", "drift"}


def until_it_answers(page: Script, ask: Callable[[], str]) -> str:
    """What the desk says; where nobody is there it is asked again, as a page with script does."""

    def asked() -> bool:
        ask()
        assert page.status in (0, 200), f"{page.status}: {page.text[:500]}"
        return page.status == 200

    wait_for(asked, 120, "an answer of the desk")
    return page.text


def judge(link: str, window: str, wrong: Callable[[str], bool]) -> None:
    """Judge all that waits for a person, a record at a time: what got no answer is sent again under its key."""
    page = Script(link)
    until_it_answers(page, lambda: page.get(f"/w/{window}/review"))
    headers = {"x-csrf": page.field("csrf"), "content-type": "application/json"}
    while (got := json.loads(until_it_answers(page, lambda: page.get(f"/w/{window}/cards?have="))))["cards"]:
        for card in got["cards"][:10]:
            answer = {"answer": "reject", "reason": "impossible-value"} if wrong(card["id"]) else {"answer": "accept"}
            about = {"lot": got["lot"], "item": card["id"], "key": f"{window} {card['id']}"}
            event = {"type": "decision", **about, "seconds": 5, **answer}
            request = Request(f"{page.base}/w/{window}/events", json.dumps([event]).encode(), headers)
            until_it_answers(page, lambda request=request: page._send(request))


def both_judge(desk: Desk, window: str, wrong: dict[str, set[str]], *, meanwhile: Callable[[], None] = lambda: None):
    """Two reviewers at once; what they reject is theirs to say."""
    people = [
        threading.Thread(target=judge, args=(desk.links[name], window, bad.__contains__)) for name, bad in wrong.items()
    ]
    for each in people:
        each.start()
    meanwhile()
    for each in people:
        each.join(300)
        assert not each.is_alive(), "a reviewer is not done"


def runs_of(running: Services, window: str) -> list[dict]:
    return [run for run in running.runs() if run["tags"].get("dagster/partition") == window]


def sensed_run(running: Services, window: str, before: set[str]) -> str:
    """The run that nobody asked for."""
    new = wait_for(
        lambda: [run for run in runs_of(running, window) if run["runId"] not in before], 200, f"a run of {window}"
    )
    assert [run["tags"].get("dagster/sensor_name") for run in new] == ["clinic__review_verdict"]
    return new[0]["runId"]


def awaited(running: Services, window: str) -> set[str]:
    """Materialise a window as the button does: it ends at the review gate. The runs that there are then."""
    assert running.server.wait(running.server.materialise("clinic", window)) == "FAILURE"
    return {run["runId"] for run in runs_of(running, window)}


@pytest.mark.long
@pytest.mark.timeout(1500)
def test_a_window_waits_for_people_and_the_daemon_goes_on(project):
    port = free_port()
    project.edit(PRODUCT, GENERATE, GENERATE + REVIEWED.format(port=port))
    project.edit(PRODUCT, "risk: {unmet: 0}", "risk: {unmet: 0, human_review: rows}")
    ledger = Ledger(Store.open(project.home))
    desk = Desk(project, port)
    with services(project.root, project.home) as running:
        try:
            before = awaited(running, "metro")
            desk.start(*PEOPLE)
            lot = says_what_is_awaited_and_where(running, project, desk)
            is_reviewed_while_the_desk_is_killed(project, desk)
            run = sensed_run(running, "metro", before)
            assert running.server.wait(run) == "SUCCESS"
            assert made_by(ledger, run) == RESUMED, "what was done before is not done again"
            assert [commit.release.windows for commit in ledger.releases("clinic")] == [("metro",)]
            told = running.server.told("clinic", "lot", "review")
            assert told["success"] and told["description"].startswith(f"accept: 0 of {lot.plan.n} rows drawn by chance")
            assert verify(Ledger(Store.open(project.home)), "clinic").version == "1.0.0"

            before = awaited(running, "rural")
            rural = docket(project.chain(), "rural").lot
            bad = {item.id for item in rural.drawn[:15]} | planted(rural.items)
            both_judge(desk, "rural", {"ann": bad, "bob": bad})
            run = sensed_run(running, "rural", before)
            assert running.server.wait(run) == "FAILURE", "the gate refuses, aloud"
            told = running.server.told("clinic", "lot", "review")
            assert not told["success"] and told["description"].startswith("reject: 15 of")
            stays_rejected(running, before | {run})
        finally:
            desk.kill()
    assert [commit.release.windows for commit in ledger.releases("clinic")] == [("metro",)]
    rejected = project.chain().store.read_table(ledger.current("clinic", "rejected", "rural").table)
    assert rejected["_rules"].to_list().count(["review:impossible-value"]) == 15


def planted(items: tuple[Item, ...]) -> set[str]:
    return {item.id for item in items if item.truth == DEFECT}


def made_by(ledger: Ledger, run: str) -> set[str]:
    steps = (commit for commit in ledger.commits("clinic") if commit.run == run)
    return {output.asset for commit in steps for output in commit.outputs} - {"review", "rejected"}


def says_what_is_awaited_and_where(running: Services, project, desk: Desk):
    """The check in Dagster names what is awaited, and its link leads to the desk."""
    told = running.server.told("clinic", "lot", "review")
    assert not told["success"] and told["description"].startswith("awaits review: 0 of")
    assert not Ledger(Store.open(project.home)).releases("clinic")
    page = Script(desk.links["ann"])
    assert told["links"]["desk"].startswith(page.base), "the link is where the desk is"
    page.get(told["links"]["desk"].removeprefix(page.base))
    assert page.status == 200 and "Window metro" in page.text and "Review" in page.text
    stranger = Script(told["links"]["desk"])
    assert stranger.status == 403 and "your own link" in stranger.text
    return docket(project.chain(), "metro").lot


def is_reviewed_while_the_desk_is_killed(project, desk: Desk) -> None:
    """Ann and Bob differ on two rows, so that Carl decides; kill -9 of the desk while they are at it."""
    under = docket(project.chain(), "metro")
    differ = {item.id for item in under.lot.active(under.lot.plan.n) if item.double and item.stratum == RANDOM}
    bad = planted(under.lot.items)
    others = bad | set(sorted(differ)[:2])

    def killed() -> None:
        for count in (20, 120):
            wait_for(lambda count=count: len(under.journal.read()) > count, 120, f"{count} answers")
            desk.kill()
            time.sleep(1)
            desk.start()

    both_judge(desk, "metro", {"ann": bad, "bob": others}, meanwhile=killed)
    records = under.journal.read()
    decisions = [(record.reviewer, record.item) for record in records if record.type == "decision"]
    assert len(decisions) == len(set(decisions)), "nothing counts twice"
    standing = Standing(under.lot, records)
    disputed = len(standing.disputed)
    assert disputed == 2, "as they meant it"
    carl = Script(desk.links["carl"])
    carl.get("/w/metro/adjudicate")
    for _ in range(disputed):
        assert "Two answers differ" in carl.text
        hidden = {name: carl.field(name) for name in ("csrf", "lot", "item", "key", "shown")}
        carl.post("/w/metro/adjudicate", answer="accept", **hidden)
    assert "Nothing is disputed" in carl.text


def stays_rejected(running: Services, known: set[str]) -> None:
    """The sensor looks again and asks for nothing."""
    ticks = len(running.ticks("clinic__review_verdict"))
    wait_for(lambda: len(running.ticks("clinic__review_verdict")) >= ticks + 2, 200, "two more looks")
    assert {run["runId"] for run in runs_of(running, "rural")} == known
    assert not any(tick["error"] for tick in running.ticks("clinic__review_verdict"))
