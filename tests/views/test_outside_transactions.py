from django.db import connections
from django.http import HttpResponse

from oauth_m2m.views.outside_transactions import outside_transactions


@outside_transactions
def view(request):
    return HttpResponse("made")


def test_view_is_in_no_transaction_of_any_database():
    assert "default" in view._non_atomic_requests
    assert "a database of the host's" in view._non_atomic_requests


def test_django_leaves_it_as_it_is(rf, monkeypatch):
    from django.core.handlers.base import BaseHandler  # noqa: PLC0415 - only this test asks it

    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", "yes")
    assert BaseHandler().make_view_atomic(view) is view
    assert view(rf.get("/")).content == b"made"
