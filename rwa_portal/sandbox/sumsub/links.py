import secrets
import time
from typing import Any

from flask import Blueprint, Response, jsonify, request

from rwa_portal.sandbox.config import Config
from rwa_portal.sandbox.sumsub.answers import asked, refused
from rwa_portal.sandbox.sumsub.applicants import Applicants

DEFAULT_TTL_S = 600


def add_routes(api: Blueprint, config: Config, applicants: Applicants) -> None:
    def remember(user: str, level: str, ttl: Any, redirect: dict[str, Any], prefix: str) -> str:
        token = prefix + secrets.token_urlsafe(24)
        applicants.store.write(
            "INSERT INTO links (token, external_id, level, expires_at, success_url, reject_url)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            token,
            user,
            level,
            time.time() + int(ttl or DEFAULT_TTL_S),
            str(redirect.get("successUrl") or ""),
            str(redirect.get("rejectUrl") or ""),
        )
        return token

    def asked_wrongly(user: str, level: str) -> Response | None:
        if not user:
            return refused(400, "userId is required")
        return None if level in config.levels else refused(404, f"Level '{level}' not found")

    @api.post("/accessTokens/sdk")
    @api.post("/accessTokens")  # the old form has everything in its query
    def access_token() -> Any:
        said = {**request.args.to_dict(), **asked()}
        user, level = str(said.get("userId") or ""), str(said.get("levelName") or "")
        wrong = asked_wrongly(user, level)
        if wrong is not None:
            return wrong
        token = remember(user, level, said.get("ttlInSecs"), {}, "_act-sbx-")
        return jsonify({"token": token, "userId": user})

    @api.post("/sdkIntegrations/levels/<path_level>/websdkLink")
    def hosted_link(path_level: str) -> Any:
        said = {**request.args.to_dict(), **asked()}
        level = str(said.get("levelName") or "") if path_level == "-" else path_level
        user = str(said.get("userId") or said.get("externalUserId") or "")
        wrong = asked_wrongly(user, level)
        if wrong is not None:
            return wrong
        token = remember(user, level, said.get("ttlInSecs"), said.get("redirect") or {}, "sbx_")
        return jsonify({"url": f"{config.url}/websdk/p/{token}"})
