"""``conversions``, ``roi``, ``insights`` and ``summary``: rates, returns, comparisons, reports."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from decision_cli.options import AsOfOption, CsvOption, HomeOption, JsonOption, WideOption
from decision_cli.session import open_log


def conversions(
    context: typer.Context,
    min_decisions: Annotated[
        int, typer.Option("--min-decisions", min=1, help="Hide those with fewer decisions.")
    ] = 1,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="GROUP", help="source, type, maker, action or month alone."),
    ] = None,
    as_of: AsOfOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    wide: WideOption = False,  # noqa: ARG001  # its callback keeps it
) -> None:
    """Show how often each type and source is won.

    Each rate stands with its 95 % interval. An open decision is never counted as lost. With --by each source,
    type, maker, action or month is shown alone, and compared with the others on the same leads. Only opportunities
    that were decided on are in the log: a rate is that of these.

    Examples
    --------
    $ decision-log conversions
    $ decision-log conversions --by maker
    $ decision-log conversions --min-decisions 5 --as-of 2026-02-08
    """
    with open_log(context, home) as log:
        if by is not None:
            from decision_cli.output.rendering import show_groups

            groups = log.get_group_rates(by, as_of=as_of)  # type: ignore[arg-type]
            kept = [row for row in groups if row["total_decisions"] >= min_decisions]
            show_groups(
                kept,
                by=by,
                home=log.settings.home.folder,
                currency=log.currency,
                as_json=as_json,
                as_csv=as_csv,
            )
            return
        from decision_cli.output.rendering import show_conversions

        rows = log.get_conversion_rates(min_decisions=min_decisions, as_of=as_of)
        show_conversions(
            rows,
            home=log.settings.home.folder,
            currency=log.currency,
            as_json=as_json,
            as_csv=as_csv,
        )


def roi(
    context: typer.Context,
    by: Annotated[
        str | None,
        typer.Option("--by", help="type: the sources of each together; cell: each apart."),
    ] = None,
    as_of: AsOfOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    wide: WideOption = False,  # noqa: ARG001  # its callback keeps it
) -> None:
    """Show revenue, cost and return of each type.

    Examples
    --------
    $ decision-log roi
    $ decision-log roi --by type
    $ decision-log roi --csv
    """
    with open_log(context, home) as log:
        from decision_cli.output.rendering import show_returns

        if by not in {None, "type", "cell"}:
            raise typer.BadParameter(f"{by!r} is not known: type or cell", param_hint="--by")
        rows = log.calculate_roi_by_type(as_of=as_of, by="type" if by == "type" else "cell")
        in_short = by is None and not as_json and not as_csv
        show_returns(
            rows,
            totals=log.calculate_roi_by_type(as_of=as_of, by="type") if in_short else (),
            home=log.settings.home.folder,
            currency=log.currency,
            as_json=as_json,
            as_csv=as_csv,
        )


def insights(
    context: typer.Context,
    as_of: AsOfOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Show the comparisons that the evidence supports.

    Examples
    --------
    $ decision-log insights
    """
    with open_log(context, home) as log:
        from decision_cli.output.rendering import show_insights

        rows = log.generate_insights(as_of=as_of)
        show_insights(rows, home=log.settings.home.folder, as_json=as_json, as_csv=as_csv)


def summary(
    context: typer.Context,
    date: Annotated[
        str | None,
        typer.Option(
            "--date", metavar="DAY", help="E.g. 2026-02-08, yesterday, 2026-W06. [default: today]"
        ),
    ] = None,
    weekly: Annotated[
        bool,
        typer.Option("--weekly", help="The last seven days instead; with --date, its ISO week."),
    ] = False,
    save: Annotated[
        bool, typer.Option("--save/--no-save", help="Write JSON and Markdown into reports/.")
    ] = True,
    as_of: AsOfOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Summarise a day or a week.

    Writes JSON and Markdown into reports/decision-summaries in the home, and shows the text.

    Examples
    --------
    $ decision-log summary
    $ decision-log summary --weekly --date 2026-02-08
    $ decision-log summary --date yesterday --csv
    """
    with open_log(context, home, create=False) as log:
        from decision_cli.output.rendering import show_summary
        from decision_log import DecisionSummaryGenerator

        generator = DecisionSummaryGenerator(log=log)
        made = (
            generator.generate_weekly_summary(date, as_of=as_of)
            if weekly
            else generator.generate_daily_summary(date, as_of=as_of)
        )
        paths = generator.save_summary(made) if save else None
        show_summary(made, paths, home=log.settings.home.folder, as_json=as_json, as_csv=as_csv)


def report(
    context: typer.Context,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Where to. [default: reports/report.html]"),
    ] = None,
    days: Annotated[int, typer.Option("--days", min=1, help="Length of the period.")] = 7,
    open_page: Annotated[
        bool, typer.Option("--open", help="Show it in the browser afterwards.")
    ] = False,
    as_of: AsOfOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a page: what to do first, rates, revenue, findings.

    One HTML file that needs no network; it can be mailed and printed.

    Examples
    --------
    $ decision-log report --open
    $ decision-log report --out week.html --as-of 2026-02-08
    """
    with open_log(context, home, create=False) as log:
        from decision_cli.output.rendering import show_report

        path = log.write_report(out, days=days, as_of=as_of)
        show_report(path, as_json=as_json)
        if open_page:
            typer.launch(path.resolve().as_uri())
