"""The sample receiver: an endpoint to send deliveries to while trying, testing and measuring.

It needs neither Django nor a database: `python -m dispatcher.receiver --port 0` starts it, and
`ReceiverProcess` does so for tests, bench and scripts. Started by an operator it is
`manage.py receiver`.
"""

from dispatcher.receiver.process import Count, ReceiverProcess

__all__ = ["Count", "ReceiverProcess"]
