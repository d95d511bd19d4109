"""How gunicorn runs the service; where it listens and how many processes is said when it starts."""

from config import settings

worker_class = "gthread"
threads = 8
timeout = 60
graceful_timeout = 20
keepalive = 75  # longer than a proxy in front keeps an idle connection
control_socket_disable = True
logconfig_dict = settings.LOGGING
