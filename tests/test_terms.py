"""One name, one meaning: no name of the code, and no sentence of it, uses a word that has been replaced.

`python tests/test_terms.py` lists what it finds.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent
CODE: Final = ROOT / "generator"
DOCS: Final = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "specs/README.md", "generator/README.md")


@dataclass(frozen=True, slots=True)
class Term:
    """A word that names use no more.

    Attributes:
        words: The word in its forms, as parts of names.
        meaning: What it was used for.
        instead: What to write.
        exceptions: Names in which it is the right word, each with the reason: ``module``, ``class NAME``,
            ``def NAME`` or ``NAME: annotation`` of an argument, with stars; after a slash the end of the file's path.
    """

    words: tuple[str, ...]
    meaning: str
    instead: str
    exceptions: tuple[tuple[str, str], ...] = ()

    def allows(self, name: str, file: str) -> bool:
        """Whether a name is an exception."""
        for pattern, _ in self.exceptions:
            wanted, _, path = pattern.partition(" in ")
            if fnmatchcase(name, wanted) and fnmatchcase(file, f"*{path}"):
                return True
        return False


SORT: Final = "which sort of thing something is, and not a type of jobs"
NODE: Final = "a node of a JSON or YAML document, or of Python's syntax tree, is called so by their parsers"
FACTS: Final = "what is documented or returned, value by value; not the context of a response"
ROLE: Final = "the part that an operation plays for a job type: the word of specs/README.md, and of generated code"

TERMS: Final = (
    Term(("answer", "answers"), "what HTTP returns", "response"),
    Term(("judge", "judges", "judged"), "the runtime's reading of a response", "response parser"),
    Term(("judging", "judgement", "judgements"), "the harness's comparing", "assertions, checks"),
    Term(
        ("cases", "tables"),
        "test cases",
        "test cases",
        (("cases: Sequence[[]Case] in suite/vendor.py", "a suite has test cases, as every test framework has"),),
    ),
    Term(("playing", "stage", "bench"), "what a client is tested against", "harness, fixture server"),
    Term(
        ("facts",),
        "what expressions read of a response",
        "response context",
        (
            ("*facts*: * in suite/*.py", FACTS),
            ("def *facts* in jobclients_contract/coverage.py", FACTS),
            ("def *facts* in schema_model/job_reader.py", FACTS),
            ("def expect_facts in suite/job_statuses.py", FACTS),
            ("def _facts in cli/show.py", FACTS),
            ("def _facts in vendorsmith/build/jobs.py", FACTS),
            ("def _facts_only in build/normalise.py", FACTS),
            ("def _facts in vendorsmith/pipeline.py", FACTS),
            ("facts: list[[]dict[[]str, Any]] in cli/checking.py", FACTS),
        ),
    ),
    Term(("ask", "asking", "tell"), "effects of a flow", "get credential, notify"),
    Term(("grant",), "what a request is sent with", "request authorization"),
    Term(("held",), "a job with its client", "bound job, credential cache"),
    Term(("surroundings",), "what calls of a client share", "client context"),
    Term(("leftover", "handshake"), "modules of the transport", "trailing data, TLS backend"),
    Term(("inspection", "comparison"), "responses that are compared with their documentation", "response validation"),
    Term(("workshop",), "the run over many vendors", "incremental build"),
    Term(
        ("targets",),
        "what the command line names",
        "discovery",
        (
            ("targets: dict[[]str, str] in spec/refs.py", "where references lead: JSON Reference calls it a target"),
            ("def _targets in build/schemas.py", "where references lead: JSON Reference calls it a target"),
        ),
    ),
    Term(
        ("problem", "problems", "complaint", "complaints"),
        "what is wrong with an input",
        "diagnostics",
        (
            ("problem: Any in jobclients_core/errors.py", "the body of an error, as RFC 9457 calls it; a public name"),
            ("def _problem in jobclients_core/response_parser.py", "the same"),
        ),
    ),
    Term(("outline", "tree", "spot"), "where things are in a document", "node kinds, source map, position"),
    Term(
        ("node", "nodes"),
        "a reader of a document",
        "cursor",
        (
            ("node: *", NODE),
            ("def *_node", NODE),
            ("node_kinds*", NODE),
            ("class NodeKinds", NODE),
            ("module in spec/node_kinds.py", NODE),
        ),
    ),
    Term(("words",), "texts of templates; values of an enumeration", "template context; enum values, status values"),
    Term(("spelling", "spellings"), "how something is written", "naming, serialization, encoding"),
    Term(
        ("kind", "kinds"),
        "a type of jobs",
        "job type",
        (
            ("kind: str*", SORT),
            ("kind: type*", SORT),
            ("kind: Any", SORT),
            ("kind: Object in build/echoes.py", SORT),
            ("kind", SORT),
            ("kinds: *str*", SORT),
            ("kinds: *type*", SORT),
            ("kinds", SORT),
            ("def *_kind", SORT),
            ("def kind", SORT),
            ("def of_kind", SORT),
            ("node_kinds*", SORT),
            ("class NodeKinds", SORT),
            ("module in spec/node_kinds.py", SORT),
        ),
    ),
    Term(
        ("role", "roles"),
        "an operation that a job type calls",
        "operation binding",
        (("role: *", ROLE), ("def *role*", ROLE), ("class Role in jobclients_core/jobparts.py", ROLE)),
    ),
    Term(("least", "chief", "borne"), "of values", "minimal, representative, tolerated"),
    Term(("told",), "what a response says", "reported"),
    Term(
        ("moment", "moments"),
        "a point in time",
        "timestamp",
        (
            (
                "class Moment in jobs/status.py",
                "an entry of the public `history` of errors: a state, and when it was seen",
            ),
        ),
    ),
    Term(("lender", "lenders", "lane", "lanes"), "credentials of another vendor; what waits", "provider, queue"),
    Term(
        ("gate", "pages"),
        "parts of the test vendors and of checks",
        "auth checker, spec index",
        (("def _walk_pages in jobs/listing.py", "the pages of a paginated list"),),
    ),
    Term(("reading",), "what a document says", "schema model"),
)

PHRASES: Final = (
    (r"\b(an|the|its|no|each|every) answers?\b", "response"),
    (r"(?<!here )\b(is|was) no (?!such\b|more\b|longer\b|need\b)\w", "is not a"),
    (r"\b(where|what|who|that) (it |they )?stands?\b(?! (for|still|in the way)\b)", "is"),
    (r"\b(are|is) told of\b|\bcannot be told\b|\bnot told\b", "prints, raises, reports; is not known"),
    (r"\btold apart\b", "distinguished"),
    (r"\bno moment\b|\ba moment (of|as|in)\b", "timestamp"),
)
PARTS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


@dataclass(frozen=True, slots=True)
class Name:
    """A name of the code: what the exceptions look at, where it is, and its parts."""

    text: str
    file: str
    line: int
    parts: frozenset[str]


def _name(text: str, called: str, file: str, line: int) -> Name:
    return Name(text, file, line, frozenset(part.lower() for part in PARTS.findall(called)))


def names() -> Iterator[Name]:
    """Modules, packages, classes, functions and their arguments."""
    for path in sorted(CODE.rglob("*.py")):
        file = path.relative_to(ROOT).as_posix()
        yield _name("module", path.parent.name if path.stem == "__init__" else path.stem, file, 1)
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                yield _name(f"class {node.name}", node.name, file, node.lineno)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield _name(f"def {node.name}", node.name, file, node.lineno)
            elif isinstance(node, ast.arg):
                annotation = f": {ast.unparse(node.annotation)}" if node.annotation is not None else ""
                yield _name(node.arg + annotation, node.arg, file, node.lineno)


def wrong_names() -> Iterator[tuple[Term, Name]]:
    """Names with a replaced word that no exception allows."""
    known = [(term, frozenset(term.words)) for term in TERMS]
    for name in names():
        for term, words in known:
            if words & name.parts and not term.allows(name.text, name.file):
                yield term, name


def wrong_phrases() -> Iterator[str]:
    """Sentences of code and documents with a replaced phrase."""
    found = [(re.compile(pattern, re.IGNORECASE), instead) for pattern, instead in PHRASES]
    for path in (*sorted(CODE.rglob("*.py")), *(ROOT / name for name in DOCS)):
        text = path.read_text("utf-8")
        for pattern, instead in found:
            for match in pattern.finditer(text):
                line = text.count("\n", 0, match.start()) + 1
                yield f"{path.relative_to(ROOT).as_posix()}:{line}: {match.group()!r}: {instead}"


def test_names_use_the_terms() -> None:
    """A name with a replaced word is renamed, or is an exception with its reason."""
    found = [f"{name.file}:{name.line}: {name.text}: write {term.instead}" for term, name in wrong_names()]

    assert [] == found


def test_sentences_use_the_terms() -> None:
    """Docstrings, comments, messages and documents."""
    assert [] == list(wrong_phrases())


def test_exceptions_are_needed() -> None:
    """An exception that allows no name any more is dropped."""
    used = {
        (term.meaning, exception[0])
        for name in names()
        for term in TERMS
        if name.parts & {*term.words}
        for exception in term.exceptions
        if Term(term.words, term.meaning, term.instead, (exception,)).allows(name.text, name.file)
    }

    assert [] == [
        (term.meaning, pattern)
        for term in TERMS
        for pattern, _ in term.exceptions
        if (term.meaning, pattern) not in used
    ]


@pytest.mark.parametrize(
    ("name", "file", "wrong"),
    [
        ("kind: JobType", "suite/x.py", True),
        ("kind: BoundJobType[Any]", "jobs/x.py", True),
        ("kind: str", "suite/x.py", False),
        ("def answer", "x.py", True),
        ("class Moment", "jobs/status.py", False),
        ("class Moment", "jobs/times.py", True),
    ],
)
def test_an_exception_is_as_narrow_as_it_says(name: str, file: str, *, wrong: bool) -> None:
    """The same word in another place, or of another type, is found."""
    called = name.removeprefix("class ").removeprefix("def ").partition(":")[0]
    parts = {part.lower() for part in PARTS.findall(called)}

    assert any(parts & {*term.words} and not term.allows(name, file) for term in TERMS) is wrong


if __name__ == "__main__":
    for term_, name_ in wrong_names():
        print(f"{name_.file}:{name_.line}: {name_.text}: write {term_.instead}")
    print(*wrong_phrases(), sep="\n")
