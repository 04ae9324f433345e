"""
``client_secret_basic``: the client's id and secret in an HTTP Basic header.

https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1
https://www.rfc-editor.org/rfc/rfc7617#section-2
"""

import base64
import binascii

from oauth_m2m import protocol
from oauth_m2m.client_auth.shared_secret import prove_secret
from oauth_m2m.client_auth.wanted_scopes import wanted_scopes
from oauth_m2m.endpoint_request import EndpointRequest, decode_form_value
from oauth_m2m.errors import InvalidClient, InvalidRequest, Reason
from oauth_m2m.values import AuthenticatedClient

__all__ = ["authenticate", "claimed_client_id", "names", "presented_in"]

names = (protocol.CLIENT_SECRET_BASIC,)


def presented_in(request: EndpointRequest) -> bool:
    """
    Whether *request* attempts this method, however badly.

    A malformed header still counts: an attempt that fails must end in ``invalid_client``,
    never fall through to another method.
    """
    scheme, _, _ = request.authorization.partition(" ")
    return scheme.lower() == "basic"


def authenticate(request: EndpointRequest) -> AuthenticatedClient:
    """
    Return the client named in the header if the secret beside it is right.

    A ``client_id`` in the body is allowed if it is the same: several clients send it.
    """
    client_id, presented_secret = _decode(request.authorization)
    in_body = request.parameters.get("client_id")
    if in_body is not None and in_body != client_id:
        raise InvalidRequest(Reason.CLIENT_ID_MISMATCH, client_id=client_id)
    return prove_secret(
        client_id,
        presented_secret,
        method=names[0],
        address=request.address,
        wanted=wanted_scopes(request),
    )


def claimed_client_id(request: EndpointRequest) -> str:
    """Return the id in the header, which nobody has proven, or an empty string."""
    try:
        return _decode(request.authorization)[0]
    except InvalidClient:
        return ""


def _decode(header: str) -> tuple[str, str]:
    _, _, encoded = header.partition(" ")
    try:
        pair = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidClient(Reason.MALFORMED_BASIC) from None
    raw_id, colon, raw_secret = pair.partition(b":")
    if not colon:
        raise InvalidClient(Reason.MALFORMED_BASIC)
    try:
        # Appendix B: both halves are form-encoded before they are joined, so "%3A" may
        # stand for ":" inside the id. What we issue needs no encoding, so it reads the
        # same from the many clients that encode nothing.
        return decode_form_value(raw_id), decode_form_value(raw_secret)
    except ValueError:
        raise InvalidClient(Reason.MALFORMED_BASIC) from None
