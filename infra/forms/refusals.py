"""What every form about an illness refuses: one example for each mistake."""

from infra.forms.examples import Broken

_CONDITION = "clinical.primary_condition"
_TREATMENTS = "clinical.prior_treatments"
_FIRST = f"{_TREATMENTS}.0"
_ILL = "clinical.comorbidities"
_PAST = {"class": "surgery", "status": "past"}


def _missing(name: str, path: str, because: str) -> Broken:
    return Broken(f"{name}-missing", because, path, "required", drop=(path,))


def _neither(kind: str, place: int) -> Broken:
    return Broken(
        f"{kind}-neither-sent-nor-missing",
        f"A mandatory record ({kind}) is announced, or its absence explained.",
        "missing_records",
        "required",
        drop=(f"records.{place}",),
    )


REFUSED = (
    _missing("full-name", "patient.full_name", "Nobody can be answered without a name."),
    _missing("birth-date", "patient.date_of_birth", "The age decides who may consent."),
    _missing("email", "contact.email", "The answer has to go somewhere."),
    _missing("category", f"{_CONDITION}.category", "The illness is what it is about."),
    _missing(
        "comorbidity", f"{_ILL}.hiv", "What matters for safety is answered, if only by unknown."
    ),
    _neither("blood", 0),
    _neither("urine", 1),
    _neither("radiology", 2),
    Broken(
        "description-too-short",
        "An illness that is not in the list is described.",
        f"{_CONDITION}.description",
        "minLength",
        {f"{_CONDITION}.category": "other", f"{_CONDITION}.description": "Pain"},
    ),
    Broken(
        "description-missing",
        "An illness without a name is described.",
        f"{_CONDITION}.description",
        "required",
        {f"{_CONDITION}.category": "undiagnosed"},
        (f"{_CONDITION}.description",),
    ),
    Broken(
        "condition-not-offered",
        "Only illnesses of this form can be chosen.",
        f"{_CONDITION}.category",
        "enum",
        {f"{_CONDITION}.category": "common_cold"},
    ),
    Broken(
        "diagnosed-in-the-future",
        "A diagnosis has been made by now.",
        f"{_CONDITION}.diagnosed_on",
        "date_in_future",
        {f"{_CONDITION}.diagnosed_on": "2090"},
    ),
    Broken(
        "birth-date-with-slashes",
        "A date has one form only, whatever the country.",
        "patient.date_of_birth",
        "format",
        {"patient.date_of_birth": "09/06/1974"},
    ),
    Broken(
        "email-with-line-break",
        "A line break in an address could add headers to a mail.",
        "contact.email",
        "format",
        {"contact.email": "malee@patients.example\r\nBcc: x@patients.example"},
    ),
    Broken(
        "phone-channel-needs-phone",
        "Nobody can be called without a number.",
        "contact.phone",
        "required",
        {"contact.preferred_channel": "phone"},
    ),
    Broken(
        "representative-needs-person",
        "Who writes for somebody says who they are.",
        "submitter.representative",
        "required",
        {"submitter": {"role": "representative"}},
    ),
    Broken(
        "patient-has-no-representative",
        "The patient writes, and yet someone else does.",
        "submitter.representative",
        "not",
        {"submitter.representative": {"full_name": "Anna Example", "relationship": "spouse"}},
    ),
    Broken(
        "past-treatment-needs-response",
        "Of what is over it can be said whether it helped.",
        f"{_FIRST}.response",
        "required",
        {_FIRST: _PAST},
    ),
    Broken(
        "current-treatment-has-no-end",
        "What goes on has not ended.",
        f"{_FIRST}.stopped",
        "not",
        {f"{_FIRST}.stopped": "2024"},
    ),
    Broken(
        "side-effect-needs-adverse-event",
        "Which side effect it was matters for what comes next.",
        f"{_FIRST}.adverse_event",
        "required",
        {_FIRST: {**_PAST, "response": "none", "stop_reason": "side_effect"}},
    ),
    Broken(
        "no-treatment-is-not-current",
        "No treatment is not one that goes on.",
        f"{_FIRST}.status",
        "const",
        {_FIRST: {"class": "none", "status": "current"}},
    ),
    Broken(
        "prior-treatments-empty",
        "No treatment so far is an answer, an empty list is none.",
        _TREATMENTS,
        "minItems",
        {_TREATMENTS: []},
    ),
    Broken(
        "cancer-needs-details",
        "Of a cancer the doctors have to know more.",
        f"{_ILL}.details",
        "required",
        {f"{_ILL}.cancer": "past"},
    ),
    Broken(
        "blood-needs-document-date",
        "Without its date nobody can say whether a test is recent.",
        "records.0.document_date",
        "required",
        drop=("records.0.document_date",),
    ),
    Broken(
        "radiology-neither-images-nor-report",
        "It is the images, the report, or both.",
        "records.2.is_images",
        "radiology_neither",
        {"records.2.is_images": False, "records.2.is_report": False},
    ),
    Broken(
        "health-data-review-refused",
        "Nobody may look at the data without consent.",
        "consents",
        "contains",
        {"consents.0.decision": "refused"},
    ),
    Broken(
        "consent-to-unpublished-text",
        "Consent is to words that were published.",
        "consents.0.decision",
        "consent_unpublished",
        {"consents.0.notice_sha256": "0" * 64},
    ),
    Broken(
        "typed-name-method-needs-typed-name",
        "Who signs by typing a name has typed one.",
        "consents.0.typed_name",
        "required",
        {"consents.0.method": "typed_name"},
    ),
    Broken(
        "unknown-field",
        "What nobody asked for is not kept.",
        "",
        "additionalProperties",
        {"received_at": "2026-11-22"},
    ),
)
