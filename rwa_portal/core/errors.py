class DomainError(Exception):
    """The action is not allowed in the current state."""

    def __init__(self, message: str | None = None) -> None:
        # The docstring is the default message, so each error states its rule once.
        super().__init__(message or (self.__doc__ or "").strip())

    @property
    def code(self) -> str:
        return type(self).__name__


class RuleBroken(DomainError):
    """A value breaks a rule, whatever the state."""

    field = ""

    def __init__(self, message: str | None = None, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field or self.field


class Unavailable(DomainError):
    """A part of the portal does not answer; ask again soon."""
