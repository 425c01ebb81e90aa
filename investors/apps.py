from typing import ClassVar

from django.apps import AppConfig


class InvestorsConfig(AppConfig):
    name = "investors"
    append_only: ClassVar[list[str]] = []  # history tables are added by core
