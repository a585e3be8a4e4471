// The captcha that a clinic may have switched on: its maker's script, and a widget in each form.
// Who can't load it sends all the same; then a person of the team looks first.

import { loaded, make } from "./words.js";

let loading;

export function challenge(form) {
  const place = form.querySelector("[data-captcha]");
  if (!place) return;
  const { captcha, sitekey, action, script } = place.dataset;
  loading ??= loaded(make("script", { src: script }));
  // Its maker's object is called as we call it.
  loading.then(() => place.isConnected && window[captcha]?.render(place, { sitekey, action }));
}
