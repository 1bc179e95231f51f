// How many pairs were judged, today and in all, as the head of the page says it.
const dayOf = () => new Date().toDateString();
let day = dayOf();

export function countPair() {
  for (const place of document.querySelectorAll(".tools :is([data-today], [data-total])")) {
    const isOver = "today" in place.dataset && day !== dayOf(); // past midnight the day's begins anew
    place.textContent = String((isOver ? 0 : Number(place.textContent)) + 1);
  }
  day = dayOf();
}
