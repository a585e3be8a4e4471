"""The captcha that an operator may switch on: whose it is, and what its widget needs of a page."""

from __future__ import annotations

from dataclasses import dataclass

NONE = "none"
# What a widget says that it is solved for; a token for another purpose is worth nothing here.
ACTION = "inquiry"
# Under these names widgets post what they made. The last is hCaptcha's habit.
FIELDS = ("cf-turnstile-response", "h-captcha-response", "g-recaptcha-response")


@dataclass(frozen=True)
class Vendor:
    """One maker of captchas. `origins` is all that its script may load, frame and ask."""

    field: str
    script: str
    origins: str
    has_action: bool


VENDORS = {
    "turnstile": Vendor(
        "cf-turnstile-response",
        "https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit",
        "https://challenges.cloudflare.com",
        has_action=True,
    ),
    "hcaptcha": Vendor(
        "h-captcha-response",
        "https://js.hcaptcha.com/1/api.js?render=explicit",
        "https://hcaptcha.com https://*.hcaptcha.com",
        has_action=False,
    ),
}


@dataclass(frozen=True)
class Widget:
    """What a page shows of it: *name* of the vendor, and the site's own public key."""

    name: str
    site_key: str

    @property
    def vendor(self) -> Vendor:
        """Whose it is."""
        return VENDORS[self.name]

    @property
    def action(self) -> str:
        """What it is solved for."""
        return ACTION


def widget(name: str, site_key: str) -> Widget | None:
    """Return the widget of the template's settings; None: no captcha."""
    return None if name == NONE else Widget(name, site_key)


def origins(name: str) -> str:
    """Return what a page with this vendor's widget has to let in; nothing where there is none."""
    return "" if name == NONE else VENDORS[name].origins
