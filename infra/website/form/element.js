// <clinic-inquiry form="…" api="…">: the served form inside another site's page.
// What stands inside it, a link to the form, stays if the form can't be had.

import { begin, enliven } from "./living.js";
import { load } from "./sending.js";
import { make, View } from "./words.js";

let count = 0;

// Two forms on one page, and the page itself, may use the same ids.
function renamed(each, prefix, base) {
  const change = (name, how) => {
    if (each.hasAttribute(name)) each.setAttribute(name, how(each.getAttribute(name)));
  };
  const own = (ids) => ids.replace(/\S+/g, prefix + "$&");
  for (const name of ["id", "for", "aria-labelledby", "aria-describedby"]) change(name, own);
  for (const name of ["href", "action", "formaction"]) {
    change(name, (url) => (url[0] === "#" ? `#${prefix}${url.slice(1)}` : new URL(url, base).href));
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
    for (const each of box.querySelectorAll("*")) renamed(each, this.prefix, this.base);
    this.root.replaceChildren(box);
    enliven(this);
  }
}

// Once for all forms of a page. Without it a form is plain, and works.
function styled(href) {
  const link = make("link", { rel: "stylesheet", href });
  if (document.querySelector(`link[href="${href}"]`)) return undefined;
  return new Promise((done) => {
    link.onload = link.onerror = done;
    document.head.append(link);
  });
}

export function defineElement() {
  const name = "clinic-inquiry";
  if (customElements.get(name)) return;
  customElements.define(
    name,
    class extends HTMLElement {
      async connectedCallback() {
        if (this.view) return;
        count += 1;
        const base = new URL(`/f/${this.getAttribute("form")}`, this.getAttribute("api")).href;
        this.view = new Embedded(this, base, `${name}-${count}-`);
        const lang = this.closest("[lang]")?.lang;
        const page = await load("GET", lang ? `${base}?_language=${lang}` : base).catch(() => null);
        if (!page) return;
        await styled(new URL(page.getElementById("words").dataset.style, base).href);
        this.classList.add("living");
        begin(this.view);
        this.view.show(page);
      }
    },
  );
}
