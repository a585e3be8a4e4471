// A clinic's own page: one form, sent by the client that the address names, configured and no more.
import "@formspree/ajax"; // what a page without a bundler loads: it brings window.formspree
import { createClient, isSubmissionError } from "@formspree/core";
import { useForm, ValidationError } from "@formspree/react";
import { createElement as h } from "react";
import { createRoot } from "react-dom/client";
import { flushSync } from "react-dom";

const given = new URLSearchParams(location.search);
const endpoint = given.get("endpoint");
const form = given.get("form");
const notice = given.get("notice");
const main = document.querySelector("main");
const said = document.querySelector("output");

const asked = [
  ["Question", "message"],
  ["Patient", "patient.full_name"],
  ["Country", "patient.country_of_residence"],
  ["Email", "contact.email"],
];
const hidden = Object.entries({
  form_locale: "en",
  "submitter.role": "patient",
  "contact.preferred_channel": "email",
  "contact.preferred_language": "en",
  "consents.0.purpose": "health_data_review",
  "consents.0.decision": "granted",
  "consents.0.notice_sha256": notice,
  ...(given.has("file") ? { "records.0.requirement": "blood" } : {}),
});

function fields(mark = () => null) {
  return [
    ...asked.map(([label, name]) => h("p", { key: name }, h("label", null, label, " ", h("input", { name })), mark(name))),
    ...hidden.map(([name, defaultValue]) => h("input", { key: name, type: "hidden", name, defaultValue })),
    given.has("file") &&
      h("label", { key: "file" }, "Blood test", h("input", { type: "file", name: "records.0.file" })),
    h("button", { key: "send", type: "submit" }, "Send"),
  ];
}

function WithReact() {
  const [state, send] = useForm(form, { endpoint });
  if (state.succeeded) return h("p", null, "Thank you, it was sent");
  const mark = (field) => h(ValidationError, { field, errors: state.errors, "data-error": field });
  return h("form", { onSubmit: send }, fields(mark), h(ValidationError, { errors: state.errors, "data-error": "" }));
}

const clients = {
  react: () => createRoot(main).render(h(WithReact)),

  ajax() {
    const mark = (field) => h("span", { "data-fs-error": field, "data-error": field });
    const whole = h("div", { "data-fs-error": "", "data-error": "" });
    flushSync(() => createRoot(main).render(h("form", { id: "ask" }, fields(mark), whole)));
    window.formspree("initForm", { formElement: "#ask", formId: form, origin: endpoint });
  },

  core() {
    const mark = (field) => h("span", { "data-error": field });
    flushSync(() => createRoot(main).render(h("form", null, fields(mark), h("span", { "data-error": "" }))));
    const client = createClient();
    main.firstChild.addEventListener("submit", async (event) => {
      event.preventDefault();
      const typed = new FormData(event.target);
      const data = given.has("file") ? typed : Object.fromEntries(typed);
      const result = await client.submitForm(form, data, { endpoint });
      const failed = isSubmissionError(result);
      for (const place of document.querySelectorAll("[data-error]")) {
        const field = place.dataset.error;
        const errors = failed ? (field ? result.getFieldErrors(field) : result.getFormErrors()) : [];
        place.textContent = errors.map((error) => error.message).join(", ");
      }
      if (!failed) said.textContent = `Thank you, it was sent: ${result.next}`;
    });
  },
};
clients[given.get("client")]();
