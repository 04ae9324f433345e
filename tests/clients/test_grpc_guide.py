"""The server and the client of docs/guides/grpc.md, over a real socket."""

import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from types import ModuleType, SimpleNamespace

import grpc
import pytest
from django.utils import timezone

from oauth_m2m.models import AccessToken, Client
from oauth_m2m.operations.tokens import revoke_token
from tests.clients.nginx_site import free_ports
from tests.conftest import Registered
from tests.endpoints import belong_to

pytestmark = pytest.mark.django_db(transaction=True)

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "grpc.md"
STOCK = "https://stock.example.com"
UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED
PERMISSION_DENIED = grpc.StatusCode.PERMISSION_DENIED
UNAVAILABLE = grpc.StatusCode.UNAVAILABLE
REQUIRED = (UNAUTHENTICATED, "An access token is required.")
NOT_VALID = (UNAUTHENTICATED, "The access token is not valid.")
AWAY = (UNAVAILABLE, "The token could not be checked. Try again.")
CLOSED = (PERMISSION_DENIED, "This method is open to nobody.")
# Nobody waits for it; a machine that is busy may.
PATIENCE = 60


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Make the modules that the guide shows."""
    blocks = re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text(), re.DOTALL | re.MULTILINE)
    modules = []
    for name, block in zip(["m2m_interceptor", "server", "client"], blocks, strict=True):
        module = ModuleType(name)
        monkeypatch.setitem(sys.modules, name, module)
        exec(compile(block, f"{GUIDE.name}: {name}", "exec"), vars(module))  # noqa: S102 - our own page
        modules.append(module)
    return SimpleNamespace(interceptor=modules[0], server=modules[1], client=modules[2])


@pytest.fixture
def gateway(register) -> Registered:
    """The client that the gRPC server is."""
    return register(name="The stock server")


@pytest.fixture
def caller(register, gateway: Registered) -> Registered:
    """A client that may read the stock, and take from it when it asks."""
    caller = register("stock:read", optional=["stock:write", "stock:reader"])
    belong_to(STOCK, ["stock:read", "stock:write", "stock:reader"], gateway)
    return caller


@pytest.fixture
def serve(pages, gateway: Registered, live_server) -> Iterator[Callable[..., str]]:
    """Start the guide's server and return its address."""
    with ExitStack() as stack:

        def serve(url: str = f"{live_server}/oauth/introspect", secret: str | None = None) -> str:
            secret = secret or gateway.secret
            server, port = pages.server.serve("127.0.0.1:0", url, gateway.client_id, secret)
            stack.callback(lambda: server.stop(None).wait(PATIENCE))
            return f"127.0.0.1:{port}"

        yield serve


def call(address: str, method: str, *authorization: str) -> bytes:
    metadata = [("authorization", value) for value in authorization]
    with grpc.insecure_channel(address) as channel:
        stub = channel.unary_unary(f"/stock.Stock/{method}")
        return stub(b"tea", metadata=metadata, timeout=PATIENCE)


def refusal(address: str, method: str, *authorization: str) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as caught:
        call(address, method, *authorization)
    return caught.value.code(), caught.value.details()


@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_client_of_the_guide_gets_a_token_and_calls(
    pages, serve, caller, live_server, token_format
):
    Client.objects.update(token_format=token_format)
    token_url = f"{live_server}/oauth/token"
    token = pages.client.MachineToken(token_url, caller.client_id, caller.secret)
    assert pages.client.count(serve(), b"tea", token) == b"12 of tea"


def test_client_of_the_guide_keeps_its_token_until_shortly_before_its_end(
    pages, caller, live_server
):
    clock = SimpleNamespace(time=time.time)
    pages.client.time = clock
    token_url = f"{live_server}/oauth/token"
    token = pages.client.MachineToken(token_url, caller.client_id, caller.secret)
    assert token.metadata() == token.metadata()
    assert AccessToken.objects.count() == 1
    clock.time = lambda: time.time() + 3000
    token.metadata()
    assert AccessToken.objects.count() == 2


