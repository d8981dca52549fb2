// Keys for the blind test. A key that comes while an answer is on its way waits; without this file the forms work as they are.
"use strict";
(() => {
  const held = [];
  let busy = false;
  const form = () => document.querySelector("form.tell");
  function say(text, alarm) {
    const saved = document.getElementById("saved");
    saved.textContent = text; saved.className = alarm ? "alarm" : "quiet";
  }

  function next() { while (!busy && held.length && form()) press(held.shift()); }
  function press(k) {
    if (k >= "1" && k <= "4") form().elements.confidence.value = k;
    else if (form().reportValidity()) send(form(), k === "r" ? "real" : "synthetic");
  }

  async function send(sent, answer) {
    busy = true;
    const body = new URLSearchParams(new FormData(sent));
    body.set("answer", answer);
    for (;;) {
      try {
        show(await (await fetch(sent.action, { method: "POST", body })).text());
        break;
      } catch { say("not saved yet, trying again", true); await new Promise((again) => setTimeout(again, 1000)); }
    }
    busy = false;
    next();
  }
  function show(text) {
    const page = new DOMParser().parseFromString(text, "text/html");
    for (const id of ["main", "status"]) {
      const now = document.getElementById(id), then = page.getElementById(id);
      if (then) now.replaceWith(then); else now.replaceChildren();
    }
    document.title = page.title;
    window.scrollTo(0, 0);
    document.querySelector("#main h1").focus({ preventScroll: true });
  }

  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.repeat || !/^[1-4rs]$/.test(e.key) || !form()) return;
    if (!document.getElementById("keys").checked) return;
    e.preventDefault();
    held.push(e.key);
    next();
  });
  document.addEventListener("submit", (e) => {
    if (!e.target.matches("form.tell") || busy) return;
    e.preventDefault();
    send(e.target, e.submitter.value);
  });
})();
