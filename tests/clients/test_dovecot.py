"""Dovecot opens a mailbox for a token, with the configuration of docs/guides/imap.md."""

import imaplib
import os
import re
import shlex
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client as HttpClient
from django.utils import timezone

from oauth_m2m.models import AccessToken, Client
from oauth_m2m.operations.clients import disable_client
from oauth_m2m.operations.tokens import revoke_token
from tests.clients.dovecot_server import GUIDE, PATIENCE, MailServer, guide_program, stop
from tests.clients.nginx_site import free_ports
from tests.conftest import Registered
from tests.endpoints import REVOCATION, ask, belong_to

pytestmark = pytest.mark.django_db(transaction=True)

MAIL = "imaps://mail.example.com"
FAILED = "[AUTHENTICATIONFAILED] Authentication failed."
AWAY = "[UNAVAILABLE] Temporary authentication failure."
MECHANISMS = {"XOAUTH2": "xoauth2", "OAUTHBEARER": "oauthbearer"}


@pytest.fixture(scope="module")
def program() -> str:
    # A normal user's PATH has no sbin on Debian.
    path = shutil.which("dovecot", path=f"{os.environ['PATH']}:/usr/sbin")
    if path is None or not Path("/usr/lib/dovecot/imap").exists():
        assert os.environ.get("CI") != "true", "CI has to install dovecot-imapd"
        pytest.skip("dovecot-imapd is not installed")
    return path


@pytest.fixture
def folder() -> Iterator[Path]:
    """Make a folder that Dovecot's own users may enter, unlike pytest's, with a short name."""
    folder = Path(tempfile.mkdtemp(prefix="m2m-imap-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def gateway(register) -> Registered:
    """The client that Dovecot is."""
    return register(name="Dovecot")


@pytest.fixture
def reader(register, gateway: Registered) -> Registered:
    """The program that has a mailbox."""
    optional = ["mail:reader", "mail:write"]
    reader = register("mail:read", optional=optional, client_id="invoices")
    belong_to(MAIL, ["mail:read", *optional], gateway)
    return reader


@pytest.fixture
def start(program: str, folder: Path, gateway: Registered, live_server):
    """Start Dovecot as the guide says."""
    with ExitStack() as stack:

        def start(issuer: str = live_server.url.replace("localhost", "127.0.0.1")) -> Any:
            server = MailServer(program, folder, gateway, issuer)
            process, port = server.start()
            stack.callback(stop, process)

            def connect() -> imaplib.IMAP4:
                return stack.enter_context(imaplib.IMAP4("127.0.0.1", port, timeout=PATIENCE))

            return SimpleNamespace(connect=connect, log=server.log)

        yield start


@pytest.fixture
def mail(start) -> Any:
    return start()


@pytest.fixture
def guide() -> SimpleNamespace:
    """Make the program that the guide shows."""
    names: dict[str, Any] = {}
    exec(compile(guide_program(), GUIDE.name, "exec"), names)  # noqa: S102 - our own page
    return SimpleNamespace(**names)


@pytest.fixture
def refusal(guide) -> Callable[..., str]:
    """Return what Dovecot says to a token that it does not take."""

    def refusal(mail: Any, token: str, mechanism: str = "XOAUTH2", mailbox: str = "invoices"):
        answers = getattr(guide, MECHANISMS[mechanism])(mailbox, token)
        with pytest.raises(imaplib.IMAP4.error) as caught:
            mail.connect().authenticate(mechanism, answers)
        return str(caught.value)

    return refusal


def test_program_of_the_guide_opens_its_mailbox(mail, guide, reader, live_server):
    token = guide.access_token(f"{live_server}/oauth/token", reader.client_id, reader.secret)
    imap = guide.open_mailbox(mail.connect(), "invoices", token)
    status, _ = imap.append("INBOX", "", imaplib.Time2Internaldate(0), b"Subject: one\r\n\r\nHello")
    assert status == "OK"
    again = guide.open_mailbox(mail.connect(), "invoices", token)
    assert again.fetch("1", "(BODY.PEEK[TEXT])")[1][0][1] == b"Hello"


@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_good_token_is_let_in_until_it_is_revoked(
    mail, guide, reader, get_token, refusal, mechanism, token_format
):
    Client.objects.update(token_format=token_format)
    token = get_token(reader)
    answers = getattr(guide, MECHANISMS[mechanism])("invoices", token)
    assert mail.connect().authenticate(mechanism, answers)[0] == "OK"
    assert ask(HttpClient(), REVOCATION, reader, {"token": token}).status_code == 200
    assert refusal(mail, token, mechanism) == FAILED
    assert token not in mail.log()


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_each_kind_of_bad_token_is_refused(
    mail, reader, register, get_token, refusal, actor, mechanism
):
    good, other_scope = get_token(reader), get_token(reader, "mail:reader mail:write")
    elsewhere = register("stock:read", client_id="stock")
    belong_to("https://stock.example.com", ["stock:read"])
    revoked, expired = get_token(reader), get_token(reader)
    rows = AccessToken.objects.order_by("-pk")
    revoke_token(rows[1], actor=actor)
    now = timezone.now()
    AccessToken.objects.filter(pk=rows[0].pk).update(
        issued_at=now - timedelta(hours=1), expires_at=now
    )
    refused = {
        "unknown": refusal(mail, "m2mt_unknown", mechanism),
        "revoked": refusal(mail, revoked, mechanism),
        "expired": refusal(mail, expired, mechanism),
        "without the scope": refusal(mail, other_scope, mechanism),
        "for another API": refusal(mail, get_token(elsewhere), mechanism, "stock"),
        "for another mailbox": refusal(mail, good, mechanism, "salaries"),
    }
    assert refused == dict.fromkeys(refused, FAILED)
    disable_client(reader.client, actor=actor)
    assert refusal(mail, good, mechanism) == FAILED


def test_password_is_no_way_in(mail, reader):
    imap = mail.connect()
    assert {name for name in imap.capabilities if name.startswith("AUTH=")} == {
        "AUTH=XOAUTH2",
        "AUTH=OAUTHBEARER",
    }
    with pytest.raises(imaplib.IMAP4.error):
        imap.login("invoices", reader.secret)


def test_nobody_is_let_in_while_the_issuer_is_away(start, reader, get_token, refusal):
    [port] = free_ports(1)
    assert refusal(start(f"http://127.0.0.1:{port}"), get_token(reader)).startswith(AWAY)


def test_nobody_is_let_in_when_dovecot_may_not_ask(
    mail, reader, gateway, get_token, refusal, actor
):
    token = get_token(reader)
    disable_client(gateway.client, actor=actor)
    assert refusal(mail, token).startswith(AWAY)
    assert gateway.secret not in mail.log()


def test_command_of_the_guide_registers_the_program():
    [line] = re.findall(r"^python manage\.py (.*)$", GUIDE.read_text(), re.MULTILINE)
    call_command(*shlex.split(line), "--create-scopes", stdout=StringIO())
    assert Client.objects.get().client_id == "invoices"
