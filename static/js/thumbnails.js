// A thumbnail that is gone is replaced by the one that is drawn from the title.
const PLACEHOLDER_WIDTH = 120; // what YouTube serves, with a picture, for a video that it no longer has

function useDrawing(image) {
  const drawing = image.dataset.fallback;
  if (!drawing || image.getAttribute("src") === drawing) return;
  image.src = drawing;
}

function check(image) {
  if (!image.complete || !image.dataset?.fallback) return;
  const foreign = new URL(image.currentSrc || image.src, location.href).origin !== location.origin;
  const placeholder = foreign && image.naturalWidth <= PLACEHOLDER_WIDTH;
  if (image.naturalWidth === 0 || placeholder) useDrawing(image);
}

document.addEventListener("error", (event) => event.target instanceof HTMLImageElement && useDrawing(event.target), true);
document.addEventListener("load", (event) => event.target instanceof HTMLImageElement && check(event.target), true);

// For those that failed before they were in the page, where no event is heard.
export function checkThumbnails(root) {
  root.querySelectorAll("img[data-fallback]").forEach(check);
}

checkThumbnails(document);
