"""A report's charts as one picture. It needs Matplotlib, and is all that does: `pip install "commonbook[plot]"`."""

import importlib
from pathlib import Path
from typing import Any

from commonbook.bench.harness import Chart, Report
from commonbook.errors import BadInput

INCHES = (7.5, 4.5)  # of one chart
KINDS = (".png", ".svg", ".pdf")


def check(path: Path) -> None:
    """Before minutes are spent on measuring.

    Raises:
        BadInput: the picture could not be written; says why.
    """
    if path.suffix not in KINDS or not path.parent.is_dir():
        raise BadInput(f"{path}: a picture ends in {', '.join(KINDS)}, and its folder must be there")
    _library("figure")


def draw(report: Report, path: Path) -> None:
    """Write the picture: the charts one below the other, machine and commit under them."""
    width, height = INCHES
    charts = report.charts or [_plain(report)]
    figure = _library("figure").Figure(figsize=(width, height * len(charts)), layout="constrained")
    for number, chart in enumerate(charts, start=1):
        _draw_chart(figure.add_subplot(len(charts), 1, number), chart)
    machine = report.machine
    figure.supxlabel(
        f"{machine['processor']}, {machine['cores']} cores, {machine['system']}, commit {report.commit}", fontsize=7
    )
    figure.savefig(path, dpi=150)


def _plain(report: Report) -> Chart:
    """For a bench without curves: its figures as they are."""
    bars = {figure.name: {figure.unit: figure.value} for figure in report.figures}
    return Chart("Figures", "", "", bars=bars, log_y=True)


def _draw_chart(axes: Any, chart: Chart) -> None:
    axes.set(title=chart.title, xlabel=chart.x, ylabel=chart.y)
    axes.grid(visible=True, alpha=0.3)
    for name, points in chart.lines.items():
        axes.plot([x for x, _ in points], [y for _, y in points], marker=".", label=name)
    if chart.bars:
        _draw_bars(axes, chart.bars)
    if chart.log_x:
        axes.set_xscale("log")
    if chart.log_y:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)  # what is twice as high is twice as much
    axes.tick_params(axis="x", labelrotation=20 if chart.bars else 0)
    axes.legend(fontsize=8)


def _draw_bars(axes: Any, groups: dict[str, dict[str, float]]) -> None:
    names = list(dict.fromkeys(name for values in groups.values() for name in values))
    width = 0.8 / len(names)
    for number, name in enumerate(names):
        places = [place for place, values in enumerate(groups.values()) if name in values]
        heights = [values[name] for values in groups.values() if name in values]
        axes.bar([place + (number - (len(names) - 1) / 2) * width for place in places], heights, width, label=name)
    axes.set_xticks(range(len(groups)), list(groups))


def _library(module: str) -> Any:
    try:
        return importlib.import_module(f"matplotlib.{module}")
    except ImportError:
        raise BadInput('pictures need Matplotlib: `pip install "commonbook[plot]"`, or leave --plot out') from None
