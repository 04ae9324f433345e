import re

import pytest
from django.test import Client as HttpClient

from oauth_m2m.admin.subject_words import with_stars_shown
from oauth_m2m.models import AuditEvent, TrustedIssuer, WorkloadIdentity
from tests.admin.pages import form_of, messages_of, url
from tests.conftest import Registered

pytestmark = pytest.mark.django_db

ISSUER = "https://token.actions.githubusercontent.com"
KEYS = f"{ISSUER}/.well-known/jwks"
EXACT = "repo:acme/orders:ref:refs/heads/main"
PATTERN = "repo:acme/*:ref:refs/heads/main"
CONFIRMATION = (
    "I have read what this lets in: every repository of acme, on the branch main. A * stands for"
    " any characters but : and /, so these subjects come in: "
    + with_stars_shown("repo:acme/*:ref:refs/heads/main")
)
NOT_READ = "Read what this lets in, and tick the box if you want that."


@pytest.fixture
def github() -> TrustedIssuer:
    return TrustedIssuer.objects.create(name="GitHub", issuer=ISSUER, jwks_uri=KEYS)


def send(boss: HttpClient, model: str, **fields):
    address = url(f"{model}_add")
    return boss.post(address, {**form_of(boss.get(address)), **fields})


def identify(boss: HttpClient, github, registered: Registered, subject: str, **fields):
    named = {"issuer": github.pk, "client": registered.client.pk, "subject": subject}
    return send(boss, "workloadidentity", **named, **fields)


def errors_of(response) -> dict[str, list[str]]:
    return dict(response.context["adminform"].form.errors)


def audited() -> list[tuple]:
    events = AuditEvent.objects.exclude(kind__in=["client.created", "secret.created"])
    return list(events.order_by("pk").values_list("kind", "actor_name", "address"))


# Issuers


def test_issuer_is_added_changed_and_deleted_with_a_trail(boss: HttpClient):
    send(boss, "trustedissuer", name="GitHub", issuer=ISSUER, jwks_uri=KEYS)
    row = TrustedIssuer.objects.get()
    assert (row.name, row.issuer, row.jwks_uri) == ("GitHub", ISSUER, KEYS)
    assert (row.algorithms, row.audience, row.is_active) == (["RS256", "ES256"], "", True)
    address = url("trustedissuer_change", row.pk)
    fields = {**form_of(boss.get(address)), "algorithms": ["ES256"]}
    boss.post(address, {**fields, "audience": "https://auth.example.com", "is_active": ""})
    row.refresh_from_db()
    assert (row.algorithms, row.audience) == (["ES256"], "https://auth.example.com")
    assert not row.is_active
    boss.post(url("trustedissuer_delete", row.pk), {"post": "yes"})
    assert not TrustedIssuer.objects.exists()
    assert audited() == [
        (f"trusted_issuer.{action}", "ada", "192.0.2.7")
        for action in ("created", "changed", "deleted")
    ]


@pytest.mark.parametrize(
    "fields, field, error",
    [
        ({"jwks_uri": "http://a.example"}, "jwks_uri", "Enter an address that begins with"),
        ({"jwks_uri": ""}, "jwks_uri", "This field is required."),
        ({"issuer": ""}, "issuer", "This field is required."),
        ({"algorithms": []}, "algorithms", "This field is required."),
        ({"algorithms": ["HS256"]}, "algorithms", "Select a valid choice. HS256 is not"),
    ],
    ids=["keys over http", "no keys", "no issuer", "no algorithm", "HMAC"],
)
def test_issuer_that_cannot_be_trusted_is_refused(boss: HttpClient, fields, field, error: str):
    good = {"name": "GitHub", "issuer": ISSUER, "jwks_uri": KEYS}
    errors = errors_of(send(boss, "trustedissuer", **{**good, **fields}))
    assert list(errors) == [field]
    assert errors[field][0].startswith(error)
    assert audited() == []


