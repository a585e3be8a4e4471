// What a page says, in its own words, and the elements that it says it with.

// "p.soft" has a class; of what is *inside*, a plain object has attributes, and what is empty is left out.
export function make(what, ...inside) {
  const [tag, ...names] = what.split(".");
  const element = document.createElement(tag);
  element.className = names.join(" ");
  for (const each of inside) {
    if (each?.constructor !== Object) element.append(each || "");
    else for (const name in each) element.setAttribute(name, each[name]);
  }
  return element;
}

// Waits for a script or a style, whether it can be had or not.
export const loaded = (element) =>
  new Promise((done) => {
    element.onload = element.onerror = done;
    document.head.append(element);
  });

// What a question, or a card of them, is called.
export const titleOf = (at) => at.querySelector("legend, label").firstChild.textContent.trim();

// Screen readers read each change: without one, nothing is touched.
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// One living form: the document of the page that we serve, or an element of somebody else's page.
export class View {
  // Ids of two forms on one page would be each other's: all of a form's begin with its prefix.
  constructor(root, base, prefix = "") {
    Object.assign(this, { root, base, prefix });
  }

  by(id) {
    return this.find(`#${CSS.escape(this.prefix + id)}`);
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  // What holds the form, and what is shown in its place when it was sent.
  get main() {
    return this.find("main") ?? this.root.firstElementChild;
  }

  // So many things as the language counts them: "files_one" where there is one of "files".
  say(key, values = {}) {
    const { words } = this;
    const form = new Intl.PluralRules(words.locale).select(values.count ?? 0);
    const text = words[`${key}_${form}`] ?? words[key];
    return text.replace(/{(\w+)}/g, (_, name) => values[name] ?? "");
  }

  button(key, press, name) {
    const text = this.say(key);
    const made = make("button.second", { type: "button" }, text);
    if (name) made.ariaLabel = `${text}: ${name}`;
    made.onclick = press;
    return made;
  }

  // Of this clock, and of this era, as the server writes it.
  day(date, dateStyle) {
    return new Date(date).toLocaleDateString(this.words.locale, { dateStyle });
  }

  // In megabytes: what is smaller needs no number of its own.
  size(bytes) {
    const style = { style: "unit", unit: "megabyte", maximumSignificantDigits: 2 };
    const amount = bytes && Math.max(bytes / 1e6, 0.1);
    return new Intl.NumberFormat(this.words.locale, style).format(amount);
  }

  // Whatever name the clinic gave it: it is where the form came from.
  here(url) {
    return new URL(new URL(url, location).pathname, this.base).href;
  }

  // Of a file, a folder, or many files at once.
  nameOf({ name, folder, count }) {
    return name ?? [folder, this.say("files", { count })].filter(Boolean).join(" · ");
  }

  // Some of many names: a sentence has room for no more.
  named(key, files) {
    return this.say(key, { names: files.slice(0, MANY).map(({ name }) => name).join(", ") });
  }
}

// Files chosen at once that are shown as one.
export const MANY = 12;
