from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class DispatcherConfig(AppConfig):
    name = "dispatcher"
    verbose_name = "Deliveries"

    def ready(self) -> None:
        post_migrate.connect(hang_doorbell, sender=self)


def hang_doorbell(**kwargs: Any) -> None:
    """The doorbell's one row; after a flush of the test database, too."""
    from dispatcher.models import Doorbell  # noqa: PLC0415 - models load after apps

    Doorbell.objects.using(kwargs["using"]).get_or_create(pk=1)
