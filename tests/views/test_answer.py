"""The answer that an endpoint's own work returns."""

from dataclasses import FrozenInstanceError

import pytest

from oauth_m2m.views.answer import EndpointAnswer


def test_answer_is_json_unless_it_says_otherwise():
    assert EndpointAnswer("{}").content_type == "application/json"
    assert EndpointAnswer("a.b.c", "application/jwt").content_type == "application/jwt"


def test_token_in_the_body_is_not_in_the_repr():
    answer = EndpointAnswer('{"access_token": "m2mt_canary"}')
    assert repr(answer) == "EndpointAnswer(content_type='application/json')"


def test_answer_does_not_change_on_its_way():
    with pytest.raises(FrozenInstanceError):
        EndpointAnswer("{}").body = "[]"
