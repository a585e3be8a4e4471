"""Which other sites may use a form, and where a browser may be sent afterwards."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from intake import viewer
from intake.errors import OriginNotAllowedError
from intake.forms import Form
from intake.http import Request

# The template's word for: the API's own address, until there is a domain.
AUTO = "auto"


@dataclass(frozen=True)
class Origins:
    """The clinic's own address and the sites that may post to it."""

    public_url: str
    allowed: Collection[str]
    origin_secret: str = field(repr=False)

    def base_url(self, request: Request) -> str:
        """Return the origin that patients see, without a slash at its end."""
        is_known = self.public_url != AUTO
        return self.public_url if is_known else viewer.site(request, self.origin_secret)

    def check(self, form: Form, request: Request) -> None:
        """
        Raise OriginNotAllowedError for a foreign site that was not named.

        No Origin, or "null" (a page with a strict referrer policy, a file on somebody's disk),
        is no foreign site.
        """
        origin = request.headers.get("origin", "null")
        if origin not in {"null", *self._own(request), *self._of(form)}:
            raise OriginNotAllowedError

    def is_strangers(self, request: Request) -> bool:
        """Tell whether a browser says that another site's page posted, and not which one's."""
        return (
            request.headers.get("origin", "null") == "null"
            and request.headers.get("sec-fetch-site") == "cross-site"
        )

    def next_url(self, form: Form, request: Request, wanted: str | None) -> str | None:
        """
        Return where the page asks to go after success, if that is one of the named sites.

        Anything else is ignored: merging any host is an open redirect.
        """
        if not wanted or not wanted.isascii() or not wanted.isprintable() or "\\" in wanted:
            return None
        try:
            parts = urlsplit(wanted)
        except ValueError:
            return None
        origin = f"{parts.scheme}://{parts.netloc}"
        return wanted if origin in {*self._own(request), *self._of(form)} else None

    def hosts(self, form: Form, request: Request) -> set[str]:
        """Return the hosts of all pages that *form* may stand on."""
        origins = {*self._own(request), *self._of(form)}
        return {urlsplit(origin).hostname or "" for origin in origins}

    def _own(self, request: Request) -> set[str]:
        """
        Return where our own pages are: where patients are sent, and where this request came to.

        They differ between the day a domain is there and the day it is given as PublicUrl.
        """
        return {self.base_url(request), viewer.site(request, self.origin_secret)}

    def _of(self, form: Form) -> Collection[str]:
        """Return the sites that may use *form*: those of the template, or fewer."""
        own = form.meta["origins"]
        return self.allowed if own is None else set(self.allowed) & set(own)
