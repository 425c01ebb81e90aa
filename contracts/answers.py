"""
What the API answers when a call of the chain was asked for: 202, the operation, and where it tells its end.

One form for every app, so that an integrator writes one poll.
"""

from typing import Any

from rest_framework import serializers

from contracts import operations
from contracts.models import ChainOperation, State
from rwa_portal.core.actions import Answer


class LinksSerializer(serializers.Serializer):
    operation = serializers.CharField(help_text="The same as the Location header: how the call ends")


class AskedSerializer(serializers.Serializer):
    """A call of the chain that was asked for and is not sent yet."""

    operation = serializers.UUIDField()
    state = serializers.ChoiceField(choices=State.choices)
    approvals = serializers.CharField(help_text="Given/needed, by other people than the requester: 0/1.")
    links = LinksSerializer()


def path_of(operation: ChainOperation) -> str:
    return f"/api/operations/{operation.pk}"


def asked(operation: ChainOperation, *, links: dict[str, str] | None = None, **more: Any) -> Answer:
    """Answer 202 with the operation; `more` and `links` are what the app adds."""
    body = {
        **more,
        "operation": str(operation.pk),
        "state": operation.state,
        "approvals": operations.approvals(operation),
        "links": {**(links or {}), "operation": path_of(operation)},
    }
    return Answer(status=202, body=body)
