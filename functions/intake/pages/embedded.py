"""The style of our own pages as <clinic-inquiry> needs it inside another site's page."""

from __future__ import annotations

import re

# element.css undoes the site's rules with the weight of two ids; ours have that of three.
_ELEMENT = "clinic-inquiry.living:not(#a#b#c)"
# The clinic's colours: first by day, then where the device is dark.
_COLOURS = re.compile(r"(?m:^:root \{)([^}]*)\}")
_COLOUR = re.compile(r"(--[\w-]+): ([^;]+);")
_DARK = re.compile(r"@media \(prefers-color-scheme: dark\) \{\s*:root \{[^}]*\}\s*\}")


def rules(style: str) -> str:
    """
    Return the rules of *style*, an own page's, nested: none leaves the element.

    What is said of the page as a whole is said of the form's box. Colours weigh nothing, so that
    the site may set them. No size depends on the site's root: element.css says what "rem" is.
    """
    style = _DARK.sub(_as_dark_as_the_site(style), style).replace("color-scheme: light dark;", "")
    style = re.sub(r"(?m:^(?:html|body)\b)", "& > *", style)
    style = re.sub(r"(?m:^:root\b)", ":where(&)", style).replace(".living ", "& ")
    style = re.sub(r"(-?[\d.]+)rem\b", r"calc(\1 * var(--clinic-rem))", style)
    return f"{_ELEMENT} {{\n{style}\n}}"


def _as_dark_as_the_site(style: str) -> str:
    """Return the colours by what the site around is, and not by the device: few sites turn dark."""
    light, dark = (dict(_COLOUR.findall(block)) for block in _COLOURS.findall(style))
    both = " ".join(f"{name}: light-dark({light[name]}, {dark[name]});" for name in dark)
    return f"@supports (color: light-dark(#000, #fff)) {{ :where(&) {{ {both} }} }}"
