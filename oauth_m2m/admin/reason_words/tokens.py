"""What was wrong with a token, with what it is bound to, and with what it may do."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from oauth_m2m.admin.reason_words.words import ReasonWords
from oauth_m2m.reasons import Reason

__all__ = ["WORDS"]

WORDS: Final[Mapping[Reason, ReasonWords]] = {
    Reason.PROOF_FOR_ANOTHER_REQUEST: ReasonWords(
        _("The DPoP proof was made for another method or URL."),
        _(
            "Have the caller make one for each request. If the URL is right, the proxy changes"
            " the host or the path: see ISSUER and the guide on DPoP."
        ),
    ),
    Reason.PROOF_FOR_ANOTHER_TOKEN: ReasonWords(
        _("The DPoP proof does not name the token that it came with."),
        _("Have the caller put the token's hash into the proof as ath."),
    ),
    Reason.PROOF_WITHOUT_NONCE: ReasonWords(
        _("The DPoP proof had no fresh nonce of this server."),
        _("Nothing, if the caller tried again with the nonce that the answer gave it."),
    ),
    Reason.PROOF_MISSING: ReasonWords(
        _("The token is bound to a key, and no DPoP proof came with it."),
        _("Have the caller send the token by the scheme DPoP, with a proof."),
    ),
    Reason.PROOF_OF_ANOTHER: ReasonWords(
        _("The DPoP proof is by another key than that which the token is bound to."),
        _("Have the caller use the key that it got the token with. Else the token was stolen."),
    ),
    Reason.BINDING_REQUIRED: ReasonWords(
        _("This client gets only bound tokens, and asked for one that is not."),
        _("Have it send a DPoP proof or use its certificate, as its page says."),
    ),
    Reason.TOKEN_NOT_BOUND: ReasonWords(
        _("The token came by the scheme DPoP and is bound to no key."),
        _("Have the caller send it as Bearer, as the answer with the token said."),
    ),
    Reason.UNKNOWN_BINDING: ReasonWords(
        _("The token is bound to something that this version cannot check."),
        _("See what its issuer binds tokens to; only certificates and DPoP keys work here."),
    ),
    Reason.METHOD_WITHOUT_SCOPES: ReasonWords(
        _("PROTECTED_PATHS gives no scopes for this method at this path."),
        _("If machines may use it, add the method there."),
    ),
    Reason.MALFORMED_BEARER: ReasonWords(
        _("What stands behind Bearer or DPoP cannot be a token."),
        _("Have the caller send the access_token of the answer as it is, without quotation marks."),
    ),
    Reason.MALFORMED_TOKEN: ReasonWords(
        _("The token has not the form of one of ours: cut off, mistyped, or something else."),
        _("Have the caller send the whole access_token, and see that nothing shortens it."),
    ),
    Reason.FOREIGN_TOKEN: ReasonWords(
        _("The token is from another server than this API accepts."),
        _("Have the caller get one here; else name its server in REMOTE_ISSUERS."),
    ),
    Reason.UNKNOWN_TOKEN: ReasonWords(
        _("The token is well formed and not in the table."),
        _(
            "It expired and was cleared, or it is from another server, such as that for tests."
            " Have the caller get a new one."
        ),
    ),
    Reason.WRONG_TYPE: ReasonWords(
        _("The JWT is of another kind than was expected here, such as an ID token."),
        _("Have the caller send what belongs here: its header says typ."),
    ),
    Reason.WRONG_ALGORITHM: ReasonWords(
        _("The JWT names an algorithm that its key is not for."),
        _("Have the caller sign with the algorithm of the key that is registered."),
    ),
    Reason.CRITICAL_HEADER: ReasonWords(
        _("The JWT has a critical header, which must be understood and is not."),
        _("Have the caller leave crit out."),
    ),
    Reason.UNKNOWN_KEY: ReasonWords(
        _("The JWT names a key that is not known, or is signed by none that is."),
        _(
            "Register the caller's public key, or see that it publishes it. A token of ours: its"
            " signing key is gone, so have the caller get a new one."
        ),
    ),
    Reason.WRONG_SIGNATURE: ReasonWords(
        _("The signature is wrong: it was altered, or signed with another key."),
        _("Have the caller sign with the key that is registered under this key id."),
    ),
    Reason.MALFORMED_CLAIMS: ReasonWords(
        _("A claim that has to be there is missing, or is of the wrong kind."),
        _("Compare the claims of the JWT with the guide for its kind."),
    ),
    Reason.CLAIMS_NOT_ACCEPTED: ReasonWords(
        _("The token of another server lacks what REMOTE_ISSUERS asks for."),
        _("It may be that of a person. Compare its claims with the entry in REMOTE_ISSUERS."),
    ),
    Reason.WRONG_AUDIENCE: ReasonWords(
        _("The JWT or token is meant for somebody else."),
        _(
            "For an API call: have the client name this API as resource, or add it to"
            " ACCEPTED_AUDIENCES. For an assertion: its aud is the ISSUER or the token URL."
        ),
    ),
    Reason.NOT_YET_VALID: ReasonWords(
        _("The JWT or certificate begins in the future."),
        _("Look at the clock of the caller, and at ours."),
    ),
    Reason.TOKEN_EXPIRED: ReasonWords(
        _("The token's time is over."),
        _("Have the caller get a new one when it expires, or when it is refused once."),
    ),
    Reason.TOKEN_INACTIVE: ReasonWords(
        _("The server that issued the token says that it is not active."),
        _("Have the caller get a new one there; ask that server's operator why."),
    ),
    Reason.TOKEN_REVOKED: ReasonWords(
        _("The token was revoked, alone or with all of its client's."),
        _("See in the audit trail who did it and why; the client may get a new one."),
    ),
    Reason.SERVICE_ACCOUNT_INACTIVE: ReasonWords(
        _("The user that the token acts as is not active."),
        _("Make the user active again, or give the client another service account."),
    ),
    Reason.PRINCIPAL_REFUSED: ReasonWords(
        _("The project's own hook, the setting PRINCIPAL, refused the token."),
        _("Ask whoever wrote that hook what it looks at."),
    ),
    Reason.MISSING_SCOPE: ReasonWords(
        _("The token is good and lacks a scope that this API call needs."),
        _(
            "Grant the scope on the client's page; the client then needs a new token, and has to"
            " ask for a scope that is not given by default."
        ),
    ),
}
