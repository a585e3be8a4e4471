"""As much of a browser as a plain form needs: elements, and the fields that it would post."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"input", "meta", "link", "br"}
NEVER_POSTED = {"submit", "button", "file"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    text: str = ""
    options: list[Element] = field(default_factory=list)

    def __getitem__(self, name):
        return self.attributes.get(name, "")

    def has(self, name):
        return name in self.attributes


class Page(HTMLParser):
    """A parsed page. Raises on tags that don't close in the order in which they opened."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self._inert = 0  # templates that are open
        self.feed(html.replace("\r\n", "\n"))
        self.close()
        assert not self._open

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, names)
        element = Element(tag, {name: value or "" for name, value in attrs})
        if tag == "option":
            self._end_option()
            self._open[-1].options.append(element)
        # What stands in a template is no part of the page until a script takes it out.
        if not self._inert:
            self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)
            self._inert += tag == "template"

    def handle_endtag(self, tag):
        if tag == "select":
            self._end_option()
        assert self._open.pop().tag == tag
        self._inert -= tag == "template"

    def _end_option(self):
        """Close an option: the one end tag that we leave out, as 500 countries weigh something."""
        if self._open[-1].tag == "option":
            self._open.pop()

    def handle_data(self, data):
        for element in self._open:
            element.text += data

    @property
    def kinds(self):
        """How often each kind of element with its attributes occurs: no text may change that."""
        return Counter((each.tag, *sorted(each.attributes)) for each in self.elements)

    @property
    def ids(self):
        return [each["id"] for each in self.elements if each.has("id")]

    def all(self, tag, **attributes):
        wanted = {name.strip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            each
            for each in self.elements
            if each.tag == tag and wanted.items() <= each.attributes.items()
        ]

    def one(self, tag, **attributes):
        found = self.all(tag, **attributes)
        assert len(found) == 1, (tag, attributes, len(found))
        return found[0]

    def by_id(self, id_):
        found = [each for each in self.elements if each["id"] == id_]
        assert len(found) == 1, id_
        return found[0]

    def fields(self):
        """Return what pressing "send" would post, without files."""
        posted = []
        for each in self.elements:
            if not each["name"] or each.has("disabled") or each["type"] in NEVER_POSTED:
                continue
            if each.tag == "input":
                if each["type"] in {"radio", "checkbox"} and not each.has("checked"):
                    continue
                posted.append((each["name"], each["value"]))
            elif each.tag == "textarea":
                # The first line break after the tag belongs to the markup.
                posted.append((each["name"], each.text.removeprefix("\n").replace("\n", "\r\n")))
            elif each.tag == "select":
                chosen = [option for option in each.options if option.has("selected")]
                posted.append((each["name"], (chosen or each.options)[0]["value"]))
        return posted
