from typing import ClassVar

from django.apps import AppConfig


class AssetsConfig(AppConfig):
    name = "assets"
    append_only: ClassVar[list[str]] = [
        "assets_assetmetadata",
        "assets_historicalissuer",
        "assets_historicalasset",
        "assets_historicalassetdocument",
        "assets_historicalcustodyproof",
    ]
