// The living form: makes a served page send without leaving, files straight to the store.
// It draws no question itself: pages come from the server, and without this script they work, too.

import { defineElement } from "./element.js";
import { begin, enliven } from "./living.js";
import { View } from "./words.js";

// The page that we serve.
class Served extends View {
  title(change) {
    document.title = change(document.title, this.say("error"));
  }

  show(page) {
    const { lang, dir } = page.documentElement;
    Object.assign(document.documentElement, { lang, dir });
    document.title = page.title;
    document.body.replaceChildren(...page.body.childNodes);
    enliven(this);
  }
}

// What can't do this is too old: it keeps the plain form.
new DataTransfer();
if (document.querySelector("script#words")) {
  const view = new Served(document, location.href);
  begin(view);
  enliven(view);
  document.documentElement.classList.add("living");
}
defineElement();
