// Answers kept on this device, only for who asks for it, and for a week.

import { putBack, typedPairs } from "./answers.js";
import { makeRoom } from "./groups.js";

// Storage may be blocked or full, also later than when the page was opened.
function attempt(work) {
  try {
    return work();
  } catch {
    return undefined;
  }
}

const DAYS = 7 * 24 * 3_600_000;

// Returns what forgets them.
export function saving(view, form, after) {
  const key = `intake ${form.action}`;
  const { version } = form.dataset;
  const box = view.by("keep");
  const question = view.by("saved");
  const forget = () => attempt(() => delete localStorage[key]);
  const kept = attempt(() => JSON.parse(localStorage[key] ?? null));
  // The browser keeps nothing for this page: then nothing is offered.
  if (kept === undefined) box.closest(".saving").remove();
  const isNow = kept?.version === version && Date.now() - kept.at < DAYS;
  if (!isNow) forget();
  box.checked = isNow && view.keeps;
  if (isNow && !view.keeps) offer();
  else question.remove();
  box.onchange = () => {
    view.keeps = box.checked;
    if (!view.keeps) forget();
  };
  form.addEventListener("input", () => {
    if (!view.keeps) return;
    const now = { at: Date.now(), version, step: view.step, pairs: typedPairs(form) };
    box.checked = attempt(() => (localStorage[key] = JSON.stringify(now)));
    view.keeps = box.checked;
  });

  function offer() {
    const [text] = question.children;
    text.textContent = text.textContent.replace("{date}", view.day(kept.at, "long"));
    const [go, drop] = question.querySelectorAll("button");
    const done = () => {
      question.remove();
      box.focus();
    };
    go.onclick = () => {
      makeRoom(form, kept.pairs);
      putBack(form, kept.pairs);
      box.checked = view.keeps = true;
      after();
      done();
      if (kept.step) view.steps.turn(kept.step);
    };
    drop.onclick = () => {
      forget();
      done();
    };
  }

  return forget;
}
