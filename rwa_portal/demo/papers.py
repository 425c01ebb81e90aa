"""Documents to hand in: small real PDFs, each with its own text and therefore its own hash."""

import io

from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, StreamObject


def pdf(title: str, *lines: str) -> bytes:
    """Return a one-page PDF with a title and lines of text."""
    writer = PdfWriter()
    page = writer.add_blank_page(width=595, height=842)  # A4 in points
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    text = StreamObject()
    text.set_data(_content(title, lines))
    page[NameObject("/Contents")] = writer._add_object(text)
    writer.add_metadata({"/Title": title})
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def _content(title: str, lines: tuple[str, ...]) -> bytes:
    shown = [f"/F1 20 Tf 72 760 Td ({_escaped(title)}) Tj", "/F1 11 Tf 0 -14 Td"]
    shown += [f"0 -18 Td ({_escaped(line)}) Tj" for line in lines]
    return f"BT {' '.join(shown)} ET".encode("latin-1", "replace")


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
