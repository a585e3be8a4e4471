// What the page itself can know to be missing or wrong, said as the server says it.

import { controls, given } from "./answers.js";
import { missing } from "./conditions.js";
import { make } from "./words.js";

const number = (text) => +text.trim().replace(",", ".");

// Not as strict as the server: what this refuses, it would refuse, too.
const looks = {
  email: /^[^@\s]+@[^@\s]+\.[^@\s]+$/,
  tel: /^\+[\d\s().-]{7,}$/,
  integer: /^[+-]?\d+$/,
  number: /^[+-]?\d+(\.\d+|,\d\d?)?$/,
  date: /^\d{4}-\d\d-\d\d$/,
  month: /^\d{4}-\d\d$/,
  "partial-date": /^\d{4}(-\d\d){0,2}$/,
};

// Three boxes as one date; there is no 30 February.
function dateOf(within) {
  const box = (name) => within.querySelector(`[name$=".${name}"]`)?.value.trim();
  const boxes = ["year", "month", "day"].map((name) => box(name)?.replace(/^\d$/, "0$&"));
  const date = boxes.join("-").replace(/-+$/, "");
  const at = new Date(date);
  return at > -1e15 && at.toISOString().startsWith(date) && date;
}

// What is wrong with what was typed, or nothing.
function fault(each) {
  const { check, wrong, min, max, minSay, maxSay } = each.dataset;
  const [box] = each.querySelectorAll("input, select");
  if (check === "choice") return box.value && !given(controls(each)[0]) && wrong;
  const typed = controls(each).map(given).join("");
  // Digits of other scripts the server reads.
  if (!check || !typed || (check !== "email" && typed.match(/[^ -~]/))) return "";
  const text = /date|month/.test(check) ? dateOf(each) : box.value.trim();
  if (!looks[check].test(text)) return wrong;
  if (number(text) < min) return minSay;
  return number(text) > max && maxSay;
}

export function problems(form, within) {
  const needed = missing(form, within);
  return [...within.querySelectorAll("[data-need], [data-check]")]
    .filter((each) => !each.closest("[data-if][hidden]"))
    .map((at) => ({ at, message: needed.includes(at) ? at.dataset.say : fault(at) }))
    .filter(({ message }) => message);
}

const targetOf = (at) => (at.id ? at : at.querySelector(":is(input, select, textarea)[id]"));
const described = (at) => (at.localName === "fieldset" ? at : targetOf(at));

export function clear(within) {
  for (const at of [within, ...within.querySelectorAll(".bad")]) {
    at.classList.remove("bad");
    at.querySelector(":scope > .error")?.remove();
    for (const each of at.querySelectorAll("[aria-invalid]")) each.removeAttribute("aria-invalid");
  }
}

// Say it beside the question; returns where a link to it leads.
export function mark({ at, message }) {
  const target = targetOf(at);
  const id = `${target.id}-error`;
  const box = make("div.error", { id }, make("p", message));
  const before = at.querySelector(":scope > .help") ?? at.querySelector(":scope > :is(label, legend)");
  if (before) before.after(box);
  else at.lastElementChild.before(box);
  at.classList.add("bad");
  const by = described(at);
  const others = (by.getAttribute("aria-describedby") ?? "").replace(id, "");
  by.setAttribute("aria-describedby", `${others} ${id}`.trim());
  for (const each of at.querySelectorAll("input")) each.setAttribute("aria-invalid", true);
  return target.id;
}

export function watchUnits(form) {
  form.addEventListener("change", ({ target }) => {
    const at = target.closest("[data-slip]");
    if (!at) return;
    const { factor, below, ask, use } = JSON.parse(at.dataset.slip);
    const value = number(target.value);
    at.querySelector(".slip")?.remove();
    if (!(value > 0 && value < below)) return;
    const right = String(+(value * factor).toPrecision(6));
    const say = (text) => text.replace("{value}", right);
    const button = make("button.second", { type: "button" }, say(use));
    const box = make("div.slip.notice", { role: "status" });
    button.onclick = () => {
      target.value = right;
      box.remove();
      target.focus();
    };
    at.append(box);
    box.append(make("p", say(ask)), button);
  });
}
