from django.apps import AppConfig

from dispatcher import signals


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = "System notifications"

    def ready(self) -> None:
        from dispatcher import due_work  # noqa: PLC0415 - models load after apps
        from dispatcher.console import names  # noqa: PLC0415
        from notifications import listeners  # noqa: PLC0415
        from notifications.messages import links  # noqa: PLC0415
        from notifications.services import (  # noqa: PLC0415
            completion,
            keeping,
            operations,
            watching,
        )

        signals.destination_paused.connect(listeners.destination_paused)
        signals.destination_resumed.connect(listeners.destination_resumed)
        signals.delivery_failed.connect(listeners.deliveries_failed)
        signals.rule_paused.connect(listeners.rule_paused)
        due_work.register("order-completion", completion.next_due, completion.run_due)
        due_work.register("operational-news", operations.next_due, operations.run_due)
        health, routes = watching.HealthWatch(), watching.RouteWatch()
        due_work.register("health-watch", health.next_due, health.run)
        due_work.register("channel-routes", routes.next_due, routes.run)
        keeping.register()
        names.register_subject("order")
        links.register()
