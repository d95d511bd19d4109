from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class ServiceConfig(AppConfig):
    name = "config"
    verbose_name = "Service"

    def ready(self) -> None:
        from config import roles  # noqa: PLC0415 - models load after apps

        last = [one for one in apps.get_app_configs() if one.models_module][-1]
        # After the last app's permissions were made, so that none is missing.
        post_migrate.connect(roles.keep, sender=last)
