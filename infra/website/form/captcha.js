// The captcha that a clinic may have switched on: its maker's script, and a widget in each form.
// Who can't load it sends all the same; then a person of the team looks first.

let loading;

export function challenge(form) {
  const place = form.querySelector("[data-captcha]");
  if (!place) return;
  const { captcha, sitekey, action, script } = place.dataset;
  loading ??= new Promise((done) => {
    const src = document.createElement("script");
    Object.assign(src, { src: script, onload: done });
    document.head.append(src);
  });
  // Its maker's object is called as we call it.
  loading.then(() => place.isConnected && window[captcha].render(place, { sitekey, action }));
}
