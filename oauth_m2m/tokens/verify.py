"""
The one door through which every presented token goes, on both sides.

https://www.rfc-editor.org/rfc/rfc6750#section-3.1
https://www.rfc-editor.org/rfc/rfc9068#section-4
"""

from oauth_m2m.conf import m2m_settings
from oauth_m2m.errors import InvalidToken, Reason
from oauth_m2m.keys.strict_jwt import claimed_issuer, looks_like_jwt
from oauth_m2m.networks import is_allowed
from oauth_m2m.tokens import opaque, signed_jwt
from oauth_m2m.tokens.known_tokens import known_token
from oauth_m2m.tokens.proven import ProvenToken, judge
from oauth_m2m.values import VerifiedToken

__all__ = ["prove_token", "verify_token"]


def prove_token(presented: str) -> ProvenToken:
    """
    Return a token of ours, whatever became of it since; raises InvalidToken.

    Whether it claims to be ours is decided by its form, without a query: FOREIGN_TOKEN is
    the reason if it does not. Only while imported tokens are accepted, which have any form,
    the database is asked about those that are no JWT.
    """
    if opaque.looks_like_ours(presented):
        return opaque.prove(presented)
    if m2m_settings.ACCEPT_IMPORTED_TOKENS and not looks_like_jwt(presented):
        return opaque.prove_imported(presented)
    issuer = claimed_issuer(presented)
    if issuer is None or issuer != m2m_settings.ISSUER:
        raise InvalidToken(Reason.FOREIGN_TOKEN)
    return signed_jwt.prove(presented)


def verify_token(presented: str, address: str | None) -> VerifiedToken:
    """
    Return the proven token if an API of this project may accept it now.

    *address* is where the request comes from; None where there is no address. Raises
    InvalidToken with the private reason.
    """
    token = _judged(presented)
    client = token.client
    if token.audience and not set(token.audience).intersection(m2m_settings.ACCEPTED_AUDIENCES):
        raise _refused(token, Reason.WRONG_AUDIENCE)
    if not is_allowed(address, client.allowed_networks):
        raise _refused(token, Reason.NETWORK_NOT_ALLOWED)
    return VerifiedToken(
        client_id=client.client_id,
        scopes=token.scopes,
        audience=token.audience,
        issued_at=token.issued_at,
        expires_at=token.expires_at,
        claims=token.claims,
        client_name=client.name,
        rate_limit=client.rate_limit,
        confirmation=token.confirmation,
        client_pk=client.pk,
        service_account=client.service_account,
    )


def _judged(presented: str) -> ProvenToken:
    if not looks_like_jwt(presented):
        return known_token(presented, prove_token)
    # Facts about its client have an age of their own: REVOCATION_REFRESH_SECONDS.
    token = signed_jwt.prove_if_seen(presented) or prove_token(presented)
    judge(token)
    return token


def _refused(token: ProvenToken, reason: Reason) -> InvalidToken:
    return InvalidToken(reason, client_id=token.client.client_id, client_pk=token.client.pk)
