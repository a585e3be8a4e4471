// What the page itself can know to be missing or wrong, said as the server says it.

import { answers, controls, given } from "./answers.js";
import { lacks } from "./conditions.js";
import { make, titleOf } from "./words.js";

const number = (text) => +text.trim().replace(",", ".");

const BOXES = "input, select, textarea";

// Three boxes as one date; there is no 30 February.
export function dateOf(within) {
  const box = (name) => within.querySelector(`[name$=".${name}"]`)?.value.trim().replace(/^\d$/, "0$&");
  const boxes = ["year", "month", "day"].map(box);
  const date = boxes.join("-").replace(/-+$/, "");
  const at = new Date(date);
  return at > -1e15 && at.toISOString().startsWith(date) ? date : "";
}

// What is wrong with what was typed, or nothing.
function fault(each) {
  const { check, like, wrong, min, max, minSay, maxSay } = each.dataset;
  const box = each.querySelector(BOXES);
  if (check === "choice") return box.value && !given(controls(each)[0]) && wrong;
  const typed = controls(each).map(given).join("");
  // Digits of other scripts the server reads.
  if (!like || !typed || (check !== "email" && typed.match(/[^ -~]/))) return "";
  const isDate = /date|month/.test(check);
  const text = isDate ? dateOf(each) : box.value.trim();
  if (!text.match(like)) return wrong;
  const value = isDate ? text : number(text);
  if (value < min) return minSay;
  return value > max && maxSay;
}

export function problems(form, within) {
  const all = answers(form);
  return [...within.querySelectorAll("[data-lack], [data-wrong]")]
    .filter((each) => !each.closest("[data-if][hidden]"))
    .map((at) => ({ at, message: lacks(at, all) ? at.dataset.lack : fault(at) }))
    .filter(({ message }) => message);
}

export function clear(within) {
  for (const at of [within, ...within.querySelectorAll(".bad")]) {
    at.classList.remove("bad");
    at.querySelector(":scope > .error")?.remove();
    for (const each of at.querySelectorAll(BOXES)) each.ariaInvalid = null;
  }
}

// Say it beside the question; returns a line with a link to it.
export function mark({ at, message }) {
  const boxes = at.querySelectorAll(BOXES);
  const target = at.id ? at : boxes[0];
  const id = `${target.id}-error`;
  const box = make("div.error", { id }, make("p", message));
  const before = [...at.querySelectorAll(":scope > :is(label, legend, .help)")].pop();
  if (before) before.after(box);
  else at.prepend(box);
  at.classList.add("bad");
  const by = at.localName === "fieldset" ? at : target;
  const others = by.getAttribute("aria-describedby")?.replace(id, "") ?? "";
  by.setAttribute("aria-describedby", `${others} ${id}`);
  for (const each of boxes) each.ariaInvalid = true;
  // Each message names its question; which of several cards it is about, only we can say.
  const card = at.parentNode.closest(".card");
  const text = card ? `${titleOf(card)}: ${message}` : message;
  return make("li", make("a", { href: `#${target.id}` }, text));
}

export function watchUnits(form) {
  form.addEventListener("change", ({ target }) => {
    const box = target.parentNode.querySelector(".slip");
    if (!box) return;
    const { factor, below } = box.dataset;
    const value = number(target.value);
    const right = +(value * factor).toPrecision(6);
    box.hidden = !(value > 0 && value < below);
    for (const each of box.querySelectorAll("bdi")) each.textContent = right;
    box.querySelector("button").onclick = () => {
      target.value = right;
      box.hidden = true;
      target.focus();
    };
  });
}
