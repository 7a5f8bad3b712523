"""Whether a page is valid HTML (the living standard): tags that close, content where it may stand, attributes that exist, references
that lead somewhere. Stricter than a browser and than a parser alone, smaller than the checker of the W3C, which needs Java."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser


def names(words: str) -> set[str]:
    return set(words.split())


FOREIGN = {"svg", "math"}
VOID = names("area base br col embed hr img input link meta source track wbr")
METADATA = names("base link meta noscript script style template title")
PHRASING = names(
    "a abbr area audio b bdi bdo br button canvas cite code data datalist del dfn em embed i iframe img input ins kbd label link map "
    "mark math meta meter noscript object output picture progress q ruby rp rt s samp script select slot small source span strong sub "
    "sup svg template textarea time track u var video wbr"
)
FLOW = PHRASING | names(
    "address article aside blockquote details dialog div dl fieldset figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr main menu "
    "nav ol p pre search section table ul"
)
PARTS = names("body caption col colgroup dd dt figcaption head html legend li optgroup option summary tbody td tfoot th thead title tr")
# What holds words and marks in them only; `a`, `ins`, `del` and our own elements hold what their parent may.
WORDS_ONLY = names(
    "abbr b bdi bdo button cite code data dfn em h1 h2 h3 h4 h5 h6 i kbd label legend mark meter output p pre progress q s samp small "
    "span strong sub summary sup time u var"
)
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
CHILDREN = {
    "ul": {"li"},
    "ol": {"li"},
    "menu": {"li"},
    "dl": {"dt", "dd", "div"},
    "table": {"caption", "colgroup", "thead", "tbody", "tfoot", "tr"},
    "thead": {"tr"},
    "tbody": {"tr"},
    "tfoot": {"tr"},
    "tr": {"th", "td"},
    "colgroup": {"col"},
    "select": {"option", "optgroup", "hr"},
    "optgroup": {"option"},
    "datalist": {"option"},
    "html": {"head", "body"},
}
PARENTS = {
    "li": {"ul", "ol", "menu"},
    "dt": {"dl", "div"},
    "dd": {"dl", "div"},
    "caption": {"table"},
    "tr": {"table", "thead", "tbody", "tfoot"},
    "td": {"tr"},
    "th": {"tr"},
    "option": {"select", "optgroup", "datalist"},
    "summary": {"details"},
    "legend": {"fieldset"},
    "figcaption": {"figure"},
    "source": {"audio", "video", "picture"},
    "track": {"audio", "video"},
}
INTERACTIVE = names("a audio button details embed iframe input label select textarea video")
ALONE = {"a": INTERACTIVE, "button": INTERACTIVE, "label": {"label"}, "form": {"form"}, "header": {"main"}, "footer": {"main"}}
GLOBAL = names(
    "accesskey autocapitalize autocorrect autofocus class contenteditable dir draggable enterkeyhint hidden id inert inputmode is "
    "itemid itemprop itemref itemscope itemtype lang nonce popover role slot spellcheck tabindex title translate"
)
OWN = {
    "a": "download href hreflang ping referrerpolicy rel target type",
    "audio": "autoplay controls crossorigin loop muted preload src",
    "blockquote": "cite",
    "button": "command commandfor disabled form formaction formenctype formmethod formnovalidate formtarget name popovertarget "
    "popovertargetaction type value",
    "canvas": "height width",
    "col": "span",
    "colgroup": "span",
    "data": "value",
    "del": "cite datetime",
    "details": "name open",
    "dialog": "closedby open",
    "fieldset": "disabled form name",
    "form": "accept-charset action autocomplete enctype method name novalidate rel target",
    "iframe": "allow allowfullscreen height loading name referrerpolicy sandbox src srcdoc width",
    "img": "alt crossorigin decoding fetchpriority height ismap loading referrerpolicy sizes src srcset usemap width",
    "input": "accept alt autocomplete checked dirname disabled form formaction formenctype formmethod formnovalidate formtarget height "
    "list max maxlength min minlength multiple name pattern placeholder popovertarget popovertargetaction readonly required size src step "
    "type value width",
    "ins": "cite datetime",
    "label": "for",
    "li": "value",
    "link": "as blocking color crossorigin disabled fetchpriority href hreflang imagesizes imagesrcset integrity media referrerpolicy rel "
    "sizes type",
    "meta": "charset content http-equiv media name property",
    "meter": "high low max min optimum value",
    "ol": "reversed start type",
    "optgroup": "disabled label",
    "option": "disabled label selected value",
    "output": "for form name",
    "progress": "max value",
    "q": "cite",
    "script": "async blocking crossorigin defer fetchpriority integrity nomodule referrerpolicy src type",
    "select": "autocomplete disabled form multiple name required size",
    "source": "height media sizes src srcset type width",
    "style": "blocking media",
    "td": "colspan headers rowspan",
    "textarea": "autocomplete cols dirname disabled form maxlength minlength name placeholder readonly required rows wrap",
    "th": "abbr colspan headers rowspan scope",
    "time": "datetime",
    "track": "default kind label src srclang",
    "video": "autoplay controls crossorigin height loop muted playsinline poster preload src width",
}
ATTRIBUTES = {name: GLOBAL | names(words) for name, words in OWN.items()}
NEEDED = {"img": ("alt", "src"), "html": ("lang",), "track": ("src",), "iframe": ("title",), "optgroup": ("label",)}
REFERENCES = (
    "for",
    "form",
    "list",
    "aria-labelledby",
    "aria-describedby",
    "aria-controls",
    "aria-owns",
    "aria-activedescendant",
    "headers",
)
FULL = ("id", "href", "src", "for", "action")
# The standard wants words in these (or a name that stands in for them).
NOT_EMPTY = {*HEADINGS, "title", "legend", "summary", "caption"}


@dataclass
class Node:
    """An open element: its name, the line on which it began, and what is known of its inside so far."""

    name: str
    line: int
    attributes: dict[str, str]
    children: Counter[str] = field(default_factory=Counter)
    words: bool = False


class Page(HTMLParser):
    """Reads one page; `faults` are sentences with the line."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.open: list[Node] = []
        self.ids: Counter[str] = Counter()
        self.wanted: list[tuple[int, str, str]] = []
        self.seen: Counter[str] = Counter()
        if not html.lstrip().lower().startswith("<!doctype html>"):
            self.fault("no <!doctype html> at the top")
        self.feed(html)
        self.close()
        self.at_the_end()

    def fault(self, words: str) -> None:
        self.faults.append(f"line {self.getpos()[0]}: {words}")

    def foreign(self) -> bool:
        return any(node.name in FOREIGN for node in self.open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self.foreign():
            self.faults += [f"line {self.getpos()[0]}: {words}" for words in self.judged(tag, attrs)]
        self.seen[tag] += 1
        if self.open:
            self.open[-1].children[tag] += 1
        known = {name: value or "" for name, value in attrs}
        self.note(tag, known)
        if tag not in VOID:
            self.open.append(Node(tag, self.getpos()[0], known))
        elif tag in {"img", "input"}:
            self.mark_words()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            if not self.foreign():
                self.fault(f"<{tag}/> does not close itself")
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            self.fault(f"</{tag}> closes what is never open")
        elif not self.open or self.open[-1].name != tag:
            self.fault(f"</{tag}> while <{self.open[-1].name if self.open else 'nothing'}> is open")
            while any(node.name == tag for node in self.open) and self.open.pop().name != tag:
                pass
        else:
            node = self.open.pop()
            if node.name in NOT_EMPTY and not node.words and not {"aria-label", "aria-labelledby"} & node.attributes.keys():
                self.fault(f"<{tag}> without words")
            if node.name == "details" and not node.children["summary"]:
                self.fault("<details> without <summary>")

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.mark_words()
            parent = self.open[-1].name if self.open else ""
            if parent in CHILDREN and parent != "select":
                self.fault(f"words straight in <{parent}>: {data.strip()[:40]}")

    def mark_words(self) -> None:
        for node in self.open:
            node.words = True

    def judged(self, tag: str, attrs: list[tuple[str, str | None]]) -> Iterator[str]:
        """What is wrong with this start tag where it stands."""
        parent = self.open[-1].name if self.open else ""
        yield from self.place(tag, parent)
        names = [name for name, _ in attrs]
        yield from (f"<{tag}> has {name} twice" for name, count in Counter(names).items() if count > 1)
        if "-" not in tag and tag not in FOREIGN:
            allowed = ATTRIBUTES.get(tag, GLOBAL)
            yield from (
                f"<{tag} {name}> does not exist" for name in names if name not in allowed and not name.startswith(("data-", "aria-"))
            )
        given = dict(attrs)
        yield from (f"<{tag}> without {name}" for name in NEEDED.get(tag, ()) if name not in given)
        yield from (
            f"<{tag} {name}> is empty" for name in ("id", "href", "src", "for", "action") if not (given.get(name, "x") or "").strip()
        )

    def place(self, tag: str, parent: str) -> Iterator[str]:
        own = "-" in tag
        if not own and tag not in FLOW | PARTS | METADATA:
            yield f"<{tag}> is no element"
        if parent in CHILDREN and tag not in CHILDREN[parent] | {"script", "template"}:
            yield f"<{tag}> straight in <{parent}>"
        if tag in PARENTS and parent not in PARENTS[tag]:
            yield f"<{tag}> in <{parent}>"
        holder = next((node.name for node in reversed(self.open) if node.name not in {"a", "ins", "del"} and "-" not in node.name), "")
        heading = tag in HEADINGS and holder in {"summary", "legend"}
        if holder in WORDS_ONLY and not own and not heading and tag not in PHRASING:
            yield f"<{tag}> in <{holder}>, which holds words only"
        for node in self.open:
            if tag in ALONE.get(node.name, ()) and not (node.name == "a" and "href" not in node.attributes):
                yield f"<{tag}> inside <{node.name}>"

    def note(self, tag: str, given: dict[str, str]) -> None:
        """Remember ids, and what must lead to one."""
        line = self.getpos()[0]
        if given.get("id") and not self.foreign():
            self.ids[given["id"]] += 1
        for name in REFERENCES:
            if name in given and (name != "form" or tag != "a"):
                self.wanted += [(line, f"{tag} {name}", word) for word in given[name].split()]
        if tag == "a" and given.get("href", "").startswith("#") and len(given["href"]) > 1:
            self.wanted.append((line, "a href", given["href"][1:]))

    def at_the_end(self) -> None:
        self.faults += [f"line {node.line}: <{node.name}> is never closed" for node in self.open]
        self.faults += [f"the id {name!r} stands {count} times" for name, count in self.ids.items() if count > 1]
        self.faults += [
            f"line {line}: <{what}> wants {name!r}" for line, what, name in self.wanted if name not in self.ids and name != "top"
        ]
        self.faults += [f"{self.seen[tag]} <{tag}>" for tag in ("html", "head", "title", "body", "main") if self.seen[tag] != 1]


def faults(html: str) -> list[str]:
    """What is invalid in a whole page, as sentences."""
    return Page(html).faults
