from django.apps import AppConfig


class CorporateActionsConfig(AppConfig):
    name = "corporate_actions"
