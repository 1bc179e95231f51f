// The second click of a double click belongs to the pair on which the first one fell: by then the next may be there.
export function ignoreLateClicks(task, shown) {
  let began = null;
  task.addEventListener("click", (event) => {
    if (event.detail < 2) began = shown();
    else if (began !== shown()) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);
}
