import pytest
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oauth_m2m.models import AuditEvent, Client, Scope, WorkloadIdentity
from oauth_m2m.operations.declarative.document import FaultyDocument
from oauth_m2m.operations.declarative.exporting import export_rows
from tests.key_material import jwk_text

pytestmark = pytest.mark.django_db

TEXT = f"""
[resource_servers."urn:r"]
token_lifetime = 60
[scopes.a]
resource_server = "urn:r"
[scopes.b]
[trusted_issuers."https://i"]
jwks_uri = "https://i.example/keys"
[clients.x]
owner = "olga"
disabled = true
scopes = ["a"]
optional_scopes = ["b"]
auth_methods = ["client_secret_basic", "workload_identity"]
secrets = 1
keys = ['{jwk_text(kid="k")}']
workload_identities = [
  {{ issuer = "https://i", subject = "s" }},
  {{ issuer = "https://i", subject = "t" }},
]
resource_servers = ["urn:r"]
introspects = ["urn:r"]
groups = ["g"]
"""
CHANGES = {
    'owner = "olga"': 'owner = ""',
    "disabled = true": "disabled = false",
    "token_lifetime = 60": "token_lifetime = 0",
    'resource_server = "urn:r"\n[scopes.b]': 'resource_server = ""\n[scopes.b]',
    'scopes = ["a"]\noptional_scopes = ["b"]': 'scopes = ["b"]\noptional_scopes = []',
    'subject = "s" }': 'subject = "s", conditions = { ref = "main" } }',
    'subject = "t"': 'subject = "u"',
    'resource_servers = ["urn:r"]\nintrospects = ["urn:r"]\ngroups = ["g"]': (
        "resource_servers = []\nintrospects = []\ngroups = []"
    ),
    'jwks_uri = "https://i.example/keys"': 'jwks_uri = "https://i.example/new"',
}


@pytest.fixture(autouse=True)
def _neighbours(django_user_model):
    django_user_model.objects.create_user("olga")
    Group.objects.create(name="g")


def kinds() -> list[str]:
    return list(AuditEvent.objects.order_by("pk").values_list("kind", flat=True))


def test_all_of_the_file_is_made_and_audited(apply):
    applied = apply(TEXT)
    [(client, secret)] = applied.secrets
    assert secret.clear_secret not in repr(applied)
    client.refresh_from_db()
    assert (client.name, client.owner.username, client.is_active) == ("x", "olga", False)
    assert kinds() == [
        "resource_server.created",
        "scope.created",
        "scope.created",
        "trusted_issuer.created",
        "client.created",
        "client.disabled",
        "client_key.created",
        "workload_identity.created",
        "workload_identity.created",
        "secret.created",
    ]
    assert {*AuditEvent.objects.values_list("actor_name", flat=True)} == {"the tests"}


def test_second_run_has_nothing_to_do(apply):
    apply(TEXT)
    before = kinds()
    again = apply(TEXT)
    assert (again.plan.steps, again.secrets) == ((), ())
    assert kinds() == before


def test_declared_keys_become_what_the_file_says(apply):
    apply(TEXT)
    kept = WorkloadIdentity.objects.get(subject="s").pk
    changed = TEXT
    for old, new in CHANGES.items():
        assert old in changed
        changed = changed.replace(old, new)
    assert apply(changed).secrets == ()
    assert apply(changed).plan.steps == ()
    entry = export_rows()["clients"]["x"]
    assert entry["scopes"] == ["b"]
    assert entry["workload_identities"] == [
        {"issuer": "https://i", "subject": "s", "conditions": {"ref": "main"}},
        {"issuer": "https://i", "subject": "u"},
    ]
    assert not {"owner", "disabled", "introspects", "groups", "resource_servers"} & {*entry}
    assert WorkloadIdentity.objects.get(subject="s").pk == kept
    assert Scope.objects.get(name="a").resource_server is None


def test_others_are_waited_for_before_anything_is_read(apply):
    ContentType.objects.clear_cache()  # as in a new process
    with CaptureQueriesContext(connection) as queries:
        apply(TEXT)
    statements = [query["sql"] for query in queries if not query["sql"].startswith("SAVEPOINT")]
    assert statements[0].startswith("UPDATE")
    assert "django_content_type" in statements[0]


def test_workload_that_did_not_change_is_left_alone(apply):
    apply(TEXT)
    before = kinds()
    apply(TEXT.replace('subject = "t"', 'subject = "u"'))
    assert kinds()[len(before) :] == [
        "workload_identity.deleted",
        "workload_identity.created",
    ]


def test_what_another_person_changed_and_the_file_does_not_stays(apply, register):
    register("a", client_id="x", description="theirs", groups=[Group.objects.get()])
    apply('[clients.x]\nname = "New"\nsecrets = 2')
    client = Client.objects.get()
    assert (client.name, client.description) == ("New", "theirs")
    assert client.groups.count() == client.scope_grants.count() == 1
    assert client.secrets.count() == 2


def test_faulty_file_changes_nothing(apply):
    with pytest.raises(FaultyDocument):
        apply('[scopes.a]\n[clients.x]\nrate_limit = "often"')
    assert kinds() == []
    assert not Scope.objects.exists()
