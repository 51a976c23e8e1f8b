"""What a check found, and how a list of checks is printed."""

import shutil
import sys
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import click

from marimo_rfb.cli.doctor import versions
from marimo_rfb.errors import RfbError

__all__ = ["CheckFailed", "CheckResult", "Level", "fail", "ok", "print_report", "warn"]

# "-" is something optional that is missing.
Level = Literal["ok", "-", "warn", "fail"]

_COLORS: dict[Level, str] = {"ok": "green", "-": "bright_black", "warn": "yellow", "fail": "red"}
_INDENT = 22


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One line of the report, and what to do about it."""

    level: Level
    subject: str
    text: str
    remedy: str = ""

    def print(self) -> None:
        level = click.style(f"{self.level:<4}", fg=_COLORS[self.level], bold=self.level == "fail")
        click.echo(f"{level}  {self.subject:<14}  {_wrap(self.text)}")
        if self.remedy:
            click.echo(f"{'':{_INDENT}}{click.style(_wrap(self.remedy), dim=self.level == '-')}")


class CheckFailed(RfbError):
    """Ends the checks that depend on a failed one; `result` is still to be reported."""

    def __init__(self, subject: str, text: str, remedy: str, *, level: Level = "fail") -> None:
        super().__init__(text)
        self.result = CheckResult(level, subject, text, remedy)


def ok(subject: str, text: str) -> CheckResult:
    return CheckResult("ok", subject, text)


def warn(subject: str, text: str, remedy: str = "") -> CheckResult:
    return CheckResult("warn", subject, text, remedy)


def fail(subject: str, text: str, remedy: str) -> CheckResult:
    return CheckResult("fail", subject, text, remedy)


def print_report(results: Iterable[CheckResult]) -> bool:
    """Print each result as it comes, then a summary; return whether nothing failed."""
    click.echo(f"marimo-rfb {versions.version()}\n")
    warnings = failures = 0
    for result in results:
        result.print()
        warnings += result.level == "warn"
        failures += result.level == "fail"
    click.echo()
    if failures:
        click.secho(f"{_count(failures, 'check')} failed.", fg="red", bold=True)
    elif warnings:
        click.secho(f"It works, with {_count(warnings, 'warning')}.", fg="yellow")
    else:
        click.secho("Everything works.", fg="green")
    return failures == 0


def _wrap(text: str) -> str:
    """Indent the lines that a terminal would wrap; a pipe gets one line, for grep."""
    if not sys.stdout.isatty():
        return text
    width = max(40, shutil.get_terminal_size().columns - _INDENT)
    return textwrap.fill(text, width, break_on_hyphens=False).replace("\n", f"\n{'':{_INDENT}}")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
