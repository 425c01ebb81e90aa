from corporate_actions import api_dividends

routes = [*api_dividends.routes]
