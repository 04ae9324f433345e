"""
Each block of code in the documentation is one that Python, a shell or a parser takes.

Most are run as well, by the tests of their guides. This one is for those that nobody thought
of: a new block has to say what it is, and what it imports and calls has to exist.
"""

import ast
import importlib
import json
import re
import shlex
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from django.core.management import load_command_class

from tests.documentation.pages import ROOT, Block, all_blocks
from tests.test_public_api import documented

BLOCKS = all_blocks()
# What another program reads, and the test that gives it to that program.
RUN_ELSEWHERE = {
    "dovecot": "tests/clients/dovecot_server.py",
    "ini": "tests/clients/dovecot_server.py",
    "js": "tests/clients/nginx_site.py",
    "nginx": "tests/clients/nginx_site.py",
    "http": "tests/test_guide_rate_limits.py",
}
PARSERS: dict[str, Callable[[str], object]] = {
    "json": json.loads,
    "toml": tomllib.loads,
    "yaml": yaml.safe_load,
}
# What blocks of no language begin with: these are commands, and those below are texts.
PROGRAMS = ("apt-get", "curl", "git", "pip", "python")
TEXTS = {
    "docs/architecture.md": "POST /oauth/token",
    "docs/guides/leaks.md": "line 2: secret",
    "docs/guides/register-a-client.md": "OAUTH_TOKEN_URL",
    "docs/guides/signed-tokens.md": "0 4 1 * *",
}
# What tests may query, by the page of the public API.
BESIDE = {("oauth_m2m.models", "Client")}


def in_language(*languages: str) -> list[Block]:
    return [block for block in BLOCKS if block.language in languages]


def commands() -> list[Block]:
    found = in_language("sh")
    return found + [block for block in in_language("") if block.text.startswith(PROGRAMS)]


def test_each_block_says_what_it_is():
    known = {"", "python", "sh", "text", "regex", *PARSERS, *RUN_ELSEWHERE}
    assert [str(block) for block in BLOCKS if block.language not in known] == []


@pytest.mark.parametrize("block", in_language(""), ids=str)
def test_block_without_a_language_is_known(block: Block):
    text = TEXTS.get(block.page)
    assert block.text.startswith((*PROGRAMS, *([text] if text else []))), "name its language"


@pytest.mark.parametrize("block", in_language("python"), ids=str)
def test_python_compiles(block: Block):
    # Code at the top of an async program awaits there.
    compile(block.text, str(block), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@pytest.mark.parametrize("block", in_language("python"), ids=str)
def test_python_imports_what_there_is(block: Block):
    for node in ast.walk(ast.parse(block.text)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("oauth_m2m"):
            for name in node.names:
                is_public = name.name in documented().get(node.module, set())
                assert is_public or (node.module, name.name) in BESIDE, "name it in public-api.md"
                assert hasattr(importlib.import_module(node.module), name.name)


@pytest.mark.parametrize("block", commands(), ids=str)
def test_commands_are_ones_that_a_shell_takes(block: Block):
    done = subprocess.run(
        ["bash", "-n"], input=block.text, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("block", commands(), ids=str)
def test_flags_of_our_commands_exist(block: Block):
    # One line for each command, and a word for what the shell would put there.
    text = re.sub(r'"\$\([^)]*\)"', "1", block.text.replace("\\\n", " "))
    for line in re.findall(r"python manage\.py (m2m_[^\n|>]*)", text):
        name, *words = shlex.split(line)
        parser = load_command_class("oauth_m2m", name).create_parser("manage.py", name)
        parser.parse_args(words)


@pytest.mark.parametrize("block", in_language(*PARSERS), ids=str)
def test_data_can_be_read(block: Block):
    PARSERS[block.language](block.text)


@pytest.mark.parametrize("block", in_language("regex"), ids=str)
def test_expression_compiles(block: Block):
    re.compile(block.text.strip())


@pytest.mark.parametrize("block", in_language(*RUN_ELSEWHERE), ids=str)
def test_block_for_another_program_is_run_by_its_test(block: Block):
    test = (ROOT / RUN_ELSEWHERE[block.language]).read_text()
    assert Path(block.page).name in test or f'"{block.language}"' in test
