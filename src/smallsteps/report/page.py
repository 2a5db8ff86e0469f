"""A report as one self-contained page: it sends no request, and nothing that a student wrote runs in it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from smallsteps import __version__
from smallsteps.report.content import Report
from smallsteps.report.csv_files import csv_name

_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'unsafe-inline'; script-src '{script}'"


def page(report: Report, stem: str = "report") -> str:
    """The page as HTML text. Its links lead to the CSV and SVG files beside it, in folders that begin with `stem`.

    Texts are escaped by the template; the browser's data travels compressed and in base64, so that none of its
    characters can end its element; the script is the only one that the page's policy lets run.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("smallsteps.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    script = _asset("report.js")
    return environment.get_template("page.html.j2").render(
        report=report,
        version=__version__,
        policy=Markup(_POLICY.format(script=_digest(script))),
        style=Markup(_asset("report.css")),
        script=Markup(script),
        data=compressed_json(report.browser),
        svg=Markup,
        csv_link=lambda name: f"{quote(stem)}.csv.d/{quote(csv_name(name))}.csv",
        svg_link=lambda name: f"{quote(stem)}.svg.d/{quote(name)}.svg",
    )


def compressed_json(data: Any) -> str:
    """Data as JSON, compressed, in base64; the same data give the same text."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode(), compresslevel=9, mtime=0)).decode()


def _asset(name: str) -> str:
    return (files("smallsteps.report") / "templates" / name).read_text(encoding="utf-8")


def _digest(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
