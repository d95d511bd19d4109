"""Front door of e-mail: whose server sends, which addresses are good, and trying a server.

Everything that speaks SMTP goes through `Mailer.send`, which dials by the same rules as HTTP.
"""

from dispatcher.mail.addresses import check_address, split_addresses
from dispatcher.mail.mailer import Mailer
from dispatcher.mail.message import OutgoingMail
from dispatcher.mail.servers import (
    MailServer,
    Tls,
    environment_server,
    register_servers,
    servers_for,
)
from dispatcher.mail.steps import Step, Tried, try_server

__all__ = [
    "MailServer",
    "Mailer",
    "OutgoingMail",
    "Step",
    "Tls",
    "Tried",
    "check_address",
    "environment_server",
    "register_servers",
    "servers_for",
    "split_addresses",
    "try_server",
]
