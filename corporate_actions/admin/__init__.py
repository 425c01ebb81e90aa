from corporate_actions.admin import facts

__all__ = ["facts"]
