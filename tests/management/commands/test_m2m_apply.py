import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError
from django.db import IntegrityError

from oauth_m2m.management.commands import m2m_apply
from oauth_m2m.models import Client, ClientSecret
from tests.key_material import jwk_text
from tests.management.conftest import ROOT

TEXT = '[scopes.a]\n[clients.x]\nname = "X"\nscopes = ["a"]\nsecrets = 1\n'
LEAKED = "m2ms_" + "a" * 58
PLAN = """\
+ scope a
+ client x
    + name: "X"
    + scopes: "a"
    + secrets: 1 new
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "clients.toml"
    path.write_text(TEXT)
    return path


def test_plan_shows_all_and_changes_nothing(run, file, capsys):
    with pytest.raises(SystemExit) as caught:
        run("m2m_apply", str(file), "--plan")
    assert caught.value.code == 3
    assert not Client.objects.exists()


def test_plan_as_people_read_it(manage, file):
    out = manage("m2m_apply", str(file), "--plan")
    assert out.stdout == f"{PLAN}\nPlan: 2 to create, 0 to change. Nothing was changed.\n"
    assert (out.stderr, out.status) == ("", 3)


def test_secret_is_printed_once_and_the_second_run_has_nothing_to_do(run, register, file, trail):
    register(client_id="left")
    out = run("m2m_apply", str(file))
    secret = ClientSecret.objects.get(client__client_id="x")
    assert out.lines[:-1] == [
        *PLAN.splitlines(),
        "",
        "Created 2, changed 0.",
        "Not in the file, and left alone: left.",
        "",
        "New secrets. This is the only time that they are shown; keep them in a safe place.",
        "",
        f"x: key id {secret.key_id}; expires: never.",
    ]
    assert out.lines[-1].startswith("m2ms_")
    assert ("client.created", "m2m_apply (olga)", "x", "") in trail()
    again = run("m2m_apply", str(file))
    assert again.lines == ["Nothing to do.", "Not in the file, and left alone: left."]
    assert run("m2m_apply", str(file), "--plan").stdout == again.stdout


def test_json_has_values_before_and_after_and_the_secret(run, file):
    data = run("m2m_apply", str(file), "--json").data
    [secret] = data.pop("secrets")
    assert secret.pop("client_secret").startswith("m2ms_")
    key_id = ClientSecret.objects.get().key_id
    assert secret == {"client_id": "x", "key_id": key_id, "secret_expires_at": None}
    assert data == {
        "plan": False,
        "changes": [
            {"kind": "scope", "name": "a", "action": "create", "values": {}},
            {
                "kind": "client",
                "name": "x",
                "action": "create",
                "values": {
                    "name": {"before": "x", "after": "X"},
                    "scopes": {"before": [], "after": ["a"]},
                    "secrets": {"before": 0, "after": 1},
                },
            },
        ],
        "unready_clients": {},
        "clients_not_in_file": [],
        "token_url": "https://auth.example.com/oauth/token",
    }


def test_changes_show_old_and_new_and_no_pasted_secret(run, register, file):
    register("a", client_id="x", metadata={"a": 1})
    for number in range(22):
        register(client_id=f"other{number:02}")
    file.write_text(f"""
[scopes.b]
[clients.x]
scopes = ["b"]
auth_methods = ["private_key_jwt"]
metadata = {{ "k" = ["{LEAKED}", 5] }}
keys = ['{jwk_text()}']
""")
    out = run("m2m_apply", str(file))
    kid = Client.objects.get(client_id="x").keys.get().kid
    assert out.lines[:9] == [
        "+ scope b",
        "~ client x",
        '    - scopes: "a"',
        '    + scopes: "b"',
        '    - auth_methods: "client_secret_basic"',
        '    - auth_methods: "client_secret_post"',
        '    + auth_methods: "private_key_jwt"',
        f'    + keys: "{kid}"',
        '    ~ metadata: {"a": 1} -> {"k": ["m2ms_[redacted]", 5]}',
    ]
    assert out.lines[-1].endswith("other19 and 2 more.")


def test_client_that_does_not_work_yet_is_named(run, file):
    file.write_text("[clients.x]")
    assert run("m2m_apply", str(file)).lines[-1] == (
        "x does not work yet. It needs a secret: add one."
    )


def test_faulty_file_is_refused(refuse, file):
    file.write_text('[clients.x]\nnam = "X"')
    assert refuse("m2m_apply", str(file)) == (
        f"{file}, line 2: clients.x.nam: There is no such key. Did you mean name?\n"
        "Nothing was changed."
    )


@pytest.mark.parametrize(
    "error, message",
    [
        pytest.param(ValidationError("Too late."), "Too late.\nNothing was changed.", id="stale"),
        pytest.param(IntegrityError(), "Somebody else changed the same rows", id="taken"),
    ],
)
def test_change_by_another_at_this_moment_is_told(error, message, refuse, file, monkeypatch):
    def beaten(*_arguments, **_named):
        raise error

    monkeypatch.setattr(m2m_apply, "apply_document", beaten)
    assert message in refuse("m2m_apply", str(file))


def test_killed_process_leaves_nothing_half_done(manage, migrated_database, file, tmp_path):
    program = (
        "import os, signal, django; django.setup()\n"
        "from django.core.management import call_command\n"
        "from oauth_m2m.signals import audit_recorded\n"
        "def die(event, **_):\n"
        "    if event.kind == 'client.created': os.kill(os.getpid(), signal.SIGKILL)\n"
        "audit_recorded.connect(die)\n"
        f"call_command('m2m_apply', {str(file)!r})\n"
    )
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "example_project.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, check=False
    )
    assert done.returncode == -9, done.stderr
    assert manage("m2m_export").stdout == ""
    assert manage("m2m_apply", str(file)).status == 0


def test_two_at_once_make_one_secret(manage, file, tmp_path):
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "manage.py", "m2m_apply", str(file), "--json"]
    both = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    printed = [json.loads(process.communicate()[0]) for process in both]
    assert sorted(len(answer["secrets"]) for answer in printed) == [0, 1]


def test_usage_is_no_plan(run, file):
    with pytest.raises(CommandError):
        run("m2m_apply", str(file), "--plam")
