import click
import pytest

from marimo_rfb.cli.doctor.check_result import CheckResult, print_report


@pytest.mark.parametrize(
    ("levels", "good", "closing"),
    [
        (["ok", "-", "ok"], True, "Everything works."),
        (["ok", "warn"], True, "It works, with 1 warning."),
        (["warn", "warn", "-"], True, "It works, with 2 warnings."),
        (["ok", "fail", "warn"], False, "1 check failed."),
        (["fail", "fail"], False, "2 checks failed."),
    ],
)
def test_the_summary_gives_the_worst_level(
    levels: list[str], good: bool, closing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    results = [CheckResult(level, "subject", "a sentence", "a remedy") for level in levels]  # type: ignore[arg-type]
    assert print_report(results) is good
    shown = capsys.readouterr().out
    assert shown.splitlines()[-1] == closing
    assert shown.count("a remedy") == len(levels)


def test_a_terminal_gets_indented_lines_and_a_pipe_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    result = CheckResult("warn", "subject", "word " * 12 + "end", "remedy " * 12 + "end")
    result.print()
    assert len(capsys.readouterr().out.splitlines()) == 2
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    result.print()
    first, *others = click.unstyle(capsys.readouterr().out).splitlines()
    assert len(others) == 3
    assert len(first) <= 80
    assert {len(line) - len(line.lstrip()) for line in others} == {22}
