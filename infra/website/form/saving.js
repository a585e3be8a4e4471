// Answers kept on this device, only for who asks for it, and for a week.

import { putBack, typedPairs } from "./answers.js";
import { makeRoom } from "./groups.js";

const DAYS = 7 * 24 * 3_600_000;

// Returns what forgets them.
export function saving(view, form, after) {
  const key = `intake ${form.action}`;
  const { version } = form.dataset;
  const box = view.by("keep");
  const question = view.by("saved");
  const forget = () => localStorage.removeItem(key);
  let kept;
  try {
    kept = JSON.parse(localStorage.getItem(key));
  } catch {
    // The browser keeps nothing for this page: then nothing is offered.
    question.remove();
    box.closest(".saving").remove();
    return () => {};
  }
  const isNow = kept?.version === version && Date.now() - kept.at < DAYS;
  if (!isNow) forget();
  box.checked = isNow && view.keeps;
  if (isNow && !view.keeps) offer();
  else question.remove();
  box.onchange = () => {
    view.keeps = box.checked;
    if (!view.keeps) forget();
  };
  form.addEventListener("change", () => {
    const now = { at: Date.now(), version, pairs: typedPairs(form) };
    if (view.keeps) localStorage.setItem(key, JSON.stringify(now));
  });

  function offer() {
    const date = new Intl.DateTimeFormat(view.locale, { dateStyle: "long" }).format(kept.at);
    const [text] = question.children;
    text.textContent = text.textContent.replace("{date}", date);
    const [go, drop] = question.querySelectorAll("button");
    const done = () => {
      question.remove();
      box.focus();
    };
    go.onclick = () => {
      makeRoom(form, kept.pairs.map(([name]) => name));
      putBack(form, kept.pairs);
      box.checked = view.keeps = true;
      after();
      done();
    };
    drop.onclick = () => {
      forget();
      done();
    };
  }

  return forget;
}
