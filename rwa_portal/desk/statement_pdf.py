"""An investor's statement on paper: A4, every page numbered, every table's head repeated."""

import io
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import reportlab
from django.conf import settings
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from rwa_portal.core.chain_values import format_units
from rwa_portal.desk.statements import Line, Statement

ACCENT, INK, SOFT, LINE = (colors.HexColor(each) for each in ("#0b5c6b", "#16202c", "#4c5a6b", "#dde3ea"))
MARGIN = 16 * mm
PADDING = 6  # of a frame, on each side
WIDTH = A4[0] - 2 * MARGIN - 2 * PADDING
USDC_DECIMALS = 6
EMPTY = {
    "OPENING": "Nothing was held.",
    "MOVEMENT": "No units moved.",
    "CLOSING": "Nothing was held.",
    "ORDER": "No orders.",
    "DIVIDEND": "No dividends were received.",
    "REDEMPTION": "No redemptions.",
}


def pdf(statement: Statement) -> bytes:
    """Draw the statement."""
    _fonts()
    file = io.BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=20 * mm,
        title=f"Statement {statement.begins} to {statement.ends}",
        author="RWA Portal",
    )
    story: list[Flowable] = [*_head(statement)]
    for name, title, lines in statement.sections:
        story += _section(name, title, lines)
    story += [Spacer(1, 6 * mm), _text(_closing_words(), "hint")]
    document.build(story, canvasmaker=_numbered(statement))
    return file.getvalue()


def _head(statement: Statement) -> list[Flowable]:
    facts = [
        ("Investor", statement.name),
        ("Investor id", str(statement.investor.pk)),
        ("Period", f"{statement.begins:%d %b %Y} to {statement.ends:%d %b %Y}, both days included, UTC"),
        ("Opening", _point(statement.opening.number, statement.opening.at)),
        ("Closing", _point(statement.closing.number, statement.closing.at)),
    ]
    table = Table(
        [[_text(name, "hint"), _text(value)] for name, value in facts], colWidths=[32 * mm, WIDTH - 32 * mm]
    )
    table.setStyle(
        TableStyle([("LEFTPADDING", (0, 0), (-1, -1), 0), ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5)])
    )
    words = [_text("RWA Portal", "brand"), _text("Statement of holdings", "title"), table]
    if statement.is_cut:
        note = "The chain was not confirmed up to the end of the period: what came later is not in here."
        words.append(_text(note, "note"))
    return [*words, Spacer(1, 4 * mm)]


def _section(name: str, title: str, lines: Sequence[Line]) -> list[Flowable]:
    if not lines:
        return [KeepTogether([_text(title, "heading"), _text(EMPTY[name], "hint")])]
    holds_units = name in ("OPENING", "MOVEMENT", "CLOSING")
    money = not holds_units
    heads = ["Time (UTC)", "Asset and wallet", "What", "Units", *(["USDC"] if money else [])]
    widths = [32 * mm, 46 * mm, 0, 27 * mm, *([30 * mm] if money else [])]
    widths[2] = WIDTH - sum(widths)
    rows = [[_text(head, "head" if index < 3 else "head_right") for index, head in enumerate(heads)]]
    rows += [_row(line, money=money) for line in lines]
    table = Table(rows, colWidths=widths, repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 0), (-1, 0), 0.8, ACCENT),
                ("LINEBELOW", (0, 1), (-1, -1), 0.4, LINE),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-2, -1), 6),
                ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 3),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    return [_text(title, "heading"), table]


def _row(line: Line, *, money: bool) -> list[Flowable]:
    asset = f"{line.asset.name} ({line.asset.symbol})"
    what = [part for part in (line.what, line.status.replace("_", " ")) if part]
    small = [f"block {line.block:,}" if line.block is not None else "", _short(line.tx_hash)]
    cells = [
        _text(f"{line.at.astimezone(UTC):%d %b %Y %H:%M}" if line.at else "–"),
        _two(asset, _short(line.wallet)),
        _two(": ".join(what), " · ".join(part for part in small if part)),
        _text("–" if line.units is None else format_units(line.units, line.asset.decimals), "number"),
    ]
    if money:
        cells.append(_text("–" if line.usdc is None else format_units(line.usdc, USDC_DECIMALS), "number"))
    return cells


