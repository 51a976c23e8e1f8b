"""Write what Python and the page share, from its Python definition, into `js/src/wire`.

`messages.ts` (the types) and `readers.ts` (how to read what a server sends) come from `marimo_rfb/wire/messages.py`.
`constants.ts` has the tools of the toolbar, the reasons of layers, the colormaps, which events merge, and when a press
is a drag. `advice.ts` has the texts that the doctor uses too. `--check` writes nothing and fails when a file is stale.
"""

import dataclasses
import inspect
import json
import sys
import types
import typing
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parent.parent
WIRE = ROOT / "js/src/wire"
LINE_LENGTH = 120  # of js/.prettierrc.json
SCALARS = {str: "string", int: "number", float: "number", bool: "boolean"}


def typescript_type(annotation: object) -> str:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation in SCALARS:
        return SCALARS[annotation]
    if origin is typing.Literal:
        return " | ".join(f'"{a}"' for a in arguments)
    if origin is tuple:
        return f"readonly {typescript_type(arguments[0])}[]"
    if origin is dict:
        return "Record<string, unknown>"
    if origin is types.UnionType:
        return " | ".join(typescript_type(a) for a in arguments if a is not type(None))
    if dataclasses.is_dataclass(annotation):
        return typing.cast(type, annotation).__name__
    raise TypeError(f"no TypeScript type for {annotation!r}")


def comment(documented: type) -> str:
    lines = (inspect.getdoc(documented) or "").split("\n")
    if len(lines) == 1:
        return f"/** {lines[0]} */"
    return "\n".join(["/**", *(f" * {line}".rstrip() for line in lines), " */"])


def interface(cls: type, *, sent_by_us: bool) -> str:
    """A field that we send is optional where Python has a default; one that we receive, where it may be `None`."""
    hints = typing.get_type_hints(cls)
    lines = [comment(cls), f"export interface {cls.__name__} {{"]
    if "type" in hints:
        lines.append(f'  readonly type: "{cls.type}";')  # type: ignore[attr-defined]
    for field in dataclasses.fields(cls):
        has_default = field.default is not dataclasses.MISSING
        optional = has_default if sent_by_us else field.default is None
        lines.append(f"  readonly {field.name}{'?' if optional else ''}: {typescript_type(hints[field.name])};")
    return "\n".join([*lines, "}"])


def reader(cls: type) -> str:
    """A function that reads `cls` out of a JSON object; `present` leaves absent fields absent."""
    fields = dataclasses.fields(cls)
    hints = typing.get_type_hints(cls, include_extras=True)
    wrapped = any(field.default is None for field in fields)
    kind = [f'    type: "{cls.type}",'] if hasattr(cls, "type") else []
    lines = [
        f"function read{cls.__name__}(reader: JsonReader): {cls.__name__} {{",
        f"  return present<{cls.__name__}>({{" if wrapped else "  return {",
        *kind,
        *(f"    {field.name}: {read_field(field, hints[field.name])}," for field in fields),
        "  });" if wrapped else "  };",
        "}",
    ]
    return "\n".join(lines)


def read_field(field: dataclasses.Field[object], annotation: object) -> str:
    from marimo_rfb.wire.messages import Bounds

    bounds = Bounds()
    if typing.get_origin(annotation) is typing.Annotated:
        annotation, bounds = typing.get_args(annotation)
    if typing.get_origin(annotation) is types.UnionType:  # only "X | None"
        annotation = typing.get_args(annotation)[0]
    kind, *arguments = reader_method(annotation, {k: v for k, v in dataclasses.asdict(bounds).items() if v is not None})
    is_optional = field.default is not dataclasses.MISSING
    method = f"optional{kind.capitalize()}" if is_optional else kind
    call = f"reader.{method}({', '.join([json.dumps(field.name), *arguments])})"
    return f"{call} ?? {json.dumps(field.default)}" if is_optional and field.default is not None else call


