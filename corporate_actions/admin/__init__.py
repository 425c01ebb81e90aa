from corporate_actions.admin import dividends, facts, final_redemptions, redemptions

__all__ = ["dividends", "facts", "final_redemptions", "redemptions"]