def _two(first: str, second: str) -> Paragraph:
    small = f'<br/><font size="6.5" color="#4c5a6b">{escape(_drawable(second))}</font>' if second else ""
    return Paragraph(escape(_drawable(first)) + small, _styles()["text"])


def _text(words: str, style: str = "text") -> Paragraph:
    return Paragraph(escape(_drawable(words)), _styles()[style])


def _short(value: str) -> str:
    return f"{value[:10]}…{value[-8:]}" if value else ""


def _point(number: int, at: datetime | None) -> str:
    return f"end of block {number:,}" + (f" of {at.astimezone(UTC):%d %b %Y %H:%M:%S} UTC" if at else "")


def _closing_words() -> str:
    return (
        f"Units and payments as the confirmed blocks of chain {settings.CHAIN.chain_id} have them; amounts "
        "in USDC with six decimals. Orders, dividends and redemptions stand as they did when this was made."
    )


def _numbered(statement: Statement) -> type[Canvas]:
    made = f"Made {statement.made_at.astimezone(UTC):%d %b %Y %H:%M} UTC, as of confirmed block "
    foot = f"{made}{statement.closing.number:,}"

    class Numbered(Canvas):
        """Keeps every page until the last is drawn, so that each can say how many there are."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._kept: list[dict[str, Any]] = []

        def showPage(self) -> None:
            self._kept.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for number, page in enumerate(self._kept, 1):
                self.__dict__.update(page)
                self.setFont("Vera", 7)
                self.setFillColor(SOFT)
                self.drawString(MARGIN + PADDING, 11 * mm, foot)
                self.drawRightString(A4[0] - MARGIN - PADDING, 11 * mm, f"Page {number} of {len(self._kept)}")
                super().showPage()
            super().save()

    return Numbered


@cache
def _fonts() -> TTFont:
    folder = Path(reportlab.__file__).parent / "fonts"
    regular = TTFont("Vera", str(folder / "Vera.ttf"))
    pdfmetrics.registerFont(regular)
    pdfmetrics.registerFont(TTFont("VeraBd", str(folder / "VeraBd.ttf")))
    return regular


def _drawable(text: str) -> str:
    """What the font has no letter for is written without its accent, or as a question mark."""
    known = _fonts().face.charToGlyph
    return "".join(each if ord(each) in known else _plainer(each, known) for each in text)


def _plainer(letter: str, known: Any) -> str:
    first = unicodedata.normalize("NFKD", letter)[0]
    return first if ord(first) in known else "?"


@cache
def _styles() -> dict[str, ParagraphStyle]:
    text = ParagraphStyle("text", fontName="Vera", fontSize=8, leading=10.5, textColor=INK)
    made = {
        "text": text,
        "brand": ParagraphStyle("brand", text, fontName="VeraBd", fontSize=9, textColor=ACCENT, spaceAfter=6),
        "title": ParagraphStyle("title", text, fontName="VeraBd", fontSize=17, leading=22, spaceAfter=8),
        "heading": ParagraphStyle(
            "heading", text, fontName="VeraBd", fontSize=10.5, leading=14, spaceBefore=12, spaceAfter=4
        ),
        "hint": ParagraphStyle("hint", text, textColor=SOFT),
        "note": ParagraphStyle("note", text, textColor=colors.HexColor("#8a5a00"), spaceBefore=6),
        "head": ParagraphStyle("head", text, fontSize=7, textColor=SOFT),
        "number": ParagraphStyle("number", text, alignment=2),
    }
    made["head_right"] = ParagraphStyle("head_right", made["head"], alignment=2)
    return made
