// Reminders of breaks, and of the time that is enough for a day. All is counted here, in the browser, from the
// pairs that are left; nothing of it is sent anywhere.
import { lasting } from "./storage.js";
import { t } from "./words.js";

const COUNTED = 900; // seconds of one pair, at most, as on the server: a page that was left open is not work
const LATER = 600;

const today = () => new Date().toDateString();

// Events: "begin" and "end" of a break; "passed", when somebody goes on without one.
export class Breaks extends EventTarget {
  #root = document.querySelector("[data-breaks]");
  #stored = `likewise.breaks.${this.#root.dataset.person}`;
  #rest = Number(this.#root.dataset.rest) * 60;
  #ticking = 0;
  #day = today(); // of which the minutes are counted

  constructor() {
    super();
    const press = (name, act) => this.#part(name).addEventListener("click", act);
    press("take-break", () => this.begin());
    press("later", () => this.#later());
    press("go-on", () => this.#goOn());
    press("end-break", () => this.#dialog.close());
    this.#dialog.addEventListener("close", () => this.#ended());
    if (this.#state.wentOn === today()) this.#part("day-done").hidden = true;
  }

  get isOn() {
    return this.#dialog.open;
  }

  // A pair was left after so many seconds in front of the person; `answered`: it counts as work done.
  worked(seconds, answered) {
    const spent = Math.min(seconds, COUNTED);
    const state = this.#state;
    const away = (Date.now() - state.at) / 1000 - seconds; // in which nothing was done here
    if (away >= this.#rest) Object.assign(state, this.#fresh());
    Object.assign(state, { worked: state.worked + spent, at: Date.now() });
    this.#state = state;
    this.#turnDay();
    if (answered) this.#count(spent);
    if (!this.#isDayDone()) this.#remind(state);
  }

  begin() {
    if (this.isOn) return false;
    this.#part("reminder").hidden = true;
    this.dispatchEvent(new Event("begin"));
    this.#dialog.showModal();
    const end = Date.now() + this.#rest * 1000;
    this.#tick(end);
    this.#ticking = setInterval(() => this.#tick(end), 1000);
    return true;
  }

  #tick(end) {
    const left = Math.max(Math.round((end - Date.now()) / 1000), 0);
    const place = this.#part("left");
    place.textContent = left ? `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : this.#dialog.dataset.over;
    place.classList.toggle("is-over", !left);
    if (left) return;
    clearInterval(this.#ticking);
    place.setAttribute("role", "status");
    this.#part("break-said").textContent = this.#dialog.dataset.over;
  }

  #ended() {
    clearInterval(this.#ticking);
    this.#part("left").setAttribute("role", "timer");
    this.#state = { ...this.#state, ...this.#fresh(), at: Date.now() };
    this.#say("");
    this.dispatchEvent(new Event("end"));
  }

  #remind(state) {
    const reminder = this.#part("reminder");
    if (this.#root.dataset.remind !== "yes" || state.worked < state.due || !reminder.hidden) return;
    reminder.hidden = false;
    this.#say(reminder.querySelector("h2").textContent);
  }

  #later() {
    this.#part("reminder").hidden = true;
    this.#state = { ...this.#state, due: this.#state.worked + LATER };
    this.#pass();
  }

  // Whether the day's own limit is reached, and says so; nobody is stopped.
  #isDayDone() {
    const done = this.#part("day-done");
    const { enough, workedToday: spent } = this.#root.dataset;
    const reached = enough !== "" && Number(spent) >= Number(enough) * 60 && this.#state.wentOn !== today();
    if (reached && done.hidden) this.#say(done.querySelector("h2").textContent);
    done.hidden = !reached;
    if (reached) this.#part("reminder").hidden = true;
    return reached;
  }

  #goOn() {
    this.#state = { ...this.#state, wentOn: today() };
    this.#part("day-done").hidden = true;
    this.#pass();
  }

  #pass() {
    this.#say("");
    this.dispatchEvent(new Event("passed"));
  }

  // What the server counted is of the day on which the page was opened.
  #turnDay() {
    if (this.#day === today()) return;
    this.#day = today();
    this.#root.dataset.workedToday = "0";
  }

  #count(seconds) {
    this.#root.dataset.workedToday = String(Number(this.#root.dataset.workedToday) + seconds);
    for (const place of document.querySelectorAll("[data-seconds]")) {
      place.dataset.seconds = String(Number(place.dataset.seconds) + seconds);
      place.textContent = inWords(Number(place.dataset.seconds));
    }
  }

  #say(text) {
    this.#part("break-said").textContent = text;
  }

  #part(name) {
    return this.#root.querySelector(`[data-${name}]`);
  }

  get #dialog() {
    return this.#part("break");
  }

  #fresh() {
    return { worked: 0, due: Number(this.#root.dataset.work) * 60 };
  }

  get #state() {
    return { ...this.#fresh(), at: Date.now(), wentOn: "", ...lasting.read(this.#stored) };
  }

  set #state(state) {
    lasting.write(this.#stored, state);
  }
}

// As the server writes it: 40 s, 25 min, 6 h 20.
function inWords(seconds) {
  const minutes = Math.round(seconds / 60);
  if (seconds < 60) return t("{number} s", { number: Math.round(seconds) });
  if (seconds < 3600) return t("{number} min", { number: minutes });
  return t("{hours} h {minutes}", { hours: Math.floor(minutes / 60), minutes: String(minutes % 60).padStart(2, "0") });
}
