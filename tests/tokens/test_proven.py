"""Whether a token whose origin is proven is still welcome."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from oauth_m2m.errors import InvalidToken, Reason
from oauth_m2m.models.client_facts import ClientFacts
from oauth_m2m.tokens.proven import ProvenToken, judge

NOW = timezone.now()
GOOD = ProvenToken(
    scopes=("orders:read",),
    audience=(),
    issued_at=NOW - timedelta(minutes=1),
    expires_at=NOW + timedelta(hours=1),
    claims={},
    client=ClientFacts(
        pk=7,
        client_id="billing",
        name="Billing",
        is_active=True,
        tokens_valid_after=None,
        allowed_networks=(),
        rate_limit="",
        service_account=None,
    ),
    is_revoked=False,
)


def account(*, is_active: bool):
    return get_user_model()(username="machine", is_active=is_active)


def of_client(**changes) -> dict[str, ClientFacts]:
    return {"client": replace(GOOD.client, **changes)}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="as it is"),
        pytest.param(
            of_client(tokens_valid_after=GOOD.issued_at - timedelta(microseconds=1)),
            id="others were revoked before it was issued",
        ),
        pytest.param(of_client(service_account=account(is_active=True)), id="with an account"),
    ],
)
def test_good_token_is_welcome(changes):
    judge(replace(GOOD, **changes))


@pytest.mark.parametrize(
    "changes, reason",
    [
        pytest.param({"is_revoked": True}, Reason.TOKEN_REVOKED, id="revoked"),
        pytest.param(
            of_client(tokens_valid_after=GOOD.issued_at),
            Reason.TOKEN_REVOKED,
            id="all were revoked at the moment it was issued",
        ),
        pytest.param(
            of_client(tokens_valid_after=NOW), Reason.TOKEN_REVOKED, id="all were revoked later"
        ),
        pytest.param({"expires_at": NOW}, Reason.TOKEN_EXPIRED, id="expired"),
        pytest.param(of_client(is_active=False), Reason.CLIENT_DISABLED, id="client disabled"),
        pytest.param(
            of_client(service_account=account(is_active=False)),
            Reason.SERVICE_ACCOUNT_INACTIVE,
            id="account inactive",
        ),
        pytest.param(
            {"is_revoked": True, "expires_at": NOW, **of_client(is_active=False)},
            Reason.TOKEN_REVOKED,
            id="everything at once: the strongest reason first",
        ),
    ],
)
def test_token_that_is_not_good_any_more_is_refused_with_its_reason(changes, reason):
    with pytest.raises(InvalidToken) as refused:
        judge(replace(GOOD, **changes))
    assert refused.value.reason is reason
    assert (refused.value.client_id, refused.value.client_pk) == ("billing", 7)
