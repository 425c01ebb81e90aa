from corporate_actions import api_dividends, api_redemptions

routes = [*api_dividends.routes, *api_redemptions.routes]
