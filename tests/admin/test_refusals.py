from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError, RestrictedError
from django.db.models.signals import pre_delete, pre_save
from django.dispatch import Signal
from django.test import Client as HttpClient

from oauth_m2m.models import AuditEvent, Client, ClientSecret, Scope
from tests.admin.pages import form_of, messages_of, url
from tests.conftest import Registered

pytestmark = pytest.mark.django_db

PROTECTED = ("A model of the host has a foreign key to it.", set())


@contextmanager
def listening(signal: Signal, receiver, sender: type) -> Iterator[None]:
    signal.connect(receiver, sender=sender)
    yield
    signal.disconnect(receiver, sender=sender)


def test_client_that_somebody_else_registers_meanwhile_is_a_message(boss: HttpClient):
    fields = {**form_of(boss.get(url("client_add"))), "name": "Mine", "client_id": "robot"}

    def be_faster(**_kwargs):
        Client.objects.bulk_create([Client(name="Theirs", client_id="robot")])

    with listening(pre_save, be_faster, Client):
        response = boss.post(url("client_add"), fields)
    assert response.url == url("client_add")
    assert messages_of(response) == [
        "Nothing was changed. It was sent twice, or somebody else was faster."
    ]
    # Theirs was part of the same transaction here, so nothing at all is left.
    assert not Client.objects.exists()
    assert not ClientSecret.objects.exists()
    assert not AuditEvent.objects.exists()


def test_what_an_operation_refuses_is_a_message(boss: HttpClient, registered: Registered):
    address = url("client_change", registered.client.pk)
    fields = {**form_of(boss.get(address)), "name": "Renamed"}

    def refuse(**_kwargs):
        raise ValidationError(["Not today.", "Nor tomorrow."])

    with listening(pre_save, refuse, Client):
        response = boss.post(address, fields)
    assert response.url == address
    assert messages_of(response) == ["Nothing was changed. Not today. Nor tomorrow."]
    assert Client.objects.get().name == "A client"


@pytest.mark.parametrize("error", [ProtectedError, RestrictedError])
def test_client_that_a_host_protects_is_a_message(
    boss: HttpClient, registered: Registered, error: type[Exception]
):
    address = url("client_delete", registered.client.pk)

    def protect(**_kwargs):
        raise error(*PROTECTED)

    AuditEvent.objects.all().delete()
    with listening(pre_delete, protect, Client):
        response = boss.post(address, {"post": "yes"})
    assert response.url == address
    assert messages_of(response) == ["Nothing was changed. Other records need it."]
    assert Client.objects.exists()
    assert not AuditEvent.objects.exists()


def test_message_comes_back_to_the_list_that_the_person_came_from(boss: HttpClient):
    address = f"{url('scope_add')}?_changelist_filters=q%3Dorders"

    def refuse(**_kwargs):
        raise ValidationError(["Not today."])

    with listening(pre_save, refuse, Scope):
        response = boss.post(address, {"name": "orders:read"})
    assert response.url == address
