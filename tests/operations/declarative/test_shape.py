import datetime as dt

import pytest

from oauth_m2m.operations.declarative.document import Document
from oauth_m2m.operations.declarative.shape import SECTIONS, entries_of, shape_faults

UNKNOWN = "There is no such key."
CHARACTER = "It has a character that no database keeps."


def told(content) -> list[tuple[str, str]]:
    return [(fault.where, fault.message) for fault in shape_faults(Document(content))]


def client(**values) -> dict:
    return {"clients": {"x": values}}


@pytest.mark.parametrize(
    "content, where, message",
    [
        pytest.param({"client": {}}, "client", UNKNOWN, id="unknown section"),
        pytest.param({"scopes": 1}, "scopes", "It must be a table of scopes.", id="no section"),
        pytest.param(
            {"scopes": {"a": "b"}},
            "scopes.a",
            "It must be a table of keys and values.",
            id="no entry",
        ),
        pytest.param(client(nam="x"), "clients.x.nam", UNKNOWN, id="unknown key"),
        pytest.param(client(name=1), "clients.x.name", "It must be a text.", id="no text"),
        pytest.param(client(name=None), "clients.x.name", "It must be a text.", id="nothing"),
        pytest.param(
            client(disabled="no"), "clients.x.disabled", "It must be true or false.", id="no truth"
        ),
        pytest.param(
            client(token_lifetime=True),
            "clients.x.token_lifetime",
            "It must be a whole number.",
            id="truth for a number",
        ),
        pytest.param(
            client(secrets=11),
            "clients.x.secrets",
            "It must be a whole number from 0 to 10.",
            id="too many secrets",
        ),
        pytest.param(
            client(secrets=-1),
            "clients.x.secrets",
            "It must be a whole number from 0 to 10.",
            id="fewer secrets than none",
        ),
        pytest.param(
            client(scopes="a"), "clients.x.scopes", "It must be a list of texts.", id="no list"
        ),
        pytest.param(
            client(scopes=[1]), "clients.x.scopes", "It must be a list of texts.", id="no texts"
        ),
        pytest.param(
            client(tls_subject=[]), "clients.x.tls_subject", "It must be a table.", id="no table"
        ),
        pytest.param(
            client(workload_identities=["a"]),
            "clients.x.workload_identities",
            "It must be a list of tables.",
            id="no tables",
        ),
        pytest.param(
            client(workload_identities=[{"issuer": "a"}]),
            "clients.x.workload_identities[0]",
            "It needs the key subject.",
            id="identity without subject",
        ),
        pytest.param(
            client(workload_identities=[{"issuer": "a", "subject": "b", "aud": "c"}]),
            "clients.x.workload_identities[0].aud",
            UNKNOWN,
            id="unknown key of an identity",
        ),
        pytest.param(
            client(metadata="{"),
            "clients.x.metadata",
            "It must be a table, or a text that is JSON.",
            id="no JSON",
        ),
        pytest.param(
            client(metadata='"\\u0000"'),
            "clients.x.metadata",
            "It must be a table, or a text that is JSON.",
            id="NUL in JSON",
        ),
        pytest.param(client(name="a\x00"), "clients.x.name", CHARACTER, id="NUL"),
        pytest.param(client(name="\ud800"), "clients.x.name", CHARACTER, id="half a character"),
        pytest.param(
            client(metadata={"a": [{"b\x00": 1}]}),
            'clients.x.metadata.a[0]."b\\u0000"',
            "The key has a character that no database keeps.",
            id="NUL in a key",
        ),
        pytest.param(
            client(metadata={"a": float("inf")}),
            "clients.x.metadata.a",
            "It must be a finite number.",
            id="infinity",
        ),
        pytest.param(
            client(metadata={"a": dt.date(2026, 1, 1)}),
            "clients.x.metadata.a",
            "Dates, times and bytes are not kept: put it into quotes.",
            id="date",
        ),
    ],
)
def test_wrong_shape_is_told(content, where: str, message: str):
    assert told(content) == [(where, message)]


def test_unknown_key_comes_with_those_that_exist():
    [fault] = shape_faults(Document(client(scoeps=[])))
    assert fault.wanted == "scoeps"
    assert fault.known == tuple(SECTIONS["clients"])


def test_sound_file_has_no_faults_and_loses_what_it_repeats():
    values = {
        "scopes": ["a", "b", "a"],
        "metadata": '{"a": null}',
        "workload_identities": [{"issuer": "i", "subject": "s"}],
        "secrets": 10,
        "token_lifetime": 600,
        "disabled": False,
    }
    document = Document(client(**values) | {"scopes": {"a": {}}})
    assert shape_faults(document) == []
    assert entries_of(document, "scopes") == {"a": {}}
    assert entries_of(document, "resource_servers") == {}
    assert entries_of(document, "clients")["x"] == {
        **values,
        "scopes": ["a", "b"],
        "metadata": {"a": None},
        "workload_identities": [{"conditions": {}, "issuer": "i", "subject": "s"}],
    }


def test_metadata_may_be_a_table():
    document = Document(client(metadata={"a": 1}))
    assert entries_of(document, "clients")["x"] == {"metadata": {"a": 1}}


def test_what_is_faulty_is_left_out_so_that_the_rest_can_be_judged():
    content = {"scopes": 1, "clients": {"a": 1, "b": {"name": 1, "description": "x"}}}
    document = Document(content)
    faults = shape_faults(document)
    assert entries_of(document, "scopes", faults) == {}
    assert entries_of(document, "clients", faults) == {"b": {"description": "x"}}
