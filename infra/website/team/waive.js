// Doing without a kind of record, or accepting what is here: a line that says why, right there.

import { reason } from "./actions.js";
import { Refusal } from "./api.js";
import { button, el } from "./elements.js";
import { say } from "./words.js";

const LONGEST = 300;

/** Return {button, form}: the button opens the form, and sending or leaving it closes it again. */
export function waiver(work, { kind, name, isHere }) {
  const words = isHere ? "accept" : "waive";
  const ids = { form: `waive-${kind}`, why: `why-${kind}`, hint: `hint-${kind}`, wrong: `wrong-${kind}` };
  const why = el("input", { type: "text", id: ids.why, maxlength: LONGEST, autocomplete: "off", "aria-describedby": `${ids.wrong} ${ids.hint}` });
  const wrong = el("p", { id: ids.wrong, role: "alert", class: "bad" });
  const save = el("button", { class: "main" }, say("waive.save"));
  const open = button(say(`${words}.button`), () => show(true), {
    class: "second",
    "aria-expanded": "false",
    "aria-controls": ids.form,
    "aria-label": `${say(`${words}.button`)}: ${name}`,
  });
  const form = el(
    "form",
    { id: ids.form, class: "waive", hidden: true, novalidate: true, onsubmit: send, onkeydown: leave },
    el("label", { for: ids.why }, say(`${words}.label`, { name })),
    el("p", { id: ids.hint, class: "soft small" }, say("waive.hint")),
    wrong,
    why,
    el("p", { class: "buttons" }, save, button(say("actions.cancel"), () => show(false), { class: "second" })),
  );
  return { button: open, form };

  function show(isOpen) {
    form.hidden = !isOpen;
    open.setAttribute("aria-expanded", String(isOpen));
    complain("");
    (isOpen ? why : open).focus();
  }

  function leave(event) {
    if (event.key === "Escape") show(false);
  }

  function complain(text) {
    wrong.textContent = text;
    if (text) why.setAttribute("aria-invalid", "true");
    else why.removeAttribute("aria-invalid");
  }

  async function send(event) {
    event.preventDefault();
    if (save.getAttribute("aria-busy") === "true") return;
    complain("");
    if (!why.value.trim()) {
      complain(say("waive.empty"));
      why.focus();
      return;
    }
    save.setAttribute("aria-busy", "true");
    try {
      const action = { action: "waive", revision: work.revision, requirement: kind, why: why.value.trim() };
      work.show(await work.api.act(work.name, action), say(`${words}.done`));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.status === 409) await work.changed();
      else complain(say(error.status === 422 ? "waive.refused" : `trouble.${reason(error)}.text`));
    } finally {
      save.removeAttribute("aria-busy");
    }
  }
}
