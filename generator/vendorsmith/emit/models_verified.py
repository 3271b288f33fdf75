"""Compares the generated models with those that datamodel-code-generator writes from the same schemas.

It gets a flat document of our own making: every schema under its final name, nothing inline, prose cleaned, each leaf
with the Python type of the runtime beside it. What it makes of objects, keys, required properties, enumerations,
arrays, maps, unions and null is compared with our module, definition by definition, as syntax trees.

Both spell some things differently that mean the same. These are made equal first, and nothing else:

- the layout of docstrings: ours are wrapped, so their words are compared;
- a type in quotes: each quotes aliases that lead back to themselves where its own order of definitions asks for it;
- `Union[A, B]` and `Optional[A]`, which datamodel-code-generator writes in such aliases, for `A | B` and `A | None`;
- the first key of `AliasChoices`: datamodel-code-generator names a field after it, so it is told the name there;
- `X.model_rebuild()`: it completes a model and says nothing about it.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from datamodel_code_generator import GenerateConfig, InputFileType, generate
from datamodel_code_generator.enums import DataModelType
from datamodel_code_generator.format import PythonVersion

from vendorsmith.emit.accessors import accessor_class, shaped_properties
from vendorsmith.emit.code import plain
from vendorsmith.emit.models import enum_names, is_open, referred, type_expression
from vendorsmith.ir import Api, Property, Schema, TypeRef

_READER = "datamodel-code-generator"


def differences(source: str, api: Api, package: str) -> Iterator[str]:
    """What datamodel-code-generator reads otherwise.

    Args:
        source: our `models.py`.
        api: the vendor's facts.
        package: the import name of the generated package.

    Yields:
        A message for each definition, with its name and both readings.
    """
    if not api.schemas:
        return  # it refuses a document without schemas
    document = _Document(api, package)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        foreign = generate(document.content(), config=_config(document))
    yield from (f"{_READER} warned: {warning.message}" for warning in caught)
    ours, theirs = _parts(ast.parse(source)), _parts(_without_field_names(ast.parse(str(foreign)), api))
    for name in sorted(ours.keys() | theirs.keys()):
        if ours.get(name) != theirs.get(name):
            yield f"{name} is not as {_READER} reads it: {_compared(ours.get(name, ''), theirs.get(name, ''))}"


def _config(document: _Document) -> GenerateConfig:
    return GenerateConfig(
        input_file_type=InputFileType.OpenAPI,
        output_model_type=DataModelType.PydanticV2BaseModel,
        target_python_version=PythonVersion.PY_311,
        formatters=[],
        treat_dot_as_module=False,
        disable_timestamp=True,
        use_annotated=True,
        field_constraints=True,
        snake_case_field=False,
        strict_nullable=True,
        use_type_alias=True,
        capitalise_enum_members=False,
        set_default_enum_member=True,
        use_schema_description=True,
        use_field_description=True,
        use_single_line_docstring=True,
        base_class="jobclients_core.model.Model",
        custom_file_header="",
        custom_class_name_generator=lambda name: name,
        aliases=document.aliases,
        serialization_aliases=document.serialization_aliases,
    )


class _Document:
    """The OpenAPI document that datamodel-code-generator reads, and the names it must use."""

    def __init__(self, api: Api, package: str) -> None:
        self._api = api
        self._types = "jobclients_core.types."
        self._accessors = f"{package}.{api.vendor}.accessors."
        self._enums = enum_names(api)
        self.aliases: dict[str, str | list[str]] = {}
        self.serialization_aliases: dict[str, str] = {}

    def content(self) -> dict[str, Any]:
        """The document; what is to be called otherwise than it is there is in `aliases` afterwards."""
        return {
            "openapi": "3.1.0",
            "info": {"title": "models", "version": "1"},
            "paths": {},
            "components": {"schemas": {schema.name: self._schema(schema) for schema in self._api.schemas}},
        }

    def _schema(self, schema: Schema) -> dict[str, Any]:
        if schema.type is not None:
            # Of an array of itself, datamodel-code-generator keeps `list` alone.
            recursive = schema.type.kind == "array" and schema.name in referred(schema.type, in_text=True)
            return self._leaf(schema.type) if recursive else self._type(schema.type)
        described = _described(schema.description)
        if schema.kind == "enum":
            words = [value.wire for value in schema.values]
            names = [value.name for value in schema.values]
            return {"type": "string", "enum": words, "x-enum-varnames": names, **described}
        base = {"customBasePath": self._accessors + accessor_class(schema)}
        return {
            "type": "object",
            "required": [self._key(schema, entry) for entry in schema.properties if entry.required],
            "properties": {self._key(schema, entry): self._property(entry) for entry in schema.properties},
            **(base if shaped_properties(self._api, schema) else {}),
            **described,
        }

    def _property(self, entry: Property) -> dict[str, Any]:
        return {**self._type(entry.type), **_described(entry.description)}

    def _key(self, schema: Schema, entry: Property) -> str:
        """The key that the property is under, having said which name and which further keys it has."""
        if entry.aliases:
            self.aliases[f"{schema.name}.{entry.name}"] = [entry.name, entry.wire, *entry.aliases]
            self.serialization_aliases[f"{schema.name}.{entry.name}"] = entry.wire
            return entry.name
        if entry.name != entry.wire:
            self.aliases[f"{schema.name}.{entry.wire}"] = entry.name
        return entry.wire

    def _type(self, type_: TypeRef) -> dict[str, Any]:
        schema = self._bare(type_)
        return {"anyOf": [schema, {"type": "null"}]} if type_.nullable else schema

    def _bare(self, type_: TypeRef) -> dict[str, Any]:
        match type_.kind:
            case "ref" if type_.name not in self._enums:
                return {"$ref": f"#/components/schemas/{type_.name}"}
            case "array":
                return {"type": "array", "items": self._type(type_.items or TypeRef("any"))}
            case "map":
                return {"type": "object", "additionalProperties": self._type(type_.items or TypeRef("any"))}
            case "union" if not is_open(type_):
                return {"anyOf": [self._type(variant) for variant in type_.variants]}
            case "boolean":
                return {"type": "boolean"}
            case _:
                return self._leaf(type_)

    def _leaf(self, type_: TypeRef) -> dict[str, Any]:
        return {"type": "string", "x-python-type": type_expression(type_, self._enums, self._types)}


def _described(text: str) -> dict[str, str]:
    cleaned = plain(text)
    return {"description": cleaned} if cleaned else {}


def _parts(module: ast.Module) -> dict[str, str]:
    """The definitions of a module by name, and its other statements by what they are: what is compared, spelt alike."""
    _Alike().visit(module)
    used = {node.id for node in ast.walk(module) if isinstance(node, ast.Name)}
    found: dict[str, str] = {}
    imports: set[str] = set()
    for statement in module.body:
        match statement:
            case ast.ImportFrom(module=origin):
                imports |= {f"{alias.name} of {origin}" for alias in statement.names if alias.name in used}
            case ast.ClassDef(name=name) | ast.Assign(targets=[ast.Name(id=name)]):
                found[name] = ast.unparse(statement)
            case ast.Expr(value=ast.Constant()) | ast.Expr(value=ast.Call(func=ast.Attribute(attr="model_rebuild"))):
                pass
            case _:
                found[f"the statement {ast.unparse(statement)!r}"] = ast.unparse(statement)
    return found | {"what is imported": "\n".join(sorted(imports))}


class _Alike(ast.NodeTransformer):
    """Spells a definition as the module's docstring says."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """A docstring, as its words."""
        match node.value:
            case ast.Constant(value=str(text)):
                return ast.Expr(ast.Constant(" ".join(text.split())))
            case _:
                return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """The type of an alias, without quotes."""
        match node:
            case ast.Call(func=ast.Name(id="TypeAliasType"), args=[name, type_]):
                return ast.Call(node.func, [name, _AlikeType().visit(type_)], [])
            case _:
                return node


