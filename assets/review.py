"""Between the evidence and the blend of a reviewed product: the frozen lot, its gate, and who wakes the job."""

from collections.abc import Iterable, Iterator

import dagster as dg

from assets import display
from assets.resources import Home
from assets.wiring import PRODUCT_TAG, TRANSIENT, Wiring
from supplychain.product import Product
from supplychain.review.freeze import freeze
from supplychain.review.gate import is_taken, take_verdict, verdict_id
from supplychain.review.waiting import under_review

RESUMED = ("lot", "blend", "release", "drift")
"""What a verdict lets go on; the lot is found again as it is, and its check takes the verdict in."""
SECONDS = 30


def gates_on(product: Product) -> tuple[str, ...]:
    """What the blend waits for beside its inputs."""
    return ("lot",) if product.review else ()


def assets_of(wiring: Wiring) -> Iterable[dg.AssetsDefinition]:
    """`lot`, where the product is reviewed."""
    if wiring.product.review:
        yield wiring.asset(
            freeze,
            wiring.spec(
                "lot",
                "The rows that people judge, fixed with plan and seed before anybody looks: drawn by chance, the most "
                "suspect, and some that measure the reviewer.",
                deps=("accepted", "real", "evidence"),
                kinds={"review"},
            ),
        )


def checks_of(wiring: Wiring) -> list[dg.AssetChecksDefinition]:
    """The review gate on `lot`: nothing downstream is built until people have said yes."""
    if wiring.product.review is None:
        return []
    where = wiring.product.review.desk

    @dg.multi_asset_check(
        name=f"{wiring.group}__review_gate",
        specs=[
            dg.AssetCheckSpec(
                "review",
                asset=wiring.key("lot"),
                blocking=True,
                partitions_def=wiring.windows,
                description=f"People judge the lot at {where} (`supplychain review serve {wiring.product.name}`).",
            )
        ],
        retry_policy=TRANSIENT,
        pool=wiring.group,
    )
    def gate(context: dg.AssetCheckExecutionContext, home: Home) -> Iterator[dg.AssetCheckResult]:
        with wiring.chain(context, home) as chain:
            results = list(take_verdict(chain, context.partition_key).gates)
            failed = [result for result in results if not result.passed]
            blocking = any(result.blocks for result in failed)
            yield dg.AssetCheckResult(
                asset_key=wiring.key("lot"),
                check_name="review",
                passed=not failed,
                severity=dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN,
                description="; ".join(result.observed for result in failed) or results[0].observed,
                metadata=display.of_gates(results) | {"desk": dg.MetadataValue.url(where)},
            )

    return [gate]


def sensors_of(wiring: Wiring) -> list[dg.SensorDefinition]:
    """Starts the rest of the job for each window whose verdict is in, once a verdict."""
    if wiring.product.review is None:
        return []

    @dg.sensor(
        name=f"{wiring.group}__review_verdict",
        job_name=wiring.group,
        minimum_interval_seconds=SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Goes on with {wiring.product.name} where people have accepted a window.",
    )
    def resumed(context: dg.SensorEvaluationContext, home: Home) -> Iterator[dg.RunRequest]:
        del context
        for window, found in under_review(wiring.product, wiring.root, home.store()):
            if found.verdict.final and not is_taken(found):
                yield dg.RunRequest(
                    run_key=f"{window}-{verdict_id(found.docket, found.verdict)}",
                    partition_key=window,
                    asset_selection=[wiring.key(noun) for noun in RESUMED],
                    tags={PRODUCT_TAG: wiring.product.name},
                )

    return [resumed]
