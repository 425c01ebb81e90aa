from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "rwa_portal.desk"
    label = "desk"
