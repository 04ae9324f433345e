"""
An access token that somebody hands to a command.

It comes through standard input: on the command line it would stay in the shell's history
and show in the list of processes. No message repeats it.
"""

from typing import TextIO

from django.core.management.base import CommandError, OutputWrapper

from oauth_m2m.conf import m2m_settings
from oauth_m2m.credential_format import key_id_of, token_is_well_formed
from oauth_m2m.hashing import digest_credential
from oauth_m2m.models import AccessToken

__all__ = ["read_token", "stored_token"]


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


def stored_token(presented_token: str) -> AccessToken:
    """Return the token's row, or raise CommandError that says what was presented instead."""
    try:
        # By digest first, whatever it looks like: imported tokens have another form.
        digest = digest_credential(presented_token)
    except UnicodeEncodeError:
        digest = ""
    token = AccessToken.objects.filter(token_hash=digest).select_related("client").first()
    if token is None:
        message = f"{_what_it_is(presented_token)} Nothing was revoked."
        raise CommandError(message)
    return token


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
    if presented.startswith("eyJ") and presented.count(".") == 2:
        return (
            "This is a signed token (JWT), which is not kept in the database; it ends when it"
            ' expires. To end all tokens of a client: "python manage.py m2m_revoke --client'
            ' CLIENT_ID".'
        )
    return "This is not an access token of this server."
