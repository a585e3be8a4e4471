// Questions that hang on other answers, by the small part of JSON Schema that forms' conditions use.

import { answers, filled } from "./answers.js";

const has = Object.hasOwn;

// As a schema's keyword sees a value; what it says nothing about, it lets pass.
const keywords = {
  const: (wanted, value) => String(wanted) === String(value),
  enum: (wanted, value) => wanted.some((each) => keywords.const(each, value)),
  required: (names, value) => names.every((name) => has(value, name)),
  properties: (inner, value) =>
    Object.keys(inner).every((name) => !has(value, name) || holds(inner[name], value[name])),
  not: (inner, value) => !holds(inner, value),
  anyOf: (some, value) => some.some((each) => holds(each, value)),
  allOf: (all, value) => all.every((each) => holds(each, value)),
  contains: (inner, value) => value.some((each) => holds(inner, each)),
};

export const holds = (schema, value) =>
  Object.keys(schema).every((name) => keywords[name](schema[name], value));

// Whether the condition in *data* holds for what was typed into the object that it is about.
export function met(condition, of, all) {
  const object = of ? of.split(".").reduce((node, part) => node?.[part], all) : all;
  return holds(JSON.parse(condition), object ?? {});
}

// Show what is asked for now. What is hidden is not sent, and is still there if it comes back.
export function follow(form) {
  const asked = [...form.querySelectorAll("[data-if]")];
  let changed = asked.length;
  // An answer that goes may take others along: at most once for each.
  for (let n = 0; changed && n <= asked.length; n += 1) {
    changed = 0;
    const all = answers(form);
    for (const each of asked) {
      const hidden = !met(each.dataset.if, each.dataset.of, all);
      if (each.hidden !== hidden) changed += 1;
      each.hidden = hidden;
    }
    for (const each of form.querySelectorAll("[data-if] [name]")) {
      each.disabled = !!each.closest("[data-if][hidden]");
    }
  }
}

// Whether a question needs an answer now and has none.
export function lacks(each, all) {
  const { lack, need, of } = each.dataset;
  // A part that may be left out asks for nothing as long as nothing is in it.
  const part = each.parentNode.closest("[data-part]");
  return lack && !filled(each) && (!part || filled(part)) && (!need || met(need, of, all));
}
