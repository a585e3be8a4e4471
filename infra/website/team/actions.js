// Whatever changes something asks first, in words that say what will happen.

import { Refusal } from "./api.js";
import { button, el, theirs, visible } from "./elements.js";
import { say } from "./words.js";

// What can't be taken back: the keyboard starts at "cancel".
const GRAVE = new Set(["reject", "let_through", "refuse"]);

/**
 * Return the button of an action. `does` is what the clinic is told beside its name, `about` names
 * the thing that it is done to, `shown` takes the case as it is afterwards.
 */
export function actionButton(work, action, { does = {}, about = "", main = false } = {}) {
  const label = say(`actions.${action}.button`);
  const named = about && { "aria-label": visible(`${label}: ${about}`) };
  return button(label, () => ask(work, action, does, about), { class: main ? "main" : "second", ...named });
}

function ask(work, action, does, about) {
  const refused = el("p", { role: "alert", class: "bad" });
  const cancel = button(say("actions.cancel"), () => dialog.close(), { class: "second" });
  const confirm = button(say(`actions.${action}.confirm`), () => act(), { class: GRAVE.has(action) ? "main grave" : "main" });
  const dialog = el(
    "dialog",
    { "aria-labelledby": "asked", "aria-describedby": "what-happens" },
    el("h2", { id: "asked" }, say(`actions.${action}.title`)),
    about && el("p", { class: "about" }, theirs(about)),
    el("p", { id: "what-happens" }, say(`actions.${action}.text`)),
    refused,
    el("p", { class: "buttons" }, confirm, cancel),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  (GRAVE.has(action) ? cancel : confirm).focus();

  async function act() {
    refused.textContent = "";
    try {
      const after = await work.api.act(work.name, { action, revision: work.revision, ...does });
      dialog.close();
      work.show(after, say(`actions.${action}.done`));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.status === 409) {
        dialog.close();
        await work.changed();
      } else {
        refused.textContent = say(`trouble.${reason(error)}.text`);
      }
    }
  }
}

/** Name, for the catalogue, why the clinic said no. */
export function reason(refusal) {
  const named = { 401: "not_accepted", 403: "not_yours", 404: "no_case", 409: "changed", 422: "address_failed", 429: "busy" };
  return named[refusal.status] ?? "unavailable";
}
