"""
Another oauth_m2m: the example project in a process and a database of its own.

``python -m tests.host.another_server FOLDER`` keeps its database in FOLDER, serves on a free
port of loopback, prints one line of JSON with its addresses and clients, and then reads one
line a command: ``revoke CLIENT_ID`` is answered with a line when it is done. It ends with its
standard input.
"""

import json
import os
import sys
from pathlib import Path
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

AUDIENCE = "https://api.example.com"


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_args: Any) -> None:
        pass


def main() -> None:
    # Listening before the settings are read: the issuer is where it is served.
    server = make_server("127.0.0.1", 0, lambda *_: [], handler_class=_Quiet)
    url = f"http://127.0.0.1:{server.server_port}"
    _configure(url, Path(sys.argv[1]))
    from django.core.management import call_command  # noqa: PLC0415 - the settings come first

    from example_project.wsgi import application  # noqa: PLC0415 - as above

    call_command("migrate", verbosity=0)
    clients = _clients()
    server.set_app(application)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    _say({"issuer": url, "audience": AUDIENCE, **clients})
    for line in sys.stdin:
        verb, client_id = line.split()
        call_command(f"m2m_{verb}", "--client", client_id, stdout=sys.stderr)
        _say("done")


def _configure(url: str, folder: Path) -> None:
    os.environ.pop("DATABASE_URL", None)
    os.environ.update(
        DJANGO_SETTINGS_MODULE="example_project.settings",
        ISSUER=url,
        REQUIRE_HTTPS="false",
        SQLITE_FILE=str(folder / "db.sqlite3"),
    )
    from django.conf import settings  # noqa: PLC0415 - the environment comes first

    settings.OAUTH_M2M["TOKEN_PREFIX"] = "their_"
    import django  # noqa: PLC0415 - as above

    django.setup()


def _clients() -> dict[str, dict[str, str]]:
    from io import StringIO  # noqa: PLC0415 - the settings come first

    from django.core.management import call_command  # noqa: PLC0415 - as above

    from oauth_m2m.models import ResourceServer, Scope  # noqa: PLC0415 - as above

    api = ResourceServer.objects.create(identifier=AUDIENCE, name="Orders")
    Scope.objects.create(name="orders:read", resource_server=api)
    made = {
        "opaque": ["Opaque", "--client-id", "orders", "--scope", "orders:read"],
        "signed": ["Signed", "--scope", "orders:read", "--token-format", "jwt"],
        "stranger": ["Stranger", "--scope", "ping", "--create-scopes"],
        "api": ["The API", "--introspects", AUDIENCE, "--scope", "ping", "--create-scopes"],
        "no_api": ["No API", "--scope", "ping", "--create-scopes"],
    }
    clients = {}
    for name, arguments in made.items():
        out = StringIO()
        call_command("m2m_create_client", *arguments, "--json", stdout=out)
        answer = json.loads(out.getvalue())
        clients[name] = {key: answer[key] for key in ("client_id", "client_secret")}
    return clients


def _say(answer: Any) -> None:
    print(json.dumps(answer), flush=True)  # noqa: T201 - how this program answers


if __name__ == "__main__":
    main()
