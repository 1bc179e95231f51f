// Marks the words and names that both videos of a pair share, where the campaign has it so.
import { STOP_WORDS } from "./stop_words.js";

const LONGEST_NAME = 5; // words
const WITHIN_A_NAME = /^[\s\p{Pd}'’]{1,3}$/u;
const AFTER_AN_INITIAL = /^\.\s{0,2}$/u; // J. Doe, Dr. Doe; after longer words it ends a sentence
const CAPITALISED = /^\p{Lu}/u;
const SCRIPTS = ["Han", "Hiragana", "Katakana", "Thai", "Lao", "Khmer", "Myanmar"].map((name) => `\\p{Script=${name}}`).join("");
const UNSPACED = new RegExp(`[${SCRIPTS}]`, "u"); // no spaces between words
const WORD = /[\p{L}\p{M}\p{N}]+(?:['’]\p{L}+)*/gu;
const ELISION = /^(?:[cdjlmnst]|qu)['’](?=..)|['’]s?$/gu; // l'eau, Picard's
const MARKS = /[\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0640]/gu; // vowel points and the like, which a text may have or not
const segmenters = new Map();

// The form in which two words are the same.
function keyOf(word) {
  const plain = word.normalize("NFKC").toLowerCase().replaceAll("ß", "ss").replace(MARKS, "").replace(ELISION, "");
  return /^ال.{3}/u.test(plain) ? plain.slice(2) : plain; // with or without the article
}

function says(key) {
  if (STOP_WORDS.has(key) || !/\p{L}/u.test(key)) return false;
  const letters = [...key].length;
  return UNSPACED.test(key) ? letters > 1 : letters > 2;
}

function segmenterFor(language) {
  if (!segmenters.has(language)) {
    let made;
    try {
      made = new Intl.Segmenter(language || undefined, { granularity: "word" });
    } catch {
      made = new Intl.Segmenter(undefined, { granularity: "word" }); // a language that is none to the browser
    }
    segmenters.set(language, made);
  }
  return segmenters.get(language);
}

// A browser's own sense of words is slow, and needed only where nothing stands between them; older ones have none.
function* segments(text, language) {
  if (UNSPACED.test(text) && Intl.Segmenter) {
    for (const { segment, index, isWordLike } of segmenterFor(language).segment(text)) if (isWordLike) yield [segment, index];
  } else for (const found of text.matchAll(WORD)) yield [found[0], found.index];
}

const isWithinName = (before, between) =>
  WITHIN_A_NAME.test(between) || (before.key.length < 3 && AFTER_AN_INITIAL.test(between));

function wordsOf(text, language) {
  const words = [];
  for (const [segment, start] of segments(text, language)) {
    const key = keyOf(segment);
    const before = words.at(-1);
    const isJoined = before !== undefined && isWithinName(before, text.slice(before.end, start));
    words.push({ key, start, end: start + segment.length, says: says(key), capital: CAPITALISED.test(segment), isJoined });
  }
  return words;
}

// The ends of the names that begin with this word, the longest first: "Bank of England" with what is small in it.
function* nameEnds(words, from) {
  if (!words[from].capital || !words[from].says) return;
  const ends = [];
  for (let at = from + 1; at < Math.min(from + LONGEST_NAME, words.length) && words[at].isJoined; at += 1) {
    if (words[at].capital && words[at].says) ends.unshift(at);
    else if (!words[at].capital && words[at].says) break;
  }
  yield* ends;
}

const nameOf = (words, from, to) => words.slice(from, to + 1).map(({ key }) => key).join(" ");

// All words and names of one video.
function vocabulary(texts) {
  const found = new Set();
  for (const { words } of texts) {
    words.forEach((word, from) => {
      if (word.says) found.add(word.key);
      for (const to of nameEnds(words, from)) found.add(nameOf(words, from, to));
    });
  }
  return found;
}

// [start, end] of what is to be marked in a text.
function sharedIn(words, shared) {
  const spans = [];
  for (let at = 0; at < words.length; at += 1) {
    const whole = [...nameEnds(words, at)].find((to) => shared.has(nameOf(words, at, to)));
    if (whole === undefined && !(words[at].says && shared.has(words[at].key))) continue;
    spans.push([words[at].start, words[whole ?? at].end]);
    at = whole ?? at;
  }
  return spans;
}

// A screen reader reads the text as if nothing were marked.
function marked(text, spans) {
  const parts = document.createDocumentFragment();
  let done = 0;
  for (const [start, end] of spans) {
    const mark = document.createElement("mark");
    mark.setAttribute("role", "presentation");
    mark.textContent = text.slice(start, end);
    parts.append(text.slice(done, start), mark);
    done = end;
  }
  parts.append(text.slice(done));
  return parts;
}

function textsOf(video) {
  return [...video.querySelectorAll("h2, .text")].map((element) => ({
    element,
    text: element.textContent,
    words: wordsOf(element.textContent, element.lang),
  }));
}

// Once a pair; the label says that they were marked.
export function markShared(root) {
  if (!root.hasAttribute("data-mark-shared")) return;
  root.removeAttribute("data-mark-shared");
  const sides = [...root.querySelectorAll(".video")].map(textsOf);
  const [one, other] = sides.map(vocabulary);
  const shared = new Set([...one].filter((word) => other.has(word)));
  for (const { element, text, words } of sides.flat()) {
    const spans = sharedIn(words, shared);
    if (spans.length) element.replaceChildren(marked(text, spans));
  }
  const legend = root.querySelector("[data-shared-legend]");
  if (legend) legend.hidden = !shared.size;
  const field = root.querySelector("[name=marked_shared]");
  if (field) field.value = "on";
}
