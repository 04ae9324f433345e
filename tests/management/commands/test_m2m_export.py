import pytest

from oauth_m2m.operations.declarative import yaml_text


def test_file_has_the_clients_that_were_asked_for_and_no_secret(run, register):
    machine = register("a", client_id="x")
    register("b", client_id="y")
    out = run("m2m_export", "x").stdout
    assert out == '[scopes.a]\n\n[clients.x]\nname = "A client"\nscopes = ["a"]\nsecrets = 1\n'
    assert machine.key_id not in out


def test_yaml_and_json_say_the_same(run, register):
    register("a", client_id="x", name="Ä")
    assert run("m2m_export", "--format", "yaml").stdout == (
        "scopes:\n  a: {}\nclients:\n  x:\n    name: Ä\n    scopes:\n    - a\n    secrets: 1\n"
    )
    assert run("m2m_export", "--json").data == {
        "scopes": {"a": {}},
        "clients": {"x": {"name": "Ä", "scopes": ["a"], "secrets": 1}},
    }


def test_unknown_client_is_refused(refuse, register):
    register(client_id="nightly")
    assert "Did you mean nightly" in refuse("m2m_export", "nightli")


def test_missing_pyyaml_is_told(refuse, monkeypatch):
    monkeypatch.setattr(yaml_text, "yaml", None)
    assert "pip install" in refuse("m2m_export", "--format", "yaml")


@pytest.mark.parametrize("form", ["toml", "yaml"])
def test_output_that_takes_ascii_only_is_told(form: str, manage, tmp_path):
    path = tmp_path / "a.toml"
    path.write_text('[scopes.a]\ndescription = "Ä"', encoding="utf-8")
    assert manage("m2m_apply", str(path)).status == 0
    out = manage("m2m_export", "--format", form, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert "set PYTHONIOENCODING=utf-8" in out.stderr
    assert (out.stdout, out.status) == ("", 1)
