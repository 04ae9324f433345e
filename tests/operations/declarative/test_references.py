import pytest

pytestmark = pytest.mark.django_db

CLIENT = """\
[clients.x]
scopes = ["a"]
resource_servers = ["urn:r"]
groups = ["g"]
owner = "olga"
service_account = ""
workload_identities = [{ issuer = "https://i", subject = "s" }]
[scopes.b]
resource_server = "urn:r"
"""


def test_each_name_that_nothing_has_is_told(faults):
    assert faults(CLIENT) == [
        (2, "clients.x.scopes[0]", "No scope has this name."),
        (3, "clients.x.resource_servers[0]", "No resource server has this identifier."),
        (4, "clients.x.groups[0]", "No group has this name."),
        (5, "clients.x.owner", "No user has this name."),
        (
            7,
            "clients.x.workload_identities[0].issuer",
            "No trusted issuer has this address.",
        ),
        (9, "scopes.b.resource_server", "No resource server has this identifier."),
    ]


def test_name_may_be_in_the_file_or_in_the_database(steps, django_user_model):
    django_user_model.objects.create_user("olga")
    rest = '[scopes.a]\n[resource_servers."urn:r"]\n[trusted_issuers."https://i"]\n'
    text = CLIENT.replace('groups = ["g"]\n', "") + rest + 'jwks_uri = "https://i.example/k"'
    assert [step[:2] for step in steps(text)] == [
        ("resource_servers", "urn:r"),
        ("scopes", "b"),
        ("scopes", "a"),
        ("trusted_issuers", "https://i"),
        ("clients", "x"),
    ]
