// A run under way, looked at every two seconds while the page is visible.
import { t, tn } from "./words.js";

const EVERY = 2000;
const DONE = ["succeeded", "failed", "cancelled"];
const NAMES = {
  requested: t("Requested"), queued: t("Queued"), running: t("Training"), evaluating: t("Evaluating and ranking"),
  succeeded: t("Succeeded"), failed: t("Failed"), cancelled: t("Cancelled"),
};

const live = document.querySelector("[data-run]");
const part = (name) => live.querySelector(`[data-${name}]`);
const log = document.querySelector("[data-events]");

function left({ started_at: started, progress, status }) {
  if (!started || progress < 0.05 || DONE.includes(status)) return "";
  const spent = (Date.now() - Date.parse(started)) / 1000;
  const seconds = (spent / progress) * (1 - progress);
  if (seconds < 60) return t("less than a minute left");
  const minutes = Math.round(seconds / 60);
  return tn("about a minute left", "about {n} minutes left", minutes);
}

function line({ at, text }) {
  const item = document.createElement("li");
  const time = document.createElement("time");
  const words = document.createElement("span");
  time.dateTime = at;
  time.textContent = at.slice(11, 19);
  words.textContent = text;
  item.append(time, " ", words);
  return item;
}

function show(run) {
  part("status").textContent = NAMES[run.status] ?? run.status;
  part("status").className = `status ${run.status}`;
  if (part("message").textContent !== run.message) part("message").textContent = run.message;
  part("progress").value = run.progress;
  part("percent").textContent = t("{number}%", { number: Math.round(run.progress * 100) });
  part("eta").textContent = left(run);
  if (run.events.length) log.replaceChildren(...run.events.map(line));
  log.scrollTop = log.scrollHeight;
}

async function look() {
  if (document.hidden) return setTimeout(look, EVERY);
  try {
    const response = await fetch(live.dataset.run, { headers: { Accept: "application/json" } });
    if (response.status === 401 || response.status === 403) return location.reload();
    if (response.ok) {
      const run = await response.json();
      show(run);
      if (DONE.includes(run.status)) return location.reload(); // the figures are on the page now
    }
  } catch {
    part("eta").textContent = t("No connection; trying again");
  }
  return setTimeout(look, EVERY);
}

if (log) log.scrollTop = log.scrollHeight;
if (live.dataset.active === "yes") look();
