"""How a client failed to prove itself with a secret, and what it may not have."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from oauth_m2m.admin.reason_words.words import ReasonWords
from oauth_m2m.reasons import Reason

__all__ = ["WORDS"]

WORDS: Final[Mapping[Reason, ReasonWords]] = {
    Reason.NO_CREDENTIALS: ReasonWords(
        _("The caller did not try to authenticate."),
        _(
            "Have it send its client id and secret, an assertion or its certificate. A proxy may"
            " have dropped the Authorization header."
        ),
    ),
    Reason.TWO_METHODS: ReasonWords(
        _("The caller authenticated in two ways at once."),
        _("Have it send the secret in the header or in the body, not in both."),
    ),
    Reason.CLIENT_ID_MISMATCH: ReasonWords(
        _("The client id in the body was another than that in the header."),
        _("Have the caller send one of them; its configuration mixes two clients."),
    ),
    Reason.MISSING_CLIENT_ID: ReasonWords(
        _("The request did not say client_id."),
        _("Have the caller send client_id in the body."),
    ),
    Reason.UNSUPPORTED_SCHEME: ReasonWords(
        _("The Authorization header had another scheme than Basic."),
        _("Have the caller use Basic, or no Authorization header with other methods."),
    ),
    Reason.MALFORMED_BASIC: ReasonWords(
        _("The Basic header was not base64 of an id, a colon and a secret."),
        _("Have the caller use its library's Basic authentication; form-encode both halves."),
    ),
    Reason.MALFORMED_CLIENT_ID: ReasonWords(
        _("What was sent as the client id cannot be one."),
        _("Compare it with the id on the client's page; perhaps id and secret were swapped."),
    ),
    Reason.MALFORMED_SECRET: ReasonWords(
        _("What was sent as the secret is none of ours: cut off, mistyped, or something else."),
        _("Have it copied again as a whole, without quotation marks or spaces; else rotate it."),
    ),
    Reason.UNKNOWN_CLIENT: ReasonWords(
        _("There is no client with this id."),
        _(
            "Look for a typo, a client that was deleted, or one of another server, such as that"
            " for tests."
        ),
    ),
    Reason.UNKNOWN_SECRET: ReasonWords(
        _("The secret is well formed and none of this client's."),
        _(
            "It belongs to another client or another server, or its row was deleted. Give the"
            " caller a secret of this client: rotate it."
        ),
    ),
    Reason.WRONG_SECRET: ReasonWords(
        _("The secret has the key id of one of this client's and is not that secret."),
        _(
            "Nobody mistypes that: somebody may be guessing, or the secret was altered. Look at"
            " the address, then rotate."
        ),
    ),
    Reason.SECRET_EXPIRED: ReasonWords(
        _("The secret was right and its time is over."),
        _("Rotate it and hand the new one to the client's owner."),
    ),
    Reason.SECRET_UNUSED: ReasonWords(
        _("A rotation replaced the secret, and it then stopped because it was unused too long."),
        _(
            "Give the caller the new secret. If it pauses that long, choose a longer time at the"
            " next rotation."
        ),
    ),
    Reason.SECRET_RETIRING: ReasonWords(
        _("The client wanted to replace a secret that is being replaced already."),
        _(
            "Have it use the new secret. If it does not know of one, perhaps somebody else used"
            " its secret: see in the audit trail who rotated."
        ),
    ),
    Reason.NO_SECRET_TO_ROTATE: ReasonWords(
        _("The client wanted to replace a secret, and did not prove itself with a working one."),
        _("Have it send its present secret. A client with a key has no secret to replace."),
    ),
    Reason.SECRET_REVOKED: ReasonWords(
        _("The secret was revoked."),
        _(
            "Somebody still uses it: see in the audit trail why it was revoked. If the caller is"
            " legitimate, give it a new one."
        ),
    ),
    Reason.CLIENT_DISABLED: ReasonWords(
        _("The client is disabled."),
        _("See in the audit trail who disabled it and why; enable it on its page."),
    ),
    Reason.AUTH_METHOD_DISABLED: ReasonWords(
        _("This server does not accept this way to authenticate."),
        _("Have the client use another way, or add it to the setting AUTH_METHODS."),
    ),
    Reason.AUTH_METHOD_NOT_ALLOWED: ReasonWords(
        _("This client may not authenticate in this way."),
        _("Have it use one that is checked on its page, or check this one there."),
    ),
    Reason.NETWORK_NOT_ALLOWED: ReasonWords(
        _("The client may not call from this address."),
        _(
            "Compare the address with its allowed networks. If it is that of your proxy, set"
            " TRUSTED_PROXIES."
        ),
    ),
    Reason.PROFILE_FORBIDS_SECRETS: ReasonWords(
        _("The profile FAPI 2.0 forbids shared secrets."),
        _("Give the client a key or a certificate, or take the profile off."),
    ),
    Reason.SCOPE_NOT_GRANTED: ReasonWords(
        _("The client asked for a scope that it was not granted, or that does not exist."),
        _("Look for a typo in the scope it asks for; else grant it on the client's page."),
    ),
    Reason.NO_DEFAULT_SCOPE: ReasonWords(
        _("The client asked for no scope and has none by default that suits the request."),
        _("Have it name the scope, or mark one of its scopes as given by default."),
    ),
    Reason.SCOPE_OF_ANOTHER_RESOURCE: ReasonWords(
        _("The client asked for a scope of another API than the one it named as resource."),
        _("Have it name the resource that the scope belongs to, or leave resource out."),
    ),
    Reason.MALFORMED_RESOURCE: ReasonWords(
        _("The resource that was named is no absolute URI, or has a fragment."),
        _("Have the caller send the identifier of the resource server as it is in the admin."),
    ),
    Reason.RESOURCE_NOT_ALLOWED: ReasonWords(
        _("The client named a resource that does not exist or that it may not have."),
        _("Compare it with the resource servers; let the client have it on its page."),
    ),
    Reason.MISSING_TOKEN: ReasonWords(
        _("The request named no token."),
        _("Have the caller send the parameter token in the body."),
    ),
    Reason.TOKEN_OF_ANOTHER_CLIENT: ReasonWords(
        _("The client tried to revoke a token of another client."),
        _("Only its own client or an administrator may: revoke it in the admin."),
    ),
    Reason.HAND_OVER_UNKNOWN: ReasonWords(
        _("No hand-over link has this address."),
        _("It was copied in part, or it ended long ago and was deleted: send another link."),
    ),
    Reason.HAND_OVER_EXPIRED: ReasonWords(
        _("The hand-over link expired before anybody opened it."),
        _("Send another link, and tell its receiver until when it works."),
    ),
    Reason.HAND_OVER_CLAIMED: ReasonWords(
        _("The hand-over link had been opened already."),
        _(
            "Ask the receiver whether it was they who opened it. If not, somebody else has the"
            " secret: revoke it on the client's page and send another link."
        ),
    ),
    Reason.HAND_OVER_WITHDRAWN: ReasonWords(
        _("The hand-over link had been withdrawn."),
        _("Send another link if the receiver shall have a secret after all."),
    ),
}
