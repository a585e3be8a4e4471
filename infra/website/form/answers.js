// What was typed, read from the form and put back into it.

// Every control that people answer with: not what a page takes along by itself.
export const controls = (within) => [
  ...within.querySelectorAll("[name]:not(button, [type=hidden], .trap *)"),
];

export const isTick = ({ type }) => /radio|checkbox/.test(type);

export const given = (each) => (isTick(each) && !each.checked ? "" : each.value.trim());

export const filled = (within) => controls(within).some((each) => !each.disabled && given(each));

// Answers by their dotted names, nested; numbers are places in a list.
export function answers(form) {
  const top = {};
  for (const [name, value] of new FormData(form)) {
    if (!value || value instanceof File) continue;
    const path = name.split(".");
    const last = path.pop();
    let node = top;
    path.forEach((part, n) => {
      node = node[part] ??= (path[n + 1] ?? last).match(/^\d/) ? [] : {};
    });
    node[last] = value;
  }
  return top;
}

// Name and value of all that was typed; consents are given anew each time.
export const typedPairs = (within) =>
  controls(within)
    .filter((each) => given(each) && !each.matches("[type=file], [name^=consents]"))
    .map((each) => [each.name, given(each)]);

export function putBack(form, pairs) {
  for (const [name, value] of pairs) {
    for (const each of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (!isTick(each)) each.value = value;
      else if (each.value === value) each.checked = true;
      // What is drawn from it has to be drawn anew.
      each.dispatchEvent(new Event("put"));
    }
  }
}
