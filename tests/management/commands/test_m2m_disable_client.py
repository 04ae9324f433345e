import pytest

from oauth_m2m.credential_format import generate_secret
from oauth_m2m.models import Client

COMMAND = "m2m_disable_client"


@pytest.fixture
def billing(register):
    return register("orders:read", client_id="billing", name="Billing")


def test_client_gets_no_token_and_those_it_has_are_refused(
    run, billing, get_token, post_token, http, trail
):
    headers = {"Authorization": f"Bearer {get_token(billing)}"}
    output = run(COMMAND, "billing", "--reason=left us")
    assert output.lines == [
        'The client "Billing" (billing) is disabled now.',
        "Its tokens are refused and it gets no more.",
        "To let it work again:",
        "",
        "  python manage.py m2m_enable_client billing",
    ]
    assert http.get("/api/orders/", headers=headers).status_code == 401
    fields = {"grant_type": "client_credentials", **billing.credentials}
    assert post_token(fields).status_code == 401
    assert ("client.disabled", "m2m_disable_client (olga)", "billing", "left us") in trail()


def test_client_that_was_disabled_already_is_no_error(run, billing, trail):
    data = {"client_id": "billing", "is_active": False}
    assert run(COMMAND, "billing", "--json").data == {**data, "changed": True}
    before = trail()
    assert run(COMMAND, "billing", "--json").data == {**data, "changed": False}
    first_line = run(COMMAND, "billing").lines[0]
    assert first_line == 'The client "Billing" (billing) was disabled already.'
    assert trail() == before


def test_unknown_client_is_refused(refuse, billing):
    assert refuse(COMMAND, "Billin") == (
        'No client has the id "Billin". Did you mean billing (Billing)?'
        " m2m_list_clients shows them all."
    )


def test_secret_in_the_reason_is_not_kept(run, billing, trail):
    secret, key_id = generate_secret("m2ms_")
    run(COMMAND, "billing", "--reason", f"{secret} leaked")
    assert trail()[-1][-1] == f"m2ms_{key_id}_[redacted] leaked"
    assert Client.objects.get().is_active is False


def test_program_ends_with_0_and_for_an_unknown_client_with_1(manage):
    manage("m2m_create_client", "Billing", "--client-id=billing")
    output = manage(COMMAND, "billing", "--json")
    assert (output.status, output.stderr) == (0, "")
    assert output.data == {"client_id": "billing", "is_active": False, "changed": True}
    assert manage(COMMAND, "other").status == 1
