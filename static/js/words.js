// What scripts say, in the language of the page. English stands in the scripts themselves;
// other languages come with the page, as data.
const block = document.querySelector("#words");
const { texts, plurals } = block ? JSON.parse(block.textContent) : { texts: {}, plurals: "" };

// `{name}` in a text stands for the value of that name.
export function t(text, values = {}) {
  return filled(texts[text] ?? text, values);
}

// A text for one, and for other numbers; `{n}` in it is the number.
export function tn(one, other, n, values = {}) {
  const form = texts[one]?.[plurals[n < 200 ? n : 100 + (n % 100)]];
  return filled(form ?? (n === 1 ? one : other), { n, ...values });
}

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (place, name) => (name in values ? values[name] : place));
}
