from datetime import timedelta

import pytest
from django.utils import timezone

from oauth_m2m.credential_format import _seal, generate_secret, generate_token
from oauth_m2m.models import AccessToken, Client, ClientSecret
from oauth_m2m.operations.credentials import revoke_secret, rotate_secret
from oauth_m2m.operations.leaks import find_credential, report_leak
from oauth_m2m.operations.tokens import revoke_client_tokens
from oauth_m2m.signals import credential_leaked
from oauth_m2m.tokens.revocation import forget_facts

pytestmark = pytest.mark.django_db


@pytest.fixture
def billing(register):
    return register("orders:read", client_id="billing", name="Billing")


@pytest.fixture
def signer(register):
    return register("orders:read", client_id="signer", name="Signer", token_format="jwt")


@pytest.fixture
def heard():
    heard: list[dict] = []

    def listen(sender, signal, **arguments):
        heard.append({"sender": sender, **arguments})

    credential_leaked.connect(listen)
    yield heard
    credential_leaked.disconnect(listen)


def facts(presented: str):
    found = find_credential(presented)
    return (found.credential, found.state, found.client_id, found.client_name, found.key_id)


def report(presented: str, actor, *, revoke: bool = True, url: str = "") -> bool:
    found = find_credential(presented)
    return report_leak(found, revoke=revoke, actor=actor, source="a test", url=url)


def test_secret_is_recognised(billing):
    assert facts(billing.secret) == (
        "client_secret",
        "active",
        "billing",
        "Billing",
        billing.key_id,
    )


def test_opaque_token_is_recognised(billing, get_token):
    assert facts(get_token(billing)) == ("access_token", "active", "billing", "Billing", "")


def test_signed_token_is_recognised(signer, get_token):
    assert facts(get_token(signer)) == ("signed_token", "active", "signer", "Signer", "")


def test_found_credential_does_not_show_itself(billing):
    found = find_credential(billing.secret)
    assert billing.secret[14:] not in repr(found)
    assert found.last_four == billing.secret[-4:]


def test_secret_that_was_revoked_or_expired_says_so(billing, actor):
    revoke_secret(ClientSecret.objects.get(), actor=actor)
    assert find_credential(billing.secret).state == "revoked"
    late = rotate_secret(billing.client, actor=actor)
    past = timezone.now() - timedelta(days=1)
    ClientSecret.objects.filter(pk=late.pk).update(
        created_at=past - timedelta(days=1), expires_at=past
    )
    assert find_credential(late.clear_secret).state == "expired"


def test_token_that_was_revoked_or_expired_says_so(billing, get_token, actor):
    token = get_token(billing)
    row = AccessToken.objects.get()
    AccessToken.objects.update(
        issued_at=row.issued_at - timedelta(days=1), expires_at=row.issued_at - timedelta(hours=1)
    )
    assert find_credential(token).state == "expired"
    revoke_client_tokens(billing.client, actor=actor)
    assert find_credential(token).state == "revoked"


def test_credentials_of_a_disabled_client_are_active(billing, get_token):
    token = get_token(billing)
    Client.objects.update(is_active=False)
    assert [find_credential(text).state for text in (token, billing.secret)] == ["active"] * 2


def test_well_formed_ones_of_another_server_are_unknown():
    secret, key_id = generate_secret("m2ms_")
    assert facts(secret) == ("client_secret", "unknown", "", "", key_id)
    assert facts(generate_token("m2mt_")) == ("access_token", "unknown", "", "", "")


def test_secret_that_borrows_a_key_id_is_unknown_and_ends_nothing(billing, actor):
    borrowed = _seal(f"m2ms_{billing.key_id}_" + "a" * 43)
    assert facts(borrowed) == ("client_secret", "unknown", "", "", billing.key_id)
    assert report(borrowed, actor) is False
    assert find_credential(billing.secret).state == "active"


def test_signed_token_whose_client_was_deleted_is_unknown(signer, get_token):
    token = get_token(signer)
    Client.objects.all().delete()
    forget_facts()
    assert facts(token) == ("signed_token", "unknown", "", "", "")


