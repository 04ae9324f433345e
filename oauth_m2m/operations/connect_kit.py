"""
The connect kit: a client's connection as texts that a developer copies and runs.

Names, ids and URLs may hold anything; each is quoted as its language wants it.
"""

import base64
import json
import shlex
import uuid
from dataclasses import dataclass, field
from typing import Final

from django.utils.text import slugify
from django.utils.translation import gettext as _

from oauth_m2m import protocol
from oauth_m2m.operations.connect_programs import (
    SECRET_VARIABLE,
    form_encoded,
    go_program,
    javascript_program,
    python_program,
)
from oauth_m2m.operations.connection import Connection

__all__ = [
    "Snippet",
    "connect_kit",
    "curl_command",
    "dotenv_file",
    "kubernetes_secret",
    "postman_environment",
]

# What Kubernetes allows for the name of a Secret, with the end that we add.
_MAX_SLUG: Final = 50


@dataclass(frozen=True, slots=True)
class Snippet:
    """One text of the kit, and what to do with it."""

    key: str
    title: str
    hint: str
    text: str = field(repr=False)

    @property
    def rows(self) -> int:
        """How many lines a box needs to show it, within reason."""
        return min(max(self.text.count("\n"), 4), 24)


def connect_kit(connection: Connection) -> list[Snippet]:
    """Return the texts for *connection*; those for the shell and for files hold its secret."""
    needs_secret = _("It reads the secret from the variable %s: the .env below sets it.")
    from_environment = needs_secret % SECRET_VARIABLE
    return [
        Snippet("curl", "curl", _("Get an access token:"), curl_command(connection)),
        Snippet(
            "python",
            "Python",
            f"pip install requests-oauthlib. {from_environment}",
            python_program(connection),
        ),
        Snippet(
            "go", "Go", f"go get golang.org/x/oauth2. {from_environment}", go_program(connection)
        ),
        Snippet(
            "javascript",
            "JavaScript",
            _("Node 18 or newer; save it as client.mjs.") + f" {from_environment}",
            javascript_program(connection),
        ),
        Snippet(
            "dotenv",
            ".env",
            _("For a file that is in no repository. In a shell: set -a; . ./.env; set +a"),
            dotenv_file(connection),
        ),
        Snippet(
            "kubernetes",
            "Kubernetes Secret",
            _("kubectl apply -f secret.yaml, then envFrom: secretRef in the container."),
            kubernetes_secret(connection),
        ),
        Snippet(
            "postman",
            _("Postman environment"),
            _(
                "Paste it at Import. In a request's Authorization choose OAuth 2.0 and Client"
                " Credentials, and fill in the fields with {{token_url}}, {{client_id}},"
                " {{client_secret}} and {{scope}}."
            ),
            postman_environment(connection),
        ),
    ]


def curl_command(connection: Connection) -> str:
    """Return a command that gets a token, in one line for any shell of the Bourne family."""
    command = ["curl", "-d", f"grant_type={protocol.CLIENT_CREDENTIALS}"]
    if connection.in_header:
        command += [
            "-u",
            f"{form_encoded(connection.client_id)}:{form_encoded(connection.clear_secret)}",
        ]
    else:
        # -d sends what it gets as it is, so it gets it encoded.
        command += ["-d", f"client_id={form_encoded(connection.client_id)}"]
        command += ["-d", f"client_secret={form_encoded(connection.clear_secret)}"]
    if connection.scope:
        command += ["--data-urlencode", f"scope={connection.scope}"]
    return shlex.join([*command, connection.token_url])


def dotenv_file(connection: Connection) -> str:
    """Return lines that a shell reads, and other readers of such files too."""
    # A value is quoted only if it has to be: docker's --env-file would keep the quotes.
    lines = [f"{key}={shlex.quote(value)}" for key, value in _variables(connection).items()]
    return "".join(f"{line}\n" for line in lines)


def kubernetes_secret(connection: Connection) -> str:
    """Return a Secret as YAML, for ``kubectl apply``."""
    name = slugify(connection.name).replace("_", "-")[:_MAX_SLUG].strip("-")
    data = {
        key: base64.b64encode(value.encode()).decode()
        for key, value in _variables(connection).items()
    }
    return (
        "apiVersion: v1\n"
        "kind: Secret\n"
        "metadata:\n"
        f"  name: {f'{name}-oauth' if name else 'oauth-client'}\n"
        "type: Opaque\n"
        "data:\n"
    ) + "".join(f'  {key}: "{value}"\n' for key, value in data.items())


def postman_environment(connection: Connection) -> str:
    """Return an environment as Postman exports it; imported again, it replaces itself."""
    address = f"{connection.token_url}#{connection.client_id}"
    values = {
        "token_url": connection.token_url,
        "client_id": connection.client_id,
        "client_secret": connection.clear_secret,
        "scope": connection.scope,
        "api_url": connection.api_url,
    }
    environment = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, address)),
        "name": connection.name,
        "values": [
            {
                "key": key,
                "value": value,
                "type": "secret" if key == "client_secret" else "default",
                "enabled": True,
            }
            for key, value in values.items()
        ],
        "_postman_variable_scope": "environment",
    }
    return json.dumps(environment, indent=2) + "\n"


def _variables(connection: Connection) -> dict[str, str]:
    variables = {
        "OAUTH_TOKEN_URL": connection.token_url,
        "OAUTH_CLIENT_ID": connection.client_id,
        SECRET_VARIABLE: connection.clear_secret,
    }
    return variables | ({"OAUTH_SCOPE": connection.scope} if connection.scope else {})
