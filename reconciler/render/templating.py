"""Turns a template and values into text in which every value is quoted, whatever the template's author forgot. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateError, TemplateNotFound, Undefined, nodes
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reconciler.errors import RenderError
from reconciler.quoting import quote

OUTPUT_LIMIT = 1024 * 1024
"""The most bytes that one template may write."""


@dataclass(frozen=True, slots=True)
class Lines:
    """A string that is written one line on one line, so that a change of a line is a line in the diff.

    It stands as a double-quoted scalar like any other, at most 4 columns deep.
    """

    text: str


def render(templates: Mapping[str, str], name: str, values: Mapping[str, object]) -> str:
    r"""Render one template; every value comes out as YAML that reads back as that value.

    A string becomes a double-quoted scalar, an int digits, a bool ``true`` or ``false``; anything else is refused.

    Args:
        templates: All templates by name; this one may include the others.
        name: Which one to render.
        values: What the template may name.

    Raises:
        RenderError: The template is missing or wrong, names what does not exist, or writes more than 1 MiB.

    >>> render({"a.j2": "name: {{ name }}\n"}, "a.j2", {"name": "on"})
    'name: "on"\n'
    """
    environment = _environment(tuple(sorted(templates.items())))
    pieces: list[str] = []
    size = 0
    try:
        for piece in environment.get_template(name).generate(values):
            pieces.append(piece)
            size += len(piece.encode(errors="surrogatepass"))
            if size > OUTPUT_LIMIT:
                raise RenderError(f"{name}: writes more than {OUTPUT_LIMIT:,} B, a manifest must be smaller")
    except (TemplateError, ValueError, TypeError, ArithmeticError, RecursionError, SyntaxError) as error:
        raise _explained(error, name, templates) from error
    return "".join(pieces)


@lru_cache(maxsize=8)
def _environment(templates: tuple[tuple[str, str], ...]) -> Environment:
    environment = _Sandbox(
        loader=_Texts(dict(templates)),
        undefined=StrictUndefined,
        finalize=_scalar,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        cache_size=len(templates),
    )
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in _FILTERS}
    return environment


def _scalar(value: object) -> object:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return quote(value)
        case Lines(text):
            return _quoted_lines(text)
        case Undefined():
            return str(value)  # raises, and says which name is not defined
        case _:
            raise TypeError(f"{type(value).__name__} cannot be written as one YAML value, expected str, int or bool")


def _quoted_lines(text: str) -> str:
    written = [quote(line)[1:-1] for line in _LINE.findall(text)]
    # A reader drops the white space that a continued line begins with, unless it is escaped.
    escaped = [f"\\{line}" if place and line.startswith(" ") else line for place, line in enumerate(written)]
    return '"' + "\\\n    ".join(escaped) + '"'


class _Sandbox(ImmutableSandboxedEnvironment):
    """Knows values, conditions and loops only: what grows without bound, or reaches Python, cannot be said."""

    def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
        if isinstance(obj, LoopContext):
            return super().is_safe_attribute(obj, attr, value)
        return isinstance(obj, dict) and attr in _MAPPING_METHODS

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template = super()._parse(source, name, filename)
        for node in template.find_all(nodes.Node):
            if not isinstance(node, _ALLOWED) and not _calls_a_mapping(node):
                found = f"{name}:{node.lineno}: uses {type(node).__name__}"
                raise RenderError(f"{found}, a template may use values, if, for, include and ~ only")
        return template


def _calls_a_mapping(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Call) and isinstance(node.node, nodes.Getattr) and node.node.attr in _MAPPING_METHODS


class _Texts(BaseLoader):
    """Gives each template its name as its file, so that an error can say where it happened."""

    def __init__(self, templates: Mapping[str, str]) -> None:
        self._templates = templates

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        del environment
        if template not in self._templates:
            raise TemplateNotFound(template)
        return self._templates[template], template, lambda: True


def _explained(error: Exception, name: str, templates: Mapping[str, str]) -> RenderError:
    if isinstance(error, TemplateNotFound):
        known = ", ".join(sorted(templates)) or "none"
        return RenderError(f"{name}: there is no template {error.name}", hint=f"the templates are {known}")
    place, line = name, getattr(error, "lineno", 0)
    trace = error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename in templates:
            place, line = trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next
    return RenderError(f"{place}:{line}: {error}", hint="the packaged template of this name shows what may be used")


_LINE = re.compile(r"[^\n]*\n+|[^\n]+")
_FILTERS = ("default", "first", "join", "last", "length", "lower", "sort", "unique", "upper")
_MAPPING_METHODS = frozenset({"items", "keys", "values"})
_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.If,
    nodes.For,
    nodes.Include,
    nodes.Name,
    nodes.Const,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Tuple,
    nodes.List,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Concat,
    nodes.Filter,
    nodes.Test,
    nodes.Keyword,
)
