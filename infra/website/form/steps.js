// A long form in steps: one is seen at a time, and nothing leaves the page before the last.

import { clear, mark, problems } from "./mending.js";

// Returns what opens whatever an element is hidden in, and what follows the browser's Back.
export function stepping(view, form, complain) {
  const heading = form.querySelector(".steps h2");
  const titles = JSON.parse(form.dataset.steps ?? "[]");
  const [back, next] = form.querySelectorAll(".turn button");
  const key = `intake${view.prefix}`;
  const of = (element) => +(element.closest("[data-step]")?.dataset.step ?? view.step);

  function show(n) {
    view.step = n;
    for (const each of view.root.querySelectorAll("[data-step]")) each.hidden = +each.dataset.step !== n;
    heading.textContent = titles[n];
    heading.nextElementSibling.value = n + 1;
    back.hidden = !n;
    next.hidden = !titles[n + 1];
  }

  function arrive(n) {
    show(n);
    heading.scrollIntoView();
    heading.focus();
  }

  // A page of the browser's own for each step, so that its Back goes one step back.
  function go(n) {
    history.pushState({ ...history.state, [key]: [n, view.step] }, "");
    arrive(n);
  }

  function goOn() {
    const shown = [...form.querySelectorAll(`[data-step="${view.step}"]`)];
    shown.forEach(clear);
    const found = shown.flatMap((part) => problems(form, part));
    if (found.length) {
      complain(found.map((each) => ({ ...each, id: mark(each) })));
      return;
    }
    view.find(".summary")?.remove();
    view.title((title, prefix) => title.replace(prefix, ""));
    go(view.step + 1);
  }

  if (heading) {
    back.onclick = () => {
      const before = view.step - 1;
      if (history.state?.[key]?.[1] === before) history.back();
      else go(before);
    };
    next.onclick = goOn;
    const bad = form.querySelector(".bad");
    show(bad ? of(bad) : (view.step ?? 0));
  }

  return {
    reveal(element) {
      const details = element.closest("details");
      if (details) details.open = true;
      if (heading && of(element) !== view.step) go(of(element));
    },

    popped({ state }) {
      const n = state?.[key]?.[0] ?? 0;
      if (heading && n !== view.step) arrive(n);
    },
  };
}
