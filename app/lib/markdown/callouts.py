"""GitHub's `> [!NOTE]` quotes become the callouts that python-markdown knows (`!!! note`)."""

from __future__ import annotations

import re

from markdown.preprocessors import Preprocessor

OPENING = re.compile(r"^ {0,3}>\s*\[!(\w+)\]\s*(.*)$")
QUOTED = re.compile(r"^ {0,3}> ?(.*)$")
FENCE = re.compile(r"^\s*(`{3,}|~{3,})")
KINDS = {
    "note": "note",
    "tip": "tip",
    "important": "important",
    "warning": "warning",
    "caution": "danger",
    "danger": "danger",
    "info": "note",
}


class GitHubCallouts(Preprocessor):
    """Rewrites the quotes outside fenced code, line by line."""

    def run(self, lines: list[str]) -> list[str]:
        out: list[str] = []
        fence, inside = "", False
        for line in lines:
            mark = FENCE.match(line)
            if mark and not fence:
                fence = mark[1]
            elif mark and mark[1].startswith(fence):
                fence = ""
            opening = None if fence else OPENING.match(line)
            quoted = QUOTED.match(line) if inside and not fence else None
            if opening:
                out += ["", self.title(opening), ""]
                inside = True
                if opening[2]:
                    out.append("    " + opening[2])
            elif quoted:
                out.append("    " + quoted[1])
            else:
                out += [""] if inside else []
                inside = False
                out.append(line)
        return out

    def title(self, opening: re.Match[str]) -> str:
        """`!!! note` and, for a kind nobody knows, its own word as the title."""
        word = opening[1].lower()
        kind = KINDS.get(word, "note")
        return f"!!! {kind}" if word in KINDS else f'!!! note "{word.capitalize()}"'
