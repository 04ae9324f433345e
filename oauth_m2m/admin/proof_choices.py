"""The choice of how a client proves itself: in people's words, with what follows from each."""

from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from oauth_m2m import protocol
from oauth_m2m.conf import m2m_settings
from oauth_m2m.models.clients import default_auth_methods

__all__ = ["ProofChoiceField"]

_Text = str | Promise


@dataclass(frozen=True, slots=True)
class _Proof:
    """One kind of proof, what follows from it, and the methods of the protocol that are it."""

    name: _Text
    consequence: _Text
    methods: tuple[tuple[str, _Text], ...]


_PROOFS: Final = (
    _Proof(
        _("A secret"),
        _("You see it once, right after you save, and hand it over. Whoever has it is the client."),
        (
            (protocol.CLIENT_SECRET_BASIC, _("sent in the Authorization header")),
            (protocol.CLIENT_SECRET_POST, _("sent in the form")),
        ),
    ),
    _Proof(
        _("A key pair"),
        _(
            "It signs with a private key that never leaves it. Say below where it publishes the"
            " public half, or paste that on its page once it is saved."
        ),
        ((protocol.PRIVATE_KEY_JWT, _("signed assertion")),),
    ),
    _Proof(
        _("A TLS certificate"),
        _("Your proxy asks for it and passes it on: it has to be set up for that."),
        (
            (
                protocol.TLS_CLIENT_AUTH,
                _("of an authority that your proxy trusts; say below what it must be for"),
            ),
            (
                protocol.SELF_SIGNED_TLS_CLIENT_AUTH,
                _("its own; paste it on its page once it is saved"),
            ),
        ),
    ),
    _Proof(
        _("The identity that its platform gives it"),
        _(
            "Kubernetes, GitHub Actions and others vouch for it, so there is nothing to keep"
            " secret. Add a workload identity that names it once it is saved."
        ),
        ((protocol.WORKLOAD_IDENTITY, _("token of the platform")),),
    ),
)


class ProofChoices(forms.CheckboxSelectMultiple):
    """A box for each method, under the words for what it is."""

    template_name = "admin/oauth_m2m/widgets/proof_choices.html"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Say what follows from each, and which of them this server refuses."""
        context = super().get_context(name, value, attrs)
        widget, accepted = context["widget"], m2m_settings.AUTH_METHODS
        widget["proofs"] = [
            {
                "proof": proof,
                "options": [{**each, "is_accepted": each["value"] in accepted} for each in options],
            }
            for proof, (_name, options, _index) in zip(_PROOFS, widget["optgroups"], strict=True)
        ]
        return context


class ProofChoiceField(forms.MultipleChoiceField):
    """The authentication methods of a client; a new one has a secret."""

    widget = ProofChoices

    def __init__(self, **kwargs: Any) -> None:
        """Offer every method of the protocol."""
        super().__init__(
            label=_("Proof"),
            choices=[(proof.name, proof.methods) for proof in _PROOFS],
            initial=default_auth_methods,
            help_text=_("One is enough. With several it may use any of them, one at a time."),
            **kwargs,
        )
