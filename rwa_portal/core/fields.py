"""
Chain values in the database: bytea and numeric there, checksummed text and int in Python.

- AddressField: "0xAbC…" (EIP-55) <-> 20 bytes. Hash32Field: "0x…" in lower case <-> 32 bytes.
- UnitsField: int <-> numeric(78,0), for token units and micro-USDC.
"""

from decimal import Decimal
from typing import Any

from cchecksum import to_checksum_address
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.expressions import Combinable

from rwa_portal.core.chain_values import ZERO_ADDRESS, parse_address, parse_hash
from rwa_portal.core.errors import RuleBroken


class _HexField(models.BinaryField):
    length = 0
    # What mypy is told: text in, text out.
    _pyi_private_set_type: str | None
    _pyi_private_get_type: str  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("editable", True)
        kwargs["max_length"] = self.length
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("max_length", None)
        kwargs.pop("editable", None)
        if not self.editable:
            kwargs["editable"] = False
        return name, path, args, kwargs

    def from_db_value(self, value: Any, *_: Any) -> str | None:
        return None if value is None else self.shown(bytes(value))

    def to_python(self, value: Any) -> str | None:
        if value is None or value == "":
            return None
        if isinstance(value, bytes | memoryview):
            return self.shown(bytes(value))
        try:
            return self.parsed(value)
        except RuleBroken as error:
            raise ValidationError(str(error), code=error.code) from None

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if isinstance(value, str):
            value = bytes.fromhex(self.parsed(value)[2:])
        if value is not None and len(value) != self.length:
            raise ValueError(f"{self.name} holds {self.length} bytes")
        return super().get_db_prep_value(value, connection, prepared)

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj) or "")

    def parsed(self, text: str) -> str:
        raise NotImplementedError

    def shown(self, raw: bytes) -> str:
        raise NotImplementedError


class AddressField(_HexField):
    length = 20

    def parsed(self, text: str) -> str:
        if text == ZERO_ADDRESS:  # a chain value (mints come from it), though no person may name it
            return text
        return parse_address(text, field=self.name or "address")

    def shown(self, raw: bytes) -> str:
        return to_checksum_address("0x" + raw.hex())


class Hash32Field(_HexField):
    length = 32

    def parsed(self, text: str) -> str:
        return parse_hash(text, field=self.name or "hash")

    def shown(self, raw: bytes) -> str:
        return "0x" + raw.hex()


class UnitsField(models.DecimalField):
    _pyi_private_set_type: int | Combinable | None  # type: ignore[assignment]
    _pyi_private_get_type: int  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_digits"], kwargs["decimal_places"] = 78, 0
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_digits"], kwargs["decimal_places"]
        return name, path, args, kwargs

    def from_db_value(self, value: Decimal | None, *_: Any) -> int | None:
        return None if value is None else int(value)

    def to_python(self, value: Any) -> int | None:  # type: ignore[override]
        number = super().to_python(value)
        if number is not None and number != int(number):
            raise ValidationError("Units are whole numbers.", code="UnitsNotWhole")
        return None if number is None else int(number)
