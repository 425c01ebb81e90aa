"""What the clock does. In code, so that nobody can switch the sweeper off by editing a row."""

from typing import Any

SCHEDULE: dict[str, dict[str, Any]] = {
    "seal the audit": {"task": "rwa_portal.core.tasks.seal_audit", "schedule": 1.0},
    "sign the audit": {"task": "rwa_portal.core.tasks.write_audit_checkpoint", "schedule": 60.0},
    "send mail": {"task": "rwa_portal.core.tasks.send_mail", "schedule": 10.0},
    "watch the indexer": {"task": "indexer.tasks.watch_position", "schedule": 5.0},
    "retry parked events": {"task": "indexer.tasks.retry_parked", "schedule": 15.0},
    "reconcile the books": {"task": "indexer.tasks.reconcile", "schedule": 300.0},
    "replay the books": {"task": "indexer.tasks.replay", "schedule": 3600.0},
    "run asked-for checks": {"task": "indexer.tasks.run_checks", "schedule": 15.0},
    "submit operations": {"task": "contracts.tasks.submit_operations", "schedule": 2.0},
    "expire custody proofs": {"task": "assets.tasks.expire_proofs", "schedule": 30.0},
    "warn of expiring custody proofs": {"task": "assets.tasks.warn_of_expiring_proofs", "schedule": 3600.0},
    "note matured assets": {"task": "assets.tasks.note_matured_assets", "schedule": 60.0},
    "sweep notices": {"task": "investors.tasks.sweep_notices", "schedule": 15.0},
    "expire subscriptions": {"task": "subscriptions.tasks.expire_subscriptions", "schedule": 30.0},
    "follow redemptions": {"task": "corporate_actions.tasks.follow_redemptions", "schedule": 15.0},
    "sweep operations": {"task": "contracts.tasks.sweep_operations", "schedule": 10.0},
    "follow operations": {"task": "contracts.tasks.follow_operations", "schedule": 5.0},
    "ask custodians": {"task": "contracts.tasks.ask_custodians", "schedule": 2.0},
    "sweep custody notices": {"task": "contracts.tasks.sweep_custody_notices", "schedule": 15.0},
}
