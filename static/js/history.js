// One's own labels: a change that was taken needs its draft no longer.
import { removeSent } from "./drafts.js";

if (document.querySelector("main > .notice.success")) removeSent();