def test_issuer_that_is_known_is_refused(boss: HttpClient, github):
    response = send(boss, "trustedissuer", name="Again", issuer=ISSUER, jwks_uri=KEYS)
    assert errors_of(response) == {"issuer": ["Trusted issuer with this Issuer already exists."]}


def test_issuer_with_identities_is_protected(boss: HttpClient, github, registered: Registered):
    identify(boss, github, registered, EXACT)
    page = boss.post(url("trustedissuer_delete", github.pk), {"post": "yes"}).content.decode()
    assert "would require deleting the following protected related objects" in page
    assert TrustedIssuer.objects.exists()


@pytest.mark.parametrize("model", ["trustedissuer", "workloadidentity"])
@pytest.mark.parametrize("platform", ["Kubernetes", "GitHub Actions", "SPIFFE", "Entra", "Google"])
def test_form_helps_with_each_platform(boss: HttpClient, model: str, platform: str):
    page = boss.get(url(f"{model}_add")).content.decode()
    assert f'<th scope="row">{platform}</th>' in page


# Identities


def test_identity_is_added_changed_and_deleted_with_a_trail(
    boss: HttpClient, github, registered: Registered
):
    response = identify(boss, github, registered, EXACT, conditions='{"environment": "live"}')
    assert response.status_code == 302
    row = WorkloadIdentity.objects.get()
    assert (row.issuer, row.client, row.subject) == (github, registered.client, EXACT)
    assert row.conditions == {"environment": "live"}
    address = url("workloadidentity_change", row.pk)
    boss.post(address, {**form_of(boss.get(address)), "conditions": ""})
    row.refresh_from_db()
    assert row.conditions == {}
    boss.post(url("workloadidentity_delete", row.pk), {"post": "yes"})
    assert not WorkloadIdentity.objects.exists()
    assert audited() == [
        (f"workload_identity.{action}", "ada", "192.0.2.7")
        for action in ("created", "changed", "deleted")
    ]


@pytest.mark.parametrize(
    "fields, field, error",
    [
        ({"subject": ""}, "subject", "This field is required."),
        ({"client": "999999"}, "client", "Select a valid choice."),
        ({"conditions": "[1]"}, "conditions", "Conditions are a JSON object such as"),
        ({"conditions": '{"a": null}'}, "conditions", "Conditions are a JSON object such as"),
        ({"conditions": "{"}, "conditions", "Enter a valid JSON."),
    ],
    ids=["no subject", "unknown client", "list", "nothing to equal", "broken JSON"],
)
def test_bad_identity_is_refused(
    boss: HttpClient, github, registered: Registered, fields, field: str, error: str
):
    named = {"issuer": github.pk, "client": registered.client.pk, "subject": EXACT}
    errors = errors_of(send(boss, "workloadidentity", **{**named, **fields}))
    assert list(errors) == [field]
    assert errors[field][0].startswith(error)
    assert not WorkloadIdentity.objects.exists()


def test_star_is_spelled_out_before_it_counts(boss: HttpClient, github, registered: Registered):
    response = identify(boss, github, registered, PATTERN)
    assert errors_of(response) == {"understood": [NOT_READ]}
    form = response.context["adminform"].form
    assert form.fields["understood"].choices == [(PATTERN, CONFIRMATION)]
    assert CONFIRMATION in response.content.decode()
    assert not WorkloadIdentity.objects.exists()

    assert identify(boss, github, registered, PATTERN, understood=[PATTERN]).status_code == 302
    assert WorkloadIdentity.objects.get().subject == PATTERN


def test_tick_for_one_pattern_does_not_count_for_another(
    boss: HttpClient, github, registered: Registered
):
    response = identify(boss, github, registered, "repo:*/*:pull_request", understood=[PATTERN])
    assert errors_of(response) == {"understood": ["The subject was changed. Read this again."]}
    assert not WorkloadIdentity.objects.exists()


