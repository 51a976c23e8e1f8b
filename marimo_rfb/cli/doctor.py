"""Examine an installation, from the interpreter to a picture that gets through."""

import importlib
import platform
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from marimo_rfb.cli import bundle, install, loopback
from marimo_rfb.cli.finding import Finding

__all__ = ["examine", "report"]

_NEEDED = {
    "marimo": "marimo",
    "anywidget": "anywidget",
    "traitlets": "traitlets",
    "numpy": "numpy",
    "websockets": "websockets",
    "pillow": "PIL",
}
_EXTRAS = {
    "av": ("av", "video", "H.264 and other video codecs"),
    "jupyterlab": ("jupyterlab", "jupyter", "the widget in JupyterLab"),
    "rendercanvas": ("rendercanvas", "rendercanvas", "pygfx and fastplotlib in a view"),
}


def examine() -> Iterator[Finding]:
    """Find out everything, one thing after the other."""
    yield _python()
    for distribution, module in _NEEDED.items():
        yield _needed(distribution, module)
    yield _simplejpeg()
    yield bundle.examine()
    yield from loopback.examine()
    for distribution, (module, extra, use) in _EXTRAS.items():
        yield _optional(distribution, module, extra=extra, use=use)


def report(findings: Iterable[Finding]) -> bool:
    """Print findings as they come and a closing line; tell whether nothing has to be repaired."""
    click.echo(f"marimo-rfb {install.version()}\n")
    warnings = failures = 0
    for finding in findings:
        finding.show()
        warnings += finding.level == "warn"
        failures += finding.level == "fail"
    click.echo()
    if failures:
        click.secho(f"{_count(failures, 'thing')} to repair.", fg="red", bold=True)
    elif warnings:
        click.secho(f"It works, with {_count(warnings, 'warning')}.", fg="yellow")
    else:
        click.secho("Everything works.", fg="green")
    return failures == 0


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _python() -> Finding:
    return Finding("ok", "python", f"{platform.python_version()} at {_shorten(Path(sys.executable))}")


def _shorten(path: Path) -> str:
    return f"~/{path.relative_to(Path.home())}" if path.is_relative_to(Path.home()) else str(path)


def _needed(distribution: str, module: str) -> Finding:
    version, least = install.version_of(distribution), install.least_version(distribution)
    upgrade = f"pip install --upgrade '{distribution}>={least}'" if least else f"pip install {distribution}"
    if version is None:
        return Finding("fail", distribution, "not installed", upgrade)
    if least is not None and install.is_older(version, least):
        return Finding("fail", distribution, f"{version} is too old, {least} is the first that works", upgrade)
    return _importable(distribution, module, version, reinstall=f"pip install --force-reinstall {distribution}")


def _importable(distribution: str, module: str, version: str, *, reinstall: str) -> Finding:
    try:
        importlib.import_module(module)
    except Exception as exc:  # a broken package may raise anything
        reason = str(exc).partition("\n")[0]
        return Finding("fail", distribution, f"{version} cannot be imported: {type(exc).__name__}: {reason}", reinstall)
    return Finding("ok", distribution, version)


def _simplejpeg() -> Finding:
    found = _needed("simplejpeg", "simplejpeg")
    if found.level == "ok":
        return found
    cost = "Pillow encodes instead, and other Python code stands still meanwhile"
    return Finding("warn", found.subject, f"{found.text}; {cost}", found.remedy)


def _optional(distribution: str, module: str, *, extra: str, use: str) -> Finding:
    version, least = install.version_of(distribution), install.least_version(distribution)
    get = f"pip install --upgrade 'marimo-rfb[{extra}]'"
    if version is None:
        return Finding("-", distribution, f"not installed; it is for {use}", get)
    if least is not None and install.is_older(version, least):
        return Finding("warn", distribution, f"{version} is too old for {use}; {least} is the first that works", get)
    found = _importable(distribution, module, version, reinstall=get)
    return Finding("warn", distribution, found.text, found.remedy) if found.level == "fail" else found
