"""A client for the receiver's tests that can behave well or badly."""

from __future__ import annotations

import base64
import http.client
import socket
from urllib.parse import urlsplit

SECRET = "whsec_" + base64.b64encode(b"a key of thirty-two bytes, or so").decode()


class Client:
    """Talks to the receiver over real sockets, politely or byte by byte."""

    def __init__(self, url):
        self.address = (urlsplit(url).hostname, urlsplit(url).port)

    def connect(self, timeout=10):
        return socket.create_connection(self.address, timeout=timeout)

    def connection(self, timeout=10):
        return http.client.HTTPConnection(*self.address, timeout=timeout)

    def send(self, path, *, method="POST", body=b"{}", headers=None):
        """The response, with its body as `.text`."""
        connection = self.connection()
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            response.text = response.read().decode()
        finally:
            connection.close()
        return response

    def raw(self, data):
        """Everything that comes back until the receiver closes."""
        with self.connect() as connection:
            connection.sendall(data)
            return read_all(connection)


def read_all(connection):
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
    return received


def read_until(connection, marker):
    received = b""
    while marker not in received:
        chunk = connection.recv(65536)
        assert chunk, f"closed before {marker!r}, after {received!r}"
        received += chunk
    return received
