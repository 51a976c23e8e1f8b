import json
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from types import CodeType
from typing import Any

import pytest
from shades import refuse

from marimo_rfb.notebook.rendering.render_error import describe_render_error


def raised(function: Callable[..., Any], *arguments: Any) -> BaseException:
    with pytest.raises(BaseException) as caught:  # noqa: PT011  # whatever it is, what is told of it counts
        function(*arguments)
    return caught.value


def compiled(source: str, name: str = "<cell>") -> tuple[Callable[..., Any], CodeType]:
    """Return `view` of a cell, whose source nobody can look up."""
    names: dict[str, Any] = {"json": json}
    exec(compile(source, name, "exec"), names)
    return names["view"], names["view"].__code__


def test_the_error_and_its_line_are_told() -> None:
    def view(t: float) -> float:
        return 1 / t

    text = describe_render_error(raised(view, 0), view.__code__)
    line = view.__code__.co_firstlineno + 1
    assert text == f"ZeroDivisionError: division by zero\nview, line {line}: return 1 / t"


def test_an_error_in_a_library_is_told_by_the_line_that_called_it() -> None:
    def view(t: float) -> Any:
        return json.loads("{")

    text = describe_render_error(raised(view, 0), view.__code__)
    assert text.startswith("JSONDecodeError: Expecting property name")
    assert text.endswith(': return json.loads("{")')


def test_of_the_lines_of_one_file_the_innermost_counts() -> None:
    view, code = compiled("def view(t):\n    return scene(t)\n\ndef scene(t):\n    return json.loads(t)\n")
    assert describe_render_error(raised(view, "{"), code).endswith("\nscene, line 5")


def test_without_a_source_the_line_has_a_number_only() -> None:
    view, code = compiled("def view(t):\n    raise KeyError('level')\n")
    assert describe_render_error(raised(view, 0), code) == "KeyError: 'level'\nview, line 2"


def test_an_error_that_never_passed_the_function_has_no_line_of_somebody_else() -> None:
    _, code = compiled("def view(t): ...")
    text = describe_render_error(raised(json.loads, "{"), code)
    assert text.startswith("JSONDecodeError: Expecting property name")
    assert "\n" not in text


def test_an_error_of_another_process_is_told_by_its_line_there() -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        text = describe_render_error(raised(pool.submit(refuse, 5.0).result), refuse.__code__)
    line = refuse.__code__.co_firstlineno + 2
    assert text == f'ValueError: no shade at 5.0\nrefuse, line {line}: raise ValueError(f"no shade at {{t}}")'


def test_a_function_of_c_is_told_by_the_innermost_line() -> None:
    def helper() -> None:
        raise ValueError("no such colour")

    text = describe_render_error(raised(helper), None)
    assert text.startswith("ValueError: no such colour\nhelper, line ")


def test_an_error_that_was_never_raised_has_no_line() -> None:
    assert describe_render_error(ValueError("no such colour"), None) == "ValueError: no such colour"


@pytest.mark.parametrize("exc", [SystemExit(3), KeyboardInterrupt(), AssertionError()])
def test_an_error_without_words_is_told_by_its_name(exc: BaseException) -> None:
    assert describe_render_error(exc, None).startswith(type(exc).__name__)


def test_a_syntax_error_of_evaluated_text_is_told() -> None:
    view, code = compiled("def view(t):\n    return eval('1 +')\n")
    text = describe_render_error(raised(view, 0), code)
    assert text.startswith("SyntaxError: invalid syntax")
    assert text.endswith("\nview, line 2")
