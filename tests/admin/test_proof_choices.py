import re

import pytest
from django import forms
from django.http import QueryDict

from oauth_m2m import protocol
from oauth_m2m.admin.proof_choices import ProofChoiceField


class ProofForm(forms.Form):
    methods = ProofChoiceField()


def test_every_method_of_the_protocol_is_offered_once():
    page = ProofForm().as_p()
    assert re.findall(r'<input type="checkbox" name="methods" value="(\w+)"', page) == list(
        protocol.AUTH_METHODS
    )


def test_secret_is_ticked_for_a_new_client():
    page = ProofForm().as_p()
    assert re.findall(r'value="(\w+)" id="\w+" checked', page) == list(protocol.SECRET_METHODS)


def test_choices_have_peoples_words_and_what_follows():
    page = ProofForm().as_p()
    assert re.findall(r"<strong id=.*?>(.*?)</strong>", page) == [
        "A secret",
        "A key pair",
        "A TLS certificate",
        "The identity that its platform gives it",
    ]
    assert "You see it once, right after you save, and hand it over." in page
    assert page.count("<code>private_key_jwt</code>") == 1


def test_each_group_and_each_box_is_named():
    page = ProofForm().as_p()
    assert re.findall(r'role="group" aria-labelledby="(.*?)"', page) == re.findall(
        r'<strong id="(.*?)"', page
    )
    boxes = re.findall(r'type="checkbox".*? id="(.*?)"', page)
    assert re.findall(r'<label for="(id_methods_\d_\d)"', page) == boxes


def test_method_that_the_server_refuses_is_marked(settings):
    assert "refused by this server" not in ProofForm().as_p()
    settings.OAUTH_M2M = {"AUTH_METHODS": ["client_secret_basic"]}
    assert ProofForm().as_p().count("refused by this server") == len(protocol.AUTH_METHODS) - 1


@pytest.mark.parametrize(
    "sent,chosen",
    [
        ("methods=private_key_jwt", ["private_key_jwt"]),
        (
            "methods=workload_identity&methods=tls_client_auth",
            ["workload_identity", "tls_client_auth"],
        ),
    ],
    ids=["one", "several"],
)
def test_chosen_methods_are_a_list(sent: str, chosen: list[str]):
    form = ProofForm(QueryDict(sent))
    assert form.is_valid()
    assert form.cleaned_data["methods"] == chosen


@pytest.mark.parametrize("sent", ["", "methods=A+secret", "methods=none"])
def test_nothing_and_what_is_no_method_are_refused(sent: str):
    assert not ProofForm(QueryDict(sent)).is_valid()
