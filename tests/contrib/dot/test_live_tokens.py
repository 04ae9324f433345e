from datetime import timedelta

import pytest
from django.db import models
from django.utils import timezone
from oauth2_provider.models import get_access_token_model

from oauth_m2m.contrib.dot import live_tokens as module
from oauth_m2m.contrib.dot.live_tokens import (
    LiveTokens,
    TokensUnusable,
    live_tokens,
    scopes_of_tokens,
)
from oauth_m2m.hashing import digest_credential
from oauth_m2m.models import AccessToken, Client
from tests.toolkit import make_application, make_token

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def application():
    return make_application()


def found(application) -> LiveTokens:
    return live_tokens([application.pk]).get(application.pk, LiveTokens())


def test_live_token_becomes_a_row_of_ours(application):
    clear = make_token(application, "b a", resource=["https://api.example.com"])
    theirs = get_access_token_model().objects.get()
    tokens = found(application)
    [row] = tokens.new
    assert (row.token_hash, row.scope, row.audience, row.issued_at, row.expires_at) == (
        digest_credential(clear),
        "b a",
        ["https://api.example.com"],
        theirs.created,
        theirs.expires,
    )
    assert (tokens.known, tokens.refused, tokens.last_expiry) == (0, {}, theirs.expires)


def test_token_that_is_kept_without_its_text_becomes_a_row(application):
    clear = make_token(application)
    get_access_token_model().objects.update(token="")
    assert [row.token_hash for row in found(application).new] == [digest_credential(clear)]


@pytest.mark.parametrize("resource", [None, []], ids=["none", "empty"])
def test_token_for_no_api_in_particular_is_for_any(application, resource):
    make_token(application, resource=resource)
    assert [row.audience for row in found(application).new] == [[]]


def test_token_from_a_clock_that_is_ahead_is_from_now(application):
    make_token(application)
    get_access_token_model().objects.update(created=timezone.now() + 3 * HOUR)
    [row] = found(application).new
    assert row.issued_at <= timezone.now() < row.expires_at


def test_only_live_tokens_of_machines_of_these_applications_are_found(application, admin_user):
    make_token(application, expires=timezone.now() - HOUR)
    make_token(application, user=admin_user)
    make_token(make_application())
    make_token(None)
    assert live_tokens([application.pk]) == {}


def test_jwt_is_refused(application):
    make_token(application, token="e30.e30.c2ln")
    tokens = found(application)
    assert (tokens.new, tokens.refused, tokens.last_expiry) == ([], {"a JWT": 1}, None)


def test_token_without_a_checksum_is_refused(application):
    make_token(application)
    get_access_token_model().objects.update(token_checksum="")
    tokens = found(application)
    assert (tokens.new, tokens.refused) == ([], {"without a checksum": 1})


def test_model_without_checksums_is_refused(application, monkeypatch):
    class OldToken(models.Model):  # noqa: DJ008 - nobody reads it
        class Meta:
            app_label = "old_toolkit"
            managed = False

    monkeypatch.setattr("oauth2_provider.models.get_access_token_model", lambda: OldToken)
    with pytest.raises(TokensUnusable, match=r"^old_toolkit\.OldToken keeps no checksum"):
        live_tokens([application.pk])


def test_token_that_is_here_already_is_known(application, monkeypatch):
    monkeypatch.setattr(module, "_READ_AT_ONCE", 2)
    now = timezone.now()
    client = Client.objects.create(name="Nightly")
    clear = [make_token(application, expires=now + hours * HOUR) for hours in (1, 4, 3, 2, 1)]
    for token in clear[:3]:
        AccessToken.objects.create(
            token_hash=digest_credential(token),
            client=client,
            issued_at=now,
            expires_at=now + HOUR,
            revoked_at=now,
        )
    tokens = found(application)
    assert [row.token_hash for row in tokens.new] == list(map(digest_credential, clear[3:]))
    assert (tokens.known, tokens.last_expiry) == (3, now + 4 * HOUR)


def test_scopes_are_those_of_all_tokens_that_machines_had(application, admin_user):
    for scope in ("b a", "c", "c", ""):
        make_token(application, scope, expires=timezone.now() - HOUR)
    make_token(application, "of:a:person", user=admin_user)
    other, silent = make_application(), make_application()
    make_token(other, "d")
    pks = [application.pk, other.pk, silent.pk]
    assert scopes_of_tokens(pks) == {application.pk: ["a", "b", "c"], other.pk: ["d"]}
    assert scopes_of_tokens([]) == {}
