"""
What keeps a client from working, in sentences for people.

To choose a method before its key is there is allowed, because one of the two has to come
first; a person who forgets the second hears of it here.
"""

from django.utils.translation import gettext as _
from jwt import PyJWK

from oauth_m2m import protocol
from oauth_m2m.conf import m2m_settings
from oauth_m2m.keys.strict_jwt import algorithms_of
from oauth_m2m.models import Client

__all__ = ["strict_obstacles", "what_is_missing"]


def what_is_missing(client: Client) -> list[str]:
    """Return a sentence for each thing without which *client* cannot use what it was given."""
    missing = [_lacking(client, method) for method in client.auth_methods]
    sentences = [sentence for sentence in missing if sentence]
    is_strict = "fapi2" in {client.profile, m2m_settings.PROFILE}
    if is_strict and set(client.auth_methods) <= set(protocol.SECRET_METHODS):
        sentences.append(_("The profile FAPI 2.0 refuses secrets: choose another method."))
    return list(dict.fromkeys(sentences))


def strict_obstacles(client: Client) -> list[str]:
    """Return why *client* would get no tokens under the strict profile; [] if it would."""
    obstacles = []
    if set(client.auth_methods) <= set(protocol.SECRET_METHODS):
        obstacles.append("it has only methods with a shared secret")
    if not (client.requires_dpop or client.requires_certificate):
        obstacles.append("it need not bind its tokens, by DPoP or by a certificate")
    if _signs_only_with_other_algorithms(client):
        obstacles.append(f"none of its keys signs with {', '.join(protocol.FAPI2_ALGORITHMS)}")
    return obstacles


def _signs_only_with_other_algorithms(client: Client) -> bool:
    # What lies at an address, others decide; and what has no key does not work as it is.
    methods = set(client.auth_methods).difference(protocol.SECRET_METHODS)
    if client.jwks_uri or methods != {protocol.PRIVATE_KEY_JWT}:
        return False
    able = {name for key in client.keys.active() for name in algorithms_of(PyJWK(key.public_jwk))}
    return bool(able) and able.isdisjoint(protocol.FAPI2_ALGORITHMS)


def _lacking(client: Client, method: str) -> str:
    if method not in m2m_settings.AUTH_METHODS:
        return _("The setting AUTH_METHODS of this server does not allow %s.") % method
    if method in protocol.SECRET_METHODS:
        # A secret that waits behind a hand-over link is on its way.
        has_secret = client.secrets.active().exists() or client.hand_overs.waiting().exists()
        return "" if has_secret else _("It needs a secret: add one.")
    if method == protocol.PRIVATE_KEY_JWT:
        has_keys = client.jwks_uri or client.keys.active().exists()
        sentence = _("The method private_key_jwt needs a public key or a JWKS URI: add one.")
    elif method == protocol.TLS_CLIENT_AUTH:
        has_keys = client.tls_subject
        sentence = _("The method tls_client_auth needs to know the certificate's subject.")
    elif method == protocol.SELF_SIGNED_TLS_CLIENT_AUTH:
        has_keys = client.keys.active().exclude(certificate="").exists()
        sentence = _(
            "The method self_signed_tls_client_auth needs the client's certificate: add it."
        )
    else:
        has_keys = client.workload_identities.exists()
        sentence = _(
            "The method workload_identity needs a workload identity that names this client."
        )
    return "" if has_keys else sentence
