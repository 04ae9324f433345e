"""Make the next key that signs tokens, and let the present ones end."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, Final

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from oauth_m2m import protocol
from oauth_m2m.conf import m2m_settings
from oauth_m2m.management.base import M2MCommand
from oauth_m2m.management.lookups import listing, near_matches, quoted
from oauth_m2m.management.typed_values import as_json, as_text, period
from oauth_m2m.models import SigningKey
from oauth_m2m.operations.signing_keys import Rotation, longest_token_lifetime, rotate_signing_keys
from oauth_m2m.views.jwks import JWKS_MAX_AGE_SECONDS

_ANNOUNCE: Final = timedelta(days=1)

_KEYS_ARE_CONFIGURED: Final = (
    "The keys of this server come from the setting SIGNING_KEYS, so there is none to make here."
    " To rotate, add the new key at the end of that list; put it first when all APIs know it;"
    " take the old one out when its last token has expired. Nothing was changed."
)


class Command(M2MCommand):
    """Safe to run from cron, on several machines at once: one of them rotates."""

    help = "Make the next key that signs tokens; the present one verifies a while longer."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add which key, from when, and how long the old ones are kept."""
        super().add_arguments(parser)
        parser.add_argument(
            "--algorithm",
            metavar="A",
            help=f"What the new key signs with: {', '.join(protocol.SIGNING_ALGORITHMS)}. Default:"
            " the setting SIGNING_ALGORITHM.",
        )
        parser.add_argument(
            "--announce-days",
            metavar="N",
            help="Days that the new key is published before it signs, so that APIs know it in"
            " time. Default: 1.",
        )
        parser.add_argument(
            "--retain-days",
            metavar="N",
            help="Days that the old keys verify after they stopped signing. Default: as long as"
            " a token may live.",
        )
        parser.add_argument(
            "--now",
            action="store_true",
            help="Sign with the new key at once, as when the old one leaked. Not for cron.",
        )

    def handle(self, **options: Any) -> None:
        """Rotate."""
        if m2m_settings.SIGNING_KEYS:
            raise CommandError(_KEYS_ARE_CONFIGURED)
        announce = period(options["announce_days"], "--announce-days", "days", zero=True)
        retain = period(options["retain_days"], "--retain-days", "days", zero=True)
        if options["now"]:
            if announce is not None:
                message = "--now and --announce-days contradict each other. Leave one out."
                raise CommandError(message)
            announce = timedelta(0)
        rotation = rotate_signing_keys(
            actor=self.actor,
            algorithm=_algorithm(options["algorithm"]),
            announce=_ANNOUNCE if announce is None else announce,
            retain=retain,
        )
        retired = _retired_by(rotation.key)
        self.show(options, _as_data(rotation, retired), _as_lines(rotation, retired))


def _algorithm(named: str | None) -> str:
    known = protocol.SIGNING_ALGORITHMS
    if named is None:
        return m2m_settings.SIGNING_ALGORITHM
    if named in known:
        return named
    message = (
        f"There is no signing algorithm {quoted(named)}.{near_matches(named, known)}"
        f" {listing('algorithms', list(known))}"
    )
    raise CommandError(message)


def _retired_by(key: SigningKey) -> list[SigningKey]:
    # Read back: so it is the same whether this process rotated, or another one before.
    retired = SigningKey.objects.filter(algorithm=key.algorithm, generation__lt=key.generation)
    return list(retired.filter(retires_at=key.activates_at))


def _as_data(rotation: Rotation, retired: Sequence[SigningKey]) -> dict[str, Any]:
    key = rotation.key
    return {
        "kid": key.kid,
        "algorithm": key.algorithm,
        "is_new": rotation.is_new,
        "signs_from": as_json(key.activates_at),
        "retired": [{"kid": old.kid, "verifies_until": as_json(old.expires_at)} for old in retired],
    }


def _as_lines(rotation: Rotation, retired: Sequence[SigningKey]) -> Iterator[str]:
    key = rotation.key
    if rotation.is_new:
        yield f"Rotated the {key.algorithm} keys to {key.kid}."
    else:
        yield f"Nothing was done: a rotation of the {key.algorithm} keys is in progress already."
        yield f"Its new key is {key.kid}."
    signs_now = key.activates_at <= timezone.now()
    signs = "signs" if key.algorithm == m2m_settings.SIGNING_ALGORITHM else "may sign"
    if signs_now:
        yield f"It {signs} from now on."
    else:
        yield f"It {signs} from {as_text(key.activates_at)}, and is published until then."
    for old in retired:
        ends = "signs no more" if signs_now else "signs until then"
        yield f"The old key {old.kid} {ends}, and verifies until {as_text(old.expires_at)}."
    yield ""
    yield from _what_next(key, retired, signs_now=signs_now)


def _what_next(key: SigningKey, retired: Sequence[SigningKey], *, signs_now: bool) -> Iterator[str]:
    if key.algorithm != m2m_settings.SIGNING_ALGORITHM:
        yield f"Tokens are signed with {m2m_settings.SIGNING_ALGORITHM}. To use this key, set"
        yield f'SIGNING_ALGORITHM to "{key.algorithm}" once it signs and all APIs know it.'
    elif signs_now and retired:
        yield "An API that keeps a copy of the keys refuses new tokens until it fetches them"
        yield f"again; it may keep them for {JWKS_MAX_AGE_SECONDS // 60} minutes."
    elif signs_now:
        yield "Nothing more to do: it is published in the JWKS."
    else:
        yield "Nothing more to do: every process changes over by itself. APIs that were given a"
        yield "copy of the keys by hand need the new JWKS before that time."
    kept = [old.expires_at - old.retires_at for old in retired if old.expires_at and old.retires_at]
    if kept and min(kept) < longest_token_lifetime():
        yield "Tokens may live longer than the old key verifies: the last ones that it signs"
        yield "are refused before they expire."
