from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class DispatcherConfig(AppConfig):
    name = "dispatcher"
    verbose_name = "Deliveries"

    def ready(self) -> None:
        from dispatcher import queue  # noqa: PLC0415 - needs models, which load after apps
        from dispatcher.engine import waker  # noqa: PLC0415

        queue.worker_spawned.connect(waker.start)
        post_migrate.connect(hang_doorbell, sender=self)


def hang_doorbell(**kwargs: Any) -> None:
    """The doorbell's one row; after a flush of the test database, too."""
    from dispatcher.models import Doorbell  # noqa: PLC0415 - models load after apps

    Doorbell.objects.using(kwargs["using"]).get_or_create(pk=1)
