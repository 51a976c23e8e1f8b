"""What `help` shows of the package: all of it is for users, says what it is, and names only what can be looked up."""

import asyncio
import builtins
import enum
import inspect
import re
from collections.abc import Iterator
from typing import Any

import marimo as mo
import pytest
import traitlets

import marimo_rfb as rfb
from marimo_rfb.notebook.events.event_callbacks import EventCallback

CLASSES = [name for name in rfb.__all__ if inspect.isclass(getattr(rfb, name))]
FUNCTIONS = [name for name in rfb.__all__ if inspect.isfunction(getattr(rfb, name))]

# All that the help of the three classes that people hold lists of ours. What is added here is for users.
LISTED = {
    "Hub": "aclose add_stream astart close closed host on_port port remove_stream start stream streams",
    "Stream": (
        "aclose client_count close closed configure copy_text cursor events height newest notice notify options "
        "poll_events port publish server target_size view widget width ws_url"
    ),
    "View": (
        "close closed connected cursor events fps on on_click on_drag on_event pause play playing seek seen size stats "
        "stream t value viewers"
    ),
}

# What else a name in backticks may be.
FOREIGN = {
    "rendercanvas.auto",
    "rendercanvas.rfb",
    # The protocols of arrays.
    "__array_interface__",
    "__dlpack__",
    # Animation time, the argument of functions that people hand to `animate`.
    "t",
}
# What a name with a dot may begin with, in examples too.
KNOWN_AS = {
    "asyncio": asyncio,
    "callback": EventCallback,
    "hub": rfb.Hub,
    "marimo_rfb": rfb,
    "mo": mo,
    "rfb": rfb,
    "stream": rfb.Stream,
    "view": rfb.View,
}


def own_members(cls: type) -> dict[str, Any]:
    """Return the public members that `dir` shows of `cls` and that classes of this package define."""
    members = {}
    for name in dir(cls):
        definer = next((base for base in cls.__mro__ if name in vars(base)), None)
        if not name.startswith("_") and definer is not None and definer.__module__.startswith("marimo_rfb"):
            members[name] = inspect.getattr_static(cls, name)
    return members


def attributes_in(cls: type) -> set[str]:
    """Return what the class docstrings of `cls` and its bases of ours explain under `Attributes:`."""
    names: set[str] = set()
    for base in cls.__mro__:
        if base.__module__.startswith("marimo_rfb"):
            _, _, section = inspect.cleandoc(base.__doc__ or "").partition("Attributes:\n")
            names.update(re.findall(r"^    (\w+): ", section.partition("\n\n")[0], re.MULTILINE))
    return names


def says_what_it_is(cls: type, name: str, member: Any) -> bool:
    if isinstance(member, traitlets.TraitType):
        return bool(member.help)
    if inspect.isroutine(member) or isinstance(member, (property, staticmethod, classmethod)):
        return bool(member.__doc__)
    # Fields, constants and members of enumerations have a docstring of their type alone.
    return name in attributes_in(cls)


@pytest.mark.parametrize("name", LISTED)
def test_help_lists_what_is_for_users_and_nothing_else(name: str) -> None:
    assert sorted(own_members(getattr(rfb, name))) == LISTED[name].split()


@pytest.mark.parametrize("name", CLASSES)
def test_each_public_member_says_what_it_is(name: str) -> None:
    cls = getattr(rfb, name)
    assert (cls.__doc__ or "").strip()
    silent = [each for each, member in own_members(cls).items() if not says_what_it_is(cls, each, member)]
    assert silent == []


@pytest.mark.parametrize("name", ["AccessOptions", "ListenOptions", "StreamOptions"])
def test_each_option_is_explained(name: str) -> None:
    cls = getattr(rfb, name)
    assert attributes_in(cls) == set(cls.__dataclass_fields__)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_public_function_explains_its_arguments(name: str) -> None:
    function = getattr(rfb, name)
    _, _, section = (inspect.getdoc(function) or "").partition("Args:\n")
    explained = set(re.findall(r"^    (\w+): ", section.partition("\n\n")[0], re.MULTILINE))
    assert explained <= set(inspect.signature(function).parameters)


def test_the_tools_are_those_of_the_toolbar_in_its_order() -> None:
    assert list(rfb.Tool)[: list(rfb.Tool).index(rfb.Tool.HOME)] == rfb.RfbViewer().toolbar
    assert rfb.RfbViewer(toolbar=list(rfb.Tool)).toolbar == list(rfb.Tool)
    assert rfb.RfbViewer(toolbar=[rfb.Tool.PLAY]).toolbar == ["play"]
    assert {f'"{tool}"' for tool in rfb.Tool} <= set(re.findall(r'"\w+"', rfb.Tool.__doc__ or ""))


def public_docstrings() -> Iterator[tuple[str, Any, str, str]]:
    """Yield a place, what is documented there, the name of its class if it has one, and the docstring."""
    for name in rfb.__all__:
        thing = getattr(rfb, name)
        if not inspect.isclass(thing):
            yield name, thing, "", inspect.getdoc(thing) or ""
            continue
        yield name, thing.__init__, name, thing.__doc__ or ""
        for each, member in own_members(thing).items():
            if isinstance(member, traitlets.TraitType):
                yield f"{name}.{each}", None, name, member.help
            elif not isinstance(member, enum.Enum):
                function = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
                yield f"{name}.{each}", function, name, getattr(function, "__doc__", "") or ""


def parameters_of(thing: Any) -> set[str]:
    try:
        names = set(inspect.signature(thing).parameters)
    except (TypeError, ValueError):
        return set()
    # `**options` are the fields of a stream's, `**view_options` and `**traits` those of a viewer.
    if "options" in names or "view_options" in names:
        names |= set(rfb.StreamOptions.__dataclass_fields__)
    if names & {"view_options", "traits"}:
        names |= set(rfb.RfbViewer.class_trait_names())
    return names


def has(thing: Any, path: list[str]) -> bool:
    """Tell whether `path` leads somewhere from `thing`, over what instances have too."""
    if not path:
        return True
    first, *rest = path
    if inspect.isclass(thing) and first in attributes_in(thing):
        return not rest
    if thing is rfb.View and first in rfb.RfbViewer.class_trait_names():
        return not rest
    return hasattr(thing, first) and has(getattr(thing, first), rest)


def leads_somewhere(name: str, thing: Any, cls_name: str) -> bool:
    path = name.split(".")
    if path[0] in KNOWN_AS and path[1:]:
        return has(KNOWN_AS[path[0]], path[1:])
    cls = getattr(rfb, cls_name) if cls_name else None
    return (
        (path[0] in rfb.__all__ and has(rfb, path))
        or has(builtins, path)
        or (cls is not None and has(cls, path))
        or name in parameters_of(thing)
        or name in FOREIGN
    )


@pytest.mark.parametrize(
    ("thing", "cls_name", "text"),
    [pytest.param(thing, cls_name, text, id=place) for place, thing, cls_name, text in public_docstrings()],
)
def test_each_name_in_a_docstring_can_be_looked_up(thing: Any, cls_name: str, text: str) -> None:
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    # A name, with dots or not, perhaps with a call behind it; the rest of what is in backticks is code or a value.
    names = re.findall(r"`([A-Za-z_][\w.]*)(?:\([^`]*\))?`", prose)
    assert [name for name in names if not leads_somewhere(name, thing, cls_name)] == []
