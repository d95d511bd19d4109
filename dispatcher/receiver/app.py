"""The receiver itself: decides what a request gets, and writes down what happened."""

from __future__ import annotations

from dispatcher.receiver.answers import Answer, Reply
from dispatcher.receiver.connection import Connection
from dispatcher.receiver.feed import Feed
from dispatcher.receiver.ledger import Ledger, Request
from dispatcher.receiver.paths import OK, Paths
from dispatcher.receiver.site import Site


class Receiver:
    """Ledger, paths and pages behind every connection. Needs a running event loop."""

    def __init__(self, *, keep: int, secret: bytes | None = None) -> None:
        self.connections: set[Connection] = set()
        self.ledger = Ledger(keep=keep)
        self.feed = Feed(self.ledger)
        self.paths = Paths()
        self.site = Site(ledger=self.ledger, feed=self.feed, paths=self.paths, secret=secret)

    def answer(self, request: Request) -> Answer:
        """The answer to a request, which is recorded unless it is for one of our own pages."""
        answer: Answer | None
        if request.target == b"/ok":
            answer = OK  # the path of benchmarks: nothing is looked up
        else:
            answer = self.site.answer(request)
            if answer is not None:
                return answer
            answer = self.paths.answer(request)
        self.ledger.record(request, answer.status, answer.label)
        return answer

    def refuse(self, request: Request, reply: Reply) -> None:
        """Record a request that is too large to be read; its body is not kept."""
        self.ledger.record(request, reply.status, reply.label)

    def connection(self) -> Connection:
        """A protocol for a new client."""
        return Connection(self)
