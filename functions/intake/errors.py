"""Refusals, as the domain sees them. `intake.http` turns them into replies."""

from __future__ import annotations

import dataclasses
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from traceback import walk_tb
from typing import Any, ClassVar

_HOST = re.compile(r"https?://([a-z0-9.-]+)")


def place_of(error: Exception) -> str:
    """Return where *error* was raised, as "file.py:12": its text may quote what somebody wrote."""
    frame, line = deque(walk_tb(error.__traceback__), maxlen=1)[0]
    return f"{PurePath(frame.f_code.co_filename).name}:{line}"


def name_of(error: Exception) -> str:
    """
    Return what failed, in names of AWS's and ours alone: its text may quote what somebody wrote.

    "PutItem ThrottlingException" where AWS refused, "ReadTimeoutError s3.example.com" where it did
    not answer, the reason of an UnavailableError, and otherwise the type.
    """
    if isinstance(error, UnavailableError):
        return error.reason
    # By its looks: a step that asks nothing of AWS must not load botocore for this.
    told: Any = error
    kind = type(error).__name__
    answer = getattr(error, "response", None)  # a connection's error may have an empty one
    if code := (answer or {}).get("Error", {}).get("Code"):
        return f"{getattr(told, 'operation_name', kind)} {code}"
    host = _HOST.match(str(getattr(error, "kwargs", {}).get("endpoint_url", "")))
    return f"{kind} {host[1]}" if host else kind


@dataclass(frozen=True)
class Problem:
    """
    One field that broke one rule. Holds no value that anybody typed.

    `field` is the dotted path ("clinical.prior_treatments.0.response"; "" is the whole form),
    `rule` the JSON Schema keyword or the rule of `intake.rules`, `code` the public code for
    form clients, `key` the message in the catalogue, `params` limits from the schema.
    """

    field: str
    rule: str
    code: str
    key: str
    params: Mapping[str, str | int] = dataclasses.field(default_factory=dict)

    @property
    def pointer(self) -> str:
        """The field as a JSON Pointer (RFC 6901)."""
        return "".join(f"/{part}" for part in self.field.split(".")) if self.field else ""


class IntakeError(Exception):
    """
    Base of every refusal.

    `code` is public and never changes, `status` is the HTTP status that fits, and the message
    in the catalogue is found under `key`. Nothing a patient typed is ever put into one.
    """

    code: ClassVar[str] = "INTAKE_ERROR"
    status: ClassVar[int] = 400
    key: ClassVar[str] = "bad_request"

    def __init__(self, **params: str | int) -> None:
        """Keep *params*: limits and names of ours that the message may mention."""
        super().__init__(self.code)
        self.params = params


class MalformedError(IntakeError):
    """The body is not what its content type says, or breaks a bound of the parser."""

    code = "MALFORMED"
    key = "malformed"


class EmptyError(IntakeError):
    """The body holds no answers."""

    code = "EMPTY"
    key = "empty"


class OriginNotAllowedError(IntakeError):
    """A page of a site that may not use this form sent it."""

    code = "BLOCKED"
    status = 403
    key = "origin_not_allowed"


class InactiveFormError(IntakeError):
    """The form is switched off."""

    code = "INACTIVE"
    status = 403
    key = "form_inactive"


class UnknownFormError(IntakeError):
    """No form has this name."""

    code = "FORM_NOT_FOUND"
    status = 404
    key = "form_not_found"


class NotFoundError(IntakeError):
    """Nothing is here; also the answer to expired and foreign tokens."""

    code = "NOT_FOUND"
    status = 404
    key = "not_found"


class MethodNotAllowedError(IntakeError):
    """The address exists, the method does not. `allow` goes into the header of that name."""

    code = "METHOD_NOT_ALLOWED"
    status = 405
    key = "method_not_allowed"


class KeyReusedError(IntakeError):
    """The idempotency key came before, with other answers or other files."""

    code = "IDEMPOTENCY_KEY_REUSED"
    status = 409
    key = "key_reused"


class TooLargeError(IntakeError):
    """Body, answers or files are larger than `limit` bytes."""

    code = "FILES_TOO_BIG"
    status = 413
    key = "too_large"


class AnswersTooLargeError(IntakeError):
    """The answers alone are larger than `limit` bytes."""

    code = "ANSWERS_TOO_BIG"
    status = 413
    key = "answers_too_large"


class TooManyFilesError(IntakeError):
    """More than `limit` files in one post."""

    code = "TOO_MANY_FILES"
    status = 413
    key = "too_many_files"


