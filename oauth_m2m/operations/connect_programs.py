"""
A client's connection as programs: Python, Go, JavaScript.

They read the secret from the environment: what is written into code ends in a repository.
"""

from typing import Final
from urllib.parse import quote

from oauth_m2m.operations.connection import Connection

__all__ = [
    "SECRET_VARIABLE",
    "form_encoded",
    "go_program",
    "javascript_program",
    "python_program",
]

SECRET_VARIABLE: Final = "OAUTH_CLIENT_SECRET"  # noqa: S105 - the name of a variable


def python_program(connection: Connection) -> str:
    """Return a program for requests-oauthlib that gets a token and calls an API."""
    scope = ""
    if connection.scope:
        scope = f", scope=[{', '.join(map(_double_quoted, connection.scope.split()))}]"
    # oauthlib refuses plain http, which only a server under development has.
    plain_http = 'os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # no https here\n'
    if connection.in_header:
        imported = "from requests.auth import HTTPBasicAuth\n"
        # requests does not encode what goes into the header, and the server decodes it.
        user = _double_quoted(form_encoded(connection.client_id))
        credentials = f"auth=HTTPBasicAuth({user}, client_secret)"
    else:
        imported = ""
        credentials = "client_secret=client_secret, include_client_id=True"
    return (
        "import os\n\n"
        "from oauthlib.oauth2 import BackendApplicationClient\n"
        f"{imported}"
        "from requests_oauthlib import OAuth2Session\n\n"
        f"{plain_http if connection.token_url.lower().startswith('http://') else ''}"
        f'client_secret = os.environ["{SECRET_VARIABLE}"]\n'
        f"client = BackendApplicationClient({_double_quoted(connection.client_id)}{scope})\n"
        "session = OAuth2Session(client=client)\n"
        f"session.fetch_token({_double_quoted(connection.token_url)}, {credentials})\n\n"
        f"response = session.get({_double_quoted(connection.api_url)})\n"
        "print(response.status_code, response.text)\n"
    )


def go_program(connection: Connection) -> str:
    """Return a program for golang.org/x/oauth2 that gets a token and calls an API."""
    scopes = ", ".join(map(_double_quoted, connection.scope.split()))
    style = "oauth2.AuthStyleInHeader" if connection.in_header else "oauth2.AuthStyleInParams"
    # Tabs, and padded, as gofmt wants it.
    return (
        "package main\n\n"
        "import (\n"
        '\t"context"\n'
        '\t"fmt"\n'
        '\t"io"\n'
        '\t"log"\n'
        '\t"os"\n\n'
        '\t"golang.org/x/oauth2"\n'
        '\t"golang.org/x/oauth2/clientcredentials"\n'
        ")\n\n"
        "func main() {\n"
        "\tconfig := clientcredentials.Config{\n"
        f"\t\tClientID:     {_double_quoted(connection.client_id)},\n"
        f'\t\tClientSecret: os.Getenv("{SECRET_VARIABLE}"),\n'
        f"\t\tTokenURL:     {_double_quoted(connection.token_url)},\n"
        + (f"\t\tScopes:       []string{{{scopes}}},\n" if scopes else "")
        + f"\t\tAuthStyle:    {style},\n"
        "\t}\n"
        "\t// Gets a token when there is none, and a new one when that expires.\n"
        "\tclient := config.Client(context.Background())\n\n"
        f"\tresponse, err := client.Get({_double_quoted(connection.api_url)})\n"
        "\tif err != nil {\n\t\tlog.Fatal(err)\n\t}\n"
        "\tdefer response.Body.Close()\n"
        "\tbody, err := io.ReadAll(response.Body)\n"
        "\tif err != nil {\n\t\tlog.Fatal(err)\n\t}\n"
        "\tfmt.Println(response.StatusCode, string(body))\n"
        "}\n"
    )


def javascript_program(connection: Connection) -> str:
    """Return a program for node that gets a token and calls an API, without any package."""
    headers, form = "", ['grant_type: "client_credentials"']
    if connection.in_header:
        headers = (
            "  headers: {\n"
            "    Authorization: `Basic ${btoa("
            '[clientId, clientSecret].map(encodeURIComponent).join(":"))}`,\n'
            "  },\n"
        )
    else:
        form += ["client_id: clientId", "client_secret: clientSecret"]
    if connection.scope:
        form.append(f"scope: {_javascript_quoted(connection.scope)}")
    fields = "".join(f"    {each},\n" for each in form)
    return (
        f"const clientId = {_javascript_quoted(connection.client_id)};\n"
        f"const clientSecret = process.env.{SECRET_VARIABLE};\n\n"
        f"const answer = await fetch({_javascript_quoted(connection.token_url)}, {{\n"
        '  method: "POST",\n'
        f"{headers}"
        f"  body: new URLSearchParams({{\n{fields}  }}),\n"
        "});\n"
        "if (!answer.ok) {\n"
        "  throw new Error(`${answer.status} ${await answer.text()}`);\n"
        "}\n"
        "const { access_token: token } = await answer.json();\n\n"
        f"const response = await fetch({_javascript_quoted(connection.api_url)}, {{\n"
        "  headers: { Authorization: `Bearer ${token}` },\n"
        "});\n"
        "console.log(response.status, await response.text());\n"
    )


def form_encoded(text: str) -> str:
    """Return *text* as RFC 6749 section 2.3.1 wants ids and secrets in the header."""
    # So that a ":" in an id does not end it.
    return quote(text, safe="")


def _double_quoted(text: str, astral: str = r"\U{:08x}") -> str:
    # Python and Go agree on these escapes. What does not show is escaped: a line break ends a
    # literal, and marks of writing direction make code read differently from what it does.
    parts = []
    for character in text:
        code = ord(character)
        if character in '"\\':
            parts.append(f"\\{character}")
        elif character.isprintable():
            parts.append(character)
        else:
            parts.append(rf"\u{code:04x}" if code <= 0xFFFF else astral.format(code))
    return f'"{"".join(parts)}"'


def _javascript_quoted(text: str) -> str:
    return _double_quoted(text, astral=r"\u{{{:x}}}")
