"""The command that leads a whole migration through virtual time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.options import Identity, output_option, print_json, repository_options
from reconciler.errors import ReconcilerError

if TYPE_CHECKING:
    from reconciler.model.migration import MigrationId
    from reconciler.simulation.scenario import Scenario
    from reconciler.simulation.story import Story, Subject


@click.command()
@click.argument("migration", type=Identity(), metavar="ENV/NAME")
@repository_options
@click.option("--rev", help="Read this revision instead of the files as they lie (a clone) or the branch (a remote).")
@click.option("--scenario", metavar="NAME|FILE", default="healthy", show_default=True, help="What is assumed.")
@click.option("--tasks-per-hour", type=click.FloatRange(0.1, 10_000), help="Over what the scenario says.")
@click.option("--seeds", type=click.IntRange(1, 10_000), default=100, show_default=True, help="How many runs.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The first seed.")
@output_option
def simulate(
    migration: MigrationId,
    repo: str,
    branch: str,
    rev: str | None,
    scenario: str,
    tasks_per_hour: float | None,
    seeds: int,
    seed: int,
    output: str,
) -> int:
    """Lead a migration through virtual time, and say what came of it over many runs.

    Decides by the same code as a pass, on drawn tasks. Reads Git, asks no metric source, writes nothing.
    Scenarios: healthy, quiet, slower, dearer, failing, unfinished, broken, outage, drift, incident, gap, silence,
    revert, or a YAML file (kind: Scenario).

    \b
    Examples:
      reconciler simulate prod/rex
      reconciler simulate prod/rex --scenario outage --tasks-per-hour 20
      reconciler simulate prod/rex --scenario night.yaml --seeds 200 --output json
    """
    from dataclasses import replace

    from reconciler.adapters.git import open_repository
    from reconciler.cli.passes import revision_to_judge
    from reconciler.loop.simulating import read_subject, simulation_json, simulation_lines
    from reconciler.simulation.summary import sum_up

    assumed = _scenario(scenario)
    if tasks_per_hour is not None:
        assumed = replace(assumed, tasks_per_hour=tasks_per_hour)
    with open_repository(repo, branch=branch) as repository:
        read = read_subject(repository, revision_to_judge(repository, rev), migration)
    mirrored = read.subject.migration.shadow.mirror_percentage
    one_run = partial(_one_run, read.subject, assumed, mirrored)
    stories = _each(one_run, range(seed, seed + seeds))
    summary = sum_up(stories, assumed)
    if output == "json":
        print_json(simulation_json(read, assumed, stories, summary))
    else:
        for line in simulation_lines(read, assumed, stories, summary):
            click.echo(line)
    return 0


def _one_run(subject: Subject, scenario: Scenario, mirrored: int, seed: int) -> Story:
    from reconciler.simulation.drawing import draw
    from reconciler.simulation.walk import simulate as run

    return run(subject, scenario, draw(scenario, seed, mirrored=mirrored))


def _each(one_run: Callable[[int], Story], seeds: range) -> list[Story]:
    """Do all runs, many of them on two processors."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    from rich.console import Console
    from rich.progress import track

    shown = partial(track, description="runs", total=len(seeds), console=Console(stderr=True), transient=True)
    if len(seeds) < _MANY:
        return list(shown(map(one_run, seeds)))
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        return list(shown(pool.map(one_run, seeds)))


def _scenario(name: str) -> Scenario:
    from reconciler.simulation.ready_made import READY_MADE
    from reconciler.simulation.scenario_file import parse_scenario

    if name in READY_MADE:
        return READY_MADE[name]
    try:
        text = Path(name).read_bytes()
    except OSError as error:
        known = ", ".join(READY_MADE)
        raise ReconcilerError(
            f"--scenario {name}: neither a file that can be read ({error.strerror}) nor one of {known}",
            hint="a scenario's file says kind: Scenario",
        ) from None
    return parse_scenario(text, name)


_MANY = 16
"""Runs from which on a second process is quicker than its start."""
