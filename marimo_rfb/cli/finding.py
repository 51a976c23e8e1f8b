"""What an examination found."""

from dataclasses import dataclass
from typing import Literal

import click

__all__ = ["Finding", "Level"]

# "-" is something optional that is not there.
Level = Literal["ok", "-", "warn", "fail"]

_COLORS: dict[Level, str] = {"ok": "green", "-": "bright_black", "warn": "yellow", "fail": "red"}
_INDENT = 22


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: how it is, what it is about, a sentence, and what to do about it."""

    level: Level
    subject: str
    text: str
    remedy: str = ""

    def show(self) -> None:
        """Print the line; colours only where the output can show them."""
        level = click.style(f"{self.level:<4}", fg=_COLORS[self.level], bold=self.level == "fail")
        click.echo(f"{level}  {self.subject:<14}  {self.text}")
        if self.remedy:
            click.echo(f"{'':{_INDENT}}{click.style(self.remedy, dim=self.level == '-')}")
