// Keys, and records held ready, so that nobody has to wait for the server. Without this file the forms work as they are.
"use strict";
(() => {
  const desk = document.getElementById("desk");
  const { base, csrf, lot, mine } = desk.dataset;
  const store = `supplychain ${mine}`;
  const AGAIN = "Other rows have been made since, and this lot is superseded.";
  const at = (id) => document.getElementById(id);
  const kept = read(), late = kept.filter((e) => e.lot !== lot).length;   // answers to rows that were made anew since
  let pending = kept.filter((e) => e.lot === lot), cards = [], past = [], held = [], sending = false, fetching = false, ended = false, wait = 0, last = "";
  let done = Number(desk.dataset.done), left = Number(desk.dataset.left), shown = performance.now();
  let current = card(desk.firstElementChild);

  function read() { try { return JSON.parse(localStorage.getItem(store)) || []; } catch { return []; } }
  function keep() { try { localStorage.setItem(store, JSON.stringify(pending)); } catch { /* a page without memory still sends */ } }
  function card(node) { return node && node.dataset.item ? { id: node.dataset.item, node } : null; }
  function fresh(html) { const t = document.createElement("template"); t.innerHTML = html; return t.content.firstElementChild; }
  function key() { return Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join(""); }

  function count() {
    const all = done + left;
    at("count").textContent = `${done} of ${all}`;
    const bar = document.querySelector("#status progress"); bar.max = all || 1; bar.value = done;
    document.title = `${done} of ${all} · review`;
  }
  function say(text) { at("news").textContent = text; }

  function show(next, word) {
    current = next;
    if (!next) {
      desk.replaceChildren();
      last = word || last;   // said when the next record is there
      if (ended) { location.reload(); } else { say("Loading the next record"); more(); }
      return;
    }
    const details = next.node.querySelector("details"); if (details) details.open = false;
    desk.replaceChildren(next.node);
    shown = performance.now();
    window.scrollTo(0, 0);
    next.node.querySelector("h1").focus({ preventScroll: true });
    say(`${word}. Record ${next.id}, ${done} of ${done + left} judged.`);
    if (cards.length < 12) more();
  }

  // The lot is superseded: what was answered since is said to be lost, and nothing more is taken.
  function over(words) {
    const lost = pending.length; pending = []; keep(); current = null; cards = []; past = []; held = []; ended = true;
    desk.replaceChildren(fresh('<section class="sheet narrow" role="alert"><h1 tabindex="-1">This lot is superseded</h1><p></p><p><a class="button primary" href="/">Back to the desk</a></p></section>'));
    desk.querySelector("p").textContent = words + (lost ? ` Answers that were not taken: ${lost}.` : "");
    at("undo").hidden = true; at("saved").className = "alarm"; at("saved").textContent = lost ? `${lost} not taken` : "";
    desk.querySelector("h1").focus();
  }

  function put(event) { pending.push({ key: key(), lot, ...event }); keep(); send(); }

  function decide(answer, reason) {
    const form = new FormData(current.node);
    put({ type: "decision", item: current.id, answer, reason: reason || "", note: form.get("note") || "",
          fields: form.getAll("fields"), seconds: (performance.now() - shown) / 1000 });
    past.push(current);
    if (answer !== "skip") { done += 1; left = Math.max(left - 1, 0); }
    count();
    show(cards.shift() || null, { accept: "Accepted", reject: "Rejected", skip: "Skipped" }[answer]);
  }
  function back() {
    const last = past.pop();
    if (!last) { if (pending.length) { held.unshift("Backspace"); } else { at("undo").submit(); } return; }
    const undone = pending.concat().reverse().find((e) => e.item === last.id) || last.event;
    put({ type: "undo", item: last.id });
    if (!(undone && undone.answer === "skip")) { done = Math.max(done - 1, 0); left += 1; }
    count();
    if (current) cards.unshift(current);
    show(last, "Taken back");
  }
  function flag() {
    put({ type: "flag", item: current.id, note: new FormData(current.node).get("note") || "" });
    say("Flagged: somebody will look at it again. Decide all the same.");
    at("saved").textContent = "flagged";
  }
  function why(open) {
    const details = current.node.querySelector("details"); details.open = open;
    if (open) say("Why? Press a number; Escape to think again.");
  }

  async function send() {
    if (sending || !pending.length) return;
    sending = true;
    const batch = pending.slice(0, 100);
    try {
      const answer = await fetch(`${base}/events`, { method: "POST", headers: { "content-type": "application/json", "x-csrf": csrf }, body: JSON.stringify(batch) });
      const got = await answer.json();
      if (answer.status === 410) { over(got.error); return; }
      if (!answer.ok) throw Object.assign(new Error(got.error || answer.statusText), { final: answer.status < 500 });
      const taken = new Set(got.keys);
      pending = pending.filter((e) => !taken.has(e.key)); keep(); wait = 0;
      if (!pending.length) { ({ done, left } = got); count(); at("time").textContent = `${got.minutes} min, about ${got.minutes_left} to go`; }
      at("saved").className = "quiet"; at("saved").textContent = pending.length ? `saving ${pending.length}` : "saved";
    } catch (error) {
      wait = Math.min((wait || 250) * 2, 4000);
      at("saved").className = "alarm";
      at("saved").textContent = error.final ? `not saved: ${error.message}` : `${pending.length} not saved yet, trying again`;
      if (!error.final) setTimeout(send, wait);
      sending = false;
      return;
    }
    sending = false;
    if (pending.length) send(); else if (!current) more();
  }

  // Asks now and then whether this lot is still the one that is awaited, so that nobody works on for nothing.
  async function beat() {
    if (ended || sending || document.hidden) return;
    try {
      const answer = await fetch(`${base}/awaited`), got = await answer.json();
      if (answer.status === 410 || (answer.ok && got.lot !== lot)) over(got.error || AGAIN);
    } catch { /* the next answer says that the desk is away */ }
  }

  async function more() {
    if (fetching || ended) return;
    if (!current && pending.length) { send(); return; }   // what was just answered must not come again
    fetching = true;
    const have = [current && current.id, ...cards.map((c) => c.id), ...pending.map((e) => e.item)].filter(Boolean);
    try {
      const answer = await fetch(`${base}/cards?have=${have.join(",")}`);
      const got = await answer.json();
      if (answer.status === 410 || (answer.ok && got.lot !== lot)) { over(got.error || AGAIN); return; }
      if (!answer.ok) throw new Error(answer.statusText);
      const seen = new Set([current && current.id, ...cards.map((c) => c.id), ...pending.map((e) => e.item)]);
      cards.push(...got.cards.filter((c) => !seen.has(c.id)).map((c) => ({ id: c.id, node: fresh(c.html) })));
      fetching = false;
      if (!current) { if (cards.length) show(cards.shift(), last || "Next"); else if (!pending.length) { ended = true; show(null); } else send(); }
      again();
    } catch { fetching = false; setTimeout(more, 1000); }
  }

  // A key that came while no record was there waits for one.
  function again() { while (held.length && current) { const k = held.shift(); press(k); } }
  function press(k) {
    if (!current) { if (!ended) held.push(k); return; }
    const details = current.node.querySelector("details"), reasons = details.querySelectorAll("button[name=reason]");
    if (details.open && k >= "1" && k <= "9") { if (reasons[k - 1]) decide("reject", reasons[k - 1].value); }
    else if (k === "a") decide("accept");
    else if (k === "x") why(true);
    else if (k === "Escape") why(false);
    else if (k === "s" || k === " ") decide("skip");
    else if (k === "b" || k === "Backspace") back();
    else if (k === "f") flag();
    else if (k === "h" || k === "?") { const help = at("help"); help.open = !help.open; if (help.open) help.scrollIntoView({ block: "nearest" }); }
  }

  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.repeat || !at("keys").checked) return;
    if (e.target.matches("input[type=text], textarea")) { if (e.key === "Escape") e.target.blur(); return; }
    if (e.key === " " && e.target.matches("button, summary, input, a")) return;
    if (/^([axsbfh?1-9 ]|Backspace|Escape)$/.test(e.key)) { e.preventDefault(); press(e.key); }
  });
  desk.addEventListener("submit", (e) => {
    const button = e.submitter; if (!button || !current) return;
    e.preventDefault();
    if (button.name === "reason") decide("reject", button.value);
    else if (button.value === "flag") flag(); else decide(button.value);
  });
  at("undo").addEventListener("submit", (e) => { if (past.length) { e.preventDefault(); back(); } });
  window.addEventListener("online", send);
  document.addEventListener("visibilitychange", beat);
  setInterval(beat, 60000);

  if (late) {
    keep();
    desk.before(fresh('<p class="alarm" role="alert"></p>'));
    desk.previousElementSibling.textContent = `Answers that were not taken: ${late}. Their lot was superseded before they could be sent.`;
  }
  // Answers that were on their way when the page was left are sent first; their records are then not shown again.
  if (pending.length) {
    if (current && pending.some((e) => e.item === current.id)) { current = null; desk.replaceChildren(); }
    send();
  }
  if (current) more(); else if (desk.querySelector(".finished") && !pending.length) ended = true;
})();
