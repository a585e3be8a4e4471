// What a page says, in its own words, and the elements that it says it with.

// "p.soft" has a class; of what is *inside*, a plain object has attributes, and what is empty is left out.
export function make(what, ...inside) {
  const [tag, ...names] = what.split(".");
  const element = document.createElement(tag);
  if (names[0]) element.className = names.join(" ");
  for (const each of inside) {
    if (each?.constructor !== Object) element.append(each || "");
    else for (const name in each) element.setAttribute(name, each[name]);
  }
  return element;
}

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
    return this.find(`[id="${CSS.escape(this.prefix + id)}"]`);
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  // What holds the form, and what is shown in its place when it was sent.
  get main() {
    return this.root === document ? this.find("main") : this.root.firstElementChild;
  }

  // So many things as the language counts them: "files_one" where there is one of "files".
  say(key, values = {}) {
    const { words, lang } = this;
    const form = new Intl.PluralRules(lang).select(values.count ?? 0);
    const text = words[`${key}_${form}`] ?? words[key];
    return text.replace(/{(\w+)}/g, (_, name) => values[name] ?? "");
  }

  get lang() {
    return this.main.closest("[lang]").lang;
  }

  // How the server writes dates and numbers: of the common era, in the digits of every keyboard.
  get locale() {
    return `${this.lang.replace(/^en$/, "en-GB")}-u-ca-gregory-nu-latn`;
  }

  button(key, press, name) {
    const text = this.say(key);
    const made = make("button.second", { type: "button" }, text);
    if (name) made.ariaLabel = `${text}: ${name}`;
    made.onclick = press;
    return made;
  }

  // In megabytes: what is smaller needs no number of its own.
  size(bytes) {
    const style = { style: "unit", unit: "megabyte", maximumSignificantDigits: 2 };
    const amount = bytes && Math.max(bytes / 1e6, 0.1);
    return new Intl.NumberFormat(this.locale, style).format(amount);
  }

  summary(title, ...inside) {
    const id = `${this.prefix}summary-title`;
    const given = { role: "alert", tabindex: -1, "aria-labelledby": id };
    return make("div.summary", given, make("h2", { id }, title), ...inside);
  }

  // Some of many names: a sentence has room for no more.
  named(key, files) {
    return this.say(key, { names: files.slice(0, MANY).map(({ name }) => name).join(", ") });
  }
}

// Files chosen at once that are shown as one.
export const MANY = 12;
