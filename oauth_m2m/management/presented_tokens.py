"""
An access token that somebody hands to a command.

It comes through standard input: on the command line it would stay in the shell's history
and show in the list of processes. No message repeats it.
"""

from typing import Final, TextIO

from django.core.management.base import CommandError, OutputWrapper

from oauth_m2m.conf import m2m_settings
from oauth_m2m.credential_format import key_id_of, token_is_well_formed
from oauth_m2m.errors import InvalidToken, Reason
from oauth_m2m.hashing import digest_credential
from oauth_m2m.keys.strict_jwt import looks_like_jwt
from oauth_m2m.models import AccessToken
from oauth_m2m.tokens import prove_token
from oauth_m2m.tokens.proven import ProvenToken

__all__ = ["read_token", "recognised_token"]

_NO_SIGNED_TOKEN_OF_OURS: Final = {
    Reason.FOREIGN_TOKEN: (
        "This is a signed token (JWT) of another issuer than the setting ISSUER names: revoke it"
        " where it was issued."
    ),
    Reason.UNKNOWN_KEY: (
        "This signed token (JWT) names a key that this server does not have, or not any more; no"
        " API of this server accepts it."
    ),
    Reason.UNKNOWN_CLIENT: (
        "The client of this signed token (JWT) was deleted; no API of this server accepts it."
    ),
}


def read_token(source: TextIO, prompt: OutputWrapper) -> str:
    """Read the one token on *source*; on a terminal, ask for it on *prompt* first."""
    try:
        if source.isatty():
            prompt.write("Paste the access token and press Enter.", style_func=str)
            text = source.readline()
        else:
            text = source.read()
    except UnicodeDecodeError:
        text = ""
    words = text.split()
    if len(words) == 1:
        return words[0]
    message = "Standard input must hold one access token and nothing else. Nothing was revoked."
    raise CommandError(message)


def recognised_token(presented_token: str) -> AccessToken | ProvenToken:
    """
    Return the token's row, or what a signed token without one proves.

    Raises CommandError that says what was presented instead.
    """
    # By digest first, whatever it looks like: imported tokens have another form.
    row = AccessToken.objects.filter(token_hash=_digest(presented_token))
    token = row.select_related("client").first()
    if token is not None:
        return token
    if looks_like_jwt(presented_token):
        return _proven(presented_token)
    message = f"{_what_it_is(presented_token)} Nothing was revoked."
    raise CommandError(message)


def _digest(presented: str) -> str:
    try:
        return digest_credential(presented)
    except UnicodeEncodeError:
        return ""  # no row has it


def _proven(presented: str) -> ProvenToken:
    try:
        return prove_token(presented)
    except InvalidToken as error:
        meaning = _NO_SIGNED_TOKEN_OF_OURS.get(
            error.reason,
            "This looks like a signed token (JWT) of this server, but it is damaged or forged; no"
            " API of this server accepts it.",
        )
    message = f"{meaning} Nothing was revoked."
    raise CommandError(message)


def _what_it_is(presented: str) -> str:
    secret_prefix, token_prefix = m2m_settings.SECRET_PREFIX, m2m_settings.TOKEN_PREFIX
    if presented.startswith(secret_prefix):
        key_id = key_id_of(presented, secret_prefix) or "KEY_ID"
        return (
            "This is a client secret, not an access token; end it with"
            f' "python manage.py m2m_revoke --secret {key_id}".'
        )
    if token_is_well_formed(presented, token_prefix):
        return (
            "This token is not in the database: it expired and was cleared away, or another"
            " server issued it."
        )
    if presented.startswith(token_prefix):
        return "This looks like a token of this server, but a part is missing or mistyped."
    return "This is not an access token of this server."
