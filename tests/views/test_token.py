import json
from io import BytesIO

import pytest
from django.core.handlers.asgi import ASGIRequest

from oauth_m2m.models import AuditEvent
from oauth_m2m.views.token import token
from tests.conftest import FORM, TOKEN_URL


def test_view_is_a_named_endpoint():
    assert token.__name__ == "token"
    assert token.csrf_exempt is True


@pytest.mark.django_db
def test_refusals_are_audited_as_such(post_token):
    post_token("grant_type=client_credentials")
    assert [event.kind for event in AuditEvent.objects.all()] == ["token.refused"]


@pytest.mark.django_db
def test_request_of_an_asgi_server_is_answered(registered):
    scope = {
        "type": "http",
        "method": "POST",
        "path": TOKEN_URL,
        "query_string": b"",
        "headers": [(b"content-type", FORM.encode())],
        "client": ["192.0.2.7", 50000],
    }
    body = "&".join(f"{name}={value}" for name, value in registered.credentials.items())
    stream = BytesIO(f"grant_type=client_credentials&{body}".encode())
    response = token(ASGIRequest(scope, stream))
    assert response.status_code == 200
    assert json.loads(response.content)["scope"] == "orders:read"
