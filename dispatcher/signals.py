"""News that travels up to domain apps; sent after the change is committed."""

from django.dispatch import Signal

delivery_failed = Signal()  # delivery_ids: list[int]
destination_paused = Signal()  # destination_id: int
destination_resumed = Signal()  # destination_id: int
rule_paused = Signal()  # rule_id: int, reason: str, is_gone: bool (the receiver answered 410)
rule_resumed = Signal()  # rule_id: int
