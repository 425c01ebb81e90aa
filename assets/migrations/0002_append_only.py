from django.db import migrations

from rwa_portal.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("assets", "0001_initial"), ("core", "0002_append_only")]
    operations = [
        append_only("assets_assetmetadata"),
        append_only("assets_historicalissuer"),
        append_only("assets_historicalasset"),
        append_only("assets_historicalassetdocument"),
        append_only("assets_historicalcustodyproof"),
    ]
