from typing import ClassVar

from django.apps import AppConfig


class ContractsConfig(AppConfig):
    name = "contracts"
    append_only: ClassVar[list[str]] = ["contracts_operationevent"]
