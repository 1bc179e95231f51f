// What the server has confirmed in this tab: a page that was rendered before, and comes after, still shows it.
import { ofTab } from "./storage.js";

const KEY = "likewise.confirmed";
const KEPT = 50;

// Without storage such a pair is asked for again, and the server says that it has its answer.
const confirmed = () => ofTab.read(KEY) ?? [];

export function noteConfirmed(id) {
  ofTab.write(KEY, [...confirmed(), id].slice(-KEPT));
}

export const isConfirmed = (id) => confirmed().includes(id);
