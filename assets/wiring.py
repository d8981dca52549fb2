"""What the files of the six steps share: names, specs, and how a library step becomes an asset.

A library step takes a chain and a window, and returns the commit that it wrote to the lineage log. The asset shows
that commit: it adds nothing of its own.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import dagster as dg

from assets import display
from assets.resources import Home
from supplychain.chain import Chain
from supplychain.errors import SupplyChainError
from supplychain.ledger import Commit, Ledger
from supplychain.plan import Plan
from supplychain.product import Product
from supplychain.project import with_levers
from supplychain.store import Store

EXIT_CODE = "exit_code"
"""Metadata of a failure: the code with which the command ends."""
PRODUCT_TAG = "supplychain/product"
PLAN_TAG = "supplychain/plan"
"""Tag of a run that applies a saved plan: its id."""
INCIDENT_TAG = "supplychain/incident"
REASON_TAG = "supplychain/reason"
"""Tags of a run that rebuilds what is stale: which causes, and of what kinds."""
BY_COMMAND = "supplychain/by"
"""Tag of a run that the command drives."""
TRANSIENT = dg.RetryPolicy(max_retries=2, delay=2, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)
"""For what may pass by itself: a file share that blinks. Our own errors are final and say so."""

_SEEN: dict[tuple[str, str], ExitStack] = {}

LibraryStep = Callable[[Chain, str], Commit]
Context = dg.AssetExecutionContext | dg.AssetCheckExecutionContext


def run_lock(product: str) -> str:
    """The lock that a process holds which runs steps of a product for Dagster, from its first step to its end."""
    return f"{product}-run"


@dataclass(frozen=True)
class Wiring:
    """One product in one project, as Dagster names it."""

    product: Product
    root: Path

    @property
    def group(self) -> str:
        """The group, pool and job of the product; Dagster allows no hyphen there."""
        return self.product.name.replace("-", "_")

    @cached_property
    def windows(self) -> dg.StaticPartitionsDefinition | dg.DynamicPartitionsDefinition:
        """The windows as partitions; those found in the source are added as they come."""
        if self.product.finds_windows:
            return dg.DynamicPartitionsDefinition(name=self.product.name)
        return dg.StaticPartitionsDefinition(list(self.product.windows))

    def register(self, instance: dg.DagsterInstance, windows: Iterable[str]) -> None:
        """Make windows that were found in the source partitions of the product."""
        new = [name for name in windows if not instance.has_dynamic_partition(self.product.name, name)]
        if self.product.finds_windows and new:
            instance.add_dynamic_partitions(self.product.name, new)

    def key(self, noun: str) -> dg.AssetKey:
        """The asset of that noun."""
        return dg.AssetKey([self.product.name, noun])

    def spec(
        self, noun: str, description: str, *, deps: tuple[str, ...], kinds: set[str], rows: bool = False
    ) -> dg.AssetSpec:
        """An asset's specification; `rows` where its columns are the product's."""
        return dg.AssetSpec(
            self.key(noun),
            deps=[self.key(dep) for dep in deps],
            description=description,
            group_name=self.group,
            owners=list(self.product.owners),
            kinds=kinds,
            tags={PRODUCT_TAG: self.product.name},
            metadata=display.declared_columns(self.product) if rows else {},
            code_version=self.product.spec_hash,
            partitions_def=self.windows,
        )

    def asset(self, step: LibraryStep, *specs: dg.AssetSpec) -> dg.AssetsDefinition:
        """A library step as one Dagster step that makes the assets of these specifications."""

        @dg.multi_asset(
            name=f"{self.group}__{step.__name__}",
            description=(step.__doc__ or "").partition("\n")[0],
            specs=list(specs),
            retry_policy=TRANSIENT,
            pool=self.group,
        )
        def made(context: dg.AssetExecutionContext, home: Home) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
            with self.chain(context, home) as chain:
                commit = step(chain, context.partition_key)
                for spec in specs:
                    output = commit.output(spec.key.path[-1])
                    yield dg.MaterializeResult(
                        asset_key=spec.key,
                        metadata=display.of_output(chain, commit, output),
                        data_version=dg.DataVersion(output.content),
                    )

        return made

    @contextmanager
    def chain(self, context: Context, home: Home) -> Iterator[Chain]:
        """The product's chain for a run; our own errors become one line in the UI, and are not retried."""
        try:
            store = home.store()
            with self._turn(context, store):
                plan, ledger = self._plan(context, store), Ledger(store)
                product = with_levers(self.product, plan.levers) if plan else self.product
                yield Chain(
                    product.with_windows((*ledger.windows(product.name), context.partition_key)),
                    store,
                    ledger,
                    self.root,
                    run=context.run.run_id,
                    plan=plan,
                    progress=context.log.info,
                )
        except SupplyChainError as error:
            raise dg.Failure(
                description=str(error), metadata={EXIT_CODE: error.exit_code}, allow_retries=False
            ) from error

    def _plan(self, context: Context, store: Store) -> Plan | None:
        """The plan that the run applies, if it was started with one; the product file must still be the plan's."""
        plan_id = context.run.tags.get(PLAN_TAG)
        if plan_id is None:
            return None
        plan = Plan.applied(store, self.product.name, plan_id)
        plan.check_spec(self.product, store.path(plan.key))
        return plan

    @contextmanager
    def _turn(self, context: Context, store: Store) -> Iterator[None]:
        """Keep out of a run that the command has under way: it holds the product's lock alone, from start to end.

        Steps of other runs share the lock: the product's pool lets only one such run start.
        """
        if context.run.tags.get(BY_COMMAND):
            yield
            return
        name = self.product.name
        self._be_seen(store)
        with store.lock(name, why=f"the command runs {name}", shared=True):
            yield

    def _be_seen(self, store: Store) -> None:
        """Hold a lock for as long as this process lives, by which others see that the run's process is there."""
        key = (store.url, run_lock(self.product.name))
        if key not in _SEEN:
            _SEEN[key] = ExitStack()
            _SEEN[key].enter_context(store.lock(key[1], why="its process is there", shared=True, wait=True))
