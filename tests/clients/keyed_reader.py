"""Somebody who follows docs/guides/private-key-jwt.md, in the folder where it is now."""

import subprocess
from io import StringIO

from django.core.management import call_command

from oauth_m2m.models import Scope
from tests.guides import blocks, command


def make_keys(number: int) -> None:
    """Run the guide's commands of openssl: the first block makes a pair, the second MSAL's."""
    shell = ["sh", "-ec", blocks("private-key-jwt", "sh")[number]]
    subprocess.run(shell, check=True, timeout=60, stderr=subprocess.DEVNULL)


def register_client(number: int) -> str:
    """Run the guide's command, for a bare key or for a certificate; return what it printed."""
    Scope.objects.get_or_create(name="orders:read")
    out = StringIO()
    call_command(*command(blocks("private-key-jwt")[number]), stdout=out)
    return out.getvalue()