def reader_method(annotation: object, bounds: dict[str, float]) -> tuple[str, ...]:
    """The method of `JsonReader` for a required field, and its arguments after the field's name."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation in (int, float):
        limits = [f"{{ {', '.join(f'{name}: {limit}' for name, limit in bounds.items())} }}"] if bounds else []
        return ("integer" if "min" in bounds else "number", *limits)
    if annotation in SCALARS:
        return (SCALARS[annotation],)
    if origin is typing.Literal:
        return "choice", json.dumps(arguments)
    if origin is tuple:
        return ({str: "strings", int: "integers"}[arguments[0]],)
    if dataclasses.is_dataclass(annotation):
        return "object", f"read{typing.cast(type, annotation).__name__}"
    raise TypeError(f"no reader for {annotation!r}")


def render_readers() -> str:
    from marimo_rfb.wire import messages as m

    def choose(union: str, classes: tuple[type, ...]) -> str:
        cases = "\n".join(f'    case "{c.type}":\n      return read{c.__name__}(reader);' for c in classes)  # type: ignore[attr-defined]
        return f"""\
/** `undefined` for a type that this version does not know. @throws WireError when a field is missing or wrong. */
export function read{union}(reader: JsonReader): {union} | undefined {{
  switch (reader.string("type")) {{
{cases}
    default:
      return undefined;
  }}
}}"""

    classes = (m.Color, *m.HEADERS, *m.SERVER_MESSAGES)
    names = "".join(f"  {name},\n" for name in sorted([*(c.__name__ for c in classes), "Header", "ServerMessage"]))
    parts = [
        "// Generated from marimo_rfb/wire/messages.py by js/generate_wire.py; do not edit.",
        f"""\
