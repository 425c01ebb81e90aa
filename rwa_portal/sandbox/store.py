"""One SQLite file, one connection a thread, every change in a transaction of its own."""

import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS applicants (
    id TEXT PRIMARY KEY, inspection_id TEXT NOT NULL, external_id TEXT NOT NULL UNIQUE, level TEXT NOT NULL,
    email TEXT NOT NULL DEFAULT '', created_at TEXT NOT NULL, info TEXT NOT NULL DEFAULT '{}',
    status TEXT NOT NULL DEFAULT 'init', result TEXT, review_date TEXT, attempts INTEGER NOT NULL DEFAULT 0,
    is_active INTEGER NOT NULL DEFAULT 1, is_deleted INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS images (
    id INTEGER PRIMARY KEY AUTOINCREMENT, applicant_id TEXT NOT NULL REFERENCES applicants,
    kind TEXT NOT NULL, country TEXT NOT NULL, content_type TEXT NOT NULL, content BLOB NOT NULL,
    added_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS links (
    token TEXT PRIMARY KEY, external_id TEXT NOT NULL, level TEXT NOT NULL, expires_at REAL NOT NULL,
    success_url TEXT NOT NULL DEFAULT '', reject_url TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS notices (
    id INTEGER PRIMARY KEY AUTOINCREMENT, subject TEXT NOT NULL, type TEXT NOT NULL, body BLOB NOT NULL,
    event_ms INTEGER NOT NULL, due_at REAL, tries INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'WAITING', answer TEXT NOT NULL DEFAULT '',
    channel TEXT NOT NULL DEFAULT 'sumsub'
);
CREATE TABLE IF NOT EXISTS transactions (
    id TEXT PRIMARY KEY, vendor TEXT NOT NULL, vault TEXT NOT NULL, external_id TEXT, recipient TEXT NOT NULL,
    calldata TEXT NOT NULL, stage TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '',
    fault TEXT NOT NULL DEFAULT '',
    nonce INTEGER, max_fee INTEGER, tip INTEGER, gas INTEGER, raw TEXT, tx_hash TEXT, replaced_hash TEXT,
    block_number INTEGER, block_hash TEXT, created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL,
    due_at REAL NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS transactions_external_id ON transactions (vendor, external_id);
CREATE TABLE IF NOT EXISTS burnt_ids (
    vendor TEXT NOT NULL, external_id TEXT NOT NULL, PRIMARY KEY (vendor, external_id)
);
CREATE TABLE IF NOT EXISTS brought_keys (
    vendor TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, secret TEXT NOT NULL, PRIMARY KEY (vendor, id)
);
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY AUTOINCREMENT, vendor TEXT NOT NULL, name TEXT NOT NULL, times INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS switches (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

Row = dict[str, Any]


class Store:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._connection().executescript(SCHEMA)
        self._bring_up_to_date()

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction that commits at the end, or not at all."""
        db = self._connection()
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")

    def one(self, sql: str, *values: Any) -> Row | None:
        row = self._connection().execute(sql, values).fetchone()
        return dict(row) if row else None

    def all(self, sql: str, *values: Any) -> list[Row]:
        return [dict(row) for row in self._connection().execute(sql, values).fetchall()]

    def write(self, sql: str, *values: Any) -> int:
        """Run one statement; return the new row's id, where there is one."""
        with self.change() as db:
            return db.execute(sql, values).lastrowid or 0

    def switch(self, name: str) -> str:
        row = self.one("SELECT value FROM switches WHERE name = ?", name)
        return row["value"] if row else ""

    def set_switch(self, name: str, value: str) -> None:
        self.write("INSERT OR REPLACE INTO switches (name, value) VALUES (?, ?)", name, value)

    def _bring_up_to_date(self) -> None:
        """Add what a file of an earlier version lacks."""
        columns = {row["name"] for row in self.all("PRAGMA table_info(notices)")}
        if "applicant_id" in columns:
            self.write("ALTER TABLE notices RENAME COLUMN applicant_id TO subject")
        if "channel" not in columns:
            self.write("ALTER TABLE notices ADD COLUMN channel TEXT NOT NULL DEFAULT 'sumsub'")

    def _connection(self) -> sqlite3.Connection:
        if not hasattr(self._local, "db"):
            db = sqlite3.connect(self.path, timeout=10, isolation_level=None)
            db.row_factory = sqlite3.Row
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA foreign_keys = ON")
            self._local.db = db
        return self._local.db


def as_json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
