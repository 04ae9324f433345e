"""A mail server that asks about tokens: a real Dovecot, as docs/guides/imap.md configures it."""

import getpass
import grp
import imaplib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.clients.nginx_site import free_ports
from tests.conftest import Registered

GUIDE: Final = Path(__file__).parents[2] / "docs" / "guides" / "imap.md"

# Nobody waits for it; a machine that is busy may.
PATIENCE: Final = 60

# What stands around the guide's configuration, in place of Debian's dovecot.conf.
SURROUNDINGS: Final = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
ssl = no
first_valid_uid = 1
auth_failure_delay = 0
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  # The brake on guessing would make the table of refusals last for minutes.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
{people}
!include {folder}/99-m2m.conf
"""

# Who is not root can start processes as nobody but itself.
WITHOUT_ROOT: Final = """
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
}}
"""


@dataclass(frozen=True)
class MailServer:
    """A Dovecot in a folder of its own, which other users may enter."""

    program: str
    folder: Path
    gateway: Registered
    issuer: str

    def start(self) -> tuple[subprocess.Popen, int]:
        """Start Dovecot and return its process and port as soon as it greets."""
        # Between the choice of a port and its use, another process may take it.
        for _ in range(5):
            [port] = free_ports(1)
            self._write(port)
            process = subprocess.Popen(
                [self.program, "-F", "-c", str(self.folder / "dovecot.conf")],
                stderr=subprocess.DEVNULL,
            )
            if self._greets(process, port):
                return process, port
            stop(process)
        raise AssertionError(self.log())

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def _write(self, port: int) -> None:
        folder, mail = self.folder, self.folder / "mail"
        mail.mkdir(exist_ok=True)
        if os.geteuid() == 0:
            # Dovecot refuses to open a mailbox as root.
            owner, people = "uid=nobody gid=nogroup", ""
            shutil.chown(mail, "nobody", "nogroup")
        else:
            owner = f"uid={os.getuid()} gid={os.getgid()}"
            group = grp.getgrgid(os.getgid()).gr_name
            people = WITHOUT_ROOT.format(user=getpass.getuser(), group=group)
        asking = {
            "CLIENT_ID": self.gateway.client_id,
            "CLIENT_SECRET": self.gateway.secret,
            "https://auth.example.com": self.issuer,
        }
        secret = folder / "m2m-oauth2.conf.ext"
        secret.touch(0o600)
        secret.write_text(_replace(_guide_block("ini"), asking))
        here = {
            "/etc/dovecot": str(folder),
            "uid=vmail gid=vmail": owner,
            "/var/mail/m2m": str(mail),
        }
        (folder / "99-m2m.conf").write_text(_replace(_guide_block("dovecot"), here))
        surroundings = SURROUNDINGS.format(folder=folder, port=port, people=people)
        (folder / "dovecot.conf").write_text(surroundings)

    def _greets(self, process: subprocess.Popen, port: int) -> bool:
        deadline = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < deadline:
            try:
                with imaplib.IMAP4("127.0.0.1", port, timeout=PATIENCE):
                    return True
            except (OSError, imaplib.IMAP4.abort):
                time.sleep(0.05)
        return False


def stop(process: subprocess.Popen) -> None:
    """End Dovecot; its children go with it."""
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(PATIENCE)


def guide_program() -> str:
    """Return the guide's Python."""
    return _guide_block("python")


def _guide_block(language: str) -> str:
    [block] = re.findall(
        rf"^```{language}\n(.*?)^```$", GUIDE.read_text(), re.DOTALL | re.MULTILINE
    )
    return block


def _replace(text: str, changes: Mapping[str, str]) -> str:
    for old, new in changes.items():
        assert old in text, f"the guide does not say {old} any more"
        text = text.replace(old, new)
    return text
