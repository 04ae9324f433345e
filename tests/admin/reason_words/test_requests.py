from urllib.parse import urlencode

import pytest


@pytest.mark.parametrize(
    "body, words",
    [
        ({}, "The request did not say grant_type."),
        ({"grant_type": "password"}, "another grant than client_credentials"),
        ({"grant_type": "client_credentials", "scope": "a\nb"}, "had a control character"),
        ({f"p{number}": "x" for number in range(500)}, "more parameters than any real request"),
    ],
    ids=["no grant", "another grant", "line break", "many parameters"],
)
def test_form_of_a_request_is_explained(registered, post_token, page_about, body, words: str):
    response = post_token(urlencode({**registered.credentials, **body}))
    assert words in page_about(response)


def test_wrong_method_is_explained(http, page_about):
    assert "Have the caller send a POST request" in page_about(http.get("/oauth/token"))
