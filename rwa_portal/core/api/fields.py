"""Chain values in JSON: always strings, because a number above 2^53 does not survive JavaScript."""

import re
from typing import Any

from rest_framework import serializers

from rwa_portal.core import chain_values
from rwa_portal.core.errors import RuleBroken


class _ChainField(serializers.Field):
    schema: dict[str, Any] = {}

    def to_internal_value(self, given: Any) -> Any:
        if not isinstance(given, str):
            raise serializers.ValidationError("Send a string.", code="NotAString")
        try:
            return self.parse(given)
        except RuleBroken as error:
            raise serializers.ValidationError(str(error), code=error.code) from None

    def to_representation(self, value: Any) -> str:
        return str(value)

    def parse(self, text: str) -> Any:
        raise NotImplementedError


class AddressField(_ChainField):
    """A checksummed address; the zero address is nobody's."""

    schema = {"type": "string", "pattern": "^0x[0-9a-fA-F]{40}$"}

    def parse(self, text: str) -> str:
        return chain_values.parse_address(text)


class HashField(_ChainField):
    """32 bytes."""

    schema = {"type": "string", "pattern": "^0x[0-9a-fA-F]{64}$"}

    def parse(self, text: str) -> str:
        return chain_values.parse_hash(text)


class UnitsField(_ChainField):
    """A whole number of the smallest unit, above zero, as a string of decimal digits."""

    schema = {"type": "string", "pattern": "^[0-9]{1,29}$"}

    def parse(self, text: str) -> int:
        if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text):
            raise chain_values.UnitsMalformed
        return chain_values.parse_units(text, decimals=0)


class ReasonSerializer(serializers.Serializer):
    """Why somebody decided so; kept in the audit."""

    reason = serializers.CharField(min_length=5, max_length=2000)


class SelfLinkSerializer(serializers.Serializer):
    self = serializers.CharField(help_text="The same as the Location header.")
