// What a page gains by the script, whether we serve it or another site shows it.

import { challenge } from "./captcha.js";
import { catchDrops, keep, watch } from "./choosing.js";
import { follow } from "./conditions.js";
import { filesOf, inputs } from "./files.js";
import { watchUnits } from "./mending.js";
import { searchable } from "./picking.js";
import { saving } from "./saving.js";
import { during, goTo, submitted, translate } from "./sending.js";
import { stepping } from "./steps.js";
import { uploading } from "./uploads.js";

// The sender's own page: files for an inquiry that has arrived.
function add(view, form) {
  const [input] = inputs(form);
  watch(view, input);
  form.onsubmit = (event) => {
    event.preventDefault();
    const slot = form.elements.requirement;
    const chosen = filesOf(input);
    if (!slot.value || !chosen[0]) {
      (slot.value ? input : slot).focus();
      return;
    }
    const under = slot.selectedOptions?.[0].text;
    const files = chosen.map((file) => ({ file, slot: slot.value, under }));
    const show = (...shown) => form.after(...shown);
    keep(view, input, []);
    const sign = view.here(form.dataset.sign);
    view.uploads.begin({ sign, finish: () => location.reload(), show }, files);
    view.uploads.status.focus();
  };
}

function fillIn(view, form) {
  for (const input of inputs(form)) watch(view, input);
  searchable(form);
  watchUnits(form);
  follow(form);
  challenge(form);
  form.addEventListener("change", () => follow(form));
  view.forget = saving(view, form, () => follow(form));
  view.steps = stepping(view, form);
  form.onsubmit = (event) => {
    event.preventDefault();
    submitted(view, form, event.submitter);
  };
}

export function enliven(view) {
  view.words = JSON.parse(view.by("words").textContent);
  const form = view.by("form");
  if (form) fillIn(view, form);
  else if (view.by("add")) add(view, view.by("add"));
}

function clicked(view, event) {
  const link = event.target.closest("a");
  const form = view.by("form");
  if (!link || !form) return;
  const inside = link.getAttribute("href").startsWith("#");
  const target = inside && view.find(`#${CSS.escape(link.hash.slice(1))}`);
  if (!target && !link.hreflang) return;
  event.preventDefault();
  if (target) goTo(view, target);
  else during(view, () => translate(view, form, link.hreflang));
}

export function begin(view) {
  view.uploads = uploading(view);
  addEventListener("beforeunload", (event) => {
    if (!view.leaving && view.uploads.isUnfinished()) event.preventDefault();
  });
  addEventListener("popstate", (event) => view.steps?.popped(event));
  catchDrops(view);
  view.root.addEventListener("click", (event) => clicked(view, event));
  // Back from where the form led to: what was sent is not to be sent again.
  addEventListener("pageshow", (event) => {
    if (event.persisted && view.leaving) location.reload();
  });
  for (const back of ["online", "offline", "visibilitychange"]) addEventListener(back, view.uploads.wake);
}