def test_star_is_confirmed_again_at_each_change(boss: HttpClient, github, registered: Registered):
    identify(boss, github, registered, PATTERN, understood=[PATTERN])
    address = url("workloadidentity_change", WorkloadIdentity.objects.get().pk)
    page = boss.get(address)
    assert CONFIRMATION in page.content.decode()
    fields = {**form_of(page), "conditions": '{"environment": "live"}'}
    assert errors_of(boss.post(address, fields)) == {"understood": [NOT_READ]}
    assert boss.post(address, {**fields, "understood": [PATTERN]}).status_code == 302
    assert WorkloadIdentity.objects.get().conditions == {"environment": "live"}


def test_exact_subject_asks_for_no_tick(boss: HttpClient, github, registered: Registered):
    identify(boss, github, registered, EXACT)
    address = url("workloadidentity_change", WorkloadIdentity.objects.get().pk)
    assert boss.get(address).context["adminform"].form.fields["understood"].choices == []


@pytest.mark.parametrize(
    "subject, other, is_said",
    [
        (EXACT, EXACT, True),
        (EXACT, PATTERN, True),
        (PATTERN, EXACT, True),
        (EXACT, "repo:acme/stock:ref:refs/heads/main", False),
    ],
    ids=["same", "inside a pattern", "around a subject", "apart"],
)
def test_subject_that_meets_another_clients_is_warned_of(
    boss: HttpClient, github, register, subject: str, other: str, is_said
):
    first, second = register(name="First"), register(name="Second")
    WorkloadIdentity.objects.create(issuer=github, client=first.client, subject=other)
    WorkloadIdentity.objects.create(issuer=github, client=second.client, subject="repo:acme/*:*")
    understood = [subject] if "*" in subject else []
    response = identify(boss, github, second, subject, understood=understood)
    warning = (
        f"First has the subject {other}. A token that is both is refused, unless the conditions"
        " tell them apart."
    )
    assert [text for text in messages_of(response) if "refused" in text] == [warning] * is_said


def test_list_says_in_words_what_each_lets_in(boss: HttpClient, github, registered: Registered):
    identify(boss, github, registered, PATTERN, understood=[PATTERN])
    page = boss.get(url("workloadidentity_changelist")).content.decode()
    assert "every repository of acme, on the branch main" in page


# Who may


def test_viewer_looks_and_confirms_nothing(sign_in, github, registered: Registered):
    row = WorkloadIdentity.objects.create(issuer=github, client=registered.client, subject=PATTERN)
    http = sign_in("view_workloadidentity", "view_trustedissuer")
    page = http.get(url("workloadidentity_change", row.pk)).content.decode()
    assert PATTERN in page
    assert "What the * lets in" not in page
    for model, pk in (("workloadidentity", row.pk), ("trustedissuer", github.pk)):
        for address in (url(f"{model}_add"), url(f"{model}_change", pk)):
            assert http.post(address, {"subject": "x"}).status_code == 403
        assert http.post(url(f"{model}_delete", pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", ["trustedissuer", "workloadidentity"])
def test_rows_are_not_deleted_in_bulk(boss: HttpClient, github, registered: Registered, model: str):
    WorkloadIdentity.objects.create(issuer=github, client=registered.client, subject=EXACT)
    assert "delete_selected" not in boss.get(url(f"{model}_changelist")).content.decode()


def test_script_in_a_subject_is_escaped(boss: HttpClient, github, registered: Registered):
    script = "<script>alert(1)<*script>"
    pages = [identify(boss, github, registered, script)]
    WorkloadIdentity.objects.create(issuer=github, client=registered.client, subject=script)
    pages.append(boss.get(url("workloadidentity_changelist")))
    for page in pages:
        text = page.content.decode()
        assert not re.search(r"<script>alert", text)
        assert "&lt;script&gt;alert(1)" in text
