"""A token whose origin is proven, and the judgement whether it is still welcome."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from oauth_m2m.errors import InvalidToken, Reason
from oauth_m2m.models.client_facts import ClientFacts

__all__ = ["ProvenToken", "judge"]


@dataclass(frozen=True, slots=True)
class ProvenToken:
    """A token that we issued, whatever became of it since."""

    scopes: tuple[str, ...]
    audience: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    claims: Mapping[str, Any]
    client: ClientFacts
    is_revoked: bool
    row_pk: int | None = None
    confirmation: Mapping[str, str] | None = None


def judge(token: ProvenToken) -> None:
    """Raise InvalidToken with the reason if the token, or its client, is not good now."""
    client = token.client
    cut, account = client.tokens_valid_after, client.service_account
    refusals = (
        (token.is_revoked, Reason.TOKEN_REVOKED),
        (cut is not None and token.issued_at <= cut, Reason.TOKEN_REVOKED),
        (token.expires_at <= timezone.now(), Reason.TOKEN_EXPIRED),
        (not client.is_active, Reason.CLIENT_DISABLED),
        (account is not None and not account.is_active, Reason.SERVICE_ACCOUNT_INACTIVE),
    )
    for applies, reason in refusals:
        if applies:
            raise InvalidToken(reason, client_id=client.client_id, client_pk=client.pk)
