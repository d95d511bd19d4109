"""Messages to chat services: each as the request that its service documents, written by Apprise.

Apprise writes the requests; it is never given a secret and never reaches the network. The chat
transport sends what it wrote through the one door out, with the secrets put in at the last moment.
"""

from dispatcher.chat.message import ChatRequest, chat_request
from dispatcher.chat.services import SERVICES, Service, service

__all__ = ["SERVICES", "ChatRequest", "Service", "chat_request", "service"]
