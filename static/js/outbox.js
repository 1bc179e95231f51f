// Answers on their way to the server: kept in localStorage until it has confirmed them.
const FIRST_DELAY = 1000;
const LONGEST_DELAY = 30_000;

function cookie(name) {
  return document.cookie.split("; ").find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
}

export function post(url, body, accept = "application/json") {
  return fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: accept, "X-CSRFToken": cookie("csrftoken") },
    body: JSON.stringify(body ?? {}),
    keepalive: true,
    redirect: "error",
  });
}

// Events: "change" (detail: {state, waiting}), "sent" (detail: {entry}), "refused" (detail: {entry, status, errors}).
export class Outbox extends EventTarget {
  #key;
  #memory = [];
  #delay = 0;
  #timer = 0;
  #sending = false;
  #state = "saved";

  constructor(person) {
    super();
    this.#key = `likewise.outbox.${person}`;
    window.addEventListener("online", () => this.flush());
  }

  get entries() {
    try {
      return JSON.parse(localStorage.getItem(this.#key)) ?? [];
    } catch {
      return this.#memory;
    }
  }

  set entries(entries) {
    this.#memory = entries;
    try {
      if (entries.length) localStorage.setItem(this.#key, JSON.stringify(entries));
      else localStorage.removeItem(this.#key);
    } catch {
      // No storage in this browser: the answers live as long as the page does.
    }
  }

  get ids() {
    return this.entries.map((entry) => entry.id);
  }

  add(entry) {
    this.entries = [...this.entries.filter((other) => other.id !== entry.id), entry];
    this.flush();
  }

  async flush() {
    clearTimeout(this.#timer);
    if (this.#sending) return this.#tell();
    this.#sending = true;
    for (let entry = this.entries[0]; entry; entry = this.entries[0]) {
      this.#tell(this.#delay ? this.#state : "saving");
      if (!(await this.#send(entry))) break;
    }
    this.#sending = false;
    this.#tell(this.entries.length ? this.#state : "saved");
  }

  async #send(entry) {
    let response;
    try {
      response = await post(entry.url, entry.body);
    } catch {
      return this.#later("waiting");
    }
    if (response.status === 401 || response.status === 403) return this.#later("signed-out");
    if (response.status === 429 || response.status >= 500) return this.#later("waiting");
    this.#delay = 0;
    this.entries = this.entries.filter((other) => other.id !== entry.id);
    if (response.ok) this.#emit("sent", { entry });
    else this.#emit("refused", { entry, status: response.status, errors: await errorsOf(response) });
    return true;
  }

  #later(state) {
    this.#state = state;
    this.#delay = Math.min(this.#delay * 2 || FIRST_DELAY, LONGEST_DELAY);
    this.#timer = setTimeout(() => this.flush(), this.#delay);
    return false;
  }

  #tell(state = this.#state) {
    this.#state = state;
    this.#emit("change", { state, waiting: this.entries.length });
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

async function errorsOf(response) {
  try {
    return await response.json();
  } catch {
    return {};
  }
}
