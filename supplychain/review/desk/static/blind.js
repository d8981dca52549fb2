// Keys for the blind test.
import { paged } from "./paged.js";

paged({
  form: "form.tell",
  keys: /^[1-4rs]$/,
  press(k, send) {
    const form = document.querySelector("form.tell");
    if (!form) return;
    if (k >= "1" && k <= "4") form.elements.confidence.value = k;
    else if (form.reportValidity()) send(form, form.querySelector(`button[value=${k === "r" ? "real" : "synthetic"}]`));
  },
});
