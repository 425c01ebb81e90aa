"""What people and tests press: approve, reject, policies, faults. Not the vendors' own, so unsigned."""

from typing import Any

from flask import Blueprint, abort, jsonify, redirect, render_template, request, url_for

from rwa_portal.sandbox.custody.book import ANSWERS, BEHAVIOURS, POLICIES, Book
from rwa_portal.sandbox.custody.vaults import VENDORS, Vaults
from rwa_portal.sandbox.store import Row

TITLES = {"fireblocks": "Fireblocks", "anchorage": "Anchorage", "prime": "Coinbase Prime"}


def blueprint(book: Book, vaults: Vaults) -> Blueprint:
    console = Blueprint("custody_console", __name__, url_prefix="/custody")
    _page(console, book, vaults)
    _buttons(console, book)
    _key_button(console, vaults)
    return console


def _page(console: Blueprint, book: Book, vaults: Vaults) -> None:
    store = book.store

    @console.get("/")
    def index() -> Any:
        rows = store.all("SELECT * FROM transactions ORDER BY created_ms DESC, rowid DESC LIMIT 100")
        return render_template(
            "custody.html",
            transactions=[{**row, "vault_name": _name(vaults, row)} for row in rows],
            notices=store.all("SELECT * FROM notices WHERE channel != 'sumsub' ORDER BY id DESC LIMIT 50"),
            faults=store.all("SELECT * FROM faults WHERE times > 0 ORDER BY id"),
            policies={vendor: book.policy(vendor) for vendor in VENDORS},
            choices=POLICIES,
            known={**ANSWERS, **BEHAVIOURS},
            titles=TITLES,
            held=store.switch("hold"),
            disorder=store.switch("notices.disorder"),
        )

    @console.get("/transactions.json")
    def transactions() -> Any:
        return jsonify(store.all("SELECT * FROM transactions ORDER BY created_ms, rowid"))


def _buttons(console: Blueprint, book: Book) -> None:
    @console.post("/transactions/<transaction_id>/<verb>")
    def press(transaction_id: str, verb: str) -> Any:
        row = book.get(transaction_id)
        if row is None:
            abort(404, "There is no such transaction.")
        match verb:
            case "approve" if row["stage"] == "WAITING":
                book.move(row, "APPROVED", fault="" if row["fault"] == "stuck" else row["fault"])
            case "reject" if row["stage"] == "WAITING":
                book.move(row, "FAILED", reason="user")
            case "approve" | "reject":
                abort(409, "It no longer waits for an approval.")
            case _:
                abort(404, "There is no such button.")
        return redirect(url_for("custody_console.index"), 303)

    @console.post("/policy")
    def policy() -> Any:
        vendor, chosen = request.form.get("vendor", ""), request.form.get("policy", "")
        if vendor not in VENDORS or chosen not in POLICIES:
            abort(400, "Choose a custodian and a policy.")
        book.set_policy(vendor, chosen)
        return redirect(url_for("custody_console.index"), 303)

    @console.post("/faults")
    def fault() -> Any:
        vendor, name = request.form.get("vendor", ""), request.form.get("name", "")
        if vendor not in VENDORS or name not in {**ANSWERS, **BEHAVIOURS}:
            abort(400, "Choose a custodian and a fault.")
        book.order_fault(vendor, name, min(request.form.get("times", 1, type=int), 100))
        return redirect(url_for("custody_console.index"), 303)

    @console.post("/notices")
    def notices() -> Any:
        book.store.set_switch("notices.disorder", "1" if request.form.get("disorder") else "")
        return redirect(url_for("custody_console.index"), 303)


def _key_button(console: Blueprint, vaults: Vaults) -> None:
    @console.post("/vaults")
    def bring() -> Any:
        given = {name: request.form.get(name, "") for name in ("id", "name", "secret")}
        vendor = request.form.get("vendor", "")
        if vendor not in VENDORS or not all(given.values()):
            abort(400, "A custodian, an id, a name and a key are needed.")
        vaults.bring(vendor, given["id"], given["name"], given["secret"])
        return redirect(url_for("custody_console.index"), 303)


def _name(vaults: Vaults, row: Row) -> str:
    vault = vaults.find(row["vendor"], row["vault"])
    return vault.name if vault else row["vault"]
