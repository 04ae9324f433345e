"""Each block of Python in the documentation is type-checked, all of them by one run of mypy."""

import ast
import builtins
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documentation.leans_on import LEANS_ON
from tests.documentation.pages import ROOT, Block, all_blocks

BLOCKS = [block for block in all_blocks() if block.language == "python"]
# Readers' functions have no annotations; their bodies are looked at all the same.
CONFIGURATION = """\
[mypy]
check_untyped_defs = true
ignore_missing_imports = true
plugins = mypy_django_plugin.main, mypy_drf_plugin.main
[mypy.plugins.django-stubs]
django_settings_module = example_project.settings
"""


def names_from_elsewhere(code: str) -> set[str]:
    """Return the names that *code* uses and does not make."""
    tree = ast.parse(code)
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    # "x += y" uses x, too.
    added_to = {
        node.target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)
    }
    made = {name.id for name in names if isinstance(name.ctx, ast.Store)} - added_to
    made |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            made.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            made |= {(name.asname or name.name).partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ExceptHandler) and node.name:
            made.add(node.name)
    used = {name.id for name in names if isinstance(name.ctx, ast.Load)} | added_to
    return used - made - set(dir(builtins))


def module_of(block: Block) -> str:
    """Return the block behind what it leans on, its lines where they were."""
    given = [
        LEANS_ON[name] for name in sorted(names_from_elsewhere(block.text)) if name in LEANS_ON
    ]
    return "\n".join(["from typing import Any", *given, block.text])


@pytest.fixture(scope="module")
def complaints(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("blocks")
    (folder / "mypy.ini").write_text(CONFIGURATION)
    for block in BLOCKS:
        name = re.sub(r"\W", "_", str(block))
        (folder / f"{name}.py").write_text(module_of(block))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "--no-incremental", "."],
        cwd=folder,
        env={"PATH": "", "MYPYPATH": str(ROOT), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.timeout(600)
def test_mypy_finds_nothing_in_any_block(complaints: str):
    assert complaints == f"Success: no issues found in {len(BLOCKS)} source files\n"


def test_nothing_is_given_that_no_block_needs():
    needed = set().union(*(names_from_elsewhere(block.text) for block in BLOCKS))
    assert set(LEANS_ON) <= needed


@pytest.mark.parametrize(
    "code, expected",
    [
        pytest.param("x += y", {"x", "y"}, id="added_to"),
        pytest.param("def f(a): return a + b", {"b"}, id="arguments"),
        pytest.param("import a.b as c, d.e; c(d, a)", {"a"}, id="imports"),
        pytest.param("try: f()\nexcept OSError as e: print(e)", {"f"}, id="caught"),
    ],
)
def test_names_from_elsewhere_are_found(code: str, expected: set[str]):
    assert names_from_elsewhere(code) == expected


def test_each_fence_is_seen():
    for page in {block.page for block in all_blocks()}:
        lines = Path(ROOT / page).read_text().splitlines()
        fences = sum(line.lstrip().startswith("```") for line in lines)
        assert fences == 2 * sum(block.page == page for block in all_blocks()), page
