"""
RFC 7523 as FAPI 2.0 narrows it.

The refusal of tokens that are not bound shows that everything else has passed.
"""

from datetime import timedelta
from typing import Any

import pytest

from oauth_m2m.models import SeenAssertion
from tests.assertions import register_signer
from tests.jose import ISSUER
from tests.rfc.answers import assert_invalid_request, assert_unauthenticated

pytestmark = [pytest.mark.django_db, pytest.mark.rfc("7523", "3")]

ENDPOINT = f"{ISSUER}/oauth/token"


@pytest.fixture(params=["by the client", "by the setting"])
def strict(request, settings) -> dict[str, Any]:
    if request.param == "by the client":
        return {"profile": "fapi2"}
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "PROFILE": "fapi2"}
    return {}


@pytest.mark.parametrize("algorithm", ["PS256", "ES256", "EdDSA"])
def test_strong_algorithms_are_accepted(register, post_token, strict, algorithm):
    signer = register_signer(register, algorithm, **strict)
    assert_invalid_request(
        post_token(signer.form()),
        "This client must bind its tokens: send a DPoP proof or use its certificate.",
        reason="binding_required",
    )


def test_rs256_is_refused(register, post_token, strict):
    signer = register_signer(register, "RS256", **strict)
    assert_unauthenticated(post_token(signer.form()), reason="profile_forbids_algorithm")


@pytest.mark.parametrize("audience", [ENDPOINT, [ISSUER], [ISSUER, ENDPOINT]], ids=repr)
def test_issuer_as_a_string_is_the_only_audience(register, post_token, strict, audience):
    signer = register_signer(register, **strict)
    response = post_token(signer.form(signer.sign(aud=audience)))
    assert_unauthenticated(response, reason="wrong_audience")
    assert not SeenAssertion.objects.exists()


@pytest.mark.parametrize("minutes", [6, 10])
def test_assertion_lives_five_minutes_whatever_the_setting(
    register, post_token, strict, settings, minutes
):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "ASSERTION_MAX_LIFETIME": timedelta(hours=1)}
    signer = register_signer(register, **strict)
    response = post_token(signer.form(signer.sign(exp=timedelta(minutes=minutes))))
    assert_unauthenticated(response, reason="assertion_too_long_lived")
    assert not SeenAssertion.objects.exists()
