import pytest
from django.contrib.admin import AdminSite, site
from django.test import RequestFactory

from oauth_m2m.admin.visible_rows import visible_rows
from oauth_m2m.models import AuditEvent, Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_of(django_user_model):
    def request_of(**fields):
        request = RequestFactory().get("/")
        request.user = django_user_model.objects.create_user("grace", is_staff=True, **fields)
        return request

    return request_of


def test_rows_are_those_of_the_screen(request_of, registered):
    rows = visible_rows(site, request_of(is_superuser=True), Client)
    assert rows is not None
    assert list(rows) == [registered.client]


def test_who_may_not_see_the_screen_gets_none(request_of):
    assert visible_rows(site, request_of(), AuditEvent) is None


def test_site_without_the_screen_gives_none(request_of):
    assert visible_rows(AdminSite(), request_of(is_superuser=True), AuditEvent) is None
