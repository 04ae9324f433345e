"""
Issue a token for a grant.

https://www.rfc-editor.org/rfc/rfc6749#section-5.1
"""

from django.utils import timezone

from oauth_m2m.models import AccessToken, TokenFormat, UsageCount
from oauth_m2m.signals import token_issued
from oauth_m2m.tokens import opaque, signed_jwt
from oauth_m2m.usage import record_use
from oauth_m2m.values import Grant, IssuedToken, token_type

__all__ = ["issue_token"]


def issue_token(grant: Grant) -> IssuedToken:
    """Issue what *grant* allows; ``expires_in`` is in seconds."""
    # One reading of the clock: a token cannot be issued after its own end.
    issued_at = timezone.now()
    form = signed_jwt if grant.token_format == TokenFormat.JWT else opaque
    clear_token = form.issue(grant, issued_at)
    record_use(
        UsageCount.Kind.TOKEN_ISSUED,
        grant.client_pk,
        secret_pk=grant.secret_pk,
        key_pk=grant.key_pk,
    )
    token_issued.send_robust(
        sender=AccessToken,
        client_id=grant.client_id,
        scopes=grant.scopes,
        expires_at=issued_at + grant.lifetime,
        token_format=grant.token_format,
        auth_method=grant.auth_method,
    )
    return IssuedToken(
        access_token=clear_token,
        expires_in=int(grant.lifetime.total_seconds()),
        scopes=grant.scopes,
        token_type=token_type(grant.confirmation),
    )
