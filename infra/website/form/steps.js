// A long form in steps: one is seen at a time, and nothing leaves the page before the last.

import { clear, mark, problems } from "./mending.js";
import { calm, complain, goTo } from "./sending.js";

// Returns what opens whatever an element is hidden in, and what follows the browser's Back.
export function stepping(view, form) {
  const heading = form.querySelector(".steps h2");
  const [back, next] = form.querySelectorAll(".turn button");
  const key = `intake${view.prefix}`;
  const of = (element) => +(element.closest("[data-step]")?.dataset.step ?? view.step);

  function show(n) {
    view.step = n;
    for (const each of view.root.querySelectorAll("[data-step]")) each.hidden = +each.dataset.step !== n;
    heading.nextElementSibling.value = n + 1;
    back.hidden = !n;
    next.hidden = !heading.children[n + 1];
  }

  // A page of the browser's own for each step, so that its Back goes one step back.
  function open(n) {
    history.pushState({ ...history.state, [key]: [n, view.step] }, "");
    show(n);
  }

  function begin() {
    // What was wrong was so in another step.
    calm(view);
    goTo(view, heading);
  }

  function turn(n) {
    open(n);
    begin();
  }

  if (heading) {
    back.onclick = () => {
      const before = view.step - 1;
      if (history.state?.[key]?.[1] === before) history.back();
      else turn(before);
    };
    next.onclick = () => {
      const shown = [...form.querySelectorAll(`[data-step="${view.step}"]`)];
      shown.forEach(clear);
      const links = shown.flatMap((part) => problems(form, part)).map(mark);
      if (links[0]) complain(view, view.say("problems"), view.say("nothing_sent"), links);
      else turn(view.step + 1);
    };
    const bad = form.querySelector(".bad");
    show(bad ? of(bad) : (view.step ?? 0));
  }

  return {
    turn,

    reveal(element) {
      const details = element.closest("details");
      if (details) details.open = true;
      if (heading && of(element) !== view.step) open(of(element));
    },

    popped({ state }) {
      const n = state?.[key]?.[0] ?? 0;
      if (!heading || n === view.step) return;
      show(n);
      begin();
    },
  };
}