def test_stream_is_let_through(serve, caller, get_token):
    address = serve()
    metadata = [("authorization", f"Bearer {get_token(caller)}")]
    with grpc.insecure_channel(address) as channel:
        watch = channel.unary_stream("/stock.Stock/Watch")
        assert list(watch(b"", metadata=metadata, timeout=PATIENCE)) == [b"12", b"11", b"10"]
        with pytest.raises(grpc.RpcError) as caught:
            list(watch(b"", timeout=PATIENCE))
    assert (caught.value.code(), caught.value.details()) == REQUIRED


@pytest.mark.parametrize(
    "authorization, answer",
    [
        pytest.param([], REQUIRED, id="no token"),
        pytest.param(["Basic YTpi"], REQUIRED, id="another scheme"),
        pytest.param(["Bearer"], REQUIRED, id="a scheme alone"),
        pytest.param(["Bearer m2mt_a", "Bearer m2mt_b"], REQUIRED, id="two headers"),
        pytest.param(["Bearer m2mt_unknown"], NOT_VALID, id="unknown"),
        pytest.param(["Bearer two tokens"], NOT_VALID, id="two tokens"),
        pytest.param(["Bearer a&client_id=b"], NOT_VALID, id="a second parameter"),
        pytest.param(["Bearer a.b.c"], NOT_VALID, id="no signed token"),
    ],
)
def test_bad_token_is_refused(serve, authorization, answer):
    assert refusal(serve(), "Count", *authorization) == answer


def test_token_for_another_api_is_refused(serve, caller, register, get_token):
    stranger = register("mail:read", name="Another")
    belong_to("https://mail.example.com", ["mail:read"])
    assert refusal(serve(), "Count", f"Bearer {get_token(stranger)}") == NOT_VALID


def test_expired_token_is_refused(serve, caller, get_token):
    token = get_token(caller)
    now = timezone.now()
    AccessToken.objects.update(issued_at=now - timedelta(hours=1), expires_at=now)
    assert refusal(serve(), "Count", f"Bearer {token}") == NOT_VALID


def test_bound_token_is_refused(serve, caller, get_token):
    token = get_token(caller)
    AccessToken.objects.update(confirmation={"jkt": "a key's"})
    assert refusal(serve(), "Count", f"Bearer {token}") == NOT_VALID


def test_revoked_token_is_refused(serve, caller, get_token, actor):
    token = get_token(caller)
    revoke_token(AccessToken.objects.get(), actor=actor)
    assert refusal(serve(), "Count", f"Bearer {token}") == NOT_VALID


@pytest.mark.parametrize("scope", ["stock:read", "stock:write"])
def test_method_needs_each_of_its_scopes(serve, caller, get_token, scope):
    assert refusal(serve(), "Take", f"Bearer {get_token(caller, scope)}") == (
        PERMISSION_DENIED,
        "The access token needs the scope stock:read stock:write.",
    )


def test_scope_is_compared_whole(serve, caller, get_token):
    answer = refusal(serve(), "Count", f"Bearer {get_token(caller, 'stock:reader')}")
    assert answer == (PERMISSION_DENIED, "The access token needs the scope stock:read.")


def test_both_scopes_open_the_method(serve, caller, get_token):
    token = get_token(caller, "stock:read stock:write")
    assert call(serve(), "Take", f"bearer {token}") == b"12 of tea"


@pytest.mark.parametrize("method", ["Forgotten", "Unknown"])
def test_method_without_scopes_is_closed(serve, caller, get_token, method):
    assert refusal(serve(), method, f"Bearer {get_token(caller)}") == CLOSED


def test_nothing_is_open_while_the_issuer_is_away(serve, caller, get_token):
    [port] = free_ports(1)
    address = serve(f"http://127.0.0.1:{port}/oauth/introspect")
    assert refusal(address, "Count", f"Bearer {get_token(caller)}") == AWAY


def test_nothing_is_open_when_the_server_may_not_ask(serve, caller, get_token):
    assert refusal(serve(secret="wrong"), "Count", f"Bearer {get_token(caller)}") == AWAY


class Liar(HTTPServer):
    """Answers each question with *status*, *body* and *headers*."""

    status, body, headers = 200, b"", ()

    class RequestHandlerClass(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(self.server.status)
            for name, value in self.server.headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(self.server.body)

        def log_message(self, *_args: object) -> None:
            pass

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), self.RequestHandlerClass)


