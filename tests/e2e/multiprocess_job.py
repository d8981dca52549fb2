"""The job of the product `clinic` with Dagster's multiprocess executor; step processes load this file."""

from pathlib import Path

import dagster as dg

from assets.definitions import definitions_of


def job() -> dg.JobDefinition:
    definitions = definitions_of(Path.cwd())
    return dg.Definitions(
        assets=definitions.assets,
        asset_checks=definitions.asset_checks,
        jobs=definitions.jobs,
        resources=definitions.resources,
        executor=dg.multiprocess_executor.configured({"max_concurrent": 2}),
    ).resolve_job_def("clinic")
