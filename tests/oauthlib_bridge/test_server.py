import json

import pytest

from oauth_m2m.oauthlib_bridge.server import TokenAnswer, build_server
from oauth_m2m.oauthlib_bridge.validator import ClientCredentialsValidator
from tests.client_auth.token_requests import request


def test_token_answer_cannot_be_printed_and_is_still_json():
    answer = TokenAnswer(access_token="m2mt_clear", expires_in=3600)
    assert f"{answer} {answer!r} {answer}" == "<token answer> <token answer> <token answer>"
    assert json.loads(json.dumps(answer)) == {"access_token": "m2mt_clear", "expires_in": 3600}


def test_server_knows_one_grant_type():
    server = build_server(ClientCredentialsValidator(request()))
    assert list(server.grant_types) == ["client_credentials"]
    assert server.default_grant_type == "client_credentials"


@pytest.mark.django_db
def test_token_is_made_of_what_the_validator_decided(registered):
    asked = request(scope="orders:write", **registered.credentials)
    validator = ClientCredentialsValidator(asked)
    body = [("grant_type", "client_credentials"), ("scope", "orders:write")]
    _, answer, status = build_server(validator).create_token_response("", "POST", body, {})
    assert (status, json.loads(answer)["scope"]) == (200, "orders:write")
    assert validator.grant.scopes == ("orders:write",)
