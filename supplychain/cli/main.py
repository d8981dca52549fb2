"""The command `supplychain`: exit codes 0 done, 1 failed, 2 changes to make, 3 a gate refused, 64 bad usage or spec."""

from __future__ import annotations

import sys
import traceback

import typer

from supplychain import __version__
from supplychain.cli import check, doctor, drift, expectations, init, observe, plan, roi, run, show, ui, waive
from supplychain.cli.output import complain
from supplychain.errors import FAILED, USAGE, SupplyChainError, one_line

DEBUG = "--debug"

app = typer.Typer(
    name="supplychain",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Turn a declared data product into released training data. `--debug`, anywhere, shows tracebacks.",
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"supplychain {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the version."),
) -> None:
    del version


app.command("init")(init.init)
app.command("gaps")(plan.gaps)
app.command("plan")(plan.plan)
app.command("run")(run.run)
app.command("status")(show.status)
app.command("check")(check.check)
app.command("evidence")(show.evidence)
app.command("waive")(waive.waive)
app.add_typer(expectations.app, name="expectations")
app.add_typer(roi.app, name="roi")
app.command("releases")(show.releases)
app.command("verify")(show.verify)
app.command("lineage")(show.lineage)
app.command("observe")(observe.observe)
app.command("drift")(drift.drift)
app.command("doctor")(doctor.doctor)
app.command("demo")(run.demo)
app.command("ui")(ui.ui)


def main(arguments: list[str] | None = None) -> None:
    """Run the command, and leave with its exit code; every error is one line, a traceback comes with `--debug`."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = DEBUG in given
    sys.exit(_run([word for word in given if word != DEBUG], debug=debug))


def _run(arguments: list[str], *, debug: bool) -> int:
    try:
        code = app(arguments, standalone_mode=False)
    except SupplyChainError as error:
        if debug:
            traceback.print_exc()
        complain(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        complain("stopped by you; what was committed stays, nothing else was kept")
        return FAILED
    except Exception as error:  # noqa: BLE001  (the last resort: one line instead of a traceback)
        if hasattr(error, "format_message"):  # a usage error of click, whichever click typer brings
            complain(f"{error.format_message()} (see supplychain --help)")
            return USAGE
        if isinstance(error, BrokenPipeError):
            return FAILED
        if debug:
            traceback.print_exc()
        complain(f"{type(error).__name__}: {one_line(str(error))[:500]}; run again with --debug for the traceback")
        return FAILED
    return int(code or 0)
