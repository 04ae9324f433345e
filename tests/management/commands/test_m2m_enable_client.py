import pytest

from oauth_m2m.models import Client

COMMAND = "m2m_enable_client"


@pytest.fixture
def disabled(register):
    return register("orders:read", client_id="billing", name="Billing", is_active=False)


def test_client_works_again(run, disabled, get_token, trail):
    output = run(COMMAND, "billing", "--reason=came back")
    assert output.lines == [
        'The client "Billing" (billing) works again.',
        "Its tokens from before count again until they expire. To end them:",
        "",
        "  python manage.py m2m_revoke --client billing",
    ]
    assert get_token(disabled)
    assert ("client.enabled", "m2m_enable_client (olga)", "billing", "came back") in trail()


def test_tokens_from_before_count_again(run, register, bearer, http):
    headers = bearer(register("orders:read", client_id="billing"))
    statuses = []
    for command in ("m2m_disable_client", COMMAND):
        run(command, "billing")
        statuses.append(http.get("/api/orders/", headers=headers).status_code)
    assert statuses == [401, 200]


def test_client_that_was_not_disabled_is_no_error(run, disabled, trail):
    data = {"client_id": "billing", "is_active": True}
    assert run(COMMAND, "billing", "--json").data == {**data, "changed": True}
    before = trail()
    assert run(COMMAND, "billing", "--json").data == {**data, "changed": False}
    assert run(COMMAND, "billing").lines == ['The client "Billing" (billing) was not disabled.']
    assert trail() == before


def test_unknown_client_is_refused(refuse, disabled):
    assert refuse(COMMAND, "biling") == (
        'No client has the id "biling". Did you mean billing (Billing)?'
        " m2m_list_clients shows them all."
    )
    assert Client.objects.get().is_active is False


def test_program_ends_with_0_and_for_an_unknown_client_with_1(manage):
    manage("m2m_create_client", "Billing", "--client-id=billing")
    manage("m2m_disable_client", "billing")
    output = manage(COMMAND, "billing", "--json")
    assert (output.status, output.stderr) == (0, "")
    assert output.data == {"client_id": "billing", "is_active": True, "changed": True}
    assert manage(COMMAND, "other").status == 1
