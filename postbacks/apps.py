from django.apps import AppConfig

from dispatcher import mail, rendering, signals


class PostbacksConfig(AppConfig):
    name = "postbacks"
    verbose_name = "Order postbacks"

    def ready(self) -> None:
        from postbacks import listeners  # noqa: PLC0415 - models load after apps
        from postbacks.lookups import function  # noqa: PLC0415
        from postbacks.services.servers import mail_servers  # noqa: PLC0415

        mail.register_servers(mail_servers)
        signals.rule_paused.connect(listeners.follow_pause)
        signals.rule_resumed.connect(listeners.follow_resume)
        rendering.register_function(
            function.NAME, function.resolve, summary=function.SUMMARY, example=function.EXAMPLE
        )
