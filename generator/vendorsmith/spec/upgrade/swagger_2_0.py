"""Swagger 2.0 as OpenAPI 3.1.

Bodies and responses are copied to where they are used, since which media types they have is said by each operation.
Schemas and other parameters stay shared. Keys that are not known are kept, so that the checks report them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast

from jobclients_core.media_types import BYTES, FORM, MULTIPART, is_form, is_json
from jobclients_core.media_types import JSON as JSON_TYPE
from jobclients_core.methods import METHODS
from jobclients_core.pointers import join, split

from vendorsmith.diagnostics import Diagnostics
from vendorsmith.spec.check import entries, text
from vendorsmith.spec.derived import SCHEMA
from vendorsmith.spec.refs import RefError, deref, resolve
from vendorsmith.spec.source import Document
from vendorsmith.spec.source_map import JSON, Object
from vendorsmith.spec.upgrade.schemas import SchemaCopier
from vendorsmith.spec.upgrade.security_2_0 import security_scheme
from vendorsmith.spec.upgrade.servers_2_0 import operation_servers, servers
from vendorsmith.spec.upgrade.version import VERSION

_SECTIONS: Final = {"definitions": "schemas", "parameters": "parameters", "securityDefinitions": "securitySchemes"}
_REPLACED: Final = frozenset(
    ("swagger", "host", "basePath", "schemes", "consumes", "produces", "responses", "paths", *_SECTIONS)
)
_IN_SCHEMA: Final = frozenset(
    (
        "type", "format", "items", "default", "enum", "multipleOf", "minimum", "maximum", "exclusiveMinimum",
        "exclusiveMaximum", "minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems", "example",
        "schema", "x-nullable", "collectionFormat",
    )
)  # fmt: skip
"""Keys of a parameter or header that 3.1 has in its schema, or says otherwise."""
_STYLES: Final = {"ssv": "spaceDelimited", "pipes": "pipeDelimited", "tsv": "tabDelimited"}
"""Styles by collection format; there is none for tabs, which the checks report."""


def upgrade(document: Document, diagnostics: Diagnostics) -> Document:
    """Return a Swagger 2.0 document in the shape of OpenAPI 3.1.

    Args:
        document: as it was read.
        diagnostics: takes warnings about what is lost.
    """
    return _Upgrade(document, diagnostics).run()


@dataclass(frozen=True, slots=True)
class _Found:
    """An object that was referred to or not, and where it is."""

    node: Object
    pointer: str


class _Upgrade(SchemaCopier):
    nullable = "x-nullable"

    def __init__(self, document: Document, diagnostics: Diagnostics) -> None:
        super().__init__(document, diagnostics)
        self._references: list[Object] = []

    def run(self) -> Document:
        root = self.document.data
        data: Object = {"openapi": VERSION, **{key: value for key, value in root.items() if key not in _REPLACED}}
        self.origins["/openapi"] = "/swagger"
        addresses = servers(self.document, self.diagnostics)
        if addresses:
            data["servers"] = addresses
            place = "/host" if "host" in root else "/basePath"
            self.origins |= dict.fromkeys(["/servers", *(f"/servers/{n}/url" for n in range(len(addresses)))], place)
        if "paths" in root:
            data["paths"] = self._paths(root["paths"])
        components = {section: self._components(key) for key, section in _SECTIONS.items() if key in root}
        if components:
            data["components"] = cast("JSON", components)
        for reference in self._references:
            reference["$ref"] = self._moved(cast("str", reference["$ref"]))
        return self.derived(data)

    def object(self, kind: str, node: Object, source: str, target: str) -> JSON:
        """Return the copy of an object; schemas become those of 3.1."""
        if kind == "schema":
            node = {key: value for key, value in node.items() if key != "collectionFormat"}
            if isinstance(node.get("discriminator"), str):
                node["discriminator"] = {"propertyName": node["discriminator"]}
            if node.get("type") == "file":
                node |= {"type": "string", "format": "binary"}
        return super().object(kind, node, source, target)

    def refer(self, reference: str) -> Object:
        """Return a reference, which is written anew when it is known where everything is."""
        found: Object = {"$ref": reference}
        self._references.append(found)
        return found

    def _moved(self, reference: str) -> str:
        """Return a reference to what one of the file leads to; itself where that is nothing."""
        try:
            _, pointer = resolve(self.document, reference, suggest=False)
        except RefError:
            return reference
        section = split(pointer)[0]
        if section in _SECTIONS:
            return f"#/components/{_SECTIONS[section]}{reference[len(section) + 2 :]}"
        here = {source: target for target, source in self.origins.items() if f"{pointer}/".startswith(f"{source}/")}
        nearest = max(here, key=len, default="")
        return f"#{here.get(nearest, '')}{pointer[len(nearest) :]}"

    def _components(self, key: str) -> JSON:
        source, target = join("", key), join("/components", _SECTIONS[key])
        self.origins[target] = source
        section = self.document.data[key]
        found: Object = {}
        for name, node in entries(section):
            at, there = join(source, name), join(target, name)
            if key == "definitions" or not isinstance(node, dict):
                found[name] = self.value(SCHEMA, node, at, there)
            elif key == "securityDefinitions":
                found[name] = security_scheme(node)
            elif node.get("in") not in ("body", "formData"):
                found[name] = self._parameter(node, at, there)
        return found if isinstance(section, dict) else section

    def _paths(self, paths: JSON) -> JSON:
        if not isinstance(paths, dict):
            return paths
        return {
            path: self._path_item(item, join("/paths", path)) if isinstance(item, dict) and path[:2] != "x-" else item
            for path, item in paths.items()
        }

    def _path_item(self, item: Object, pointer: str) -> Object:
        found: Object = {key: value for key, value in item.items() if key not in (*METHODS, "parameters")}
        shared = item.get("parameters", [])
        if "parameters" in item:
            found["parameters"] = self._parameters(shared, pointer)
        in_body = list(self._in_body(shared, pointer))
        for method in METHODS:
            if method in item:
                operation, at = item[method], join(pointer, method)
                found[method] = self._operation(operation, at, in_body) if isinstance(operation, dict) else operation
        return found

    def _operation(self, operation: Object, pointer: str, shared: list[_Found]) -> Object:
        moved = ("consumes", "produces", "schemes", "parameters", "responses")
        found: Object = {key: value for key, value in operation.items() if key not in moved}
        own = operation.get("parameters")
        if own is not None:
            found["parameters"] = self._parameters(own, pointer)
        in_body = {
            (each.node.get("name"), each.node.get("in")): each for each in [*shared, *self._in_body(own, pointer)]
        }
        if in_body:
            found["requestBody"] = self._body(operation, list(in_body.values()), join(pointer, "requestBody"))
        if "responses" in operation:
            found["responses"] = self._responses(operation, pointer)
        addresses = operation_servers(self.document, operation.get("schemes"))
        if addresses:
            found["servers"] = addresses
            self.origins[join(pointer, "servers")] = join(pointer, "schemes")
        return found

    def _parameters(self, listed: JSON, pointer: str) -> JSON:
        """Return those of a list of parameters that are not in the body."""
        if not isinstance(listed, list):
            return listed
        found: list[JSON] = []
        for index, node in enumerate(listed):
            source, target = join(pointer, "parameters", index), join(pointer, "parameters", len(found))
            meant = self._follow(node, source)
            if meant is not None and meant.node.get("in") in ("body", "formData"):
                continue
            self.origins[target] = source
            if isinstance(node, dict) and isinstance(node.get("$ref"), str):
                found.append(self.refer(cast("str", node["$ref"])))
            else:
                found.append(self._parameter(node, source, target) if isinstance(node, dict) else node)
        return found

    def _in_body(self, listed: JSON, pointer: str) -> Iterator[_Found]:
        """Yield those of a list of parameters that are in the body, references followed."""
        for index, node in enumerate(listed if isinstance(listed, list) else []):
            meant = self._follow(node, join(pointer, "parameters", index))
            if meant is not None and meant.node.get("in") in ("body", "formData"):
                yield meant

    def _follow(self, node: JSON, pointer: str) -> _Found | None:
        found = deref(self.document, node, pointer, None)
        return _Found(found[0], found[1]) if found is not None and isinstance(found[0], dict) else None

    def _parameter(self, node: Object, source: str, target: str) -> Object:
        found: Object = {key: value for key, value in node.items() if key not in _IN_SCHEMA}
        found["schema"] = self._schema_of(node, source, join(target, "schema"))
        if node.get("type") == "array":
            written, location = text(node.get("collectionFormat")), node.get("in")
            if written in _STYLES:
                found["style"] = _STYLES[written]
                self.origins[join(target, "style")] = join(source, "collectionFormat")
            if location == "query" and written != "multi":
                found["explode"] = False
        return found

    def _schema_of(self, node: Object, source: str, target: str) -> JSON:
        """Return the schema of a parameter or header, which Swagger writes beside its name."""
        schema = node.get("schema", {key: value for key, value in node.items() if key in _IN_SCHEMA})
        at = join(source, "schema") if "schema" in node else source
        self.origins[target] = at
        return self.value(SCHEMA, schema, at, target)

    def _body(self, operation: Object, parameters: list[_Found], target: str) -> Object:
        self.origins[target] = parameters[0].pointer
        listed = _media_types(operation.get("consumes", self.document.data.get("consumes")))
        body = next((each for each in parameters if each.node.get("in") == "body"), None)
        if body is None:
            return self._form(parameters, listed, target)
        if len(parameters) > 1:
            message = "an operation has one body, and this one has other parameters in the body as well"
            other = next(each for each in parameters if each is not body)
            self.diagnostics.warn("several-bodies", message, self.document.place(other.pointer), "the first is sent")
        self.origins[target] = body.pointer
        found: Object = {key: body.node[key] for key in ("description", "required") if key in body.node}
        content: Object = {}
        for media_type in listed or [JSON_TYPE]:
            at = join(target, "content", media_type)
            content[media_type] = {"schema": self._schema_of(body.node, body.pointer, join(at, "schema"))}
        return {**found, "content": content}

    def _form(self, parameters: list[_Found], listed: list[str], target: str) -> Object:
        has_file = any(each.node.get("type") == "file" for each in parameters)
        forms = [media_type for media_type in listed if is_form(media_type)]
        if has_file or not forms:
            forms = [MULTIPART if has_file else FORM]
        required = [each.node["name"] for each in parameters if each.node.get("required") is True]
        content: Object = {}
        for media_type in forms:
            at = join(target, "content", media_type, "schema", "properties")
            properties: Object = {}
            encoding: Object = {}
            for each in parameters:
                name = text(each.node.get("name"))
                schema = self._schema_of(each.node, each.pointer, join(at, name))
                if isinstance(schema, dict) and "description" in each.node:
                    schema = {**schema, "description": each.node["description"]}
                properties[name] = schema
                if each.node.get("type") == "array" and each.node.get("collectionFormat") != "multi":
                    style = _STYLES.get(text(each.node.get("collectionFormat")), "form")
                    encoding[name] = {"style": style, "explode": False}
            form: Object = {"type": "object", "properties": properties}
            form |= {"required": required} if required else {}
            content[media_type] = {"schema": form, **({"encoding": encoding} if encoding else {})}
        return {**({"required": True} if required else {}), "content": content}

    def _responses(self, operation: Object, pointer: str) -> JSON:
        responses, at = operation["responses"], join(pointer, "responses")
        if not isinstance(responses, dict):
            return responses
        produced = _media_types(operation.get("produces", self.document.data.get("produces")))
        found: Object = {}
        for status, node in responses.items():
            target = join(at, status)
            response = None if status.startswith("x-") else self._follow(node, target)
            if response is None:
                found[status] = node
                continue
            self.origins[target] = response.pointer
            found[status] = self._response(response, produced, target)
        return found

    def _response(self, response: _Found, produced: list[str], target: str) -> Object:
        node, source = response.node, response.pointer
        found: Object = {key: value for key, value in node.items() if key not in ("schema", "examples", "headers")}
        if isinstance(node.get("headers"), dict):
            headers: Object = {}
            for name, header in entries(node["headers"]):
                headers[name] = header
                if isinstance(header, dict):
                    kept: Object = {key: value for key, value in header.items() if key not in _IN_SCHEMA}
                    at = join(target, "headers", name, "schema")
                    headers[name] = {**kept, "schema": self._schema_of(header, join(source, "headers", name), at)}
            found["headers"] = headers
        content = self._content(node, produced, source, target)
        return {**found, "content": content} if content else found

    def _content(self, node: Object, produced: list[str], source: str, target: str) -> Object:
        examples = dict(entries(node.get("examples")))
        schema = node.get("schema")
        if isinstance(schema, dict) and schema.get("type") == "file":
            # What is documented as a file is none of the media types that are read into values.
            produced = [media_type for media_type in produced if not is_json(media_type)] or [BYTES]
        types = produced or [media_type for media_type in examples if "/" in media_type] or [JSON_TYPE]
        content: Object = {}
        for media_type in types if schema is not None or examples else ():
            at = join(target, "content", media_type)
            media: Object = {}
            if schema is not None:
                self.origins[join(at, "schema")] = join(source, "schema")
                media["schema"] = self.value(SCHEMA, schema, join(source, "schema"), join(at, "schema"))
            if media_type in examples:
                self.origins[join(at, "example")] = join(source, "examples", media_type)
                media["example"] = examples[media_type]
            content[media_type] = media
        return content


def _media_types(listed: JSON) -> list[str]:
    return [word for word in listed if isinstance(word, str) and word] if isinstance(listed, list) else []
