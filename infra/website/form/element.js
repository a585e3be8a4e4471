// <clinic-inquiry form="…" api="…">: the served form inside another site's page.
// What stands inside it, a link to the form, stays if the form can't be had.

import { begin, enliven } from "./living.js";
import { load } from "./sending.js";
import { loaded, make, View } from "./words.js";

let count = 0;

// Two forms on one page, and the page itself, may use the same ids.
function rename(each, prefix, base) {
  for (const attribute of each.attributes) {
    const { name, value } = attribute;
    if (/^(id|for|aria-.*by)$/.test(name)) attribute.value = value.replace(/\S+/g, `${prefix}$&`);
    if (/^(href|(form)?action)$/.test(name)) {
      attribute.value = value[0] === "#" ? `#${prefix}${value.slice(1)}` : new URL(value, base).href;
    }
  }
}

class Embedded extends View {
  // The page's title is the site's.
  title() {}

  show(page) {
    const { lang, dir } = page.documentElement;
    const box = make("div", { lang, dir });
    box.append(...page.querySelectorAll("nav"), ...page.querySelector("main").childNodes);
    for (const each of box.querySelectorAll("script[src], .skip")) each.remove();
    for (const each of box.querySelectorAll("*")) rename(each, this.prefix, this.base);
    this.root.replaceChildren(box);
    enliven(this);
  }
}

export function defineElement() {
  const name = "clinic-inquiry";
  if (customElements.get(name)) return;
  customElements.define(
    name,
    class extends HTMLElement {
      async connectedCallback() {
        const [path, api] = [`/f/${this.getAttribute("form")}`, this.getAttribute("api")];
        // What is no address leads nowhere: the link inside stays.
        if (this.view || !URL.canParse?.(path, api)) return;
        count += 1;
        const base = new URL(path, api).href;
        this.view = new Embedded(this, base, `${name}-${count}-`);
        const lang = this.closest("[lang]")?.lang;
        const page = await load("GET", lang ? `${base}?_language=${lang}` : base).catch(() => null);
        if (!page) return;
        // Once for all forms of a page. Without it a form is plain, and works.
        const { href } = new URL(page.getElementById("words").dataset.style, base);
        const link = make("link", { rel: "stylesheet", href });
        if (!document.querySelector(`link[href="${href}"]`)) await loaded(link);
        this.classList.add("living");
        begin(this.view);
        this.view.show(page);
      }
    },
  );
}
