"""
Make a database of a size, and say how its clients are asked.

``python -m tests.benchmarks.project.sized CLIENTS TOKENS SECRETS SCOPES`` fills it and prints a
JSON object like ``prepare`` does: a client with one secret and one scope, one with so many
secrets, and one with so many scopes.
"""

import json
import os
import sys
from urllib.parse import urlencode

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.benchmarks.project.settings")
django.setup()

from django.core.management import call_command  # noqa: E402 - the settings come first
from django.db import connection  # noqa: E402 - as above

from tests.benchmarks.project.prepare import Asked, ours, token_of  # noqa: E402 - as above
from tests.many_rows import fill  # noqa: E402 - as above


def asked(token_format: str, secrets: int, scopes: int) -> Asked:
    """Make a client and return how it asks for a token, and an API with that."""
    form = urlencode(ours(token_format, secrets=secrets, scopes=scopes))
    token = token_of(form)
    return {
        f"token, {token_format}": {"path": "/oauth/token", "form": form},
        f"API, {token_format}": {"path": "/api/ours", "authorization": f"Bearer {token}"},
    }


def main(clients: int, tokens: int, secrets: int, scopes: int) -> None:
    """Fill the database and print how it is asked."""
    call_command("migrate", run_syncdb=True, verbosity=0)
    fill(clients=clients, tokens=tokens, events=0, counted=0, days=0)
    shapes = {"one of each": (1, 1), "secrets": (secrets, 1), "scopes": (1, scopes)}
    found = {
        name: {**asked("opaque", *shape), **asked("jwt", *shape)} for name, shape in shapes.items()
    }
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(*(int(number) for number in sys.argv[1:]))
