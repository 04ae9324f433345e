"""Find secrets and tokens of ours in a text, and end them."""

import sys
from collections.abc import Mapping
from typing import Any, BinaryIO, Final

from django.core.management.base import CommandError, CommandParser

from oauth_m2m.conf import m2m_settings
from oauth_m2m.credential_format import credential_pattern
from oauth_m2m.hashing import digest_credential
from oauth_m2m.management.base import M2MCommand
from oauth_m2m.management.credential_scan import sightings
from oauth_m2m.operations.leaks import FoundCredential, find_credential, report_leak

# Beyond that many different ones, a credential may be named twice: memory must not grow.
_REMEMBERED: Final = 50_000

_NAMES: Final[Mapping[str, str]] = {
    "client_secret": "secret",
    "access_token": "token",
    "signed_token": "signed token",
    "hand_over_link": "hand-over link",
}
_SOURCE: Final = "m2m_leak_check"


class Command(M2MCommand):
    """The exit status is that of a search for what should not be there: 0 means clean."""

    help = (
        "Read anything on standard input, however long, and name the secrets and tokens of this"
        " server in it, without showing them. Exit status: 0 if none works, 1 if one works or"
        " was ended, 2 for an error."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add what is done with them."""
        super().add_arguments(parser)
        parser.add_argument(
            "--revoke",
            action="store_true",
            help="End those that work; with a secret, all tokens that its client has now.",
        )
        parser.add_argument(
            "--pattern",
            action="store_true",
            help="Read nothing; print the regular expression for secret scanners.",
        )

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command; no error may look like a find to a script."""
        try:
            return super().execute(*args, **options)
        except CommandError as error:
            error.returncode = 2
            raise

    def handle(self, **options: Any) -> None:
        """Look, and end what works if that was asked for."""
        if options["pattern"]:
            pattern = credential_pattern(m2m_settings.SECRET_PREFIX, m2m_settings.TOKEN_PREFIX)
            self.show(options, {"pattern": pattern}, [pattern])
            return
        if sys.stdin.isatty():
            self.stderr.write("Paste the text, then press Enter and Ctrl-D.", style_func=str)
        found, working = self._look(sys.stdin.buffer, options)
        if not options["json"]:
            self.show(options, None, _summary(found, working, revoke=options["revoke"]))
        if working:
            sys.exit(1)

    def _look(self, source: BinaryIO, options: Mapping[str, Any]) -> tuple[int, int]:
        seen: set[str] = set()
        found = working = 0
        for sighting in sightings(source, m2m_settings.SECRET_PREFIX, m2m_settings.TOKEN_PREFIX):
            digest = digest_credential(sighting.text)
            credential = None if digest in seen else find_credential(sighting.text)
            if credential is None:
                continue
            if len(seen) >= _REMEMBERED:
                seen.clear()
            seen.add(digest)
            ended = options["revoke"] and report_leak(
                credential, revoke=True, actor=self.actor, source=_SOURCE
            )
            found += 1
            working += credential.works
            self._name(sighting.line, credential, options, ended=ended)
        return found, working

    def _name(
        self, line: int, found: FoundCredential, options: Mapping[str, Any], *, ended: bool
    ) -> None:
        data = {
            "line": line,
            "credential": found.credential,
            "key_id": found.key_id,
            "last_four": found.last_four,
            "client_id": found.client_id,
            "client_name": found.client_name,
            "state": found.state,
            "revoked_now": ended,
        }
        self.show(options, data, [f"line {line}: {_about(found, ended=ended)}"])


def _about(found: FoundCredential, *, ended: bool) -> str:
    shown = f"{_NAMES[found.credential]} {found.key_id}".rstrip() + f" (…{found.last_four})"
    if not found.is_known:
        return f"{shown}: unknown; another server made it, or it was deleted here"
    state = "active, and revoked now" if ended else found.state
    return f'{shown} of the client "{found.client_name}" ({found.client_id}): {state}'


def _summary(found: int, working: int, *, revoke: bool) -> list[str]:
    if not found:
        return ["No secret or token of this server is in it."]
    if not working:
        return ["", f"Found: {found}. None of them works."]
    if not revoke:
        lines = [f"Found: {found}. Working: {working}. To end these, run it with --revoke."]
        return ["", *lines]
    seconds = m2m_settings.REVOCATION_REFRESH_SECONDS
    return [
        "",
        f"Found: {found}. Working until now: {working}; they are over.",
        f"Other processes follow within {seconds:g} seconds (REVOCATION_REFRESH_SECONDS).",
        "A client that lost its only secret gets a new one by m2m_rotate_secret.",
    ]
