"""XML from strangers: elements, text and attributes; no document type, no entities, no nesting without end."""

from __future__ import annotations

from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

DEEPEST = 60


class WrongXML(ValueError):
    """This is no XML, or XML that is not safe to read."""


def parsed(body: bytes) -> Element:
    """The root of a document, names in `{namespace}local` form. Raises WrongXML."""
    builder, depth = TreeBuilder(), [0]
    parser = expat.ParserCreate(namespace_separator="}")

    def start(name: str, attributes: dict[str, str]) -> None:
        depth[0] += 1
        if depth[0] > DEEPEST:
            raise WrongXML("It is nested without end.")
        builder.start(clark(name), {clark(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        depth[0] -= 1
        builder.end(clark(name))

    def refuse(*_args: object) -> None:
        raise WrongXML("It declares entities, which are refused.")

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, builder.data
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    try:
        parser.Parse(body, True)
        return builder.close()
    except (expat.ExpatError, AssertionError, LookupError) as error:
        raise WrongXML("It is no XML.") from error


def clark(name: str) -> str:
    return "{" + name if "}" in name else name
