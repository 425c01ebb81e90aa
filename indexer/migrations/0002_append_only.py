from django.db import migrations

from rwa_portal.core.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("indexer", "0001_initial"), ("core", "0002_append_only")]
    operations = [append_only("indexer_eventlog"), append_only("indexer_reorg")]
