// Narrows the long list of languages to those whose name or code begins a word with what is written.
const field = document.querySelector("[data-find-language]");
const labels = [...document.querySelectorAll("[data-more-languages] label")];
const none = document.querySelector("[data-none-found]");

const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const words = labels.map((label) => ` ${folded(label.textContent)} ${label.querySelector("input").value}`);

field?.addEventListener("input", () => {
  const wanted = ` ${folded(field.value.trim())}`;
  labels.forEach((label, at) => {
    label.hidden = !words[at].replace(/\s+/g, " ").includes(wanted) && !label.querySelector("input").checked;
  });
  none.hidden = labels.some((label) => !label.hidden);
});
// Enter looks, it does not send the form.
field?.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
