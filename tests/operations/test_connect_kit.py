import base64
import json
import re
import shlex
import subprocess
import uuid
from urllib.parse import unquote

import jsonschema
import pytest
import yaml

from oauth_m2m.operations.connect_kit import (
    Snippet,
    connect_kit,
    curl_command,
    dotenv_file,
    kubernetes_secret,
    postman_environment,
)
from oauth_m2m.operations.connection import Connection
from tests.strange_connections import PLAIN, SCOPE, STRANGE, connections

# As Postman writes an environment that one exports. It publishes no schema for these files.
POSTMAN = {
    "type": "object",
    "required": ["id", "name", "values", "_postman_variable_scope"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "name": {"type": "string"},
        "values": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["key", "value", "type", "enabled"],
                "additionalProperties": False,
                "properties": {
                    "key": {"type": "string"},
                    "value": {"type": "string"},
                    "type": {"enum": ["default", "secret"]},
                    "enabled": {"type": "boolean"},
                },
            },
        },
        "_postman_variable_scope": {"const": "environment"},
    },
}


def variables_of(connection: Connection) -> dict[str, str]:
    variables = {
        "OAUTH_TOKEN_URL": connection.token_url,
        "OAUTH_CLIENT_ID": connection.client_id,
        "OAUTH_CLIENT_SECRET": connection.clear_secret,
    }
    return variables | ({"OAUTH_SCOPE": connection.scope} if connection.scope else {})


def test_kit_has_seven_texts_that_say_what_to_do_with_them():
    kit = connect_kit(PLAIN)
    assert [snippet.key for snippet in kit] == [
        "curl",
        "python",
        "go",
        "javascript",
        "dotenv",
        "kubernetes",
        "postman",
    ]
    assert all(snippet.title and snippet.hint and snippet.text for snippet in kit)


def test_secret_is_in_no_repr():
    assert PLAIN.clear_secret not in repr(connect_kit(PLAIN))


@pytest.mark.parametrize("lines,rows", [(1, 4), (10, 10), (100, 24)])
def test_box_is_as_high_as_its_text_within_reason(lines: int, rows: int):
    assert Snippet("a", "b", "c", "x\n" * lines).rows == rows


@connections
def test_curl_gets_each_text_as_it_is(connection: Connection):
    command = shlex.split(curl_command(connection))
    assert (command[0], command[-1]) == ("curl", connection.token_url)
    options = dict(zip(command[1:-1:2], command[2:-1:2], strict=True))
    assert options.get("--data-urlencode", "") == (
        f"scope={connection.scope}" if connection.scope else ""
    )
    if connection.in_header:
        client_id, secret = options["-u"].split(":")
    else:
        forms = [command[i + 1] for i, part in enumerate(command) if part == "-d"]
        fields = dict(field.split("=") for field in forms)
        client_id, secret = fields["client_id"], fields["client_secret"]
    assert unquote(client_id) == connection.client_id
    assert unquote(secret) == connection.clear_secret


@connections
def test_shell_reads_env_as_it_is(connection: Connection, tmp_path):
    path = tmp_path / ".env"
    path.write_text(dotenv_file(connection), newline="")
    script = "set -aeu; . ./.env; env -0"
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        timeout=20,
        check=True,
    )
    assert done.stderr == b""
    found = dict(line.split("=", 1) for line in done.stdout.decode().split("\0") if line)
    assert {key: found.get(key) for key in variables_of(connection)} == variables_of(connection)


def test_plain_values_of_env_have_no_quotes():
    assert dotenv_file(PLAIN) == (
        "OAUTH_TOKEN_URL=https://auth.example.com/oauth/token\n"
        "OAUTH_CLIENT_ID=robot-1\n"
        "OAUTH_CLIENT_SECRET=m2ms_example\n"
    )


@connections
def test_kubernetes_secret_holds_the_variables_in_base64(connection: Connection):
    document = yaml.safe_load(kubernetes_secret(connection))
    data = document.pop("data")
    name = document["metadata"].pop("name")
    assert document == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {},
        "type": "Opaque",
    }
    decoded = {key: base64.b64decode(value, validate=True).decode() for key, value in data.items()}
    assert decoded == variables_of(connection)
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", name)


@pytest.mark.parametrize(
    "name,slug",
    [
        ("Warehouse robot", "warehouse-robot-oauth"),
        ("__a_b__", "a-b-oauth"),
        ("Żółw 2", "zow-2-oauth"),
        ("日本", "oauth-client"),
        ("", "oauth-client"),
        ("a\nkind: Pod", "a-kind-pod-oauth"),
        ("x" * 49 + " y", "x" * 49 + "-oauth"),
    ],
    ids=["words", "underscores", "accents", "no letters of ours", "none", "line break", "long"],
)
def test_kubernetes_secret_has_a_name_that_is_allowed(name: str, slug: str):
    text = kubernetes_secret(Connection(name, "a", "b", "https://a.test"))
    assert yaml.safe_load(text)["metadata"]["name"] == slug
    assert len(slug) <= 63


@connections
def test_postman_environment_has_its_shape_and_values(connection: Connection):
    environment = json.loads(postman_environment(connection))
    jsonschema.validate(environment, POSTMAN)
    assert uuid.UUID(environment["id"]).version == 5
    assert environment["name"] == connection.name
    assert {each["key"]: each["value"] for each in environment["values"]} == {
        "token_url": connection.token_url,
        "client_id": connection.client_id,
        "client_secret": connection.clear_secret,
        "scope": connection.scope,
        "api_url": connection.api_url,
    }
    secrets = [each["key"] for each in environment["values"] if each["type"] == "secret"]
    assert secrets == ["client_secret"]


def test_postman_replaces_the_environment_of_the_same_client_only():
    first, again = (json.loads(postman_environment(PLAIN))["id"] for _ in range(2))
    other = Connection("", STRANGE, "", PLAIN.token_url, scope=SCOPE)
    assert first == again != json.loads(postman_environment(other))["id"]
