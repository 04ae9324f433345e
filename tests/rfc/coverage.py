"""
Write ``docs/reference/rfc-coverage.md`` from the marks of the tests.

``python -m tests.rfc.coverage`` writes the page; ``test_coverage_page.py`` holds it.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

TESTS: Final = Path(__file__).parent.parent
PAGE: Final = TESTS.parent / "docs" / "reference" / "rfc-coverage.md"

TITLES: Final = {
    "6749": "The OAuth 2.0 Authorization Framework",
    "6750": "Bearer Token Usage",
    "7009": "Token Revocation",
    "7235": "HTTP Authentication",
    "7515": "JSON Web Signature",
    "7517": "JSON Web Key",
    "7519": "JSON Web Token",
    "7521": "Assertion Framework for Client Authentication",
    "7523": "JWT Profile for Client Authentication",
    "7617": "The Basic HTTP Authentication Scheme",
    "7638": "JSON Web Key Thumbprint",
    "7662": "Token Introspection",
    "8414": "Authorization Server Metadata",
    "8705": "Mutual-TLS Client Authentication and Certificate-Bound Tokens",
    "8707": "Resource Indicators",
    "8725": "JSON Web Token Best Current Practices",
    "9068": "JWT Profile for Access Tokens",
    "9110": "HTTP Semantics",
    "9440": "Client-Cert HTTP Header Field",
    "9449": "Demonstrating Proof of Possession (DPoP)",
    "9701": "JWT Response for Token Introspection",
    "9728": "Protected Resource Metadata",
    "9864": "Fully-Specified Algorithms for JOSE and COSE",
}

INTRODUCTION: Final = """\
# RFC coverage

Which paragraphs are held by which tests. Generated from the tests' marks by
`python -m tests.rfc.coverage`; each test is a fact, and its name says which.
"""

NOT_SUPPORTED: Final = """
## Not supported, and why

- **Grants for people** (RFC 6749 sections 4.1 to 4.3, RFC 8628) and refresh tokens (section 6):
  machines ask again with their own credentials.
- **Public clients** (RFC 6749 section 2.1): the client-credentials grant is for confidential
  clients only (section 4.4).
- **Tokens in the query string or the body** (RFC 6750 sections 2.2 and 2.3): they end in logs
  and histories; RFC 9700 section 4.3.2 forbids them.
- **Dynamic registration** (RFC 7591): an administrator decides which programs get in.
- **Encrypted tokens and answers** (JWE): TLS protects them on their way, and audiences where
  they arrive.
"""


def marked() -> Iterator[tuple[str, str, str]]:
    """Yield number, section and test of each mark, as ``file::test``."""
    for path in sorted(TESTS.rglob("test_*.py")):
        module = ast.parse(path.read_text())
        everywhere = [
            mark
            for node in module.body
            if isinstance(node, ast.Assign) and _is_named(node, "pytestmark")
            for mark in _marks(node.value)
        ]
        for test in ast.walk(module):
            if isinstance(test, ast.FunctionDef | ast.AsyncFunctionDef):
                if not test.name.startswith("test_"):
                    continue
                own = [mark for decorator in test.decorator_list for mark in _marks(decorator)]
                for number, section in own or everywhere:
                    yield number, section, f"{path.relative_to(TESTS.parent)}::{test.name}"


def page() -> str:
    """Return the page as it must be."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for number, section, test in marked():
        found[number][section].append(test)
    parts = [INTRODUCTION]
    for number in sorted(found, key=int):
        link = f"https://www.rfc-editor.org/rfc/rfc{number}"
        parts.append(
            f"\n## [RFC {number}]({link}): {TITLES[number]}\n\n| section | held by |\n|---|---|"
        )
        for section in sorted(found[number], key=_in_order):
            tests = "<br>".join(f"`{test}`" for test in sorted(found[number][section]))
            parts.append(f"| [{section}]({link}#{_anchor(section)}) | {tests} |")
    return "\n".join(parts) + "\n" + NOT_SUPPORTED


def _marks(node: ast.AST) -> list[tuple[str, str]]:
    return [
        (call.args[0].value, call.args[1].value)
        for call in ast.walk(node)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "rfc"
    ]


def _is_named(node: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in node.targets)


def _in_order(section: str) -> tuple[tuple[int, int | str], ...]:
    return tuple((0, int(part)) if part.isdigit() else (1, part) for part in section.split("."))


def _anchor(section: str) -> str:
    return f"section-{section}" if section[0].isdigit() else f"appendix-{section}"


if __name__ == "__main__":
    PAGE.write_text(page())
