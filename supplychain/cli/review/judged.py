"""`review verdict` and `review suggest`: what the answers say, and what they teach."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from supplychain.cli.output import AsJson, put_json, put_table, say
from supplychain.cli.review.windows import InWindow, Named, taken, under_review
from supplychain.errors import DONE, REFUSED, BadInput

if TYPE_CHECKING:
    from supplychain.chain import Chain
    from supplychain.review.standing import Reviewer
    from supplychain.review.verdict import Verdict


def verdict(
    product: Named,
    window: InWindow = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where the run stopped: blend, release and drift.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Compute the verdict, and take it and the desk's log into the lineage log."""
    from supplychain.review.files import awaited
    from supplychain.review.gate import take_verdict
    from supplychain.review.standing import REJECT
    from supplychain.review.verdict import AWAITING, advanced

    chain, name = under_review(product, window)
    under = awaited(chain, name)
    commit = take_verdict(chain, name)
    found = advanced(under.lot, under.journal)
    if json:
        put_json({"commit": commit.id, "lot": under.lot.content, **_plain(found)})
    else:
        say(f"{product}, window {name}: {found.words}", style="bold")
        put_table(_row(each, measured=found.outcome != AWAITING) for each in found.reviewers)
        if found.outcome == REJECT:
            say(
                "Nothing of these rows is released. Change the product or its rules (`supplychain review suggest "
                f"{product}`), and run again: other rows are another lot"
            )
        for who, pace in found.hasty.items():
            say(f"{who} took {pace:.1f} s a record: too fast to have read, see review.least_seconds", style="yellow")
    others = [other for other, is_taken in taken(chain) if other != name and not is_taken]
    if others and not window and not json:
        say(f"also under review: {', '.join(others)}; name one with --window", style="dim")
    if found.releases and resume:
        raise typer.Exit(_go_on(chain, name, quiet=json))
    if found.releases and not json:
        say(
            f"`supplychain review verdict {product} --window {name} --resume` goes on; so does Dagster's sensor",
            style="dim",
        )
    raise typer.Exit(DONE if found.releases else REFUSED)


def _row(each: Reviewer, *, measured: bool) -> dict[str, Any]:
    """A reviewer's part; how each did with what was planted only in the end: whoever still judges is not to know."""
    planted = {
        "defects found": f"{each.sensitivity.count} of {each.sensitivity.n}",
        "good let pass": f"{each.specificity.count} of {each.specificity.n}",
        "void": each.void,
    }
    return {
        "reviewer": each.name,
        "judged": len(each.answers),
        **(planted if measured else {}),
        "seconds a record": each.pace,
        "minutes": each.seconds / 60,
    }


def _go_on(chain: Chain, window: str, *, quiet: bool) -> int:
    from supplychain.cli.run import run_window_shown

    only = ("lot", "blend", "release", "drift")
    return run_window_shown(chain.root, chain.store, chain.product.name, window, quiet=quiet, only=only).exit_code


def suggest(
    product: Named,
    window: InWindow = None,
    accept: Annotated[str | None, typer.Option(metavar="ID", help="Write this one into synthetic.yaml.")] = None,
    json: AsJson = False,
) -> None:
    """Suggest a rule for each reason that repeats; a person accepts it with --accept."""
    from supplychain.review.files import docket
    from supplychain.review.suggest import accept as write
    from supplychain.review.suggest import suggestions
    from supplychain.review.verdict import verdict

    chain, name = under_review(product, window)
    under = docket(chain, name)
    made = suggestions(chain, name, verdict(under.lot, under.journal.read()))
    if accept:
        chosen = next((each for each in made if each.id == accept), None)
        if chosen is None:
            raise BadInput(
                "is not suggested",
                where="--accept",
                place=accept,
                remedy=f"suggested are: {', '.join(each.id for each in made) or 'none'}",
            )
        say(f"{write(chain, chosen)} has {chosen.id} now: {chosen.rule}")
        return
    if json:
        put_json([{**asdict(each), "yaml": each.as_yaml()} for each in made])
    elif not made:
        say("No reason was given three times with a pattern that real people do not have.")
    for each in made if not json else []:
        say(
            f"{each.id}: refuses {each.refused} of {each.of} rejected rows, {each.accepted} others, "
            f"{each.real:.2%} of real rows",
            style="bold",
        )
        say(each.as_yaml())


def _plain(found: Verdict) -> dict[str, Any]:
    """The verdict for a program, without the answers."""
    document = asdict(found)
    document["reviewers"] = [
        {
            "name": each.name,
            "judged": len(each.answers),
            "sensitivity": asdict(each.sensitivity),
            "specificity": asdict(each.specificity),
            "void": each.void,
            "seconds": each.seconds,
            "pace": each.pace,
            "hasty": each.hasty,
        }
        for each in found.reviewers
    ]
    document["rejected"] = [
        {"id": item.id, "stratum": item.stratum, "reason": record.reason, "by": record.reviewer, "note": record.note}
        for item, record in found.rejected
    ]
    return {**document, "final": found.final, "releases": found.releases, "words": found.words}
