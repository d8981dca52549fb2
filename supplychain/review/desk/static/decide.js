// Keys for a third person's word: those of the review page.
import { paged } from "./paged.js";

const find = (selector) => document.querySelector(selector);

function reason(details, k) {
  const button = details.querySelectorAll("button[name=reason]")[k - 1];
  return button && [find("form.decide"), button];
}

paged({
  form: "form.decide, form.undo",
  keys: /^([axsbh?1-9 ]|Backspace|Escape)$/,
  press(k, send) {
    const form = find("form.decide"), undo = find("form.undo"), details = form?.querySelector("details");
    if (k === "b" || k === "Backspace") { if (undo) send(undo, undo.querySelector("button")); }
    else if (k === "h" || k === "?") { const help = find("#help"); help.open = !help.open; if (help.open) help.scrollIntoView({ block: "nearest" }); }
    else if (!form) return;
    else if (k === "a") send(form, form.querySelector("button.accept"));
    else if (k === "s" || k === " ") { const skip = form.querySelector("button.skipped"); if (skip) send(form, skip); }
    else if (k === "x") details.open = true;
    else if (k === "Escape") details.open = false;
    else if (details.open) { const given = reason(details, k); if (given) send(...given); }
  },
});
