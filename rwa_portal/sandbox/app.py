from typing import Any

from flask import Flask, redirect, render_template, url_for
from werkzeug.exceptions import HTTPException

from rwa_portal.sandbox.config import Config
from rwa_portal.sandbox.custody.office import Office
from rwa_portal.sandbox.notices import Sender
from rwa_portal.sandbox.store import Store
from rwa_portal.sandbox.sumsub import api, console, hosted
from rwa_portal.sandbox.sumsub.applicants import Applicants

MAX_UPLOAD_BYTES = 20 * 1024 * 1024


def create_app(config: Config, store: Store, sender: Sender, office: Office | None) -> Flask:
    """Put the vendors together. The sender is started by whoever runs the server."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_UPLOAD_BYTES
    app.json.sort_keys = False  # type: ignore[attr-defined]
    applicants = Applicants(store, sender)
    app.register_blueprint(api.blueprint(config, applicants))
    app.register_blueprint(hosted.blueprint(applicants))
    app.register_blueprint(console.blueprint(applicants, sender))
    if office is not None:
        office.register(app, sender)

    @app.get("/")
    def home() -> Any:
        return redirect(url_for("sumsub_console.index"))

    @app.get("/healthz")
    def health() -> Any:
        return {"status": "ok"}

    @app.errorhandler(HTTPException)
    def refuse(error: HTTPException) -> Any:
        return render_template("refused.html", error=error), error.code or 500

    @app.context_processor
    def parts() -> dict[str, Any]:
        return {"has_custody": office is not None}

    return app
