// What stands around every view: the bar, the place for messages, and where the keyboard is.

import { button, el, visible } from "./elements.js";
import { given, remaining, say } from "./words.js";

const OWN_CHARACTERS = 8;

export class Frame {
  #status = el("p", { role: "status", class: "status" });
  #view = el("div", { class: "view" });
  #who = el("span", { class: "who" });
  #search = el("input", { type: "search", id: "search", autocomplete: "off", spellcheck: "false", enterkeyhint: "go" });
  #tools;

  constructor(signOut) {
    this.#tools = el(
      "div",
      { class: "tools", hidden: true },
      el("a", { href: "#", class: "worklist" }, say("worklist")),
      el(
        "form",
        { role: "search", onsubmit: (event) => this.#find(event) },
        el("label", { for: "search" }, say("search")),
        this.#search,
        el("button", { class: "second" }, say("go")),
      ),
      this.#who,
      button(say("sign_out"), signOut, { class: "second" }),
    );
    document.body.replaceChildren(
      el("header", { class: "bar" }, el("p", { class: "clinic" }, given.clinic), this.#tools),
      el("main", {}, this.#status, this.#view),
    );
    setInterval(() => this.#tick(), 20_000);
  }

  /** Show what only somebody who is signed in may use. */
  welcome(name) {
    this.#tools.hidden = false;
    this.#who.textContent = visible(name);
  }

  /** Replace the view, name the page after it, and put the keyboard at its heading. */
  show(title, ...content) {
    document.title = `${title} · ${given.clinic}`;
    this.#view.replaceChildren(...content);
    this.#view.removeAttribute("aria-busy");
    const heading = this.#view.querySelector("h1");
    heading?.setAttribute("tabindex", "-1");
    heading?.focus();
  }

  /** Say that something is on its way; what was shown stays until it has come. */
  wait() {
    this.#view.setAttribute("aria-busy", "true");
    this.tell(say("loading"));
  }

  /** Say something, also to who can't see it. */
  tell(text, kind = "") {
    this.#status.textContent = text;
    this.#status.dataset.kind = kind;
  }

  /** Say what went wrong, as a view of its own with ways on. */
  trouble(key, ...waysOn) {
    this.tell("");
    const title = say(`trouble.${key}.title`);
    const text = el("p", {}, say(`trouble.${key}.text`));
    this.show(title, el("section", { class: "message" }, el("h1", {}, title), text, el("p", { class: "buttons" }, waysOn)));
  }

  /** Put the keyboard into the search box. */
  search() {
    this.#search.focus();
    this.#search.select();
  }

  #find(event) {
    event.preventDefault();
    const found = reference(this.#search.value);
    if (!found) return this.tell(say("not_a_reference"), "bad");
    this.#search.value = "";
    const same = location.hash === `#${found}`;
    location.hash = found;
    if (same) dispatchEvent(new HashChangeEvent("hashchange"));
    return undefined;
  }

  #tick() {
    for (const shown of this.#view.querySelectorAll("[data-until]")) mark(shown, shown.dataset.until);
  }
}

/** Return an element that says how long it is until a moment, and goes on saying it. */
export function countdown(until) {
  return mark(el("span", { class: "left" }), until);
}

function mark(shown, until) {
  const left = remaining(until);
  if (!left) return shown;
  shown.dataset.until = until;
  shown.dataset.state = left.over ? "over" : left.soon ? "soon" : "time";
  if (shown.textContent !== left.text) shown.textContent = left.text;
  return shown;
}

/** Read a reference as people type, say and paste it; null where it can't be one. */
export function reference(typed) {
  const bare = typed.split("#").pop().trim();
  if (/^[a-z2-7]{26}$/.test(bare)) return bare;
  const own = bare.toUpperCase().replace(/[^0-9A-Z]/g, "").replace(/^INQ(?=.)/, "");
  return own.length === OWN_CHARACTERS ? `INQ-${own.slice(0, 4)}-${own.slice(4)}` : null;
}