def test_signed_token_with_a_wrong_signature_is_unknown(signer, get_token):
    head, claims, signature = get_token(signer).split(".")
    damaged = f"{head}.{claims}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    assert facts(damaged) == ("signed_token", "unknown", "", "", "")


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda _good: "", id="nothing"),
        pytest.param(lambda good: good[:-1], id="cut short"),
        pytest.param(lambda good: good[:-1] + ("a" if good[-1] != "a" else "b"), id="mistyped"),
        pytest.param(lambda _good: "\ud800", id="half a character"),
    ],
)
def test_what_has_not_the_form_costs_no_query(billing, get_token, spoil, django_assert_num_queries):
    token = get_token(billing)
    with django_assert_num_queries(0):
        assert [find_credential(spoil(text)) for text in (billing.secret, token)] == [None, None]


def test_signed_token_of_another_issuer_is_not_ours(signer, get_token, settings):
    token = get_token(signer)
    for issuer in ("https://elsewhere.example.com", ""):
        settings.OAUTH_M2M = {**settings.OAUTH_M2M, "ISSUER": issuer}
        assert find_credential(token) is None


def test_leaked_secret_ends_with_the_tokens_of_its_client(
    billing, register, get_token, actor, trail
):
    token, bystander = get_token(billing), register("orders:read")
    before = len(trail())
    assert report(billing.secret, actor, url="https://example.com/x") is True
    states = [find_credential(text).state for text in (billing.secret, token, bystander.secret)]
    assert states == ["revoked", "revoked", "active"]
    where = {"source": "a test", "url": "https://example.com/x"}
    names = {"key_id": billing.key_id, "last_four": billing.secret[-4:]}
    leak = {"credential": "client_secret", **names, **where}
    assert trail(after=before) == [
        ("credential.leaked", "the tests", "billing", "leaked", leak),
        ("secret.revoked", "the tests", "billing", "leaked", {"key_id": billing.key_id}),
        ("client.tokens_revoked", "the tests", "billing", "leaked", {}),
    ]


@pytest.mark.parametrize("who", ["billing", "signer"])
def test_leaked_token_ends_and_others_live_on(who, get_token, actor, trail, request):
    registered = request.getfixturevalue(who)
    leaked, other = get_token(registered), get_token(registered)
    before = len(trail())
    assert report(leaked, actor) is True
    states = [find_credential(text).state for text in (leaked, other, registered.secret)]
    assert states == ["revoked", "active", "active"]
    kinds = [(kind, reason) for kind, _, _, reason, _ in trail(after=before)]
    assert kinds == [("credential.leaked", "leaked"), ("token.revoked", "leaked")]


def test_listeners_learn_what_leaked_where_and_not_the_credential(billing, actor, heard):
    report(billing.secret, actor, url="https://example.com/x")
    assert heard == [
        {
            "sender": Client,
            "credential": "client_secret",
            "client_id": "billing",
            "key_id": billing.key_id,
            "last_four": billing.secret[-4:],
            "source": "a test",
            "url": "https://example.com/x",
            "revoked": True,
        }
    ]


def test_without_revoke_it_is_noted_once_for_each_place(billing, actor, trail, heard):
    before = len(trail())
    for url in ("a", "a", "b", "a"):
        assert report(billing.secret, actor, revoke=False, url=url) is False
    assert find_credential(billing.secret).state == "active"
    assert [detail["url"] for *_, detail in trail(after=before)] == ["a", "b"]
    assert [(said["url"], said["revoked"]) for said in heard] == [("a", False), ("b", False)]


def test_what_was_noted_before_can_still_be_ended(billing, actor, heard):
    report(billing.secret, actor, revoke=False)
    assert report(billing.secret, actor) is True
    assert [said["revoked"] for said in heard] == [False, True]


def test_second_report_does_nothing(billing, actor, trail, heard):
    report(billing.secret, actor)
    before = len(trail())
    assert report(billing.secret, actor) is False
    assert (trail(after=before), len(heard)) == ([], 1)


def test_two_who_end_a_secret_at_once_end_it_once(billing, actor, heard):
    first, second = find_credential(billing.secret), find_credential(billing.secret)
    ended = [
        report_leak(found, revoke=True, actor=actor, source="a test") for found in (first, second)
    ]
    assert (ended, len(heard)) == ([True, False], 1)


def test_listener_that_fails_stops_nothing(billing, actor, heard, caplog):
    def fail(**_arguments):
        message = "no mail server"
        raise OSError(message)

    credential_leaked.connect(fail)
    try:
        assert report(billing.secret, actor) is True
    finally:
        credential_leaked.disconnect(fail)
    assert len(heard) == 1
    assert "no mail server" in caplog.text
    assert billing.secret not in caplog.text
