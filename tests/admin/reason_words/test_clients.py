import pytest
from django.utils import timezone

GRANT = {"grant_type": "client_credentials"}


@pytest.mark.parametrize(
    "fields, words",
    [
        ({"client_secret": "a typo"}, "Have it copied again as a whole"),
        ({"client_id": "somebody"}, "There is no client with this id."),
        ({"scope": "orders:rule"}, "Look for a typo in the scope it asks for"),
    ],
    ids=["secret", "client", "scope"],
)
def test_what_was_sent_wrong_is_explained(registered, post_token, page_about, fields, words: str):
    response = post_token({**GRANT, **registered.credentials, **fields})
    assert words in page_about(response)


def test_what_is_over_is_explained(registered, post_token, page_about):
    registered.client.secrets.update(revoked_at=timezone.now())
    response = post_token({**GRANT, **registered.credentials})
    assert "The secret was revoked." in page_about(response)
