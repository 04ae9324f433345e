"""Two administrators who press a button in one moment, and clicks that come twice."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.http import HttpResponse
from django.test import Client as HttpClient

from oauth_m2m.models import AuditEvent, Client, ClientKey, ClientSecret, SigningKey
from tests.admin.pages import form_of, messages_of, secrets_in, url
from tests.conftest import Registered
from tests.connections import needs_two_connections
from tests.key_material import jwk_text

pytestmark = [pytest.mark.django_db(transaction=True), needs_two_connections]


@pytest.fixture
def administrators(django_user_model) -> list[HttpClient]:
    browsers = []
    for name in ("ada", "grace"):
        browsers.append(HttpClient())
        browsers[-1].force_login(django_user_model.objects.create_superuser(name))
    return browsers


def at_once(deeds: Iterable[Callable[[], HttpResponse]]) -> list[HttpResponse]:
    """Do all of it in one moment, each with its own connection."""
    deeds = list(deeds)
    ready = Barrier(len(deeds))

    def do(deed: Callable[[], HttpResponse]) -> HttpResponse:
        try:
            ready.wait()
            return deed()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(do, deeds))


def post_at_once(browsers: list[HttpClient], address: str, *fields) -> list[HttpResponse]:
    """Post a form from each browser; each opened the page before any of them posted."""
    opened = [form_of(browser.get(address)) for browser in browsers]
    return at_once(
        lambda browser=browser, sent=sent, own=own: browser.post(address, {**sent, **own})
        for browser, sent, own in zip(browsers, opened, fields or ({}, {}), strict=True)
    )


@pytest.mark.parametrize("name", ["client_rotate_secret", "client_add_secret"])
def test_two_who_rotate_make_one_secret(administrators, registered: Registered, name: str):
    address = url(name, registered.client.pk)
    responses = post_at_once(administrators, address)
    assert sorted(len(secrets_in(response)) for response in responses) == [0, 1]
    (late,) = [response for response in responses if not secrets_in(response)]
    assert "The secrets of this client were changed" in messages_of(late)[0]
    assert ClientSecret.objects.count() == 2
    assert LogEntry.objects.count() == 1


@pytest.mark.parametrize("days", ["0", "1"], ids=["at once", "announced"])
def test_two_who_rotate_the_signing_keys_make_one_key(administrators, old_key, days: str):
    fields = {"announce_days": days}
    responses = post_at_once(administrators, url("signingkey_rotate"), fields, fields)
    said = sorted(message for response in responses for message in messages_of(response))
    assert [words.split()[0] for words in said] == ["Made", "The"]
    assert SigningKey.objects.count() == 2
    assert LogEntry.objects.count() == 1


def test_two_who_save_one_client_are_not_both_heard(administrators, registered: Registered):
    address = url("client_change", registered.client.pk)
    responses = post_at_once(administrators, address, {"name": "First"}, {"description": "Second"})
    assert sorted(response.status_code for response in responses) == [200, 302]
    client = Client.objects.get()
    # Whoever was second has not put the other's field back.
    assert (client.name == "First") != (client.description == "Second")
    assert LogEntry.objects.count() == 1


def test_two_who_revoke_one_secret_revoke_it_once(administrators, registered: Registered):
    address = url("client_revoke_secret", registered.client.pk, ClientSecret.objects.get().pk)
    responses = at_once(lambda browser=browser: browser.post(address) for browser in administrators)
    said = sorted(message.split()[0] for response in responses for message in messages_of(response))
    assert said == ["Revoked", "The"]
    assert AuditEvent.objects.filter(kind="secret.revoked").count() == 1
    assert LogEntry.objects.count() == 1


def test_two_who_disable_one_client_disable_it_once(administrators, registered: Registered):
    address = url("client_disable", registered.client.pk)
    responses = at_once(lambda browser=browser: browser.post(address) for browser in administrators)
    said = sorted(message for response in responses for message in messages_of(response))
    assert said == ["Disabled: its tokens are refused.", "It was disabled already."]
    assert LogEntry.objects.count() == 1


def test_two_who_revoke_all_tokens_revoke_them_once(administrators, registered: Registered):
    address = url("client_revoke_tokens", registered.client.pk)
    seen = administrators[0].get(address).context["seen"]
    responses = at_once(
        lambda browser=browser: browser.post(address, {"seen": seen}) for browser in administrators
    )
    said = sorted(message.split()[0] for response in responses for message in messages_of(response))
    assert said == ["Its", "Revoked"]
    assert AuditEvent.objects.filter(kind="client.tokens_revoked").count() == 1


def test_two_who_register_one_client_register_one(administrators):
    fields = {"name": "A robot", "client_id": "robot"}
    responses = post_at_once(administrators, url("client_add"), fields, fields)
    assert sorted(len(secrets_in(response)) for response in responses) == [0, 1]
    assert (Client.objects.count(), ClientSecret.objects.count()) == (1, 1)
    assert LogEntry.objects.count() == 1


def test_two_who_add_one_key_add_it_once(administrators, registered: Registered):
    address = url("client_add_key", registered.client.pk)
    fields = {"pasted": jwk_text(kid="first")}
    responses = post_at_once(administrators, address, fields, fields)
    assert sorted(response.status_code for response in responses) == [200, 302]
    (late,) = [response for response in responses if response.status_code == 200]
    assert "This client has a key with the id first already." in late.content.decode()
    assert ClientKey.objects.count() == 1
    assert LogEntry.objects.count() == 1
