"""Requests of a wrong form, limits, reports of leaks, and what failed on our side."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from oauth_m2m.admin.reason_words.words import ReasonWords
from oauth_m2m.reasons import Reason

__all__ = ["WORDS"]

WORDS: Final[Mapping[Reason, ReasonWords]] = {
    Reason.METHOD_NOT_ALLOWED: ReasonWords(
        _("The endpoint was called with another method than POST."),
        _("Have the caller send a POST request; a redirect on the way may have made it a GET."),
    ),
    Reason.PLAIN_HTTP: ReasonWords(
        _("The request came over plain http."),
        _(
            "Have the caller use https. If it did, a proxy ends TLS before Django: set"
            " SECURE_PROXY_SSL_HEADER."
        ),
    ),
    Reason.PARAMETERS_IN_URL: ReasonWords(
        _("The parameters were in the URL, where logs keep them."),
        _("Have the caller send them in the body. If a secret was in the URL, rotate it."),
    ),
    Reason.WRONG_CONTENT_TYPE: ReasonWords(
        _("The body was not announced as application/x-www-form-urlencoded in UTF-8."),
        _("Have the caller send a form, not JSON, and set the Content-Type to match."),
    ),
    Reason.BODY_TOO_LARGE: ReasonWords(
        _("The body was larger than any real request is."),
        _("Look at what the caller sends: perhaps a file, or a token of another kind."),
    ),
    Reason.BODY_UNREADABLE: ReasonWords(
        _("The connection ended before the whole body was there, or its length was no number."),
        _("Look for timeouts of the caller and of proxies on the way; trying again may help."),
    ),
    Reason.TOO_MANY_PARAMETERS: ReasonWords(
        _("The body had more parameters than any real request has."),
        _("Look at what the caller sends."),
    ),
    Reason.MALFORMED_BODY: ReasonWords(
        _("The body was not form-encoded UTF-8."),
        _("Have the caller encode it with its library instead of joining strings."),
    ),
    Reason.CONTROL_CHARACTER: ReasonWords(
        _("A parameter had a control character, such as a line break."),
        _("Often a line break was read from a file together with the secret: strip it."),
    ),
    Reason.REPEATED_PARAMETER: ReasonWords(
        _("A parameter was there twice."),
        _("Have the caller send each once; several scopes are one parameter with spaces."),
    ),
    Reason.MISSING_GRANT_TYPE: ReasonWords(
        _("The request did not say grant_type."),
        _("Have the caller send grant_type=client_credentials."),
    ),
    Reason.UNSUPPORTED_GRANT_TYPE: ReasonWords(
        _("The request asked for another grant than client_credentials."),
        _("This server is for machines only: have the caller use client_credentials."),
    ),
    Reason.TOO_MANY_ATTEMPTS: ReasonWords(
        _("Too many failed attempts to authenticate came from this address."),
        _(
            "Find the earlier refusals from this address in the audit trail and mend their"
            " cause; it may try again when the window of TOKEN_ENDPOINT_RATE is over."
        ),
    ),
    Reason.TOO_MANY_REQUESTS: ReasonWords(
        _("The client made more requests than its limit allows."),
        _(
            "Have it keep its token until that expires instead of asking for one each time;"
            " else raise its rate limit, or TOKEN_ENDPOINT_RATE."
        ),
    ),
    Reason.TOO_MANY_CALLS: ReasonWords(
        _("The client made more calls to an API than its limit allows."),
        _(
            "Have it wait as long as Retry-After says; if it really needs so many calls, raise its"
            " rate limit, or the project's in DEFAULT_THROTTLE_RATES."
        ),
    ),
    Reason.MALFORMED_REPORT: ReasonWords(
        _("A report of leaks was not a JSON list of objects with a token and a type."),
        _("Compare what was sent with the form of GitHub's secret-scanning partner program."),
    ),
    Reason.MISSING_SIGNATURE: ReasonWords(
        _("A report of leaks was not signed."),
        _("Somebody else than the scanning service sent it, or a proxy dropped its headers."),
    ),
    Reason.DATABASE_AWAY: ReasonWords(
        _("The database did not answer."),
        _("Look at the database and at the log of that moment; the caller may try again."),
    ),
    Reason.ISSUER_MISSING: ReasonWords(
        _("A signed token was to be issued, and the setting ISSUER is empty."),
        _("Set OAUTH_M2M['ISSUER'] to this server's public URL."),
    ),
    Reason.SIGNING_KEY_MISSING: ReasonWords(
        _("SIGNING_KEYS has no key that can sign with the chosen algorithm."),
        _("Add one to SIGNING_KEYS, or change SIGNING_ALGORITHM."),
    ),
    Reason.REMOTE_ISSUER_AWAY: ReasonWords(
        _("Another server, of REMOTE_ISSUERS, could not be asked about its token."),
        _("Check that this server reaches it, and its URLs in REMOTE_ISSUERS; the log has more."),
    ),
}