class UnsupportedTypeError(IntakeError):
    """A content type that this address does not read."""

    code = "UNSUPPORTED_CONTENT_TYPE"
    status = 415
    key = "unsupported_type"


class InvalidAnswersError(IntakeError):
    """The answers break the form's schema or contradict each other."""

    code = "VALIDATION"
    status = 422
    key = "invalid_answers"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Keep the *problems*, in the order of the form."""
        super().__init__()
        self.problems = problems


class TooManyPostsError(IntakeError):
    """So many posts from one network that they are a flood; nothing was stored."""

    code = "TOO_MANY_POSTS"
    status = 429
    key = "too_many_posts"


class UnavailableError(IntakeError):
    """
    A part of ours did not answer; the same request may be sent again later.

    `reason` is for the log and says what is behind it, as `name_of` does. Without one, others wrote
    to the same items at each of our attempts.
    """

    code = "TRY_AGAIN"
    status = 503
    key = "unavailable"

    def __init__(self, reason: str = "Conflict") -> None:
        """Keep the *reason*."""
        super().__init__()
        self.reason = reason


class NotSignedInError(IntakeError):
    """A page of the staff was asked for without a token that the gateway checked."""

    code = "NOT_SIGNED_IN"
    status = 401
    key = "not_signed_in"


class NotYourRoleError(IntakeError):
    """Somebody may see this case, and may not do this to it."""

    code = "NOT_YOUR_ROLE"
    status = 403
    key = "not_your_role"


class CaseChangedError(IntakeError):
    """The case is no longer as it was when somebody decided; nothing was changed."""

    code = "CASE_CHANGED"
    status = 409
    key = "case_changed"


class AddressFailedError(IntakeError):
    """A letter can't be sent again, because mail to this address failed for good."""

    code = "ADDRESS_FAILED"
    status = 422
    key = "address_failed"


class UnknownActionError(IntakeError):
    """The body asks for something that can't be done to a case."""

    code = "UNKNOWN_ACTION"
    status = 422
    key = "unknown_action"


class FileTooBigError(IntakeError):
    """A file is larger than the `limit` in MB for its kind of record."""

    code = "FILE_TOO_BIG"
    status = 413
    key = "file_too_big"


class UsePartsError(FileTooBigError):
    """A file of more than `limit` MB has to be sent in parts."""

    key = "use_parts"


class TooManyUploadsError(IntakeError):
    """The inquiry has the `limit` of files already."""

    code = "TOO_MANY_FILES"
    status = 413
    key = "too_many_uploads"


class InquiryFullError(IntakeError):
    """The files of the inquiry would be larger than `limit` MB together."""

    code = "INQUIRY_FULL"
    status = 413
    key = "inquiry_full"


class EmptyFileError(IntakeError):
    """A file of no bytes."""

    code = "EMPTY_FILE"
    status = 422
    key = "empty_file"


class WrongFileTypeError(IntakeError):
    """A file says of itself that it is something which no record can be."""

    code = "WRONG_FILE_TYPE"
    status = 422
    key = "wrong_file_type"


class UnknownRequirementError(IntakeError):
    """The form asks for no such kind of record, or this record was not announced."""

    code = "UNKNOWN_REQUIREMENT"
    status = 422
    key = "unknown_requirement"


class AlreadyReceivedError(IntakeError):
    """The file is here already; nothing is signed for it a second time."""

    code = "ALREADY_RECEIVED"
    status = 409
    key = "already_received"


class NotSignedError(IntakeError):
    """What was asked for is not signed: another's key or upload, no such part, or no such shape."""

    code = "NOT_SIGNED"
    status = 403
    key = "not_signed"


class WithdrawnError(IntakeError):
    """The sender withdrew the inquiry: nothing is added or changed any more."""

    code = "WITHDRAWN"
    status = 409
    key = "withdrawn"


class NotConfirmedError(IntakeError):
    """The mailed link may be a stranger's, and nobody there has said that the address is theirs."""

    code = "NOT_CONFIRMED"
    status = 403
    key = "not_confirmed"


class AddressFixedError(IntakeError):
    """The address can't be corrected here: confirmed, too late, or too often."""

    code = "ADDRESS_FIXED"
    status = 409
    key = "address_fixed"


class PageOutdatedError(IntakeError):
    """Another window of the sender's was faster."""

    code = "PAGE_OUTDATED"
    status = 409
    key = "page_outdated"


class TooManyNotesError(IntakeError):
    """The sender has added the `limit` of corrections already."""

    code = "TOO_MANY_CORRECTIONS"
    status = 409
    key = "too_many_notes"