@pytest.fixture
def liar() -> Iterator[Liar]:
    with Liar() as liar:
        Thread(target=liar.serve_forever, args=(0.01,), daemon=True).start()
        yield liar
        liar.shutdown()


@pytest.mark.parametrize(
    "status, body",
    [
        pytest.param(200, b"<html>", id="HTML"),
        pytest.param(200, b"[]", id="a list"),
        pytest.param(200, b"null", id="null"),
        pytest.param(200, b"{}", id="does not say"),
        pytest.param(200, b'{"active": true, "scope": "stock:read"}', id="no end"),
        pytest.param(200, b'{"active": true, "exp": "tomorrow"}', id="an end in words"),
        pytest.param(500, b'{"active": true, "exp": 9999999999}', id="an error"),
        pytest.param(302, b'{"active": true, "exp": 9999999999}', id="a redirect"),
    ],
)
def test_answer_that_says_nothing_opens_nothing(serve, liar, status, body):
    liar.status, liar.body = status, body
    liar.headers = [("Location", "http://127.0.0.1:1/")]
    address = serve(f"http://127.0.0.1:{liar.server_port}/")
    assert refusal(address, "Count", "Bearer m2mt_a") == AWAY


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"active": "true", "exp": 9999999999}, id="active in words"),
        pytest.param({"active": 1, "exp": 9999999999}, id="active as a number"),
        pytest.param({"active": True, "exp": 1}, id="over"),
        pytest.param({"active": True, "exp": 9999999999, "cnf": {}}, id="bound"),
    ],
)
def test_answer_that_is_not_a_plain_yes_is_a_no(serve, liar, members):
    liar.body = json.dumps({**members, "scope": "stock:read"}).encode()
    address = serve(f"http://127.0.0.1:{liar.server_port}/")
    assert refusal(address, "Count", "Bearer m2mt_a") == NOT_VALID


@pytest.fixture
def introspection(pages, gateway, live_server):
    """Make the guide's Introspection with its own clock: ``introspection(size=2)``."""
    pages.interceptor.time = SimpleNamespace(time=time.time)

    def introspection(**limits: int):
        url = f"{live_server}/oauth/introspect"
        return pages.interceptor.Introspection(url, gateway.client_id, gateway.secret, **limits)

    return introspection


def test_answer_is_kept_for_some_seconds_and_no_longer(
    pages, introspection, caller, get_token, actor
):
    asked, token, started = introspection(keep_seconds=5), get_token(caller), time.time()
    pages.interceptor.time.time = lambda: started
    assert asked.ask(token)["client_id"] == caller.client_id
    revoke_token(AccessToken.objects.get(), actor=actor)
    pages.interceptor.time.time = lambda: started + 4.9
    assert asked.ask(token)["client_id"] == caller.client_id
    pages.interceptor.time.time = lambda: started + 5
    assert asked.ask(token) is None


def test_answer_is_not_kept_past_the_tokens_end(pages, introspection, caller, get_token, actor):
    asked, token = introspection(keep_seconds=10**6), get_token(caller)
    end = asked.ask(token)["exp"]
    revoke_token(AccessToken.objects.get(), actor=actor)
    pages.interceptor.time.time = lambda: end - 0.1
    assert asked.ask(token) is not None
    pages.interceptor.time.time = lambda: end
    assert asked.ask(token) is None


def test_no_is_not_kept(introspection, caller, get_token):
    asked, token = introspection(keep_seconds=1000), get_token(caller)
    Client.objects.filter(pk=caller.client.pk).update(is_active=False)
    assert asked.ask(token) is None
    Client.objects.filter(pk=caller.client.pk).update(is_active=True)
    assert asked.ask(token) is not None


def test_memory_is_bounded_and_holds_no_token(introspection, caller, get_token):
    asked = introspection(keep_seconds=1000, size=2)
    for _ in range(5):
        token = get_token(caller)
        asked.ask(token)
        assert len(asked._kept) <= 2
    assert token not in repr(vars(asked))
