"""Every table of ours is read where it is written."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection, connections
from django.test import override_settings

from oauth_m2m.models import AccessToken, Client
from oauth_m2m.resource_server.principal import ClientPrincipal

MODELS = [
    model for model in apps.get_app_config("oauth_m2m").get_models() if not model._meta.auto_created
]


@pytest.fixture(autouse=True)
def lagging():
    # Nothing is asked: this database need not be there.
    connections["replica"] = connection.copy("replica")
    with override_settings(DATABASE_ROUTERS=["tests.host.lagging_replica.ReadsFromReplica"]):
        yield
    del connections["replica"]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.model_name)
def test_rows_are_read_where_they_are_written(model):
    for rows in (model.objects.all(), model._default_manager.filter(pk=1).order_by("pk")):
        assert rows.db == "default"


def test_rows_of_a_client_are_read_where_they_are_written():
    client = Client(pk=1)
    for rows in (client.secrets, client.keys, client.scope_grants, client.resource_servers):
        assert rows.all().db == "default"


def test_another_database_can_be_asked_for():
    assert AccessToken.objects.using("replica").all().db == "replica"


def test_queryset_fits_inside_one_of_another_database():
    clients = Client.objects.filter(is_active=True).values("groups")
    groups = Group.objects.using("default").filter(pk__in=clients)
    assert "IN (SELECT" in str(groups.query)


def test_groups_of_a_client_are_read_where_they_are_written():
    assert ClientPrincipal(client_id="billing", name="Billing").groups.db == "default"
