/** What a page is told while something has to be tried again. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { PART_BYTES, problem } from "./fake-service.js";
import { begin, fileOf, inParts, someBytes } from "./surroundings.js";

/** The codes it was told, and null for: nothing waits any more. */
function listener() {
  const told = [];
  return { told, onWaiting: (error) => told.push(error?.code ?? null) };
}

const busy = problem(503, "storage_unavailable", true);

test("a page is told why a call waits to be tried again, and when it does not any more", async (t) => {
  const { told, onWaiting } = listener();
  const { service, vestibule } = await begin(t, { onWaiting });
  service.fail("kinds", busy);
  service.fail("kinds", busy);
  await vestibule.kinds();
  assert.deepEqual(told, ["storage_unavailable", "storage_unavailable", null]);
});

test("what is refused for good, or goes well, is no trouble", async (t) => {
  const { told, onWaiting } = listener();
  const { service, vestibule } = await begin(t, { onWaiting });
  service.fail("kinds", problem(400, "invalid_parameter"));
  await assert.rejects(vestibule.kinds());
  await vestibule.kinds();
  assert.deepEqual(told, []);
});

test("parts that wait are told of too, and at the end nothing is said to wait", async (t) => {
  const { told, onWaiting } = listener();
  const { service, vestibule } = await begin(t, { onWaiting });
  for (const number of [1, 2, 3]) service.fail(`put ${number}`, { status: 503 });
  await vestibule.upload(fileOf(someBytes(3 * PART_BYTES)), inParts).done;
  assert.equal(told.filter((code) => code === "storage_unavailable").length, 3);
  assert.equal(told.at(-1), null);
});

test("what is tried in vain ends the trouble too", async (t) => {
  const { told, onWaiting } = listener();
  const { service, vestibule } = await begin(t, { onWaiting, attempts: 2 });
  service.fail("kinds", busy);
  service.fail("kinds", busy);
  await assert.rejects(vestibule.kinds());
  assert.deepEqual(told, ["storage_unavailable", null]);
});