import type {{ JsonReader }} from "./json_reader.ts";
import {{ present }} from "./json_reader.ts";
import type {{
{names}}} from "./messages.ts";""",
        choose("Header", m.HEADERS),
        choose("ServerMessage", m.SERVER_MESSAGES),
        *map(reader, classes),
    ]
    return "\n\n".join(parts) + "\n"


def render_messages() -> str:
    from marimo_rfb.wire import messages as m

    def union(name: str, classes: tuple[type, ...]) -> str:
        return f"export type {name} = {' | '.join(c.__name__ for c in classes)};"

    def constants(name: str, enum: type) -> str:
        body = "\n".join(f"  {e.name}: {repr(e.value).replace(chr(39), chr(34))}," for e in enum)  # type: ignore[attr-defined]
        return f"{comment(enum)}\nexport const {name} = {{\n{body}\n}} as const;"

    parts = [
        "// Generated from marimo_rfb/wire/messages.py by js/generate_wire.py; do not edit.",
        f"export const MAX_CONTROL_BYTES = {m.MAX_CONTROL_BYTES};",
        f"/** Of one `image_rects`. */\nexport const MAX_RECTS = {m.MAX_RECTS};",
        constants("Capability", m.Capability),
        constants("CloseCode", m.CloseCode),
        interface(m.Color, sent_by_us=False),
        *(interface(c, sent_by_us=False) for c in m.HEADERS),
        *(interface(c, sent_by_us=True) for c in m.CLIENT_MESSAGES),
        *(interface(c, sent_by_us=False) for c in m.SERVER_MESSAGES),
        union("Header", m.HEADERS),
        union("ClientMessage", m.CLIENT_MESSAGES),
        union("ServerMessage", m.SERVER_MESSAGES),
    ]
    return "\n\n".join(parts) + "\n"


# The built-in colormaps in the order of the menu.
COLORMAPS = ("gray", "gray_r", "viridis", "magma", "inferno", "plasma", "cividis", "turbo", "coolwarm", "twilight")
STOPS = 16


def colormaps() -> str:
    """The stops of each colormap as hexadecimal digits, six each."""
    from marimo_rfb.tone.colormap import BUILT_IN, built_in

    assert set(COLORMAPS) == set(BUILT_IN)
    lines = []
    for name in COLORMAPS:
        colormap = built_in(name)
        assert colormap is not None
        at = [round(stop * (colormap.size - 1) / (STOPS - 1)) for stop in range(STOPS)]
        digits = "".join(colormap.table[index].tobytes()[:3].hex() for index in at)
        lines.append(f"  {name}: {json.dumps(digits)},\n")
    return "".join(lines)


def render_constants() -> str:
    from marimo_rfb import Tool, events
    from marimo_rfb.flow.drag_detector import DRAG_SLOP_CSS_PX, MAX_PRESSES
    from marimo_rfb.flow.layer_controller import LayerReason
    from marimo_rfb.notebook.tool import DEFAULT_TOOLS, FIGURE_TOOLS

    def listed(values: Iterable[str]) -> str:
        return "".join(f"  {json.dumps(value)},\n" for value in values)

    merges = "".join(f"  {kind}: {json.dumps(names)},\n" for kind, names in events.MERGED_WHEN_SAME.items())
    parts = [
        "// Generated from marimo_rfb by js/generate_wire.py; do not edit.",
        f"/** All tools of a toolbar. */\nexport const TOOLS = [\n{listed(Tool)}] as const;",
        "export type ToolName = (typeof TOOLS)[number];",
        "/** The tools of a toolbar that lists none, in their order. */\n"
        f"export const DEFAULT_TOOLS: readonly ToolName[] = [\n{listed(DEFAULT_TOOLS)}];",
        "/** The tools that act on a figure, in Python. */\n"
        f"export const FIGURE_TOOLS = [\n{listed(FIGURE_TOOLS)}] as const satisfies readonly ToolName[];",
        "export type FigureToolName = (typeof FIGURE_TOOLS)[number];",
        "/** Why a viewer gets the quality that it gets. */\n"
        f"export const LAYER_REASONS = {json.dumps(list(LayerReason))} as const;",
        "export type LayerReason = (typeof LAYER_REASONS)[number];",
        "/** The first colour of each built-in colormap, and 15 more at equal distances, to its last one. */\n"
        f"export const COLORMAPS = {{\n{colormaps()}}} as const satisfies Record<string, string>;",
        "/** Which events merge, and which fields must be the same on both for it. */\n"
        f"export const MERGED_WHEN_SAME = {{\n{merges}}} as const;",
        "/** A press that moved further is a drag: a hand that clicks moves by about this much. */\n"
        f"export const DRAG_SLOP_CSS_PX = {DRAG_SLOP_CSS_PX};",
        "/** With more presses at once, the oldest is forgotten: its release may be lost. */\n"
        f"export const MAX_PRESSES = {MAX_PRESSES};",
    ]
    return "\n\n".join(parts) + "\n"


def render_advice() -> str:
    from marimo_rfb import advice, version

    def constant(name: str, text: str) -> str:
        line = f"export const {name} = {json.dumps(text)};"
        return line if len(line) <= LINE_LENGTH else line.replace(" = ", " =\n  ", 1)

    texts = {**{name: getattr(advice, name) for name in advice.__all__}, "SKEW_REMEDY": version.SKEW_REMEDY}
    parts = [
        "// Generated from marimo_rfb/advice.py and version.py by js/generate_wire.py; do not edit.\n"
        "// Fragments: a sentence adds a capital and a full stop.",
        "\n".join(constant(name, text) for name, text in texts.items()),
    ]
    return "\n\n".join(parts) + "\n"


def main() -> int:
    sys.path.insert(0, str(ROOT))
    texts = {
        WIRE / "messages.ts": render_messages(),
        WIRE / "readers.ts": render_readers(),
        WIRE / "constants.ts": render_constants(),
        WIRE / "advice.ts": render_advice(),
    }
    if "--check" in sys.argv[1:]:
        return 0 if all(path.exists() and path.read_text() == text for path, text in texts.items()) else 1
    WIRE.mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
