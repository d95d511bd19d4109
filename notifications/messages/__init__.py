"""The readable messages that e-mail and chat channels send: what the service comes with, or what
an operator wrote instead.
"""

from notifications.messages.current import PARTS, chosen, message_for
from notifications.messages.ready import ready_message

__all__ = ["PARTS", "chosen", "message_for", "ready_message"]