class _AlikeType(ast.NodeTransformer):
    """Spells the type of an alias without quotes, `Union` and `Optional`."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """A type in quotes."""
        return self.visit(ast.parse(node.value, mode="eval").body) if isinstance(node.value, str) else node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """A union that is spelt with a name."""
        self.generic_visit(node)
        match node:
            case ast.Subscript(value=ast.Name(id="Union"), slice=ast.Tuple(elts=[first, *others])):
                pass
            case ast.Subscript(value=ast.Name(id="Optional"), slice=first):
                others = [ast.Constant(None)]
            case _:
                return node
        for other in others:
            first = ast.BinOp(first, ast.BitOr(), other)
        return first


def _without_field_names(module: ast.Module, api: Api) -> ast.Module:
    """A module of datamodel-code-generator whose fields are read from their keys, and not from their names as well."""
    named = {
        (schema.name, entry.name)
        for schema in api.schemas
        for entry in schema.properties
        if entry.aliases and entry.name != entry.wire
    }
    for definition in (statement for statement in module.body if isinstance(statement, ast.ClassDef)):
        for field in definition.body:
            if isinstance(field, ast.AnnAssign) and (definition.name, ast.unparse(field.target)) in named:
                for call in ast.walk(field):
                    if isinstance(call, ast.Call) and ast.unparse(call.func) == "AliasChoices":
                        del call.args[0]
    return module


def _compared(ours: str, theirs: str) -> str:
    """The lines in which two definitions differ."""
    pairs = zip_longest(ours.splitlines(), theirs.splitlines(), fillvalue="")
    return "; ".join(f"`{own.strip()}` here, `{other.strip()}` there" for own, other in pairs if own != other)
