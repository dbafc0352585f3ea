/** The browser's side of Vestibule. No dependencies; `vestibule.d.ts` describes it. */
export { Vestibule } from "./vestibule/client.js";
export { VestibuleError } from "./vestibule/errors.js";
