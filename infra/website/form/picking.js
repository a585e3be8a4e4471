// Long lists of countries and languages, to be searched by typing.

import { make } from "./words.js";

const MANY = 20;

export function searchable(form) {
  for (const select of form.querySelectorAll("[data-check=choice] select")) {
    if (select.length < MANY) continue;
    const { id } = select;
    const options = [...select.options].slice(1);
    const list = make("datalist", { id: `${id}-list` });
    list.append(...options.map(({ text }) => make("option", { value: text })));
    const box = make("input", { type: "text", id, list: list.id, autocomplete: "off", dir: "auto" });
    const about = select.getAttribute("aria-describedby");
    if (about) box.setAttribute("aria-describedby", about);
    if (select.hasAttribute("aria-invalid")) box.setAttribute("aria-invalid", true);
    const draw = () => {
      box.value = select.value && select.selectedOptions[0].text;
    };
    const same = (text) => text.trim().toLowerCase();
    const pick = (finds) => {
      const found = options.filter(({ text }) => finds(same(text), same(box.value)));
      select.value = found.length === 1 && box.value ? found[0].value : "";
    };
    box.addEventListener("input", () => pick((text, typed) => text === typed));
    box.addEventListener("change", () => {
      if (!select.value) pick((text, typed) => text.startsWith(typed));
      if (select.value) draw();
    });
    select.addEventListener("put", draw);
    select.id += "-chosen";
    select.hidden = true;
    select.before(box, list);
    draw();
  }
}
