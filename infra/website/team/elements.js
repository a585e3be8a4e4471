// Elements with their text. Whatever anybody typed enters the page here, as text and never as HTML.

// Characters that nobody sees, and that can make a name read backwards or look like another.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g;

/** Return the text with a mark in place of every character that would hide or turn something. */
export function visible(text) {
  return String(text ?? "").replace(UNSEEN, "\ufffd");
}

/**
 * Make an element: `el("a", { href: "#" }, "text", other)`. A property whose name starts with "on"
 * is listened to, one that is false, null or undefined is left out, and so is such a child.
 */
export function el(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  for (const child of children.flat(Infinity)) {
    if (child === false || child == null) continue;
    made.append(child instanceof Node ? child : visible(child));
  }
  return made;
}

/** Make a piece of text that somebody outside the clinic wrote: it can't turn what stands beside it. */
export function theirs(text, properties = {}) {
  return el("bdi", properties, text);
}

/** Return a button. While what it does is going on, it is busy and does nothing more. */
export function button(text, does, properties = {}) {
  const made = el("button", { type: "button", ...properties }, text);
  made.addEventListener("click", async () => {
    if (made.getAttribute("aria-disabled") === "true") return;
    made.setAttribute("aria-disabled", "true");
    made.setAttribute("aria-busy", "true");
    try {
      await does(made);
    } finally {
      made.removeAttribute("aria-disabled");
      made.removeAttribute("aria-busy");
    }
  });
  return made;
}
