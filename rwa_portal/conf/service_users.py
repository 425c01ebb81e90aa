"""The `by` of what no person decides, created after every migrate. API keys have services of their own."""

SERVICE_USERS = {
    "clock": "Time has passed: expiry, sweeping, dead-man checks.",
    "chain": "A confirmed event has said so.",
    "custody": "A custodian has answered.",
    "kyc.sumsub": "The KYC vendor has decided.",
    "console": "Someone at the machine has run a manage.py command.",
    "relayer": "The portal pays the gas of a call that anybody may make.",
}
