/** How many travel at once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Lanes } from "../vestibule/lanes.js";

const signal = new AbortController().signal;

test("half as many travel after each bad turn, but never none", () => {
  const lanes = new Lanes(4);
  const limits = [1, 2, 3].map(() => (lanes.slower(), lanes.limit));
  assert.deepEqual(limits, [2, 1, 1]);
});

test("one more travels after twice as many went well in a row, up to the most", () => {
  const lanes = new Lanes(2);
  lanes.slower();
  lanes.faster();
  assert.equal(lanes.limit, 1);
  lanes.faster();
  assert.equal(lanes.limit, 2);
  for (let at = 0; at < 20; at++) lanes.faster();
  assert.equal(lanes.limit, 2);
});

test("who waits for a lane goes when it is free, and leaves when told to", async () => {
  const lanes = new Lanes(1);
  const order = [];
  let finish;
  const first = lanes.run(signal, () => new Promise((resolve) => (finish = resolve)));
  const leaving = new AbortController();
  const second = lanes.run(leaving.signal, async () => order.push("second"));
  const third = lanes.run(signal, async () => order.push("third"));
  leaving.abort(new Error("left"));
  await assert.rejects(second, { message: "left" });
  finish();
  await Promise.all([first, third]);
  assert.deepEqual(order, ["third"]);
});

test("a lane is free again after work that failed", async () => {
  const lanes = new Lanes(1);
  await assert.rejects(
    lanes.run(signal, async () => Promise.reject(new Error("bad"))),
    { message: "bad" },
  );
  assert.equal(await lanes.run(signal, async () => "good"), "good");
});
