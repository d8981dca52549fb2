"""`review`: people judge a sample of a window's rows; plan, desk, verdict, and what it teaches."""

import typer

from supplychain.cli.review import judged, planning, serving, tools

app = typer.Typer(
    no_args_is_help=True, help="Review by people: plan, serve the desk, compute the verdict, learn rules from it."
)
app.command("plan")(planning.plan)
app.command("serve")(serving.serve)
app.command("people")(serving.people)
app.command("status")(planning.status)
app.command("verdict")(judged.verdict)
app.command("suggest")(judged.suggest)
app.command("export")(tools.export)
app.command("import")(tools.import_)
