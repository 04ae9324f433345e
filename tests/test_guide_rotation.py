"""docs/guides/rotation.md, as people copy it."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from oauth_m2m.models import ClientSecret
from tests.guides import blocks, changed, command

pytestmark = pytest.mark.django_db(transaction=True)


def test_command_rotates_one_client(registered):
    words = command(blocks("rotation")[0])
    out = StringIO()
    call_command(
        *[registered.client_id if word == "CLIENT_ID" else word for word in words], stdout=out
    )
    assert "has a new secret" in out.getvalue()


def test_command_rotates_all_that_end_soon(registered):
    ClientSecret.objects.update(expires_at=timezone.now() + timedelta(days=7))
    *words, redirection, _ = command(blocks("rotation")[1])
    assert redirection == ">"
    out = StringIO()
    call_command(*words, stdout=out)
    assert registered.client_id in out.getvalue()


def test_client_rotates_by_itself(registered, live_server, settings, post_token):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "CLIENT_ROTATION": "overlap"}
    [code] = blocks("rotation", "python")
    code = changed(code, {"https://auth.example.com": live_server.url})
    names = {"client_id": registered.client_id, "client_secret": registered.secret}
    exec(code, names)  # noqa: S102 - the guide's own code
    sent = {"grant_type": "client_credentials", "client_id": registered.client_id}
    assert post_token({**sent, "client_secret": names["new_secret"]}).status_code == 200
    assert ClientSecret.objects.get(key_id=registered.key_id).is_retiring
