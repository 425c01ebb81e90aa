from corporate_actions.admin import dividends, facts

__all__ = ["dividends", "facts"]
