import ast
import json
import os
import re
import shutil
import subprocess
import tokenize
from io import BytesIO
from pathlib import Path

import pytest

from oauth_m2m.operations.connect_programs import (
    form_encoded,
    go_program,
    javascript_program,
    python_program,
)
from oauth_m2m.operations.connection import Connection
from tests.strange_connections import PLAIN, connections


def program_of(name: str) -> str:
    path = shutil.which(name)
    if path is None and os.environ.get("CI") == "true":
        pytest.fail(f"{name} is not installed")
    return path or pytest.skip(f"{name} is not installed")


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def texts_of(connection: Connection) -> list[str]:
    """Return the texts that a program must contain, as it should understand them."""
    return [
        connection.client_id,
        connection.token_url,
        connection.api_url,
        *connection.scope.split(),
    ]


@connections
def test_python_reads_each_text_as_it_is(connection: Connection):
    source = python_program(connection)
    assert list(tokenize.tokenize(BytesIO(source.encode()).readline))
    tree = ast.parse(source)
    found = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    for text in texts_of(connection):
        assert text in found
    assert (form_encoded(connection.client_id) in found) is (
        connection.in_header or connection is PLAIN
    )


@connections
def test_javascript_reads_each_text_as_it_is(connection: Connection, tmp_path: Path):
    source = javascript_program(connection)
    path = tmp_path / "client.mjs"
    path.write_text(source)
    node = program_of("node")
    run(node, "--check", str(path))
    literals = re.findall(r'"(?:\\.|[^"\\])*"', source)
    read = run(node, "--print", f"JSON.stringify([{', '.join(literals)}])")
    found = json.loads(read)
    for text in (connection.client_id, connection.token_url, connection.api_url):
        assert text in found
    assert (connection.scope in found) is bool(connection.scope)


@connections
def test_go_is_formatted_as_gofmt_does(connection: Connection, tmp_path: Path):
    path = tmp_path / "main.go"
    path.write_text(go_program(connection))
    assert run(program_of("gofmt"), "-d", str(path)) == ""


@connections
def test_go_reads_each_text_as_it_is(connection: Connection, tmp_path: Path):
    literals = [
        literal
        for literal in re.findall(r'"(?:\\.|[^"\\])*"', go_program(connection))
        if literal[1:].startswith(("robot", "a", "http", "`", "$", "%", "#"))
    ]
    path = tmp_path / "main.go"
    path.write_text(
        'package main\n\nimport (\n"encoding/json"\n"os"\n)\n\nfunc main() {\n'
        f"json.NewEncoder(os.Stdout).Encode([]string{{{', '.join(literals)}}})\n}}\n"
    )
    found = json.loads(run(program_of("go"), "run", str(path)))
    for text in texts_of(connection):
        assert text in found


@connections
@pytest.mark.parametrize("write", [python_program, go_program, javascript_program])
def test_programs_do_not_hold_the_secret(connection: Connection, write):
    if connection is PLAIN:
        assert connection.clear_secret not in write(connection)
    assert "OAUTH_CLIENT_SECRET" in write(connection)


@pytest.mark.parametrize(
    "url,is_said", [("http://a.test", True), ("HTTP://a.test", True), ("https://a.test", False)]
)
def test_python_says_where_there_is_no_https(url: str, is_said):
    source = python_program(Connection("", "a", "b", url))
    assert ("OAUTHLIB_INSECURE_TRANSPORT" in source) is is_said


@pytest.mark.parametrize(
    "text,encoded",
    [("robot-1._~", "robot-1._~"), ("a:b", "a%3Ab"), ("a b+c/d", "a%20b%2Bc%2Fd"), ("é", "%C3%A9")],
)
def test_ids_and_secrets_are_encoded_for_the_header(text: str, encoded: str):
    assert form_encoded(text) == encoded
