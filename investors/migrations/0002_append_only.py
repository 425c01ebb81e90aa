from django.db import migrations

from rwa_portal.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("investors", "0001_initial"), ("core", "0002_append_only")]
    operations = [
        append_only("investors_historicalinvestor"),
        append_only("investors_historicalkycsession"),
        append_only("investors_historicalwallet"),
    ]
