// Long lists of countries and languages, to be searched by typing.

import { make } from "./words.js";

const MANY = 20;

export function searchable(form) {
  for (const select of form.querySelectorAll("[data-check=choice] select")) {
    if (select.length < MANY) continue;
    const { id } = select;
    const options = [...select.options].slice(1);
    const list = make("datalist", { id: `${id}-list` });
    list.append(...options.map(({ text }) => make("option", text)));
    const box = make("input", { type: "text", list: list.id, autocomplete: "off", dir: "auto" });
    for (const { name, value } of select.attributes) if (name !== "name") box.setAttribute(name, value);
    const draw = () => {
      box.value = select.value && select.selectedOptions[0].text;
    };
    const same = (text) => text.trim().toLowerCase();
    // The one that is called so or has this code, or the only one that begins so: "UK" is none.
    box.onchange = () => {
      const typed = same(box.value);
      const fits = options.filter(
        ({ text, value }) => same(value) === typed || (typed[2] && same(text).startsWith(typed)),
      );
      const found = fits.find(({ text }) => same(text) === typed) ?? (!fits[1] && fits[0]);
      select.value = found?.value ?? "";
      if (select.value) draw();
    };
    select.addEventListener("put", draw);
    select.id += "-chosen";
    select.hidden = true;
    select.before(box, list);
    draw();
  }
}
