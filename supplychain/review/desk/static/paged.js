// Sends a form and shows the page that comes back. Keys that come meanwhile wait; without this file the forms work as they are.
export function paged({ form, keys, press }) {
  const held = [];
  let busy = false;
  const at = (id) => document.getElementById(id);

  function say(text) { const saved = at("saved"); if (saved) { saved.textContent = text; saved.className = "alarm"; } }
  function next() { while (!busy && held.length) press(held.shift(), send); }

  async function send(sent, button) {
    busy = true;
    const body = new URLSearchParams(new FormData(sent));
    if (button.name) body.set(button.name, button.value);
    for (;;) {
      try {
        show(await (await fetch(sent.action, { method: "POST", body })).text());
        break;
      } catch { say("not saved yet, trying again"); await new Promise((again) => setTimeout(again, 1000)); }
    }
    busy = false;
    next();
  }
  function show(text) {
    const page = new DOMParser().parseFromString(text, "text/html"), wanted = at("keys")?.checked;
    for (const id of ["main", "status"]) {
      const now = at(id), then = page.getElementById(id);
      if (then) now.replaceWith(then); else now.replaceChildren();
    }
    if (at("keys") && wanted === false) at("keys").checked = false;   // who turned them off is not asked again
    document.title = page.title;
    window.scrollTo(0, 0);
    document.querySelector("#main h1").focus({ preventScroll: true });
  }

  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.repeat || !keys.test(e.key) || !at("keys")?.checked) return;
    if (e.target.matches("input[type=text], textarea")) { if (e.key === "Escape") e.target.blur(); return; }
    if (e.key === " " && e.target.matches("button, summary, input, a")) return;
    e.preventDefault();
    held.push(e.key);
    next();
  });
  document.addEventListener("submit", (e) => {
    if (!e.target.matches(form) || busy) return;
    e.preventDefault();
    send(e.target, e.submitter);
  });
}
