import pytest

from oauth_m2m.admin.client_columns import CLIENT_COLUMNS
from oauth_m2m.admin.csv_export import safe_cell

pytestmark = pytest.mark.django_db


def test_columns_say_what_a_client_is_and_nothing_that_it_proves_itself_with(register, ada):
    registered = register(
        "orders:read",
        "reports:read",
        name="Robot",
        owner=ada,
        contact_email="team@example.com",
        allowed_networks=["10.0.0.0/8", "192.0.2.0/24"],
        rate_limit="10/m",
        metadata={"token": "hidden"},
    )
    row = {name: safe_cell(read(registered.client)) for name, read in CLIENT_COLUMNS.items()}
    assert row == {
        "client_id": registered.client_id,
        "name": "Robot",
        "is_active": "yes",
        "description": "",
        "contact_email": "team@example.com",
        "owner": "ada",
        "auth_methods": "client_secret_basic client_secret_post",
        "scopes": "orders:read reports:read",
        "allowed_networks": "10.0.0.0/8 192.0.2.0/24",
        "rate_limit": "10/m",
        "created_at": registered.client.created_at.isoformat(timespec="seconds"),
        "last_used_at": "",
    }
