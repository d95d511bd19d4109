from django.apps import AppConfig

from dispatcher import signals


class OffersConfig(AppConfig):
    name = "offers"
    verbose_name = "Affiliate offers"

    def ready(self) -> None:
        from offers import listeners  # noqa: PLC0415 - models load after apps

        signals.delivery_failed.connect(listeners.watch_failures)
        signals.rule_paused.connect(listeners.tell_of_pause)
        signals.rule_resumed.connect(listeners.follow_resume)
