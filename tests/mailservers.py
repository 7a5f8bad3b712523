"""Real mail servers for tests: SMTP in this process, and Dovecot or pymap for IMAP."""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import subprocess
import sys
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.policy import default as default_policy
from pathlib import Path
from typing import Any, Self, cast

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler

from tests import machine
from tests.servers import Server, as_nobody, free_port, listening, wait_until


class Mailbox(MessageHandler):  # type: ignore[misc]
    """An SMTP server that keeps what it is given. `wide`: it takes addresses beyond ASCII (RFC 6531)."""

    def __init__(self, *, wide: bool = True) -> None:
        super().__init__()
        self.letters: list[EmailMessage] = []
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port(), enable_SMTPUTF8=wide)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.controller.port}"

    def prepare_message(self, _session: Any, envelope: Any) -> EmailMessage:
        letter = message_from_bytes(envelope.content, policy=default_policy)
        letter["X-Envelope-From"], letter["X-Envelope-To"] = envelope.mail_from, ", ".join(envelope.rcpt_tos)
        return cast("EmailMessage", letter)

    def handle_message(self, message: Any) -> None:
        self.letters.append(message)

    def __enter__(self) -> Self:
        self.controller.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.controller.stop()


class Relay(Mailbox):
    """An SMTP server that puts what it is given into a mailbox of an IMAP server, by the host name of its receiver."""

    def __init__(self, imap_port: int, password: str, users: dict[str, str], strip: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.imap_port, self.password, self.users, self.strip = imap_port, password, users, strip

    def handle_message(self, message: Any) -> None:
        super().handle_message(message)
        user = self.users[str(message["X-Envelope-To"]).rpartition("@")[2]]
        for name in ("X-Envelope-From", "X-Envelope-To", *self.strip):
            del message[name]
        self.put(user, message.as_bytes(policy=SMTP))

    def put(self, user: str, raw: bytes) -> None:
        with imaplib.IMAP4("127.0.0.1", self.imap_port) as connection:
            connection.login(user, self.password)
            connection.append("INBOX", "", "", raw)


class Pymap(Server):
    """An IMAP server from PyPI, for machines without Dovecot: one user, `demouser`, with some letters in the inbox."""

    port: int = 0
    user: str = "demouser"
    password: str = "demopass"

    def start(self) -> Self:
        self.port = free_port()
        options = ("--host", "127.0.0.1", "--port", str(self.port), "--no-service", "admin", "--no-tls")
        self.spawn([Path(sys.executable).parent / "pymap", *options, "dict", "--demo-data"])
        wait_until(lambda: listening(self.port), "pymap")
        return self


class Dovecot(Server):
    """Dovecot, run wholly by one user: any user name with the password `secret`, mail in Maildir."""

    port: int = 0
    user: str = "desk"
    password: str = "secret"

    def start(self) -> Self:
        self.port = free_port()
        program = machine.dovecot()
        if program is None:
            raise RuntimeError("no Dovecot here")
        version = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=True).stdout
        write = config_2_4 if tuple(map(int, version.split()[0].split(".")[:2])) >= (2, 4) else config_2_3
        who = as_nobody(self.folder)
        account = pwd.getpwnam("nobody") if who else pwd.getpwuid(os.getuid())
        group = grp.getgrgid(account.pw_gid).gr_name
        (self.folder / "dovecot.conf").write_text(write(self.folder, self.port, account.pw_name, group, version.split()[0]))
        as_nobody(self.folder)
        self.spawn([program, "-F", "-c", self.folder / "dovecot.conf"], cwd=self.folder, **who)
        wait_until(lambda: listening(self.port), "Dovecot")
        return self


def config_2_3(folder: Path, port: int, user: str, group: str, _version: str) -> str:
    return f"""
base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
ssl = no
disable_plaintext_auth = no
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:{folder}/mail/%u
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u
}}
{services(port)}
"""


def config_2_4(folder: Path, port: int, user: str, group: str, version: str) -> str:
    return f"""
dovecot_config_version = {version}
dovecot_storage_version = {version}
base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
ssl = no
auth_allow_cleartext = yes
protocols {{
  imap = yes
}}
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 1
mail_driver = maildir
mail_path = {folder}/mail/%{{user}}
mail_home = {folder}/mail/%{{user}}
passdb static {{
  password = secret
}}
userdb static {{
  fields {{
    uid = {user}
    gid = {group}
  }}
}}
{services(port)}
"""


def services(port: int) -> str:
    """No chroot, which only root may do, and no port but ours."""
    return f"""
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""
