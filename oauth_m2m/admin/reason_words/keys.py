"""What was wrong with an assertion, a key or a certificate of a client."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from oauth_m2m.admin.reason_words.words import ReasonWords
from oauth_m2m.reasons import Reason

__all__ = ["WORDS"]

WORDS: Final[Mapping[Reason, ReasonWords]] = {
    Reason.INCOMPLETE_ASSERTION: ReasonWords(
        _("Only one of client_assertion and client_assertion_type was sent."),
        _("Have the caller send both."),
    ),
    Reason.UNKNOWN_ASSERTION_TYPE: ReasonWords(
        _("The client_assertion_type was none that is supported."),
        _("It is urn:ietf:params:oauth:client-assertion-type:jwt-bearer."),
    ),
    Reason.ASSERTION_OF_ANOTHER_CLIENT: ReasonWords(
        _("The client id in the body was not the one that the assertion is from."),
        _("Have the caller leave client_id out, or send that of the assertion."),
    ),
    Reason.ASSERTION_EXPIRED: ReasonWords(
        _("The assertion, or the DPoP proof, was too old when it arrived."),
        _("Have the caller make a new one for each request, and look at its clock."),
    ),
    Reason.ASSERTION_TOO_LONG_LIVED: ReasonWords(
        _("The assertion ends later than ASSERTION_MAX_LIFETIME allows."),
        _("Have the caller make a new one for each request that lives a minute or two."),
    ),
    Reason.REPLAYED: ReasonWords(
        _("The same assertion, or DPoP proof, was used a second time."),
        _(
            "Have the caller make a new one, with another jti, for each request, repeated ones"
            " too. If the address is strange, somebody copied it."
        ),
    ),
    Reason.PROFILE_FORBIDS_ALGORITHM: ReasonWords(
        _("The profile FAPI 2.0 forbids the algorithm of the assertion."),
        _("Have the caller sign with PS256, ES256 or EdDSA."),
    ),
    Reason.KEY_REVOKED: ReasonWords(
        _("The key or certificate was revoked."),
        _("Somebody still uses it: see in the audit trail why; else register a new one."),
    ),
    Reason.KEY_EXPIRED: ReasonWords(
        _("The time of the key or certificate is over."),
        _("Register the next one on the client's page."),
    ),
    Reason.KEY_NOT_YET_VALID: ReasonWords(
        _("The time of the key has not begun."),
        _("Have the caller use the former key until then."),
    ),
    Reason.KEYS_UNAVAILABLE: ReasonWords(
        _("The keys could not be fetched from where they are published."),
        _(
            "Check that this server reaches that URL over https; an address in a private network"
            " has to be in JWKS_ALLOWED_NETWORKS. The log has more."
        ),
    ),
    Reason.UNTRUSTED_ISSUER: ReasonWords(
        _("The assertion is from an issuer that is not trusted."),
        _("Compare its iss with the trusted issuers, to the last slash; else add it there."),
    ),
    Reason.UNKNOWN_WORKLOAD: ReasonWords(
        _("No workload identity fits the subject and the claims of the assertion."),
        _("Compare its sub with the workload identities of that issuer; else add one."),
    ),
    Reason.AMBIGUOUS_WORKLOAD: ReasonWords(
        _("Workload identities of several clients fit the assertion."),
        _("Make them narrower, so that one client is left."),
    ),
    Reason.MALFORMED_CERTIFICATE: ReasonWords(
        _("What came as the client's certificate could not be read."),
        _("Look at how the proxy encodes it in CLIENT_CERTIFICATE_HEADER."),
    ),
    Reason.CERTIFICATE_FROM_STRANGER: ReasonWords(
        _("A certificate came in the header from an address that is no trusted proxy."),
        _(
            "If it is your proxy, add it to TRUSTED_PROXIES. Else somebody tried to pass as a"
            " client: look at the address."
        ),
    ),
    Reason.CERTIFICATE_MISSING: ReasonWords(
        _("The token is bound to a certificate, and none came with it."),
        _("Have the caller use its certificate for API calls too; the proxy has to forward it."),
    ),
    Reason.CERTIFICATE_OF_ANOTHER: ReasonWords(
        _("The certificate is neither registered nor has the name that the client's must have."),
        _(
            "Compare it with the keys and the certificate subject on the client's page. For an"
            " API call: it is not the one that the token was issued with."
        ),
    ),
    Reason.CERTIFICATE_NOT_VERIFIED: ReasonWords(
        _("The proxy did not say that it verified the certificate."),
        _("Look at its list of authorities, and at CLIENT_CERTIFICATE_VERIFY_HEADER."),
    ),
    Reason.CERTIFICATE_EXPIRED: ReasonWords(
        _("The certificate is over."),
        _("Have the caller renew it."),
    ),
}
