"""Which queue carries which task: one a kind of work, so that none waits behind another."""

from kombu import Queue

ROUTES = {
    "rwa_portal.core.tasks.*": {"queue": "kernel"},
    "contracts.tasks.submit_operations": {"queue": "submit"},
    "contracts.tasks.sweep_operations": {"queue": "sweep"},
    "contracts.tasks.follow_operations": {"queue": "follow"},
    "contracts.tasks.ask_custodians": {"queue": "custody"},
    "contracts.tasks.work_off_custody_notice": {"queue": "custody"},
    "contracts.tasks.sweep_custody_notices": {"queue": "custody"},
    "indexer.tasks.reconcile": {"queue": "books"},
    "indexer.tasks.run_checks": {"queue": "books"},
    "investors.tasks.work_off_notice": {"queue": "kyc"},
    "investors.tasks.sweep_notices": {"queue": "kyc"},
}
QUEUES = [
    Queue(name) for name in ("default", "kernel", "submit", "sweep", "follow", "custody", "kyc", "books")
]
# A broker that is down must not make a person wait: what was poked, the clock does later.
BROKER = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "socket_connect_timeout": 1}
