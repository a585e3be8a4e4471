// The worklist: what waits for an answer, due first, form by form.

import { button, el } from "./elements.js";
import { countdown } from "./frame.js";
import { counted, moment, say } from "./words.js";

const KEYS = "team.keys";
const LISTS = ["open", "quarantine"];

/** Show a page of the worklist; return what takes up the keys j and k. */
export function showWorklist({ api, frame }, page) {
  const rows = el("ol", { class: "rows" }, page.cases.map(rowOf(page.list)));
  const more = button(say("list.more"), () => append(), { class: "second" });
  let next = page.next;
  more.hidden = !next;

  async function append() {
    const added = await api.cases({ form: page.form, list: page.list, after: next });
    const first = added.cases.map(rowOf(page.list));
    rows.append(...first);
    next = added.next;
    more.hidden = !next;
    first[0]?.querySelector("a").focus();
    frame.tell(counted("list.added", added.cases.length));
  }

  const form = page.forms.find((each) => each.name === page.form);
  const title = form ? say("list.title", { form: form.title }) : say("worklist");
  frame.tell("");
  frame.show(
    title,
    el("h1", {}, title),
    form && el("div", { class: "navs" }, forms(page), lists(page)),
    el("p", { class: "soft" }, say(!form ? "list.no_form" : page.cases.length ? `list.about_${page.list}` : `list.none_${page.list}`)),
    rows,
    el("p", { class: "buttons" }, more),
    form && el("label", { class: "soft keys" }, keys.box(), " ", say("list.keys")),
  );
}

function forms({ forms: all, form, list }) {
  return tabs(say("list.forms"), all.map(({ name, title }) => [`#/${name}/${list}`, title, name === form]));
}

function lists({ form, list }) {
  return tabs(say("list.lists"), LISTS.map((each) => [`#/${form}/${each}`, say(`list.${each}`), each === list]));
}

function tabs(label, links) {
  return el(
    "nav",
    { "aria-label": label, class: "tabs" },
    links.map(([href, text, here]) => el("a", { href, "aria-current": here && "page" }, text)),
  );
}

/** Return what makes rows of a list. No answer is promised for what was kept aside. */
function rowOf(list) {
  return ({ reference, received, answerBy }) => row(reference, received, list === "open" && answerBy);
}

function row(reference, received, answerBy) {
  return el(
    "li",
    {},
    el(
      "a",
      { href: `#${reference}` },
      el("strong", { class: "reference" }, reference),
      el("span", {}, `${say("received")} ${moment(received)}`),
      answerBy && el("span", {}, `${say("answer_due")} ${moment(answerBy)}`),
      answerBy && countdown(answerBy),
    ),
  );
}

/** Whether single keys do something: they get in the way of who speaks to the computer. */
export const keys = {
  areOn: () => localStorage.getItem(KEYS) !== "off",
  box: () =>
    el("input", {
      type: "checkbox",
      checked: keys.areOn(),
      onchange: ({ target }) => localStorage.setItem(KEYS, target.checked ? "on" : "off"),
    }),
};

/** Go *step* rows further with the keyboard. */
export function walk(step) {
  const links = [...document.querySelectorAll(".rows a")];
  const at = links.indexOf(document.activeElement);
  const to = at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step;
  links[Math.min(Math.max(to, 0), links.length - 1)]?.focus();
}
